//! The master key ring, and the file it lives in.

mod file;
mod key;
mod ring;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Error, Result,
    error::Cause,
    ports::{Entropy, MasterKeyRing},
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task::spawn_blocking,
    time::{sleep, timeout},
};

use self::{file::RingFile, ring::RingError};
pub(crate) use self::{
    key::{KeyId, MasterKey, Root},
    ring::Ring,
};

/// The key ring from which all other secrets derive, in a file. The first key seals, derives and peppers; all open and
/// verify. Clones are handles of the same ring: what [`MasterKeyRing::reload`] takes up holds for all of them from one
/// moment to the next.
///
/// The file holds one key a line, 32 bytes in base64 (what `openssl rand -base64 32` prints). Blank lines and lines that
/// begin with `#` are ignored.
///
/// To put a new key in an old one's place without a refused request, give every replica time to take up each step:
/// 1. Add the new key *behind* the old one: now it verifies everywhere, and nothing is made with it.
/// 2. Put it *before* the old one: now it makes.
/// 3. Remove the old one once nothing hangs on it. Signing keys can be sealed anew at any time; the hash of a password or
///    client secret is made anew when its owner next shows it; refresh tokens and mailed links end with their lifetimes.
#[derive(Clone)]
pub struct MasterKeys {
    ring: Arc<RwLock<Arc<Ring>>>,
    /// One reading at a time, so that a file system that hangs holds one thread and not more each time.
    file: Arc<Mutex<RingFile>>,
}

/// Why there is no key ring. Never tells what a line holds.
#[derive(Debug, thiserror::Error)]
#[error("the master keys in {}: {cause}", path.display())]
pub struct MasterKeyError {
    path: PathBuf,
    cause: RingError,
}

const PORT: &str = "master key ring";
/// For reading the file again.
const DEADLINE: Duration = Duration::from_secs(10);
/// A file that is being written can look like a ring that lacks keys. What is taken up stood there for so long.
const SETTLING: Duration = Duration::from_secs(1);

impl MasterKeys {
    /// Reads the file at `path`; warns if others than its owner can read it too.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let file = RingFile::new(path);
        Ok(Self {
            ring: Arc::new(RwLock::new(Arc::new(file.load()?))),
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// Reads the file at `path`. If there is none, makes it first, with a new key, readable by its owner alone. Of
    /// processes that start together all get the same key, and a crash leaves the whole file or none.
    pub fn load_or_generate(path: &Path, entropy: &dyn Entropy) -> Result<Self, MasterKeyError> {
        match Self::load(path) {
            Err(error) if error.is_absence() => {
                RingFile::new(path).create(&Ring::generate(entropy), entropy)?;
                Self::load(path)
            }
            loaded => loaded,
        }
    }

    /// The ring as it is now. Who needs several things of one moment takes them from one ring.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn take_up(&self) -> Result<bool, Cause> {
        let file = Arc::clone(&self.file).lock_owned().await;
        let (file, seen) = off_thread(file, RingFile::read).await?;
        if seen == *self.ring() {
            return Ok(false);
        }
        sleep(SETTLING).await;
        let (_file, ring) = off_thread(file, RingFile::load).await?;
        let settled = ring == seen;
        if settled {
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        }
        Ok(settled)
    }
}

/// The guard goes along, so that the file stays locked as long as the reading lasts, waited for or not.
async fn off_thread(
    file: OwnedMutexGuard<RingFile>,
    read: fn(&RingFile) -> Result<Ring, MasterKeyError>,
) -> Result<(OwnedMutexGuard<RingFile>, Ring), Cause> {
    let (file, ring) = spawn_blocking(move || {
        let ring = read(&file);
        (file, ring)
    })
    .await?;
    Ok((file, ring?))
}

#[async_trait]
impl MasterKeyRing for MasterKeys {
    /// Waits a second with a ring that is another, and takes it up if it is still the same then.
    /// [`Error::Unavailable`] names the file and the line, and no key.
    async fn reload(&self) -> Result<bool> {
        timeout(DEADLINE, self.take_up())
            .await
            .unwrap_or_else(|late| Err(late.into()))
            .map_err(|cause| Error::unavailable(PORT, cause))
    }
}

impl MasterKeyError {
    fn is_absence(&self) -> bool {
        matches!(&self.cause, RingError::File(cause) if cause.kind() == io::ErrorKind::NotFound)
    }
}

#[cfg(test)]
impl MasterKeys {
    /// The ring of that text, in no file.
    pub(crate) fn of(text: &str) -> Self {
        Self {
            ring: Arc::new(RwLock::new(Arc::new(Ring::parse(text).ok().unwrap()))),
            file: Arc::new(Mutex::new(RingFile::new(Path::new("")))),
        }
    }

    /// A ring of one new key, in no file.
    pub(crate) fn generate() -> Self {
        Self::of(&new_key())
    }
}

/// A line for a ring.
#[cfg(test)]
pub(crate) fn new_key() -> String {
    Ring::generate(&crate::SystemEntropy).expose().clone()
}
