//! Secrets that cannot be used.

use super::{lines, load, loaded, problems};

#[test]
fn sec_43_a_database_url_that_the_driver_would_quote_is_refused_without_showing_it() {
    for (url, reason) in [
        ("postgres://u:hun%ter2@h/d", "has a % that"),
        ("postgres://u:hunter2%@h/d", "has a % that"),
        ("postgres://u:hunter2%4@h/d", "has a % that"),
        ("postgres://u:hunter2%00@h/d", "has a % that"),
        ("postgres://u:hunter2@h/d?password=%zz", "has a % that"),
        ("postgres://u:hunter2@h:port/d", "has a host with a port"),
        ("postgres://u:hunter2@h,i:70000/d", "has a host with a port"),
        ("postgres://u:hunter2@[::1/d", "has a host with a port"),
        ("postgres://u:hunter2@[::1]x/d", "has a host with a port"),
        ("postgres://u:hunter2", "has a host with a port"),
        ("postgres://u:hun/ter2@h/d", "has more than the @"),
        ("postgres://u:1/hun?ter2=@h/d", "has more than the @"),
        ("postgres://u:hun@ter2@h/d", "has more than the @"),
        ("postgres://u:hunter2@h/d?hunter2", "has an option"),
        ("postgres://u:hunter2@h/d?a=b=hunter2", "has an option"),
        ("sqlite://file::memory:hunter2", "is in memory"),
    ] {
        for key in ["URL", "MIGRATION_URL"] {
            let name = format!("MEMBERSHIP__DATABASE__{key}");

            let found = lines(&problems(load(&[(&name, url)])));

            assert!(found.contains(reason), "{url}: {found}");
            for part in ["hun", "ter2", "%z"] {
                assert!(!found.contains(part), "{url}: {found}");
            }
        }
    }
}

#[test]
fn a_database_url_that_libpq_understands_is_taken() {
    for url in [
        "postgres://u:p%40%2F?:w@h,i:5433,[::1]:5434,[::2]:/d?sslmode=require&application_name=m",
        "postgres:///d?host=/run/postgresql",
        "postgresql://%2Frun%2Fpostgresql",
    ] {
        let required = [
            ("MEMBERSHIP__DATABASE__URL", url),
            super::POSTGRES[1],
            super::POSTGRES[2],
        ];
        loaded(load(&required));
    }
}

#[test]
fn an_over_long_first_password_is_refused() {
    let password = |length: usize| {
        let text = &"a phrase of many words, ".repeat(11)[..length];
        load(&[("MEMBERSHIP__BOOTSTRAP__PASSWORD", text)])
    };

    loaded(password(256));
    let found = lines(&problems(password(257)));
    assert!(
        found.starts_with("bootstrap.password is longer than 256 characters"),
        "{found}"
    );
}
