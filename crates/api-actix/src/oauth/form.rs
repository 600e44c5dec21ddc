use std::collections::BTreeMap;

use super::invalid_request;
use crate::{contract::pairs, problem::Problem};

/// What the endpoints know; anything else is ignored (RFC 6749 section 3.2).
const PARAMETERS: [&str; 9] = [
    "grant_type",
    "username",
    "tenant",
    "password",
    "refresh_token",
    "client_id",
    "client_secret",
    "token",
    "token_type_hint",
];

/// The parameters of a request.
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads the body. Its parameters may be there once each and not be empty, but for `tenant`, which a refresh is not
    /// to fail for (contract section 5); the query may hold none of them.
    pub(super) fn read(query: &str, body: &[u8]) -> Result<Self, Problem> {
        let in_query =
            pairs(query.as_bytes()).ok_or_else(|| invalid_request("The query is not in UTF-8."))?;
        if in_query.iter().any(|(name, _)| is_known(name)) {
            return Err(invalid_request(
                "Parameters belong in the body, not in the query.",
            ));
        }
        let in_body =
            pairs(body).ok_or_else(|| invalid_request("The body is not a form in UTF-8."))?;
        let mut form = BTreeMap::new();
        for (name, value) in in_body {
            if value.is_empty() && is_known(&name) && name != "tenant" {
                return Err(invalid_request("A parameter is empty."));
            }
            if value.contains('\0') && is_known(&name) {
                return Err(invalid_request("A parameter has a NUL character."));
            }
            if form.insert(name, value).is_some() {
                return Err(invalid_request("A parameter is there more than once."));
            }
        }
        Ok(Self(form))
    }

    pub(super) fn optional(&mut self, name: &'static str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn needed(&mut self, name: &'static str) -> Result<String, Problem> {
        self.optional(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| invalid_request(format!("The parameter {name} is missing.")))
    }
}

fn is_known(name: &str) -> bool {
    PARAMETERS.contains(&name)
}
