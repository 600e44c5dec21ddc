//! Media types, in and out.

use actix_web::http::header::{self, HeaderMap};

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyType {
    Json,
    Xml,
    Form,
}

impl BodyType {
    /// What the `Content-Type` says, whatever its case and parameters; `None` for any other type and for none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match essence(value).as_str() {
            "application/json" | "text/json" => Some(Self::Json),
            "application/xml" | "text/xml" => Some(Self::Xml),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            other if other.starts_with("application/") && other.ends_with("+json") => {
                Some(Self::Json)
            }
            _ => None,
        }
    }
}

/// What the caller names in `Accept`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accept(Vec<String>);

const JSON: [&str; 2] = ["application/json", "text/json"];
const XML: [&str; 2] = ["application/xml", "text/xml"];

impl Accept {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let values = headers
            .get_all(header::ACCEPT)
            .filter_map(|value| value.to_str().ok());
        Self(
            values
                .flat_map(|value| value.split(','))
                .map(essence)
                .filter(|it| !it.is_empty())
                .collect(),
        )
    }

    /// The JSON type that is named first.
    pub(crate) fn json(&self) -> Option<&'static str> {
        self.first_of(JSON)
    }

    /// The XML type that is named first.
    pub(crate) fn xml(&self) -> Option<&'static str> {
        self.first_of(XML)
    }

    /// Whether `*/*` is among the names.
    pub(crate) fn anything(&self) -> bool {
        self.0.iter().any(|name| name == "*/*")
    }

    /// Whether the caller can read XML and nothing else.
    pub(crate) fn only_xml(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|name| XML.contains(&name.as_str()))
    }

    fn first_of(&self, types: [&'static str; 2]) -> Option<&'static str> {
        self.0
            .iter()
            .find_map(|name| types.into_iter().find(|it| it == name))
    }
}

/// A media type without its parameters, in lower case.
fn essence(value: &str) -> String {
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn every_type_of_both_generations_is_known_in_any_case_and_with_parameters() {
        for (text, expected) in [
            ("application/json", Some(BodyType::Json)),
            ("Application/JSON; charset=utf-8", Some(BodyType::Json)),
            ("text/json", Some(BodyType::Json)),
            ("application/json-patch+json", Some(BodyType::Json)),
            ("application/vnd.x+json", Some(BodyType::Json)),
            ("application/xml;charset=UTF-8", Some(BodyType::Xml)),
            ("text/xml", Some(BodyType::Xml)),
            ("application/x-www-form-urlencoded", Some(BodyType::Form)),
            ("text/plain", None),
            ("multipart/form-data; boundary=x", None),
            ("text/x+json", None),
            ("", None),
        ] {
            assert_eq!(
                BodyType::of(&headers(header::CONTENT_TYPE, text)),
                expected,
                "{text}"
            );
        }
        assert_eq!(BodyType::of(&HeaderMap::new()), None);
    }

    #[test]
    fn accept_is_read_whatever_its_parameters() {
        let accept = |text| Accept::of(&headers(header::ACCEPT, text));

        assert_eq!(
            accept("text/json;q=0.5, application/json").json(),
            Some("text/json")
        );
        assert_eq!(accept("APPLICATION/XML").xml(), Some("application/xml"));
        assert!(accept("text/html, */*;q=0.1").anything());
        assert!(accept("text/xml, application/xml").only_xml());
        for text in [
            "application/json, application/xml",
            "text/xml, */*",
            "text/plain",
            "",
        ] {
            assert!(!accept(text).only_xml(), "{text}");
        }
    }
}
