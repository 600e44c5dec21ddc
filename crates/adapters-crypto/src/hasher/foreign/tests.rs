//! The vectors were made with other programs: argon2-cffi 25.1, passlib 1.7.4, Django 5.2, Python's hashlib (PHC strings of
//! PBKDF2, ASP.NET Core Identity by its documented layout) and the system's crypt (libxcrypt 4.4, bcrypt).

use proptest::prelude::*;

use super::*;

const PASSWORD: &str = "pässwörd of Zoë, 42";
const VECTORS: [&str; 24] = [
    "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$2Y2cT9m6tgCJue+G5PAHpUe3++9ozjHulHr3c3fyHX4",
    "$argon2i$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$vkasjUFiJvYZC15DL1PxzYbjIFsXDHe+TvmXIwtbHuA",
    "$argon2d$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$SmsK7Gropa8GmO2gwljTOdvCorRYBk3N27P+/JT00mc",
    "$argon2id$v=19$m=256,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg$4zcfJRqujpENe4BZJ7kIOdnM3DKjvpyq",
    "$argon2i$v=16$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$zkVhUEB2eXaBee6TbgukWSjilUeZg/VoWx74FvJH2yI",
    "$argon2i$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$zkVhUEB2eXaBee6TbgukWSjilUeZg/VoWx74FvJH2yI",
    "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$n07+YLitQO9Eih7cPsw4dNOrfHvdR/0WiqjUZfqFevQ",
    "$scrypt$ln=6,r=4,p=2$MDEyMzQ1Njc4OWFiY2RlZg$SNTYzTZPUpDcxzop0qJ5QQbVK4B9DKk135IrFO8vpS0",
    "$pbkdf2$1000$MDEyMzQ1Njc4OWFiY2RlZg$/hfCTXuWbGMOCy9yL7/VEsQHwNE",
    "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$eumU7V34F0rBCVelEcxwYpxQPCI1YWOAwpaBseXtnug",
    "$pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZg$rOkQPy5WdR/DuAu3e4rJzE63k5QG8TQLYtepGzC2lyVKVQjKf7/Na/562juBffOJBADKN7ft/IDYkj2hsc2saQ",
    "pbkdf2_sha256$1000$Xk3djangosalt$La3j5aun6p+Gw1JfYBL5t7qtXQOV6eNEwp7yLC2pS20=",
    "pbkdf2_sha1$1000$Xk3djangosalt$o3SI2HWzsfj0p8XhfhxxgDHWwzM=",
    "$pbkdf2-sha1$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$/hfCTXuWbGMOCy9yL7/VEsQHwNE",
    "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$eumU7V34F0rBCVelEcxwYpxQPCI1YWOAwpaBseXtnug",
    "$pbkdf2-sha256$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$eumU7V34F0rBCVelEcxwYpxQPCI1YWOAwpaBseXtnug",
    "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$rOkQPy5WdR/DuAu3e4rJzE63k5QG8TQLYtepGzC2lyVKVQjKf7/Na/562juBffOJBADKN7ft/IDYkj2hsc2saQ",
    "ADAxMjM0NTY3ODlhYmNkZWb+F8JNe5ZsYw4LL3Ivv9USxAfA0Zj3dZRAZQuhqQDj9A==",
    "AQAAAAAAAAPoAAAAEDAxMjM0NTY3ODlhYmNkZWb+F8JNe5ZsYw4LL3Ivv9USxAfA0Zj3dZRAZQuhqQDj9A==",
    "AQAAAAEAAAPoAAAAEDAxMjM0NTY3ODlhYmNkZWZ66ZTtXfgXSsEJV6URzHBinFA8IjVhY4DCloGx5e2e6A==",
    "AQAAAAIAAAPoAAAAEDAxMjM0NTY3ODlhYmNkZWas6RA/LlZ1H8O4C7d7isnMTreTlAbxNAti16kbMLaXJQ==",
    "$2a$05$/OK.fbVrR/bpIqNJ5ianF.wy5O7onkDgJu1RCY4QNvp9G4UTml1/m",
    "$2b$05$/OK.fbVrR/bpIqNJ5ianF.wy5O7onkDgJu1RCY4QNvp9G4UTml1/m",
    "$2x$05$/OK.fbVrR/bpIqNJ5ianF.92dN4Sa/N28V53HUmtmS1M5lLlA7rIy",
];

fn matches(text: &str, password: &str) -> bool {
    let hash = Foreign::parse(text).map_err(|unusable| format!("{text} {unusable}"));
    hash.unwrap().matches(password.as_bytes()).unwrap()
}

#[test]
fn sec_09_the_right_password_matches_the_hash_of_every_scheme_and_no_other_does() {
    for text in VECTORS {
        assert!(matches(text, PASSWORD), "{text}");
        for wrong in [
            "pässwörd of Zoë, 43",
            "pässwörd of Zoë, 4",
            "passwörd of Zoë, 42",
        ] {
            assert!(!matches(text, wrong), "{text}: {wrong}");
        }
    }
}

#[test]
fn sec_09_bcrypt_of_other_programs_looks_at_72_bytes() {
    let (forty, rest) = ("ü".repeat(40), "ü".repeat(36));

    for text in [
        "$2y$05$/OK.fbVrR/bpIqNJ5ianF.ltGhtGTEPL5ZXiRzZDslE5vLXyh/M16",
        "$2x$05$/OK.fbVrR/bpIqNJ5ianF.iYC/5apzX/k/8HryWJRNzJsa8HeMrJe",
    ] {
        assert!(matches(text, &forty) && matches(text, &rest), "{text}");
        assert!(!matches(text, &"ü".repeat(35)), "{text}");
    }
}

/// Salt and output of 16 bytes.
const TAIL: &str = "$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg";

#[test]
fn sec_09_what_costs_too_much_is_refused_before_it_is_computed() {
    let bcrypt = "$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    for text in [
        format!("$2b$17{bcrypt}"),
        format!("$2x$31{bcrypt}"),
        format!("$2a$99{bcrypt}"),
        format!("$argon2id$v=19$m=131073,t=1,p=1{TAIL}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1{TAIL}"),
        format!("$argon2d$v=19$m=65536,t=17,p=1{TAIL}"),
        format!("$argon2i$v=19$m=8,t=4294967295,p=1{TAIL}"),
        format!("$argon2id$v=19$m=65536,t=1,p=17{TAIL}"),
        format!("$scrypt$ln=18,r=8,p=1{TAIL}"),
        format!("$scrypt$ln=21,r=1,p=1{TAIL}"),
        format!("$scrypt$ln=4294967295,r=1,p=1{TAIL}"),
        format!("$scrypt$ln=1,r=4294967295,p=1{TAIL}"),
        format!("$scrypt$ln=1,r=1,p=4294967295{TAIL}"),
        format!("$scrypt$ln=17,r=8,p=9{TAIL}"),
        format!("$pbkdf2-sha256$i=4000001{TAIL}"),
        format!("$pbkdf2$4000001{TAIL}"),
        format!("$pbkdf2-sha512$99999999999999999999{TAIL}"),
        "pbkdf2_sha256$4294967295$salt$La3j5aun6p+Gw1JfYBL5t7qtXQOV6eNEwp7yLC2pS20=".to_owned(),
        // Two blocks of SHA-1.
        "pbkdf2_sha1$2000001$salt$La3j5aun6p+Gw1JfYBL5t7qtXQOV6eNEwp7yLC2pS20=".to_owned(),
        "AQAAAAH/////AAAAEDAxMjM0NTY3ODlhYmNkZWZ66ZTtXfgXSsEJV6URzHBinFA8IjVhY4DCloGx5e2e6A=="
            .to_owned(),
    ] {
        assert_eq!(
            Foreign::parse(&text).err(),
            Some(Unusable::TooCostly),
            "{text}"
        );
    }
    for text in [
        format!("$2b$16{bcrypt}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4{TAIL}"),
        format!("$argon2id$v=19$m=131072,t=8,p=16{TAIL}"),
        format!("$scrypt$ln=17,r=8,p=8{TAIL}"),
        format!("$pbkdf2-sha256$i=4000000{TAIL}"),
    ] {
        assert!(Foreign::parse(&text).is_ok(), "{text}");
    }
}

#[test]
fn sec_09_what_is_no_hash_is_refused() {
    let long = format!(
        "$pbkdf2-sha256$1000${}$MDEyMzQ1Njc4OWFiY2RlZg",
        "A".repeat(500)
    );
    for text in [
        "",
        "$",
        "$$$$",
        "password",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/",
        "$bcrypt-hmac-sha384$k=00000000$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$+4$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2c$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        // Without salt, without output, with an output of 15 bytes, with a parameter that we do not know.
        "$argon2id$v=19$m=64,t=2,p=2",
        "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2Rl",
        "$argon2id$v=19$m=64,t=2,p=2,data=MDEy$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=18$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=0,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$scrypt$ln=0,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$scrypt$ln=4,r=0,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$scrypt$ln=4,r=8,p=0$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-sha256$0$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-sha256$-1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-md5$1000$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-sha256$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$eumU7V34F0rBCVelEcxwYpxQPCI1YWOAwpaBseXtnug",
        "pbkdf2_sha256$1000$$La3j5aun6p+Gw1JfYBL5t7qtXQOV6eNEwp7yLC2pS20=",
        // Version 2 cut short, version 3 with a fourth function, with a salt that is longer than all.
        "ADAxMjM0NTY3ODlhYmNkZWb+F8JNe5ZsYw4LL3Ivv9USxAfA0Q==",
        "AQAAAAMAAAPoAAAAEDAxMjM0NTY3ODlhYmNkZWas6RA/LlZ1H8O4C7d7isnMTreTlAbxNAti16kbMLaXJQ==",
        "AQAAAAIAAAPo/////zAxMjM0NTY3ODlhYmNkZWas6RA/LlZ1H8O4C7d7isnMTreTlAbxNAti16kbMLaXJQ==",
        "AQ==",
        &long,
    ] {
        assert_eq!(
            Foreign::parse(text).err(),
            Some(Unusable::Unknown),
            "{text}"
        );
    }
}

/// What is affordable is so however it came to be read.
fn is_bearable(text: &str) -> bool {
    Foreign::parse(text).map_or(true, |hash| hash.rounds() <= 1 << 17)
}

proptest! {
    #[test]
    fn sec_52_any_text_is_read_without_panic(text in "\\PC{0,200}") {
        prop_assert!(is_bearable(&text));
    }

    #[test]
    fn sec_52_damaged_hashes_are_read_without_panic(
        vector in prop::sample::select(VECTORS.as_slice()),
        at in 0_usize..150,
        cut in 0_usize..6,
        insert in "[$=,.+/0-9a-zA-Zü]{0,6}",
    ) {
        let end = (at + cut).min(vector.len());
        let damaged = [&vector[..at.min(end)], &insert, &vector[end..]].concat();
        prop_assert!(is_bearable(&damaged), "{}", damaged);
    }

    #[test]
    fn sec_52_numbers_of_any_size_are_read_without_panic(a: u64, b: u64, c: u64) {
        for text in [
            format!("$argon2id$v=19$m={a},t={b},p={c}{TAIL}"),
            format!("$scrypt$ln={},r={b},p={c}{TAIL}", a % 64),
            format!("$pbkdf2-sha256$i={a}{TAIL}"),
            format!("$pbkdf2-sha1${a}{TAIL}"),
            format!("pbkdf2_sha256${a}$salt$La3j5aun6p+Gw1JfYBL5t7qtXQOV6eNEwp7yLC2pS20="),
        ] {
            prop_assert!(is_bearable(&text), "{}", text);
        }
    }

    #[test]
    fn sec_52_any_bytes_of_aspnet_are_read_without_panic(bytes: Vec<u8>, version in 0_u8..3) {
        let text = data_encoding::BASE64.encode(&[&[version], bytes.as_slice()].concat());
        prop_assert!(is_bearable(&text), "{}", text);
    }
}
