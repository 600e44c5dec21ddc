use std::{
    fs::DirBuilder,
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    model::Mail,
    ports::{Delivery, Mailer},
};
use tempfile::NamedTempFile;

use crate::Composer;

/// A folder with one `.eml` file per message. Its name sorts by time and is the same at every attempt.
pub(crate) struct MailboxFolder {
    dir: PathBuf,
    composer: Composer,
    timeout: Duration,
}

impl MailboxFolder {
    /// The folder is made at the first delivery, readable to its owner alone.
    pub(crate) fn new(dir: &Path, composer: Composer, timeout: Duration) -> Self {
        Self {
            dir: dir.to_owned(),
            composer,
            timeout,
        }
    }
}

#[async_trait]
impl Mailer for MailboxFolder {
    async fn deliver(&self, mail: &Mail) -> Delivery {
        let message = match self.composer.compose(mail) {
            Ok(message) => message,
            Err(reason) => return Delivery::Refused(reason),
        };
        let name = format!("{:013}-{}.eml", mail.ordered_at.unix_millis(), mail.id);
        let dir = self.dir.clone();
        let write = tokio::task::spawn_blocking(move || write(&dir, &name, &message.formatted()));
        match tokio::time::timeout(self.timeout, write).await {
            Ok(Ok(Ok(()))) => Delivery::Sent,
            Ok(Ok(Err(error))) => Delivery::Deferred(format!("the mailbox folder: {error}")),
            Ok(Err(_)) => Delivery::Deferred("writing to the mailbox folder broke off".to_owned()),
            Err(_) => Delivery::Deferred("the mailbox folder did not answer in time".to_owned()),
        }
    }
}

/// Readers of the folder see the whole file or none.
fn write(dir: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(message)?;
    file.as_file().sync_all()?;
    file.persist(dir.join(name))?;
    Ok(())
}
