use super::{PasswordFault as F, *};

/// A list of two.
struct Listed;

impl CommonPasswords for Listed {
    fn contains(&self, text: &str) -> bool {
        ["sunshine", "trustno1 and the rest"].contains(&text)
    }
}

fn verdict_with(min_length: Option<u32>, text: &str) -> Result<(), F> {
    let owner = PasswordOwner {
        tenant_name: "Zürich Tramways AG",
        tenant: &"vbz".parse().unwrap(),
        min_length,
        username: &"Anna.Bauer".parse().unwrap(),
        email: &"a.smith@mail.example.com".parse().unwrap(),
    };
    let password = Password::parse("password", text.to_owned()).unwrap();
    PasswordPolicy { min_length: 15 }.judge(&password, &owner, &Listed)
}

fn verdict(text: &str) -> Result<(), F> {
    verdict_with(None, text)
}

#[test]
fn sec_02_length_counts_code_points_of_the_normal_form_of_any_script() {
    let short = Err(F::TooShort { min: 15 });
    for (text, expected) in [
        ("fourteen chars", short),
        ("exactly fifteen", Ok(())),
        ("ααααααααααααααα", Ok(())),
        ("🔑🔒👑🌊🔥🍎🐟", short),
        // Eight characters, each of which was typed as two code points.
        (
            "a\u{301}e\u{301}i\u{301}o\u{301}u\u{301}n\u{303}c\u{327}y\u{301}",
            short,
        ),
    ] {
        assert_eq!(verdict(text), expected, "{text}");
    }
}

#[test]
fn sec_02_a_tenant_raises_the_minimum_and_cannot_lower_it() {
    let fifteen = "exactly fifteen";

    assert_eq!(
        verdict_with(Some(16), fifteen),
        Err(F::TooShort { min: 16 })
    );
    assert_eq!(verdict_with(Some(8), fifteen), Ok(()));
    assert_eq!(
        verdict_with(Some(8), "fourteen chars"),
        Err(F::TooShort { min: 15 })
    );
}

#[test]
fn sec_02_names_of_account_tenant_and_product_are_refused() {
    for (text, fault) in [
        ("anna.bauer@2026!", F::NamesAccount),
        ("ANNABAUER12345678", F::NamesAccount),
        ("smith 19-04-1985", F::NamesAccount),
        ("example.mail.2026", F::NamesAccount),
        ("xyz-smith-9040-99", F::NamesAccount),
        ("zu\u{308}RICH/tramways1", F::NamesTenant),
        ("vbz_vbz_0123456789_", F::NamesTenant),
        ("Membership#2026#1", F::NamesProduct),
        ("anna@membership.vbz", F::NamesAccount),
    ] {
        assert_eq!(verdict(text), Err(fault), "{text}");
    }
}

#[test]
fn sec_02_a_phrase_that_contains_a_name_is_accepted() {
    for text in [
        "anna likes correct horses",
        "the smith of our village",
        "membership is expensive",
        "vbz are the blue trams here",
        // `com` ends every second address, `ag` is a short word.
        "com-921-47-803-com",
        "ag 9 ag 27 ag 4 ag 88",
    ] {
        assert_eq!(verdict(text), Ok(()), "{text}");
    }
}

#[test]
fn sec_02_listed_passwords_are_refused_in_any_case_and_decoration() {
    for text in [
        "TrustNo1 and the rest",
        "sunshine1234567",
        "..::SunShine::..",
        "5unsh1ne123456789",
        "2026-$un5h!ne-2026",
    ] {
        assert_eq!(verdict(text), Err(F::Common), "{text}");
    }
    assert_eq!(verdict("sunshine on a rainy day"), Ok(()));
}
