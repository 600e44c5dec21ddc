use url::form_urlencoded;

use super::fields::{Fields, Value};

/// The pairs of an `application/x-www-form-urlencoded` text in their order; `None` if it is not UTF-8.
pub(crate) fn pairs(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let pairs: Vec<_> = form_urlencoded::parse(bytes).into_owned().collect();
    // The parser writes this in place of what is not UTF-8.
    let broken = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
    (!pairs
        .iter()
        .any(|(name, value)| broken(name) || broken(value)))
    .then_some(pairs)
}

pub(super) fn decode(bytes: &[u8]) -> Option<Fields> {
    let mut fields = Fields::default();
    for (name, value) in pairs(bytes)? {
        fields.insert(&name, Value::Untyped(value));
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it_and_as_careless_clients_do() {
        let fields =
            decode(b"newPassword=p%2Bw+%26%C3%A9&UserId=U&token=100%&isUpdate=false").unwrap();

        assert_eq!(fields.needed("newPassword").unwrap(), "p+w &\u{e9}");
        assert_eq!(fields.needed("userId").unwrap(), "U");
        assert_eq!(fields.needed("token").unwrap(), "100%");
        assert_eq!(fields.flag("isUpdate").unwrap(), Some(false));
    }

    #[test]
    fn what_is_not_utf_8_is_refused() {
        assert!(decode(b"a=%ff").is_none());
        assert!(decode(b"a=\xff").is_none());
    }
}
