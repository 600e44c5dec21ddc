use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use domain::model::{Locale, Locales};

use crate::{
    Layouts, Problem, Words,
    folder::{Folder, LocaleFile},
    negotiation,
    read::{self, Reader, Values},
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
        let mut sources = built_in();
        let is_default = |file: &LocaleFile| file.locale == *default;
        if !sources.contains_key(default) && !locales.iter().any(is_default) {
            let file = format!("{default}.toml");
            let file = folder.map_or_else(|| PathBuf::from(&file), |it| it.join(&file));
            let reason = "does not exist, and it is the default locale";
            problems.push(Problem::of_file(file.display(), reason));
        }
        for file in locales {
            match read::values(&file.text) {
                Ok(own) => {
                    let source = sources.entry(file.locale).or_default();
                    source.file = file.name;
                    source.values.extend(own);
                }
                Err(reason) => problems.push(Problem::of_file(file.name, reason)),
            }
        }
        let mut others = BTreeMap::new();
        for (locale, source) in sources {
            match Reader::read(&source.file, source.values) {
                Ok(words) => drop(others.insert(locale, words)),
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

/// What a locale says, and the file to be named if something is wrong with it.
#[derive(Default)]
struct Source {
    file: String,
    values: Values,
}

fn built_in() -> BTreeMap<Locale, Source> {
    let source = |(tag, text): (&str, &str)| {
        let values = read::values(text).ok()?;
        let file = format!("{tag}.toml");
        Some((tag.parse().ok()?, Source { file, values }))
    };
    BUILT_IN.into_iter().filter_map(source).collect()
}
