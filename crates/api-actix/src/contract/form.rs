use percent_encoding::percent_decode;

use super::fields::{Fields, Value};

/// The pairs of an `application/x-www-form-urlencoded` text in their order; `None` if it is not UTF-8.
pub(crate) fn pairs(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let pairs = bytes.split(|byte| *byte == b'&');
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=').map(decoded);
            Some((
                halves.next()??,
                halves.next().unwrap_or(Some(String::new()))?,
            ))
        })
        .collect()
}

/// A value out of such a text; `None` if it is not UTF-8. What is no escape stands for itself.
pub(crate) fn decoded(text: &[u8]) -> Option<String> {
    let spaced: Vec<_> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    String::from_utf8(percent_decode(&spaced).collect()).ok()
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
        assert!(decode(b"%ff=a").is_none());
    }

    #[test]
    fn the_replacement_character_is_a_character_like_any_other() {
        let fields = decode("password=%EF%BF%BD\u{fffd}".as_bytes()).unwrap();

        assert_eq!(fields.needed("password").unwrap(), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn pairs_are_split_before_they_are_decoded() {
        let told = |name: &str, value: &str| (name.to_owned(), value.to_owned());

        assert_eq!(
            pairs(b"&a%26=b%3D=c&d&=e&&f=%zz%4"),
            Some(vec![
                told("a&", "b==c"),
                told("d", ""),
                told("", "e"),
                told("f", "%zz%4")
            ])
        );
    }
}
