//! Text from outside in headers and in both parts.

use domain::model::MailKind;

use crate::{
    letters, mail,
    read::{read, unescaped},
};

#[tokio::test]
async fn sec_20_names_are_text_in_headers_and_in_both_bodies() {
    let mut mail = mail(MailKind::PasswordReset);
    mail.username = "<b>\"anna\"</b> & {{ tenant }}".parse().unwrap();
    mail.tenant_name =
        "Acme <script>'\"</script>\r\nBcc: all@example.org\r\n\r\nBody \u{e9}".to_owned();

    let read = read(&mail).await;

    assert!(read.headers.iter().all(|(name, _)| name != "Bcc"));
    assert!(
        read.header("Subject")
            .starts_with("Set a new password for Acme <script>")
    );
    assert!(
        read.text
            .starts_with("Hello <b>\"anna\"</b> & {{ tenant }},\n")
    );
    let greeting = "Hello &lt;b&gt;&quot;anna&quot;&lt;/b&gt; &amp; {{ tenant }},";
    assert!(read.html.contains(greeting));
    assert!(!read.html.contains("<script>"));
    assert!(read.html.contains("&lt;script&gt;&#x27;&quot;"));
}

#[tokio::test]
async fn sec_20_no_name_changes_the_structure_of_a_mail_in_any_locale() {
    let long = "w".repeat(120);
    let names = [
        "<img src=x onerror=alert(1)>",
        "</title></style><h1>",
        "\u{202e}tpircs\u{2066}\u{200f}",
        "{{ username }}{% raw %}{{ link.url }}",
        "=?utf-8?q?=0D=0ABcc:_all?=",
        "\u{e9}\u{4e2d}\u{1f511}",
        &long,
    ];
    let letters = letters(None).unwrap();
    for (locale, _) in letters.wording().all() {
        let mut plain = mail(MailKind::Invitation);
        plain.locale = locale;
        let harmless = read(&plain).await;
        for name in names {
            let mut mail = plain.clone();
            mail.username = name.parse().unwrap();
            mail.tenant_name = format!("{name}\r\nBcc: all@example.org\r\n\r\n.\r\n\u{2028}{name}");

            let read = read(&mail).await;

            let headers = |it: &crate::read::Read| -> Vec<String> {
                it.headers.iter().map(|(name, _)| name.clone()).collect()
            };
            assert_eq!(headers(&read), headers(&harmless));
            let tags = |html: &str| html.matches('<').count();
            assert_eq!(tags(&read.html), tags(&harmless.html), "{name}");
            assert_eq!(read.text.lines().count(), harmless.text.lines().count());
            let shown: String = name
                .chars()
                .filter(|it| !"\u{202e}\u{2066}\u{200f}".contains(*it))
                .collect();
            let subject = read.header("Subject").replace("= ?", "=?");
            for part in [&read.text, &unescaped(&read.html), &subject] {
                assert!(part.contains(&shown), "{name}: {part}");
                assert!(!part.contains(['\u{202e}', '\u{2066}', '\u{200f}', '\u{2028}']));
            }
        }
    }
}

#[tokio::test]
async fn sec_20_a_user_name_with_a_line_break_cannot_exist() {
    assert!(
        "anna\r\nBcc: all@example.org"
            .parse::<domain::model::Username>()
            .is_err()
    );
}
