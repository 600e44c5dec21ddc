use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use domain::model::{Locale, Locales};

use crate::{
    Layouts, Problem, Words,
    folder::{Folder, LocaleFile},
    negotiation,
    read::{self, Reader},
};

pub(crate) const BUILT_IN: [(&str, &str); 3] = [
    ("en", include_str!("../locales/en.toml")),
    ("de", include_str!("../locales/de.toml")),
    ("fr", include_str!("../locales/fr.toml")),
];

/// The words of every locale.
#[derive(Debug)]
pub struct Wording {
    default: Words,
    others: BTreeMap<Locale, Words>,
    locales: Locales,
    layouts: Layouts,
}

impl Wording {
    /// The built-in words, with what `folder` says in place of them and besides. `default` is spoken where no other locale
    /// is asked for. On failure every problem there is.
    pub fn load(folder: Option<&Path>, default: &Locale) -> Result<Self, Vec<Problem>> {
        let Folder {
            locales,
            layouts,
            mut problems,
        } = folder.map(Folder::read).unwrap_or_default();
        let files: Vec<_> = built_in().chain(locales).collect();
        if !files.iter().any(|file| file.locale == *default) {
            let file = folder.map_or_else(PathBuf::new, Path::to_owned);
            problems.push(Problem::of_file(
                file.join(format!("{default}.toml")).display(),
                "does not exist, and it is the default locale",
            ));
        }
        let mut others = BTreeMap::new();
        for file in files {
            match words(&file) {
                Ok(words) => drop(others.insert(file.locale, words)),
                Err(found) => problems.extend(found),
            }
        }
        let spoken = others.remove(default);
        match spoken {
            Some(words) if problems.is_empty() => Ok(Self {
                default: words,
                locales: Locales::new(default.clone(), others.keys().cloned()),
                others,
                layouts,
            }),
            _ => Err(problems),
        }
    }

    /// The locales that there are words for.
    pub fn locales(&self) -> &Locales {
        &self.locales
    }

    /// Every locale with its words, the default first.
    pub fn all(&self) -> impl Iterator<Item = (Locale, &Words)> {
        let default = (self.locales.choose([]), &self.default);
        let others = self.others.iter();
        std::iter::once(default).chain(others.map(|(locale, words)| (locale.clone(), words)))
    }

    /// The words of a locale; of the default for one that there are none for.
    pub fn words(&self, locale: &Locale) -> &Words {
        let chosen = self.locales.choose([locale]);
        self.others.get(&chosen).unwrap_or(&self.default)
    }

    /// The locale for a browser that sends this `Accept-Language`, whatever it is.
    pub fn negotiate(&self, accept_language: &str) -> Locale {
        self.locales.choose(&negotiation::wanted(accept_language))
    }

    /// The layouts that take the place of the built-in ones, not yet looked at.
    pub fn layouts(&self) -> &Layouts {
        &self.layouts
    }
}

/// The built-in locales, as files that nobody has a problem with.
fn built_in() -> impl Iterator<Item = LocaleFile> {
    BUILT_IN.into_iter().filter_map(|(tag, text)| {
        Some(LocaleFile {
            locale: tag.parse().ok()?,
            name: format!("{tag}.toml"),
            text: text.to_owned(),
        })
    })
}

/// What the file says; for a built-in locale, what it does not say is said as built in.
fn words(file: &LocaleFile) -> Result<Words, Vec<Problem>> {
    let own =
        read::values(&file.text).map_err(|reason| vec![Problem::of_file(&file.name, reason)])?;
    let base = BUILT_IN
        .iter()
        .find(|(tag, _)| *tag == file.locale.as_str());
    let mut values = base
        .and_then(|(_, text)| read::values(text).ok())
        .unwrap_or_default();
    values.extend(own);
    Reader::read(&file.name, values)
}
