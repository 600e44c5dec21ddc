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
    /// Takes `<path>.lock`. Makes the folder if there is none; what is in it is for its owner alone.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let named = |what: &str, error: &dyn std::fmt::Display| {
            unavailable(format!("{what} {}: {error}", path.display()))
        };
        make_folder(path).map_err(|error| named("cannot make the folder of", &error))?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside)
            .map_err(|error| named("cannot make the lock file of", &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(unavailable(format!(
                "{} is in use by another process",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(named("cannot lock", &error)),
        }
    }
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
