//! How mails are laid out.

use std::borrow::Cow;

use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, HtmlEscape, UndefinedBehavior, Value,
    escape_formatter, syntax::SyntaxConfig,
};
use wording::{Layout, Problem};

const HTML: &str = "mail.html";
const TEXT: &str = "mail.txt";

/// Instructions for one part. Ours take a few hundred.
const FUEL: u64 = 100_000;

/// A part of a mail.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Html,
    Text,
}

/// The templates of both parts. There is nothing in reach of them but the values of one mail.
pub(crate) struct Layouts {
    environment: Environment<'static>,
    /// What problems call them.
    html_file: String,
    text_file: String,
}

impl Layouts {
    /// The built-in ones, but for those that `own` has.
    pub(crate) fn load(own: &wording::Layouts) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut environment = environment();
        let mut add = |name, built_in: &str, own: &Option<Layout>| {
            let (file, source) = match own {
                Some(layout) => (layout.file.as_str(), layout.source.as_str()),
                None => (name, built_in),
            };
            let source = source.replace("\r\n", "\n");
            if let Err(error) = environment.add_template_owned(name, source) {
                problems.push(Problem::of_file(file, reason(&error)));
            }
            file.to_owned()
        };
        let html_file = add(HTML, include_str!("../templates/mail.html"), &own.html);
        let text_file = add(TEXT, include_str!("../templates/mail.txt"), &own.text);
        if problems.is_empty() {
            Ok(Self {
                environment,
                html_file,
                text_file,
            })
        } else {
            Err(problems)
        }
    }

    pub(crate) fn render(&self, part: Part, content: &Value) -> Result<String, Problem> {
        let template = self.environment.get_template(part.name());
        template
            .and_then(|template| template.render(content))
            .map_err(|error| self.problem(part, reason(&error)))
    }

    pub(crate) fn problem(&self, part: Part, reason: impl Into<Cow<'static, str>>) -> Problem {
        let file = match part {
            Part::Html => &self.html_file,
            Part::Text => &self.text_file,
        };
        Problem::of_file(file, reason)
    }
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Html => HTML,
            Self::Text => TEXT,
        }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(50);
    environment.set_auto_escape_callback(|name| match name {
        HTML => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    // The library escapes slashes too, which some programs do not recognise in a link.
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe() => {
            let escaped = HtmlEscape(text).to_string().replace("&#x2f;", "/");
            out.write_str(&escaped).map_err(Error::from)
        }
        _ => escape_formatter(out, state, value),
    });
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment
}

/// What and where, without the values of the mail.
fn reason(error: &Error) -> String {
    let line = error.line().unwrap_or_default();
    match (error.kind(), error.detail()) {
        (ErrorKind::SyntaxError, Some(detail)) => {
            format!("cannot be read: {detail} in line {line}")
        }
        (kind, _) => format!("cannot be rendered: {kind} in line {line}"),
    }
}
