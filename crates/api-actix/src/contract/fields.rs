use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
    time::Duration,
};

use domain::{Error, Result};

/// The members of a body, whatever it was written in. Names are compared without regard to case; what is `null` is
/// absent, and what nobody asks for is ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    members: BTreeMap<String, Value>,
}

/// The value of a member.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Flag(bool),
    Number(serde_json::Number),
    Text(String),
    /// Text of a format that has no other type: it may mean a flag or a number.
    Untyped(String),
    /// JSON alone has lists, and objects in them.
    List(Vec<Value>),
    Object(Fields),
    /// Elements of XML within another; no operation has them.
    Nested,
}

impl Fields {
    /// Of several members of one name, in whatever case it is written, the last counts.
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_lowercase(), value);
    }

    /// A text that may be left out.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Text(text) | Value::Untyped(text)) if text.contains('\0') => {
                Err(Error::invalid(name, "has a NUL character"))
            }
            Some(Value::Text(text) | Value::Untyped(text)) => Ok(Some(text)),
            Some(_) => Err(Error::invalid(name, "is not a text")),
        }
    }

    /// A text that may be left out or empty, as what it stands for.
    pub(crate) fn filled<T: FromStr<Err = Error>>(&self, name: &'static str) -> Result<Option<T>> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        let value = text.map(str::parse::<T>).transpose();
        value.map_err(|error| error.about(name))
    }

    /// A text that is needed, and not an empty one.
    pub(crate) fn needed(&self, name: &'static str) -> Result<&str> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| Error::invalid(name, "is missing"))
    }

    /// A text that is needed, as what it stands for.
    pub(crate) fn parsed<T: FromStr<Err = Error>>(&self, name: &'static str) -> Result<T> {
        self.needed(name)?.parse()
    }

    /// A truth value that may be left out.
    pub(crate) fn flag(&self, name: &'static str) -> Result<Option<bool>> {
        let wrong = || Error::invalid(name, "is neither true nor false");
        match self.get(name) {
            None => Ok(None),
            Some(Value::Flag(flag)) => Ok(Some(*flag)),
            Some(Value::Untyped(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(Some(true)),
                "false" | "0" => Ok(Some(false)),
                "" => Ok(None),
                _ => Err(wrong()),
            },
            Some(_) => Err(wrong()),
        }
    }

    /// A whole number that may be left out.
    pub(crate) fn integer(&self, name: &'static str) -> Result<Option<i32>> {
        let number = match self.get(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64().and_then(|it| i32::try_from(it).ok()),
            Some(Value::Untyped(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::Untyped(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        number
            .map(Some)
            .ok_or_else(|| Error::invalid(name, "is not a whole number of 32 bits"))
    }

    /// A whole number of seconds that may be left out.
    pub(crate) fn seconds(&self, name: &'static str) -> Result<Option<Duration>> {
        let seconds = self.count(name)?.map(u64::from);
        Ok(seconds.map(Duration::from_secs))
    }

    /// A number of things that may be left out.
    pub(crate) fn count(&self, name: &'static str) -> Result<Option<u32>> {
        let number = self.integer(name)?.map(u32::try_from).transpose();
        number.map_err(|_| Error::invalid(name, "is less than nothing"))
    }

    /// A list of texts that may be left out, each as what it stands for; `wrong` says that one stands for nothing. JSON
    /// alone has lists.
    pub(crate) fn set<T: Ord>(
        &self,
        name: &'static str,
        wrong: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<BTreeSet<T>>> {
        let none = || Error::invalid(name, "is not a list of texts");
        let items = match self.get(name) {
            None => return Ok(None),
            Some(Value::List(items)) => items,
            Some(_) => return Err(none()),
        };
        let texts = items.iter().map(|item| match item {
            Value::Text(text) => Some(text),
            _ => None,
        });
        let texts: Vec<_> = texts.collect::<Option<_>>().ok_or_else(none)?;
        let set: Option<BTreeSet<T>> = texts.into_iter().map(|text| read(text)).collect();
        set.map(Some).ok_or_else(|| Error::invalid(name, wrong))
    }

    /// A list of objects; an empty one if it is left out. JSON alone has lists.
    pub(crate) fn objects(&self, name: &'static str) -> Result<Vec<&Self>> {
        let items = match self.get(name) {
            None => return Ok(Vec::new()),
            Some(Value::List(items)) => Some(items),
            Some(_) => None,
        };
        let objects = items.into_iter().flatten().map(|item| match item {
            Value::Object(fields) => Some(fields),
            _ => None,
        });
        let objects = objects.collect::<Option<_>>().filter(|_| items.is_some());
        objects.ok_or_else(|| Error::invalid(name, "is not a list of objects"))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.members
            .get(&name.to_lowercase())
            .filter(|value| **value != Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: Value) -> Fields {
        let mut fields = Fields::default();
        fields.insert("Member", value);
        fields
    }

    #[test]
    fn names_are_compared_without_regard_to_case() {
        let fields = fields(Value::Text("x".to_owned()));

        assert_eq!(fields.needed("mEMBER").unwrap(), "x");
        assert!(fields.needed("members").is_err());
    }

    #[test]
    fn null_is_absent() {
        let fields = fields(Value::Null);

        assert_eq!(fields.text("member").unwrap(), None);
        assert_eq!(fields.flag("member").unwrap(), None);
        assert_eq!(fields.integer("member").unwrap(), None);
        assert!(fields.needed("member").is_err());
    }

    #[test]
    fn a_value_of_another_type_is_refused_by_its_name() {
        let number = |text: &str| Value::Number(text.parse().unwrap());
        let only_a = |text: &str| (text == "a").then_some(());
        let texts = |text: &str| Value::List(vec![Value::Text(text.to_owned())]);
        let objects = Value::List(vec![Value::Object(Fields::default())]);
        for (value, kinds) in [
            (Value::Text("true".to_owned()), "fislo"),
            (Value::Flag(true), "tislo"),
            (number("7"), "tflo"),
            (number("-7"), "tfslo"),
            (number("1.5"), "tfislo"),
            (number("2147483648"), "tfislo"),
            (texts("a"), "tfiso"),
            (texts("b"), "tfislo"),
            (objects, "tfisl"),
            (Value::Object(Fields::default()), "tfislo"),
            (Value::Nested, "tfislo"),
            (Value::Untyped("yes".to_owned()), "fislo"),
        ] {
            let fields = fields(value.clone());
            let refusals = [
                ('t', fields.text("member").err()),
                ('f', fields.flag("member").err()),
                ('i', fields.integer("member").err()),
                ('s', fields.seconds("member").err()),
                ('l', fields.set("member", "is odd", only_a).err()),
                ('o', fields.objects("member").err()),
            ];
            for (kind, refusal) in refusals {
                match refusal {
                    Some(Error::Invalid {
                        field: "member", ..
                    }) => assert!(kinds.contains(kind), "{value:?} {kind}"),
                    Some(other) => panic!("{other}"),
                    None => assert!(!kinds.contains(kind), "{value:?} {kind}"),
                }
            }
        }
    }

    #[test]
    fn untyped_text_may_mean_a_flag_or_a_number() {
        for (text, flag) in [
            ("true", true),
            ("True", true),
            ("1", true),
            ("false", false),
            (" 0 ", false),
        ] {
            assert_eq!(
                fields(Value::Untyped(text.to_owned()))
                    .flag("member")
                    .unwrap(),
                Some(flag)
            );
        }
        assert_eq!(
            fields(Value::Untyped("-3".to_owned()))
                .integer("member")
                .unwrap(),
            Some(-3)
        );
    }

    #[test]
    fn an_empty_untyped_flag_or_number_is_absent() {
        for text in ["", " "] {
            let fields = fields(Value::Untyped(text.to_owned()));

            assert_eq!(fields.flag("member").unwrap(), None);
            assert_eq!(fields.integer("member").unwrap(), None);
        }
        assert!(fields(Value::Text(String::new())).flag("member").is_err());
    }

    #[test]
    fn sec_49_a_nul_character_is_refused() {
        assert!(
            fields(Value::Text("a\0b".to_owned()))
                .text("member")
                .is_err()
        );
    }
}
