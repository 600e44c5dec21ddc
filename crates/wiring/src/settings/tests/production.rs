use tempfile::TempDir;

use super::{POSTGRES, lines, load, load_in, loaded, problems, write};

#[test]
fn production_is_never_embedded_and_never_in_the_clear() {
    let directory = TempDir::new().unwrap();
    write(&directory, "config/production.toml", "");
    let production = |changes: &[(&str, &str)]| {
        let mut environment = vec![("MEMBERSHIP_ENV", "production")];
        environment.extend(POSTGRES);
        environment.extend(changes);
        load_in(&directory, &environment).map_err(|problems| lines(&problems))
    };

    let bare = lines(&problems(load_in(
        &directory,
        &[("MEMBERSHIP_ENV", "production")],
    )));
    for key in ["database.url", "server.public_url", "keys.master_file"] {
        assert!(bare.contains(&format!("{key} is required\n")), "{bare}");
    }
    let in_the_clear = production(&[("MEMBERSHIP__SERVER__PUBLIC_URL", "http://m.example.com")]);
    assert!(
        in_the_clear
            .err()
            .unwrap()
            .starts_with("server.public_url is not https")
    );
    assert!(production(&[("MEMBERSHIP__SERVER__PUBLIC_URL", "http://localhost:8080")]).is_ok());

    for (url, accepted) in [
        ("postgres://u:p@db.example.com/m?sslmode=verify-full", true),
        ("postgres://u:p@db.example.com/m?sslmode=require", true),
        ("postgres://u:p@db.example.com/m?sslmode=prefer", false),
        ("postgres://u:p@db.example.com/m?sslmode=disable", false),
        ("postgres://u:p@db.example.com/m", false),
        ("postgres://u:p@127.0.0.1,db.example.com:5433/m", false),
        ("postgres://localhost.example.com/m", false),
        ("postgres://localhost/m?host=db.example.com", false),
        (
            "postgres://localhost:5432?sslmode=require&x=@db.example.com/m",
            false,
        ),
        ("postgres://u:p?w@localhost/m", true),
        ("postgres://u:p@localhost:5432/m", true),
        ("postgres://[::1]:5432/m", true),
        ("postgres:///m?host=/run/postgresql", true),
        ("postgres://%2Frun%2Fpostgresql/m", true),
        ("sqlite:///var/lib/membership.db", true),
    ] {
        let result = production(&[("MEMBERSHIP__DATABASE__URL", url)]);
        assert_eq!(result.is_ok(), accepted, "{url}");
    }
}

#[test]
fn outside_production_the_way_to_the_database_is_the_operators_matter() {
    let mut environment = POSTGRES.to_vec();
    environment.push(("MEMBERSHIP__DATABASE__URL", "postgres://db.example.com/m"));

    assert!(!loaded(load(&environment)).settings.embedded);
}
