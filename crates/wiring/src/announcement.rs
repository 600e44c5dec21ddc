//! What an operator is told once.

use std::fmt::Write as _;

use domain::services::FirstCredentials;

/// How to make the first call on a new instance, as lines that a shell can read. It holds the generated secrets: for the
/// operator's terminal, never for a log.
pub fn first_credentials(first: &FirstCredentials) -> String {
    let mut text = String::from("First administrator and client, shown this once:\n");
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name}='{value}'");
    };
    line("TENANT", first.tenant.as_str());
    line("ADMINISTRATOR", first.username.as_str());
    if let Some(password) = &first.password {
        line("PASSWORD", password.expose());
    }
    line("CLIENT_ID", first.client_id.as_str());
    if let Some(secret) = &first.client_secret {
        line("CLIENT_SECRET", secret.expose());
    }
    text
}
