//! The `Mailer` port: mail over SMTP, and a mailbox folder of `.eml` files for the embedded default.
//!
//! Both send the same message: [`mailer`] picks by the [`MailUrl`].

#![warn(missing_docs)]

mod composer;
mod config;
mod hello;
mod layouts;
mod letter;
mod mailbox;
mod message;
mod smtp;

use std::{sync::Arc, time::Duration};

use domain::ports::Mailer;

pub use composer::{Composer, Preview};
pub use config::{MailConfigError, MailUrl, SmtpServer};
pub use hello::HelloName;
pub use letter::Letters;

/// The mailer of that URL.
///
/// It calls itself `hello_name` to a mail server, or after the domain of the platform's sender. Each delivery ends within
/// `timeout`.
pub fn mailer(
    url: &MailUrl,
    composer: Composer,
    hello_name: Option<&HelloName>,
    timeout: Duration,
) -> Result<Arc<dyn Mailer>, MailConfigError> {
    Ok(match url {
        MailUrl::Mailbox(dir) => Arc::new(mailbox::MailboxFolder::new(dir, composer, timeout)),
        MailUrl::Smtp(server) => Arc::new(smtp::SmtpMailer::new(
            server, composer, hello_name, timeout,
        )?),
    })
}
