use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use super::fields::{Fields, Value};

/// Deeper elements are refused.
const MAX_DEPTH: usize = 32;

/// Reads the children of the root as members, leniently (contract section 9): any root, any namespace, any order,
/// `i:nil` as absent, other elements ignored. `None` for what is not well-formed, for text beside the members, and for a
/// DOCTYPE.
pub(super) fn decode(bytes: &[u8]) -> Option<Fields> {
    let mut reader = Reader::from_str(std::str::from_utf8(bytes).ok()?);
    let mut fields = Fields::default();
    let mut depth = 0_usize;
    let mut roots = 0;
    let mut member: Option<(String, Value)> = None;
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Eof => return (depth == 0 && roots == 1).then_some(fields),
            Event::DocType(_) => return None,
            Event::Start(tag) | Event::Empty(tag) => {
                roots += usize::from(depth == 0);
                match (depth, &mut member) {
                    (1, _) => member = Some(begin(tag)?),
                    (_, Some((_, value))) => *value = Value::Nested,
                    (_, None) => {}
                }
                depth += 1;
            }
            Event::Text(text) => append(&mut member, &text.xml10_content())?,
            Event::CData(text) => append(&mut member, &text.xml10_content())?,
            Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                Some(letter) => append(&mut member, letter.encode_utf8(&mut [0; 4]))?,
                None => append(&mut member, resolve_predefined_entity(name)?)?,
            },
            Event::End(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
        if depth > MAX_DEPTH {
            return None;
        }
        if matches!(event, Event::End(_) | Event::Empty(_)) {
            depth = depth.checked_sub(1)?;
            if let (1, Some((name, value))) = (depth, member.take_if(|_| depth == 1)) {
                fields.insert(&name, value);
            }
        }
    }
}

/// A member with nothing in it yet.
fn begin(tag: &BytesStart<'_>) -> Option<(String, Value)> {
    let mut nil = false;
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        nil |= attribute.key.local_name().as_ref() == "nil" && matches!(value.trim(), "true" | "1");
    }
    let name = tag.local_name().as_ref().to_owned();
    Some((
        name,
        if nil {
            Value::Null
        } else {
            Value::Untyped(String::new())
        },
    ))
}

/// `None` for text beside the members, but for the space between them and the mark at the beginning.
fn append(member: &mut Option<(String, Value)>, more: &str) -> Option<()> {
    match member {
        Some((_, Value::Untyped(text))) => text.push_str(more),
        None if !more.trim_start_matches('\u{feff}').trim().is_empty() => return None,
        Some(_) | None => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_generations_bodies_are_read_leniently() {
        let fields = decode(
            br#"<?xml version="1.0" encoding="utf-8"?>
            <!-- any root, any namespace -->
            <m:registrationData xmlns:m="urn:x" xmlns="http://schemas.example/Api" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
              <USERNAME>a &lt;&#98;&gt; &amp; <![CDATA[<c>]]></USERNAME>
              <m:Password i:nil="true">x</m:Password>
              <Token/>
              <Extra><Email>inner@example.com</Email></Extra>
              <m:IsEnabled> 1 </m:IsEnabled>
              <NewPassword>t+/=</NewPassword>
            </m:registrationData>"#,
        )
        .unwrap();

        assert_eq!(fields.needed("username").unwrap(), "a <b> & <c>");
        assert_eq!(fields.text("password").unwrap(), None);
        assert_eq!(fields.text("token").unwrap(), Some(""));
        assert_eq!(fields.text("email").unwrap(), None);
        assert_eq!(fields.flag("isEnabled").unwrap(), Some(true));
        assert_eq!(fields.needed("newPassword").unwrap(), "t+/=");
        assert!(fields.text("extra").is_err());
    }

    #[test]
    fn an_empty_root_has_no_members() {
        assert!(decode(b"<X/>").unwrap().needed("x").is_err());
        assert!(decode(b"<X></X>").unwrap().needed("x").is_err());
        assert!(decode("\u{feff}<X>\n</X>".as_bytes()).is_some());
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in [
            "",
            "text",
            "<a>",
            "<a><b></a></b>",
            "<a/><b/>",
            "<a><b>&unknown;</b></a>",
            "<a><b>&#xD800;</b></a>",
            "<a><b c=d></b></a>",
            "</a>",
            "<a>text</a>",
            "<a><b/>text</a>",
            "<a>&lt;<b/></a>",
            "<a/>text",
            "\u{0}",
        ] {
            assert!(decode(text.as_bytes()).is_none(), "{text}");
        }
        assert!(decode(b"<a><b>\xff</b></a>").is_none());
    }

    #[test]
    fn sec_41_a_doctype_is_refused() {
        let text = r#"<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a><c>&b;</c></a>"#;

        assert!(decode(text.as_bytes()).is_none());
    }

    #[test]
    fn sec_41_deep_nesting_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(1000), "</a>".repeat(1000));

        assert!(decode(deep.as_bytes()).is_none());
    }
}
