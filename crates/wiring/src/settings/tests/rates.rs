use super::{lines, load, loaded, problems};

const KEYS: [&str; 4] = [
    "per_account",
    "login_per_ip",
    "anonymous_per_user",
    "anonymous_per_ip",
];

fn with(key: &str, value: &str) -> (String, String) {
    let name = format!("MEMBERSHIP__RATELIMIT__{}", key.to_uppercase());
    (name, value.to_owned())
}

#[test]
fn a_rate_is_a_number_in_a_time() {
    for key in KEYS {
        let (name, value) = with(key, "3/15min");
        let settings = loaded(load(&[(&name, &value)])).settings.ratelimit;
        let rates = [
            settings.per_account,
            settings.login_per_ip,
            settings.anonymous_per_user,
            settings.anonymous_per_ip,
        ];
        let changed = KEYS.iter().zip(rates).find(|(it, _)| **it == key);
        let (_, rate) = changed.unwrap();
        assert_eq!((rate.count, rate.window.as_secs()), (3, 900), "{key}");
    }
}

#[test]
fn sec_07_no_limit_can_be_lifted_by_a_slip() {
    for key in KEYS {
        for value in ["0/min", "20", "20/m", "off"] {
            let (name, value) = with(key, value);
            let told = lines(&problems(load(&[(&name, &value)])));
            assert!(told.contains("is not a rate of at most"), "{key}: {told}");
        }
    }
}
