use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{Permissions, read_dir, set_permissions},
    os::unix::fs::PermissionsExt as _,
};

use adapters_sqlite::{Settings, SqliteStore, migrate, pending};
use diesel::{connection::SimpleConnection as _, prelude::*};
use domain::{
    Error,
    error::Cause,
    model::{MailKind, MailState},
    ports::{Outbox as _, Tenants as _},
};
use testkit::{at, founding, mailing};

use crate::settings;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_store_on_the_file_is_refused_and_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let first = SqliteStore::open(&settings).await.unwrap();

    for refused in [
        SqliteStore::open(&settings).await.err(),
        migrate(&settings).await.err(),
    ] {
        let expected = format!("{} is in use by another process", settings.path.display());
        assert_eq!(cause(refused).to_string(), expected);
    }

    drop(first);
    assert!(SqliteStore::open(&settings).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_that_open_a_new_file_at_once_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let settings = settings.clone();
            tokio::spawn(async move { SqliteStore::open(&settings).await })
        })
        .collect();

    let mut opened = Vec::new();
    for one in opening {
        opened.extend(one.await.unwrap());
    }

    assert_eq!(opened.len(), 1);
    assert!(pending(&settings).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_pending_until_they_are_applied_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());

    let expected = pending(&settings).await.unwrap();
    assert!(!expected.is_empty() && !settings.path.exists());

    assert_eq!(migrate(&settings).await.unwrap(), expected);
    assert!(pending(&settings).await.unwrap().is_empty());
    assert!(migrate(&settings).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let store = SqliteStore::open(&settings).await.unwrap();
    store.initialize(&founding()).await.unwrap();
    drop(store);

    let store = SqliteStore::open(&settings).await.unwrap();

    assert_eq!(store.all_tenants().await.unwrap(), [founding().tenant]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let _store = SqliteStore::open(&settings(folder.path())).await.unwrap();

    let data = folder.path().join("data").metadata().unwrap();
    assert_eq!(data.permissions().mode() & 0o777, 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_are_for_their_owner_alone_in_whatever_folder() {
    let folder = tempfile::tempdir().unwrap();
    set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let settings = Settings {
        path: folder.path().join("membership.db"),
        ..settings(folder.path())
    };
    let store = SqliteStore::open(&settings).await.unwrap();
    store.initialize(&founding()).await.unwrap();

    let modes: BTreeMap<_, _> = read_dir(folder.path())
        .unwrap()
        .map(|it| it.unwrap())
        .map(|it| (it.file_name(), it.metadata().unwrap().permissions().mode()))
        .collect();
    for name in ["", ".lock", "-shm", "-wal"] {
        let mode = modes[OsStr::new(&format!("membership.db{name}"))];
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_07_an_order_that_cannot_be_read_neither_holds_up_nor_hides_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let store = SqliteStore::open(&settings).await.unwrap();
    let mut founding = founding();
    let [broken, whole] = [MailKind::Invitation, MailKind::Confirmation]
        .map(|kind| mailing(&founding.administrator, kind, at(0)));
    founding.mail = vec![broken, whole.clone()];
    store.initialize(&founding).await.unwrap();

    SqliteConnection::establish(settings.path.to_str().unwrap())
        .unwrap()
        .batch_execute("UPDATE mail_orders SET recipient = '' WHERE kind = 'invitation'")
        .unwrap();
    let leased = store.lease(at(1), settings.busy_timeout, 10).await.unwrap();

    let ids: Vec<_> = leased.iter().map(|it| it.id).collect();
    assert_eq!(ids, [whole.order.id]);
    let waiting = store.mail_in_state(MailState::Waiting, 10).await.unwrap();
    assert_eq!(waiting, leased);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_where_no_file_can_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "a file").unwrap();
    let settings = settings(folder.path());

    let refused = SqliteStore::open(&settings).await.err();

    let path = settings.path.display().to_string();
    assert!(cause(refused).to_string().contains(&path));
}

fn cause(error: Option<Error>) -> Cause {
    match error {
        Some(Error::Unavailable { cause, .. }) => cause,
        _ => panic!("it is not refused"),
    }
}
