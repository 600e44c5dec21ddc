//! What the operator's folder holds.

use std::{
    borrow::Cow,
    fs, io,
    path::{Path, PathBuf},
};

use domain::model::Locale;

use crate::Problem;

const LARGEST: u64 = 256 * 1024;

/// The layouts of mails that take the place of the built-in ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layouts {
    /// `mail.html`
    pub html: Option<Layout>,
    /// `mail.txt`
    pub text: Option<Layout>,
}

/// A layout, and the file that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// For problems.
    pub file: String,
    /// The template.
    pub source: String,
}

/// A locale's file.
pub(crate) struct LocaleFile {
    pub(crate) locale: Locale,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// All that is in a folder.
#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) locales: Vec<LocaleFile>,
    pub(crate) layouts: Layouts,
    pub(crate) problems: Vec<Problem>,
}

impl Folder {
    /// Reads the folder itself and nothing below it. Hidden names are left out: a mounted `ConfigMap` has some.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut read = Self::default();
        match files(folder) {
            Ok(files) => files.iter().for_each(|file| read.add(file)),
            Err(error) => {
                let problem = Problem::of_file(folder.display(), cannot_be_read(&error));
                read.problems.push(problem);
            }
        }
        read
    }

    fn add(&mut self, path: &Path) {
        let file = path.display().to_string();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let added = match (&*name, locale(&name)) {
            ("mail.html" | "mail.txt", _) => text_of(path).map(|source| {
                let layout = Some(Layout {
                    file: file.clone(),
                    source,
                });
                if name == "mail.html" {
                    self.layouts.html = layout;
                } else {
                    self.layouts.text = layout;
                }
            }),
            (_, Some(locale)) => text_of(path).map(|text| {
                self.locales.push(LocaleFile {
                    locale,
                    name: file.clone(),
                    text,
                });
            }),
            _ => Err(
                "is neither a locale, such as de.toml or pt-BR.toml, nor mail.html or mail.txt"
                    .into(),
            ),
        };
        if let Err(reason) = added {
            self.problems.push(Problem::of_file(file, reason));
        }
    }
}

/// In the order of their names.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The locale of a file's name, which has it in its canonical case.
fn locale(name: &str) -> Option<Locale> {
    let tag = name.strip_suffix(".toml")?;
    let locale: Locale = tag.parse().ok()?;
    (locale.as_str() == tag).then_some(locale)
}

fn text_of(path: &Path) -> Result<String, Cow<'static, str>> {
    let about = fs::metadata(path).map_err(|error| cannot_be_read(&error))?;
    if !about.is_file() {
        return Err("is not a file".into());
    }
    if about.len() > LARGEST {
        return Err("is larger than 256 KiB".into());
    }
    fs::read_to_string(path).map_err(|error| cannot_be_read(&error))
}

fn cannot_be_read(error: &io::Error) -> Cow<'static, str> {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".into(),
        io::ErrorKind::InvalidData => "is not UTF-8 text".into(),
        kind => format!("cannot be read: {kind}").into(),
    }
}
