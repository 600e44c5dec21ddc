//! One process for one file.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::Path,
};

use domain::Result;

use crate::error::unavailable;

/// The right to use the file, until it is dropped or the process ends, however it ends.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes `<path>.lock`. Makes the folder and the file if there are none; what is made is for its owner alone.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let named = |what: &str, error: &dyn std::fmt::Display| {
            unavailable(format!("{what} {}: {error}", path.display()))
        };
        make_folder(path).map_err(|error| named("cannot make the folder of", &error))?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let file = owners_alone()
            .create(true)
            .truncate(false)
            .open(beside)
            .map_err(|error| named("cannot make the lock file of", &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(unavailable(format!(
                    "{} is in use by another process",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(named("cannot lock", &error)),
        }
        make_file(path).map_err(|error| named("cannot make", &error))?;
        Ok(Self { _file: file })
    }
}

/// An empty file is an empty database. SQLite gives those that it makes beside it the same mode.
fn make_file(path: &Path) -> io::Result<()> {
    match owners_alone().create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn owners_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
