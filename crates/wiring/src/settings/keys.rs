//! What a settings table is made of. The table itself is in [`super::table`].

use config::Value;

use super::problem::Problems;
use super::values::Values;

/// A section of the settings: `[name]` in TOML.
pub(super) struct Section {
    pub(super) name: &'static str,
    /// One line of text each.
    pub(super) meaning: &'static [&'static str],
    pub(super) keys: &'static [Key],
}

/// One setting.
pub(super) struct Key {
    /// With its section: `server.bind`.
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    /// Never printed, and `<name>_file` may name a file that holds it.
    pub(super) secret: bool,
    pub(super) default: Default,
    /// One line of text each.
    pub(super) meaning: &'static [&'static str],
}

/// What holds if a setting is not set.
pub(super) enum Default {
    /// This value.
    Value(fn() -> Value),
    /// What these words say; see [`super::derived`].
    Words(&'static str),
}

/// Every setting, in the order of the table.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    super::table::SECTIONS
        .iter()
        .flat_map(|section| section.keys)
}

/// Reads typed values, and goes on with a stand-in after a problem so that every problem is found.
pub(super) struct Reader<'a> {
    pub(super) values: &'a Values,
    pub(super) stand_ins: &'a Values,
    pub(super) problems: &'a mut Problems,
}

impl Reader<'_> {
    /// A setting that has a value by default. `None` only if its stand-in is unusable too.
    pub(super) fn default<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&Value) -> Parsed<T>,
    ) -> Option<T> {
        match self.values.get(key).map(|found| parse(&found.value)) {
            Some(Ok(value)) => return Some(value),
            Some(Err(reason)) => self.problems.about(key, self.values, reason),
            None => self.problems.about(key, self.values, "is required"),
        }
        parse(&self.stand_ins.get(key)?.value).ok()
    }

    /// A setting whose value is found out at start if it is not set.
    pub(super) fn derived<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&Value) -> Parsed<T>,
    ) -> Option<T> {
        self.default(key, parse)
    }

    /// A setting that may have no value.
    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&Value) -> Parsed<T>,
    ) -> Option<T> {
        let found = self.values.get(key)?;
        parse(&found.value)
            .map_err(|reason| self.problems.about(key, self.values, reason))
            .ok()
    }
}

/// A typed value, or what is wrong with it, to be read after the key and never quoting the value.
pub(super) type Parsed<T> = Result<T, std::borrow::Cow<'static, str>>;

/// Makes of one table: a struct for each section, [`super::Settings`], the list of keys, and the reading of them.
///
/// A line is `name: Type = parser, how default [, secret];` where `how` is a method of [`Reader`].
macro_rules! settings {
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $Section:ident {
            $(
                $(#[doc = $meaning:literal])+
                $field:ident: $type:ty = $parser:expr, $how:ident $default:tt $(, $secret:ident)?;
            )+
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone)]
            pub struct $Section {
                $($(#[doc = $meaning])+ pub $field: $type,)+
            }

            impl $Section {
                pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
                    $(let $field = reader.$how(concat!(stringify!($section), ".", stringify!($field)), $parser);)+
                    Some(Self { $($field: settings!(@take $how $field),)+ })
                }
            }
        )+

        /// The settings of the service, checked as a whole.
        #[derive(Clone)]
        pub struct Settings {
            /// Whether the operator named no database: everything is kept under `data/` and what is missing is made there.
            pub embedded: bool,
            /// Whether `MEMBERSHIP_ENV` is `production`.
            pub production: bool,
            /// What mails are written with, as [`Texts`] says.
            pub(crate) letters: Arc<Letters>,
            $($(#[doc = $about])+ pub $section: $Section,)+
        }

        impl Settings {
            pub(super) fn read(
                reader: &mut Reader<'_>,
                letters: Arc<Letters>,
                embedded: bool,
                production: bool,
            ) -> Option<Self> {
                $(let $section = $Section::read(reader);)+
                Some(Self { embedded, production, letters, $($section: $section?,)+ })
            }
        }

        pub(super) const SECTIONS: &[Section] = &[$(Section {
            name: stringify!($section),
            meaning: &[$($about),+],
            keys: &[$(Key {
                path: concat!(stringify!($section), ".", stringify!($field)),
                name: stringify!($field),
                secret: settings!(@secret $($secret)?),
                default: settings!(@$how $default),
                meaning: &[$($meaning),+],
            }),+],
        }),+];
    };
    (@take optional $value:ident) => { $value };
    (@take $how:ident $value:ident) => { $value? };
    (@secret secret) => { true };
    (@secret) => { false };
    (@default $value:tt) => { Default::Value(|| config::Value::from($value)) };
    (@derived $words:tt) => { Default::Words($words) };
    (@optional $words:tt) => { Default::Words($words) };
}

pub(super) use settings;
