//! What comes back, and what it must look like.

use serde_json::Value;

/// What every bad request of the suite carries, and no answer may repeat.
pub(crate) const CANARY: &str = "canary7c2f";

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// Reads one answer off the wire, `bodiless` if it is to a `HEAD`; `None` if it was cut off.
    pub(crate) fn read(bytes: &[u8], bodiless: bool) -> Option<Self> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(start) = head.parse(bytes).expect("an HTTP answer") else {
            return None;
        };
        let mut answer = Self {
            status: head.code.unwrap(),
            reason: head.reason.unwrap().to_owned(),
            headers: head
                .headers
                .iter()
                .map(|it| {
                    (
                        it.name.to_owned(),
                        String::from_utf8(it.value.to_vec()).unwrap(),
                    )
                })
                .collect(),
            body: Vec::new(),
        };
        let rest = &bytes[start..];
        answer.body = match answer.header("transfer-encoding") {
            Some("chunked") => unchunked(rest),
            _ => rest.to_vec(),
        };
        match answer.header("content-length") {
            _ if bodiless => assert_eq!(answer.body, b"", "a body in answer to HEAD"),
            Some(length) => assert_eq!(answer.body.len().to_string(), length),
            None => {}
        }
        Some(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |it: &&(String, String)| it.0.eq_ignore_ascii_case(name);
        self.headers.iter().find(named).map(|it| it.1.as_str())
    }

    pub(crate) fn media_type(&self) -> Option<&str> {
        self.header("content-type")
            .map(|it| it.split(';').next().unwrap().trim())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self}"))
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn expect_success(self) -> Self {
        assert!((200..300).contains(&self.status), "{self}");
        self
    }

    /// 204 without a trace of a body.
    #[track_caller]
    pub(crate) fn expect_no_content(self) -> Self {
        assert_eq!((self.status, self.text()), (204, ""), "{self}");
        assert_eq!(self.media_type(), None, "{self}");
        self
    }

    /// 200 with an empty body, as the newer clients want it.
    #[track_caller]
    pub(crate) fn expect_empty(self) -> Self {
        assert_eq!(
            (self.status, self.header("content-length")),
            (200, Some("0")),
            "{self}"
        );
        self
    }

    /// A problem document of that status (RFC 9457), complete and without a word of what was sent.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json; charset=utf-8"),
            "{self}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self}");
        for member in ["type", "title", "detail", "code", "requestId"] {
            assert!(
                problem[member].as_str().is_some_and(|it| !it.is_empty()),
                "no {member}: {self}"
            );
        }
        assert_eq!(
            status == 401,
            self.header("www-authenticate")
                .is_some_and(|it| it.starts_with("Bearer")),
            "{self}"
        );
        self.assert_no_echo();
        self
    }

    /// An error of the token endpoint (RFC 6749 section 5.2), in the platform's own form at the same time.
    #[track_caller]
    pub(crate) fn expect_oauth_error(self, status: u16, error: &str) -> Self {
        assert_eq!(self.status, status, "{self}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json; charset=utf-8"),
            "{self}"
        );
        assert_eq!(
            (self.header("cache-control"), self.header("pragma")),
            (Some("no-store"), Some("no-cache")),
            "{self}"
        );
        let challenge = (status == 401).then_some(r#"Basic realm="membership""#);
        assert_eq!(self.header("www-authenticate"), challenge, "{self}");
        let answer = self.json();
        assert_eq!(
            (&answer["error"], &answer["status"]),
            (&error.into(), &status.into()),
            "{self}"
        );
        for member in ["type", "title", "detail", "error_description"] {
            assert!(
                answer[member].as_str().is_some_and(|it| !it.is_empty()),
                "no {member}: {self}"
            );
        }
        self.assert_no_echo();
        self
    }

    #[track_caller]
    fn assert_no_echo(&self) {
        assert!(!self.to_string().to_lowercase().contains(CANARY), "{self}");
    }

    /// What must be the same in two answers that tell nothing apart: all but the time and the request's id.
    pub(crate) fn face(&self) -> (u16, Vec<(String, String)>, String) {
        let mut headers = self.headers.clone();
        headers.retain(|(name, _)| {
            !name.eq_ignore_ascii_case("date") && !name.eq_ignore_ascii_case("x-request-id")
        });
        headers.sort();
        let body = match serde_json::from_slice::<Value>(&self.body) {
            Ok(Value::Object(mut members)) => {
                members.remove("requestId");
                Value::Object(members).to_string()
            }
            _ => self.text().to_owned(),
        };
        (self.status, headers, body)
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(
            f,
            "{} {}\n{:?}\n{body}",
            self.status, self.reason, self.headers
        )
    }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let httparse::Status::Complete((start, size)) =
            httparse::parse_chunk_size(rest).expect("a chunk")
        else {
            panic!("an answer cut off")
        };
        if size == 0 {
            return body;
        }
        let end = start + usize::try_from(size).unwrap();
        body.extend_from_slice(&rest[start..end]);
        rest = &rest[end + 2..];
    }
}
