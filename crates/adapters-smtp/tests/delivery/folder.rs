use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use domain::{
    model::{MailKind, MessageId},
    ports::Delivery,
};
use uuid::Uuid;

use crate::{mail, mailer_to};

fn url(dir: &Path) -> String {
    format!("mailbox://{}", dir.display())
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_folder_and_its_files_are_for_their_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data/mailbox");

    let delivery = mailer_to(&url(&dir))
        .deliver(&mail(MailKind::Invitation))
        .await;

    assert_eq!(delivery, Delivery::Sent);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join(&names(&dir)[0])), 0o600);
}

#[tokio::test]
async fn rel_07_a_repeated_message_is_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = mailer_to(&url(dir.path()));

    let mut files = Vec::new();
    for _ in 0..2 {
        assert_eq!(
            mailer.deliver(&mail(MailKind::Invitation)).await,
            Delivery::Sent
        );
        files.push(fs::read(dir.path().join(&names(dir.path())[0])).unwrap());
    }

    assert_eq!(
        names(dir.path()),
        ["1769854272123-01970000000070008000000000000001.eml"]
    );
    assert_eq!(files[0], files[1]);
}

#[tokio::test]
async fn file_names_sort_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = mailer_to(&url(dir.path()));
    let mut later = mail(MailKind::Invitation);
    later.id = MessageId::from_uuid(Uuid::nil());
    later.ordered_at = later.ordered_at.plus(Duration::from_secs(1));

    for mail in [&later, &mail(MailKind::Invitation)] {
        assert_eq!(mailer.deliver(mail).await, Delivery::Sent);
    }

    let names = names(dir.path());
    assert!(names[0].ends_with("-01970000000070008000000000000001.eml"));
    assert!(names[1].ends_with("-00000000000000000000000000000000.eml"));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_defers_the_mail() {
    let file = tempfile::NamedTempFile::new().unwrap();

    let delivery = mailer_to(&url(&file.path().join("mailbox")))
        .deliver(&mail(MailKind::Invitation))
        .await;

    assert!(matches!(delivery, Delivery::Deferred(_)), "{delivery:?}");
}
