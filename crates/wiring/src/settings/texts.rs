//! The words and layouts that the settings name.

use std::{path::Path, sync::Arc};

use adapters_smtp::Letters;
use domain::model::Locale;
use wording::Wording;

use super::{Settings, Texts, problem::Problems};

/// Reads and checks them. After a problem the built-in ones, to go on with. `None` only if they are unusable too.
pub(super) fn letters(texts: &Texts, problems: &mut Problems) -> Option<Arc<Letters>> {
    let load = |folder: Option<&Path>, locale: &Locale| {
        let letters = Wording::load(folder, locale).and_then(Letters::new);
        letters.map(Arc::new)
    };
    match load(texts.folder.as_deref(), &texts.locale) {
        Ok(letters) => Some(letters),
        Err(found) => {
            for problem in found {
                problems.add(problem.subject, "", problem.reason);
            }
            load(None, &"en".parse().ok()?).ok()
        }
    }
}

impl Settings {
    /// What mails and pages say, as [`Texts`] has it.
    pub fn wording(&self) -> &Arc<Wording> {
        self.letters.wording()
    }
}
