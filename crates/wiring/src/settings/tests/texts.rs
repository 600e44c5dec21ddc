//! What mails and pages say.

use tempfile::TempDir;

use super::{lines, load, load_in, loaded, problems, write};

#[test]
fn rel_15_a_wrong_value_is_named_with_its_source() {
    for (name, value, expected) in [
        (
            "TEXTS__LOCALE",
            "german",
            "texts.locale is not a language tag such as de or pt-BR (environment MEMBERSHIP__TEXTS__LOCALE)",
        ),
        (
            "TEXTS__LOCALE",
            "it",
            "it.toml does not exist, and it is the default locale",
        ),
        (
            "TEXTS__FOLDER",
            "/nowhere/texts",
            "/nowhere/texts does not exist",
        ),
        (
            "MAIL__HELLO_NAME",
            "mail example",
            "mail.hello_name is not a host name such as mail.example.com, nor an address such as [192.0.2.1] or \
             [IPv6:2001:db8::1] (environment MEMBERSHIP__MAIL__HELLO_NAME)",
        ),
    ] {
        let name = format!("MEMBERSHIP__{name}");
        let found = lines(&problems(load(&[(&name, value)])));
        assert_eq!(found, format!("{expected}\n"), "{name}={value}");
    }
}

#[test]
fn rel_15_every_problem_of_the_folder_is_found_with_the_others() {
    let directory = TempDir::new().unwrap();
    let file = |name: &str, text: &str| write(&directory, &format!("texts/{name}"), text);
    let german = file("de.toml", "[mail]\ngreeting = 1\nhello = \"x\"\n");
    let layout = file("mail.html", "{{ nothing }}");
    let folder = directory.path().join("texts").display().to_string();
    let environment = |more: Option<(&'static str, &'static str)>| {
        let folder = ("MEMBERSHIP__TEXTS__FOLDER", folder.as_str());
        let environment: Vec<_> = [folder].into_iter().chain(more).collect();
        lines(&problems(load_in(&directory, &environment)))
    };
    let words = format!("{german}: mail.greeting is not text\n{german}: mail.hello is not known\n");

    let workers = environment(Some(("MEMBERSHIP__SERVER__WORKERS", "many")));

    assert_eq!(
        workers,
        format!(
            "{words}server.workers is not a whole number from 1 to 512 (environment MEMBERSHIP__SERVER__WORKERS)\n"
        )
    );
    write(&directory, "texts/de.toml", "");
    assert_eq!(
        environment(None),
        format!("{layout} cannot be rendered: undefined value in line 1\n")
    );
}

#[test]
fn the_folder_and_the_locale_decide_what_is_said() {
    let directory = TempDir::new().unwrap();
    write(&directory, "texts/de.toml", "mail.greeting = \"Moin!\"");
    let folder = directory.path().join("texts").display().to_string();

    let loaded = loaded(load_in(
        &directory,
        &[
            ("MEMBERSHIP__TEXTS__FOLDER", &folder),
            ("MEMBERSHIP__TEXTS__LOCALE", "de"),
        ],
    ));

    let wording = loaded.settings.wording();
    let chosen = wording.negotiate("it, ja;q=0.5");
    assert_eq!(chosen.as_str(), "de");
    assert_eq!(wording.words(&chosen).mail.greeting.to_string(), "Moin!");
    assert_eq!(wording.negotiate("fr-CA").as_str(), "fr");
}
