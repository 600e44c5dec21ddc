use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use super::fields::{Fields, Value};

/// What some editors and clients put first.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a JSON object. `None` for anything else, and for nesting deeper than `serde_json` goes (128).
pub(super) fn decode(bytes: &[u8]) -> Option<Fields> {
    serde_json::from_slice(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)).ok()
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

/// Takes the members in their order, which a map of `serde_json` forgets.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            fields.insert(&name, value);
        }
        Ok(fields)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        // JSON writes no other numbers than those that this takes.
        Ok(serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        Members.visit_map(map).map(Value::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_and_nothing_else() {
        let fields =
            decode(br#" {"Role": "R\u00e9", "isEnabled": true, "more": [{"a": null}]} "#).unwrap();

        assert_eq!(fields.needed("role").unwrap(), "Ré");
        assert_eq!(fields.flag("isEnabled").unwrap(), Some(true));
        for text in [
            "",
            "[]",
            "null",
            "\"text\"",
            "{",
            "{\"a\": 1}x",
            "{\"a\": \u{1}}",
        ] {
            assert!(decode(text.as_bytes()).is_none(), "{text}");
        }
        assert!(decode(b"{\"a\": \"\xff\"}").is_none());
    }

    #[test]
    fn a_list_of_texts_is_read_and_no_other() {
        let fields =
            decode(br#"{"none": [], "some": ["b", "a", "b"], "mixed": ["a", 1]}"#).unwrap();

        let read = |name| fields.set(name, "is odd", |text| Some(text.to_owned()));
        let texts = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect());
        assert_eq!(read("none").unwrap(), texts(&[]));
        assert_eq!(read("some").unwrap(), texts(&["a", "b"]));
        assert!(read("mixed").is_err());
    }

    #[test]
    fn a_list_of_objects_is_read_and_no_other() {
        let fields = decode(
            br#"{"none": [], "some": [{"a": "x", "A": "last", "b": [1, {}]}, {}], "mixed": [{}, []]}"#,
        )
        .unwrap();

        assert!(fields.objects("none").unwrap().is_empty());
        assert!(fields.objects("absent").unwrap().is_empty());
        let some = fields.objects("some").unwrap();
        assert_eq!(some[0].needed("a").unwrap(), "last");
        assert_eq!(some[1].text("a").unwrap(), None);
        assert!(fields.objects("mixed").is_err());
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let fields = decode(b"\xef\xbb\xbf{\"role\": \"x\"}").unwrap();

        assert_eq!(fields.needed("role").unwrap(), "x");
    }

    #[test]
    fn of_several_members_of_one_name_the_last_counts_in_whatever_case() {
        for text in [
            r#"{"role": "a", "role": "last"}"#,
            r#"{"role": "a", "Role": "last"}"#,
            r#"{"Role": "a", "role": "last"}"#,
        ] {
            let fields = decode(text.as_bytes()).unwrap();

            assert_eq!(fields.needed("role").unwrap(), "last", "{text}");
        }
    }

    #[test]
    fn sec_41_deep_nesting_is_refused() {
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));

        assert!(decode(deep.as_bytes()).is_none());
    }

    #[test]
    fn sec_49_an_unpaired_surrogate_is_refused() {
        for text in [
            r#"{"a": "\ud800"}"#,
            r#"{"a": "\udfff\ud800"}"#,
            r#"{"\ud800": 1}"#,
        ] {
            assert!(decode(text.as_bytes()).is_none(), "{text}");
        }
    }
}
