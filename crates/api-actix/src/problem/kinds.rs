//! Every kind of refusal there is. [`Problem`](super::Problem) can be made of no other, and `/docs/errors` shows them all.

use actix_web::http::StatusCode;

/// A kind of refusal: what its page under `/docs/errors` says.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Names it for programs; does not change.
    pub(crate) code: &'static str,
    /// The status that it has but for `bad_client`, which is 401 where the client used the `Authorization` header.
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) remedy: &'static str,
}

macro_rules! kinds {
    ($($NAME:ident: $code:literal, $STATUS:ident, $title:literal, $meaning:literal, $remedy:literal;)+) => {
        $(pub(crate) static $NAME: Kind = Kind {
            code: $code,
            status: StatusCode::$STATUS,
            title: $title,
            meaning: $meaning,
            remedy: $remedy,
        };)+

        /// All of them.
        pub(crate) static ALL: &[&Kind] = &[$(&$NAME),+];
    };
}

kinds! {
    BAD_REQUEST: "bad_request", BAD_REQUEST, "The request cannot be read",
        "What was sent is no request of HTTP/1.1, or a part of it that is not its body makes no sense: the framing of its body is ambiguous, a header or the query is malformed.",
        "Correct the program that sent it, or the proxy in between. Repeating the same request does not help.";
    INVALID_VALUE: "invalid_value", BAD_REQUEST, "A value is missing or malformed",
        "A member of the body is missing, has another type than it must have, or is not in the form it must have. `errors` names it and says what is wrong with it.",
        "Correct the value.";
    MISSING_BODY: "missing_body", BAD_REQUEST, "The body is missing",
        "The operation needs a body, and the request had none.",
        "Send the body that the documentation of the operation describes.";
    MALFORMED_BODY: "malformed_body", BAD_REQUEST, "The body cannot be read",
        "The body is not what its Content-Type says: no JSON object, no well-formed XML, no form in UTF-8, nested too deeply, or cut off.",
        "Correct the program that wrote it.";
    BAD_TOKEN: "bad_token", BAD_REQUEST, "The link is not valid",
        "The one-time token of a mailed link is unknown, used, expired, or made for something else. Which of these is not told.",
        "Ask for a new link.";
    BAD_CREDENTIALS: "bad_credentials", BAD_REQUEST, "The user name or password is incorrect",
        "User, tenant, password or refresh token do not fit together. Which of them is wrong is not told.",
        "Sign in again. Who forgot the password can ask for a link to set another.";
    BAD_CLIENT: "bad_client", BAD_REQUEST, "The client is not known or its secret is incorrect",
        "The client is unknown or disabled, or did not prove itself. The status is 401 if it used the Authorization header.",
        "Correct the client's id or secret, or ask the operator for another secret.";
    INVALID_REQUEST: "invalid_request", BAD_REQUEST, "The token request is malformed",
        "A parameter is missing, empty or there more than once, is in the query, or the body is no form (RFC 6749 section 5.2).",
        "Correct the request.";
    UNSUPPORTED_GRANT_TYPE: "unsupported_grant_type", BAD_REQUEST, "The grant type is not supported",
        "The value of grant_type is none that the token endpoint knows (RFC 6749 section 5.2).",
        "Use password, refresh_token or client_credentials.";
    UNAUTHORIZED_CLIENT: "unauthorized_client", BAD_REQUEST, "The client may not use this grant type",
        "The client is proved, and is not allowed this grant type (RFC 6749 section 5.2).",
        "Use another grant type, or ask the operator to allow this one to the client.";
    UNSUPPORTED_TOKEN_TYPE: "unsupported_token_type", BAD_REQUEST, "The token cannot be revoked",
        "A token of this type cannot be revoked by itself (RFC 7009 section 2.2.1).",
        "Revoke the refresh token, or wait until the access token expires.";
    UNAUTHENTICATED: "unauthenticated", UNAUTHORIZED, "A valid access token is needed",
        "There is no access token in the Authorization header, or it is expired, revoked, malformed or not ours.",
        "Sign in or refresh, and send the new access token.";
    FORBIDDEN: "forbidden", FORBIDDEN, "Not allowed",
        "The caller is known and may not do this.",
        "Ask an administrator for the role that the operation needs.";
    NOT_FOUND: "not_found", NOT_FOUND, "Not found",
        "There is nothing of that name, or nothing within the caller's reach. Which of these is not told.",
        "Correct the address or the ids in it.";
    METHOD_NOT_ALLOWED: "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed",
        "There is something at this address, and this method is none that it has.",
        "Use one of the methods in the Allow header of the answer.";
    REQUEST_TIMEOUT: "request_timeout", REQUEST_TIMEOUT, "The request did not arrive in time",
        "The head or the body of the request took longer to arrive than the service waits for it.",
        "Repeat the request, and send it faster.";
    CONFLICT: "conflict", CONFLICT, "The state forbids it",
        "The request is in order, and the state of the service forbids it: a name that is taken, a tenant that still has users.",
        "Choose another name, or change the state first.";
    STALE: "stale", CONFLICT, "Changed in the meantime",
        "What was to be changed was changed by somebody else since it was read.",
        "Read it again and repeat the change.";
    BODY_TOO_LARGE: "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "The body is larger than the service reads.",
        "Send less.";
    UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is of a type that is not read",
        "The Content-Type is none that the operation reads, or the body is compressed.",
        "Send JSON, uncompressed, with its Content-Type.";
    UNACCEPTABLE_VALUE: "unacceptable_value", UNPROCESSABLE_ENTITY, "A value is refused",
        "A value is well-formed, and a rule refuses it: a password that is too short or too common, a role that is unknown. `errors` names it and the rule.",
        "Choose another value.";
    THROTTLED: "throttled", TOO_MANY_REQUESTS, "Too many attempts",
        "There were too many attempts of this kind lately.",
        "Wait as long as the Retry-After header says.";
    HEAD_TOO_LARGE: "head_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too large",
        "The address and the headers of the request are together larger than the service reads, or there are too many of them.",
        "Send less: fewer or shorter headers, a shorter address.";
    INTERNAL: "internal", INTERNAL_SERVER_ERROR, "Something went wrong here",
        "It is not the fault of the request. It was recorded under the id that the answer holds.",
        "Tell the operator the requestId.";
    OVERLOADED: "overloaded", SERVICE_UNAVAILABLE, "Too busy",
        "The service has more work of this kind than it can do at the moment. Nothing was changed.",
        "Wait as long as the Retry-After header says, then repeat.";
    UNAVAILABLE: "unavailable", SERVICE_UNAVAILABLE, "The service cannot answer at the moment",
        "Something that the service depends on does not answer, or the answer took too long.",
        "Wait as long as the Retry-After header says, then repeat.";
}

impl Kind {
    /// The kind of that code.
    pub(crate) fn named(code: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|kind| kind.code == code)
    }

    /// Where nothing but the status is known.
    pub(crate) fn of_status(status: StatusCode) -> &'static Self {
        match status {
            StatusCode::UNAUTHORIZED => &UNAUTHENTICATED,
            StatusCode::FORBIDDEN => &FORBIDDEN,
            StatusCode::NOT_FOUND => &NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED => &METHOD_NOT_ALLOWED,
            StatusCode::REQUEST_TIMEOUT => &REQUEST_TIMEOUT,
            StatusCode::PAYLOAD_TOO_LARGE => &BODY_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => &UNSUPPORTED_MEDIA_TYPE,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => &HEAD_TOO_LARGE,
            StatusCode::SERVICE_UNAVAILABLE => &UNAVAILABLE,
            _ if status.is_client_error() => &BAD_REQUEST,
            _ => &INTERNAL,
        }
    }
}
