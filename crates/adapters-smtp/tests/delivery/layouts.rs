use std::fs;

use adapters_smtp::mailer;
use domain::{model::MailKind, ports::Delivery};
use tempfile::TempDir;

use crate::{LINK, TIMEOUT, composer_of, letters, mail, read::read_from};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[tokio::test]
async fn a_layout_of_the_folder_takes_the_place_of_ours() {
    let folder = folder(&[(
        "mail.html",
        "<h1 lang={{ locale }}>{{ tenant }}</h1>\r\n{% if link %}\r\n<a href=\"{{ link.url }}\">{{ link.action }}</a>\r\n{% endif %}",
    )]);
    let composer = composer_of(&letters(Some(folder.path())).unwrap());
    let mut mail = mail(MailKind::PasswordReset);
    mail.tenant_name = "A & B".to_owned();

    let read = read_from(&composer, &mail).await;

    let link = LINK.replace('&', "&amp;");
    assert_eq!(
        read.html,
        format!("<h1 lang=en>A &amp; B</h1>\n<a href=\"{link}\">Set a new password</a>\n")
    );
    assert!(read.text.starts_with("Hello anna,"));
}

#[test]
fn a_layout_that_fails_for_any_kind_or_hides_the_link_is_a_problem() {
    const LINK: &str = "{% if link %}{{ link.url }}{% endif %}";
    for (layout, problem) in [
        (
            "{% if %}",
            "cannot be read: unexpected end of block in line 1",
        ),
        (
            "\n{{ link.url }}",
            "cannot be rendered: undefined value in line 2",
        ),
        (
            "{{ nothing }}",
            "cannot be rendered: undefined value in line 1",
        ),
        (
            "{% include 'x' %}",
            "cannot be rendered: template not found in line 1",
        ),
        (
            "{{ greeting|x }}",
            "cannot be rendered: unknown filter in line 1",
        ),
        (
            "{% for i in range(99999) %}x{% endfor %}",
            "cannot be rendered: engine ran out of fuel in line 1",
        ),
        (
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "cannot be rendered: invalid operation in line 1",
        ),
        ("{{ greeting }}", "does not show link.url"),
    ] {
        for name in ["mail.html", "mail.txt"] {
            let folder = folder(&[(name, layout)]);

            let problems = letters(Some(folder.path())).err().unwrap();

            let file = folder.path().join(name);
            assert_eq!(problems, format!("{} {problem}", file.display()));
        }
    }
    let fine = folder(&[("mail.html", LINK), ("mail.txt", LINK)]);
    assert!(letters(Some(fine.path())).is_ok());
}

#[tokio::test]
async fn a_mail_that_a_layout_cannot_show_is_refused_with_its_reason() {
    let folder = folder(&[(
        "mail.txt",
        "{{ link.url if link }}\n{% if username == 'eve' %}{{ nothing }}{% endif %}",
    )]);
    let composer = composer_of(&letters(Some(folder.path())).unwrap());
    let url = format!("mailbox://{}", folder.path().join("out").display());
    let mailer = mailer(&url.parse().unwrap(), composer, None, TIMEOUT).unwrap();
    let mut mail = mail(MailKind::Confirmation);

    assert_eq!(mailer.deliver(&mail).await, Delivery::Sent);
    mail.username = "eve".parse().unwrap();

    let reason = "cannot be rendered: undefined value in line 2";
    let file = folder.path().join("mail.txt");
    assert_eq!(
        mailer.deliver(&mail).await,
        Delivery::Refused(format!("{} {reason}", file.display()))
    );
}
