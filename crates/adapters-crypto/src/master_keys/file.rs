use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use domain::{model::Secret, ports::Entropy};

use super::{
    MasterKeyError,
    ring::{Ring, RingError},
};

/// The file that a ring lives in.
pub(super) struct RingFile {
    path: PathBuf,
}

impl RingFile {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    pub(super) fn read(&self) -> Result<Ring, MasterKeyError> {
        fs::read_to_string(&self.path)
            .map_err(RingError::File)
            .and_then(|text| Ring::parse(Secret::new(text).expose()))
            .map_err(|cause| self.error(cause))
    }

    /// The same, and warns if others than its owner can read it too.
    pub(super) fn load(&self) -> Result<Ring, MasterKeyError> {
        let ring = self.read()?;
        warn_if_shared(&self.path).map_err(|cause| self.error(cause.into()))?;
        Ok(ring)
    }

    /// Puts `text` there, whole or not at all. Leaves alone what somebody else put there meanwhile.
    pub(super) fn create(
        &self,
        text: &Secret<String>,
        entropy: &dyn Entropy,
    ) -> Result<(), MasterKeyError> {
        create(&self.path, text, entropy).map_err(|cause| self.error(cause.into()))
    }

    fn error(&self, cause: RingError) -> MasterKeyError {
        MasterKeyError {
            path: self.path.clone(),
            cause,
        }
    }
}

fn create(path: &Path, text: &Secret<String>, entropy: &dyn Entropy) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut suffix = [0; 8];
    entropy.fill(&mut suffix);
    let draft = folder.join(format!(".master-{}", HEXLOWER.encode(&suffix)));

    // A link, unlike a renaming, never replaces.
    let linked = write(&draft, text).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    });
    let _ = fs::remove_file(&draft);
    linked?;
    sync_folder(folder)
}

fn write(path: &Path, text: &Secret<String>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(text.expose().as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn warn_if_shared(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "the master keys can be read by others than their owner");
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_if_shared(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Barrier, thread};

    use domain::{model::Secret, ports::Entropy};

    use crate::{MasterKeys, SystemEntropy};

    fn first_id(keys: &MasterKeys) -> String {
        keys.ring().first().id().to_string()
    }

    #[test]
    fn a_missing_ring_is_made_once_and_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/master");

        let made = MasterKeys::load_or_generate(&path, &SystemEntropy)
            .ok()
            .unwrap();
        let found = MasterKeys::load_or_generate(&path, &SystemEntropy)
            .ok()
            .unwrap();

        assert_eq!(first_id(&made), first_id(&found));
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let permissions = std::fs::metadata(&path).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn of_processes_that_start_together_all_get_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master");
        let start = Barrier::new(8);

        let ids: Vec<_> = thread::scope(|scope| {
            let starting: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        first_id(
                            &MasterKeys::load_or_generate(&path, &SystemEntropy)
                                .ok()
                                .unwrap(),
                        )
                    })
                })
                .collect();
            starting
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });

        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }

    #[test]
    fn why_a_ring_is_not_written_is_told_though_its_draft_cannot_be_removed() {
        struct NoChance;
        impl Entropy for NoChance {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(0);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".master-0000000000000000")).unwrap();

        let made = super::create(
            &folder.path().join("master"),
            &Secret::new(String::new()),
            &NoChance,
        );

        assert_eq!(made.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_damaged_ring_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master");
        std::fs::write(&path, "damaged\n").unwrap();

        let error = MasterKeys::load_or_generate(&path, &SystemEntropy).err();

        let reason = "line 1 is not 32 bytes in base64";
        let expected = format!("the master keys in {}: {reason}", path.display());
        assert_eq!(error.unwrap().to_string(), expected);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "damaged\n");
    }
}
