use super::fields::{Fields, Value};

/// Reads a JSON object. Lists and objects inside are known to be there and no more. `None` for anything else, and for
/// nesting deeper than `serde_json` goes (128).
pub(super) fn decode(bytes: &[u8]) -> Option<Fields> {
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes).ok()?;
    let mut fields = Fields::default();
    for (name, value) in members {
        fields.insert(&name, value.into());
    }
    Some(fields)
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Flag(flag),
            serde_json::Value::Number(number) => Self::Number(number),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => Self::Nested,
        }
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
