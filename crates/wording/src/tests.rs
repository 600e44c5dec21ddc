use std::{collections::BTreeSet, fs, os::unix::fs::symlink, time::Duration};

use domain::model::{Locale, MailKind, MailPart, PasswordFault, Phrase, Place};
use tempfile::TempDir;

use crate::{
    Wording,
    read::{Values, values},
    wording::BUILT_IN,
};

fn locale(tag: &str) -> Locale {
    tag.parse().unwrap()
}

/// The texts of a folder with these files; else the problems, without the folder's name.
fn load(files: &[(&str, &str)]) -> Result<Wording, String> {
    load_with("en", files)
}

fn load_with(default: &str, files: &[(&str, &str)]) -> Result<Wording, String> {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    load_from(&folder, default)
}

fn load_from(folder: &TempDir, default: &str) -> Result<Wording, String> {
    Wording::load(Some(folder.path()), &locale(default)).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let within = format!("{}/", folder.path().display());
        lines.join("\n").replace(&within, "")
    })
}

fn filled(phrase: &Phrase) -> String {
    phrase.fill(|place| place.name())
}

fn of(tag: &str) -> Values {
    let (_, text) = BUILT_IN.iter().find(|(it, _)| *it == tag).unwrap();
    values(text).unwrap()
}

#[test]
fn the_built_in_locales_say_the_same_with_the_same_places() {
    let places = |tag: &str| -> Vec<(String, BTreeSet<&str>)> {
        let phrases = of(tag).into_iter().map(|(key, value)| {
            let phrase: Phrase = value.as_str().unwrap().parse().unwrap();
            (key, phrase.places().map(Place::name).collect())
        });
        phrases.collect()
    };
    let english = places("en");

    assert!(english.len() > 70);
    for (tag, _) in BUILT_IN {
        assert_eq!(places(tag), english, "{tag}");
        assert!(Wording::load(None, &locale(tag)).is_ok(), "{tag}");
    }
}

#[test]
fn french_punctuation_has_its_narrow_space_and_no_straight_apostrophe() {
    for (key, value) in of("fr") {
        let text = value
            .as_str()
            .unwrap()
            .replace("{{ ", "")
            .replace(" }}", "");
        for (at, mark) in text.match_indices([':', ';', '?', '!']) {
            assert!(text[..at].ends_with('\u{202f}'), "{key}: {mark}");
        }
        assert!(!text.contains(['\'', '"']), "{key}");
    }
}

#[test]
fn every_kind_has_every_part_and_an_action_where_there_is_a_link() {
    let wording = Wording::load(None, &locale("en")).unwrap();
    for (locale, words) in wording.all() {
        for kind in MailKind::ALL {
            for part in MailPart::ALL {
                let there = words.mail.part(kind, part).is_some();
                let wanted = part != MailPart::Action || kind.token_purpose().is_some();
                assert_eq!(there, wanted, "{locale} {kind:?} {part:?}");
            }
        }
    }
}

#[test]
fn a_lifetime_reads_as_people_say_it() {
    let wording = Wording::load(None, &locale("en")).unwrap();
    for (tag, minutes, expected) in [
        ("en", 1, "1 minute"),
        ("en", 30, "30 minutes"),
        ("en", 60, "1 hour"),
        ("en", 90, "90 minutes"),
        ("en", 1440, "24 hours"),
        ("en", 3 * 1440, "3 days"),
        ("en", 3 * 1440 + 60, "73 hours"),
        ("de", 1440, "24 Stunden"),
        ("de", 3 * 1440, "3 Tage"),
        ("fr", 60, "1 heure"),
        ("fr", 3 * 1440, "3 jours"),
    ] {
        let words = wording.words(&locale(tag));
        assert_eq!(words.lifetime(Duration::from_mins(minutes)), expected);
    }
}

#[test]
fn a_fault_of_a_password_reads_as_the_service_has_it_in_english() {
    let wording = Wording::load(None, &locale("en")).unwrap();
    for fault in [
        PasswordFault::Missing,
        PasswordFault::TooLong,
        PasswordFault::TooShort { min: 15 },
        PasswordFault::Common,
        PasswordFault::NamesAccount,
        PasswordFault::NamesTenant,
        PasswordFault::NamesProduct,
        PasswordFault::NotRepeated,
    ] {
        let told = |tag: &str| wording.words(&locale(tag)).page.fault.of(fault);
        assert_eq!(told("en"), format!("The password {fault}."));
        let german = told("de");
        let number = fault.to_string().contains(char::is_numeric);
        assert_eq!(german.contains(char::is_numeric), number, "{german}");
    }
}

#[test]
fn a_file_changes_what_it_says_and_nothing_else() {
    let wording = load(&[(
        "de.toml",
        "mail.greeting = \"\"\"\nMoin {{ tenant }}!\n\"\"\"",
    )])
    .unwrap();

    let german = &wording.words(&locale("de")).mail;
    assert_eq!(filled(&german.greeting), "Moin tenant!");
    assert!(filled(&german.signature).starts_with("Diese Nachricht"));
    let english = &wording.words(&locale("en")).mail;
    assert_eq!(filled(&english.greeting), "Hello username,");
}

#[test]
fn a_new_locale_is_spoken_if_it_says_everything() {
    let (_, english) = BUILT_IN[0];
    let italian = english.replace("Hello", "Buongiorno");
    let wording = load_with("it", &[("it.toml", &italian)]).unwrap();

    for (asked, greeting) in [
        ("it", "Buongiorno username,"),
        ("it-CH", "Buongiorno username,"),
        ("en-GB", "Hello username,"),
        ("es", "Buongiorno username,"),
    ] {
        let words = wording.words(&locale(asked));
        assert_eq!(filled(&words.mail.greeting), greeting, "{asked}");
    }
    assert_eq!(
        wording.negotiate("es, de-AT;q=0.8, en;q=0.9").as_str(),
        "en"
    );
    assert_eq!(wording.negotiate("\u{0};;q==,").as_str(), "it");

    let less = italian.replace("greeting = ", "salutation = ");
    assert_eq!(
        load(&[("it.toml", &less)]).unwrap_err(),
        "it.toml: mail.greeting is missing\nit.toml: mail.salutation is not known"
    );
}

#[test]
fn every_problem_is_told_at_once_with_its_file_and_key() {
    let long = format!("page.error = \"{}\"", "x".repeat(2001));
    let problems = load_with(
        "it",
        &[
            (
                "de.toml",
                "[mail]\ngreeting = 5\ncopy = \"{{ lifetime }}\"\nlink = \"{{ secret }}\"\nhello = \"x\"\n\
                 [mail.signed_out]\nsubject = \"a\\nb\"\naction = \"x\"\nnote = \" \"\n[mail.invitation]\nnote = \"{{ a\"\n",
            ),
            ("en.toml", "[mail]\ngreeting = \"a\"\ngreeting = \"b\"\n"),
            ("fr.toml", &long),
            ("DE.toml", ""),
            ("notes.md", ""),
            ("german.toml", ""),
        ],
    )
    .unwrap_err();

    let mut found: Vec<_> = problems.lines().collect();
    found.sort_unstable();
    let mut expected = vec![
        "DE.toml is neither a locale, such as de.toml or pt-BR.toml, nor mail.html or mail.txt",
        "de.toml: mail.copy has no value for {{ lifetime }}",
        "de.toml: mail.greeting is not text",
        "de.toml: mail.hello is not known",
        "de.toml: mail.invitation.note has braces that do not close",
        "de.toml: mail.link has something between double braces that is not known",
        "de.toml: mail.signed_out.action is not known",
        "de.toml: mail.signed_out.note is empty",
        "de.toml: mail.signed_out.subject has more than one line",
        "en.toml is not valid TOML: line 3: duplicate key",
        "fr.toml: page.error is longer than 2000 characters",
        "german.toml is neither a locale, such as de.toml or pt-BR.toml, nor mail.html or mail.txt",
        "it.toml does not exist, and it is the default locale",
        "notes.md is neither a locale, such as de.toml or pt-BR.toml, nor mail.html or mail.txt",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_folder_and_its_files_must_be_readable() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("de.toml")).unwrap();
    fs::write(path("fr.toml"), [0xff]).unwrap();
    fs::write(path("mail.txt"), vec![b' '; 256 * 1024 + 1]).unwrap();
    symlink("gone", path("en.toml")).unwrap();

    assert_eq!(
        load_from(&folder, "en").unwrap_err(),
        "de.toml is not a file\nen.toml does not exist\nfr.toml is not UTF-8 text\nmail.txt is larger than 256 KiB"
    );
    let nowhere = path("nowhere");
    let problems = Wording::load(Some(&nowhere), &locale("en")).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        format!("{} does not exist", nowhere.display())
    );
}

#[test]
fn a_mounted_config_map_is_read_through_its_links() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("..2026_11_22")).unwrap();
    fs::write(path("..2026_11_22/de.toml"), "mail.greeting = \"Moin\"").unwrap();
    fs::write(path("..2026_11_22/mail.txt"), "layout").unwrap();
    symlink("..2026_11_22", path("..data")).unwrap();
    for name in ["de.toml", "mail.txt"] {
        symlink(format!("..data/{name}"), path(name)).unwrap();
    }

    let wording = load_from(&folder, "en").unwrap();

    assert_eq!(filled(&wording.words(&locale("de")).mail.greeting), "Moin");
    assert_eq!(wording.layouts().text.as_ref().unwrap().source, "layout");
    assert!(wording.layouts().html.is_none());
}
