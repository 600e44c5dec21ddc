use crate::installation::{Installation, jobs, printed};

on_both!(a_purge_says_what_it_deleted);

#[test]
fn a_new_instance_is_initialised_once_and_its_secrets_are_told_once() {
    let folder = tempfile::tempdir().unwrap();

    let first = printed(&jobs(folder.path(), &["initialize"], []));
    let second = printed(&jobs(folder.path(), &["initialize"], []));

    for name in [
        "TENANT='platform'",
        "ADMINISTRATOR='admin'",
        "PASSWORD='",
        "CLIENT_SECRET='",
    ] {
        assert!(first.contains(name), "{name}");
    }
    assert_eq!(second, "nothing to do: initialised before\n");
}

#[test]
fn the_schema_is_brought_up_to_date_once() {
    let folder = tempfile::tempdir().unwrap();

    assert!(printed(&jobs(folder.path(), &["migrate"], [])).starts_with("applied "));
    assert_eq!(printed(&jobs(folder.path(), &["migrate"], [])), "");
}

async fn a_purge_says_what_it_deleted(installation: Installation) {
    let purged = installation.printed(&["purge"]);

    assert_eq!(
        purged,
        "deleted 0 sessions, 0 links, 0 mail orders, 0 mail requests, 0 counts of attempts\n"
    );
}

#[test]
fn rel_15_wrong_settings_are_told_line_by_line_and_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [
        ("MEMBERSHIP__SERVER__BIDN", "x"),
        ("MEMBERSHIP__DATABASE__POOL_MAX", "many"),
    ];

    let refused = jobs(folder.path(), &["initialize"], wrong);

    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(
        told.contains("server.bidn") && told.contains("database.pool_max"),
        "{told}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_job_is_refused_while_another_process_has_the_sqlite_file() {
    let installation = Installation::on_sqlite();
    let server = installation.membership().await;

    let reason = installation.refused(&["client", "list"]);

    assert!(
        reason.ends_with("membership.db is in use by another process"),
        "{reason}"
    );
    drop(server);
    installation.printed(&["client", "list"]);
}
