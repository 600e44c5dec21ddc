//! The `Mailer` port: mail over SMTP, and a mailbox folder of `.eml` files for the embedded default.
//!
//! Both send the same message: [`mailer`] picks by the [`MailUrl`].

#![warn(missing_docs)]

mod config;
mod letter;
mod mailbox;
mod message;
mod smtp;

use std::{sync::Arc, time::Duration};

use domain::ports::Mailer;

pub use config::{MailConfigError, MailUrl, SmtpServer};

/// The mailer of that URL.
///
/// `from` is the sender of every mail, such as `Membership <membership@example.com>`. Each delivery ends within
/// `timeout`.
pub fn mailer(
    url: &MailUrl,
    from: &str,
    timeout: Duration,
) -> Result<Arc<dyn Mailer>, MailConfigError> {
    let from = config::sender(from)?;
    Ok(match url {
        MailUrl::Mailbox(dir) => Arc::new(mailbox::MailboxFolder::new(dir, from, timeout)),
        MailUrl::Smtp(server) => Arc::new(smtp::SmtpMailer::new(server, from, timeout)?),
    })
}
