#[cfg(test)]
mod tests;

use std::{
    error::Error as _,
    panic::AssertUnwindSafe,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    model::Mail,
    ports::{Delivery, Mailer},
};
use futures_util::FutureExt as _;
use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail as MailFrom, Rcpt, Rset},
        extension::{ClientId, MailBodyParameter, MailParameter},
    },
};
use tokio::time::{Instant, timeout};

use crate::{Composer, HelloName, MailConfigError, SmtpServer, config::Security};

/// How many connections wait for the next mail, as many as there may be deliveries at a time; and how long: shorter than
/// servers do.
const MAX_IDLE: usize = 64;
const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// A mail server. Connections are kept for a short while between mails.
pub(crate) struct SmtpMailer {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    hello_name: ClientId,
    composer: Composer,
    timeout: Duration,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

enum Encryption {
    None,
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

impl SmtpMailer {
    /// Connects to nothing yet.
    pub(crate) fn new(
        server: &SmtpServer,
        composer: Composer,
        hello_name: Option<&HelloName>,
        timeout: Duration,
    ) -> Result<Self, MailConfigError> {
        let tls = || TlsParameters::new(server.host.clone()).map_err(MailConfigError::Tls);
        Ok(Self {
            host: server.host.clone(),
            port: server.port,
            encryption: match server.security {
                Security::None => Encryption::None,
                Security::StartTls => Encryption::StartTls(tls()?),
                Security::Tls => Encryption::Tls(tls()?),
            },
            credentials: server
                .credentials
                .as_ref()
                .map(|(user, password)| Credentials::new(user.clone(), password.expose().clone())),
            hello_name: hello_name.map_or_else(
                || ClientId::Domain(composer.domain().to_owned()),
                |name| name.0.clone(),
            ),
            composer,
            timeout,
            idle: Mutex::default(),
        })
    }

    async fn send(&self, message: &Message) -> Result<(), Failure> {
        let mut connection = self.connection().await.map_err(Failure::ours)?;
        let sent = transmit(&mut connection, message).await;
        if sent.as_ref().err().is_none_or(Failure::is_answer) {
            self.park(connection);
        }
        sent
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        while let Some(mut connection) = self.parked() {
            if connection.command(Rset).await.is_ok() {
                return Ok(connection);
            }
        }
        let tls = match &self.encryption {
            Encryption::Tls(tls) => Some(tls.clone()),
            Encryption::None | Encryption::StartTls(_) => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello_name, tls, None).await?;
        if let Encryption::StartTls(tls) = &self.encryption {
            connection.starttls(tls.clone(), &self.hello_name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .await?;
        }
        Ok(connection)
    }

    fn parked(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < IDLE_LIMIT);
        idle.pop().map(|(_, connection)| connection)
    }

    fn park(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push((Instant::now(), connection));
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn deliver(&self, mail: &Mail) -> Delivery {
        let message = match self.composer.compose(mail) {
            Ok(message) => message,
            Err(reason) => return Delivery::Refused(reason),
        };
        // The client panics on some malformed greetings.
        let attempt = AssertUnwindSafe(self.send(&message)).catch_unwind();
        match timeout(self.timeout, attempt).await {
            Ok(Ok(Ok(()))) => Delivery::Sent,
            Ok(Ok(Err(failure))) => failure.into(),
            Ok(Err(_)) => Delivery::Deferred("the mail server's answer is malformed".to_owned()),
            Err(_) => Delivery::Deferred(format!("no end within {:?}", self.timeout)),
        }
    }
}

async fn transmit(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Failure> {
    let envelope = message.envelope();
    let content = message.formatted();
    // Names and bodies are encoded: what is left is an address with letters beyond ASCII (RFC 6531).
    let international = !content.is_ascii();
    let parameters = if international {
        vec![
            MailParameter::SmtpUtfEight,
            MailParameter::Body(MailBodyParameter::EightBitMime),
        ]
    } else {
        Vec::new()
    };
    let begin = MailFrom::new(envelope.from().cloned(), parameters);
    connection.command(begin).await.map_err(|error| Failure {
        final_for_mail: international && error.is_permanent(),
        error,
    })?;
    for to in envelope.to() {
        let receiver = Rcpt::new(to.clone(), Vec::new());
        connection
            .command(receiver)
            .await
            .map_err(Failure::of_receiver)?;
    }
    connection.command(Data).await.map_err(Failure::ours)?;
    connection
        .message(&content)
        .await
        .map_err(Failure::of_message)?;
    Ok(())
}

struct Failure {
    error: Error,
    final_for_mail: bool,
}

impl Failure {
    /// Our settings or the way to the server are to blame: the mail waits until that is mended.
    fn ours(error: Error) -> Self {
        Self {
            error,
            final_for_mail: false,
        }
    }

    /// Final if the server does not know the receiver (RFC 3463: X.1) or the mailbox takes nothing (X.2). That it does
    /// not accept us or our sender is told at the same step.
    fn of_receiver(error: Error) -> Self {
        let final_for_mail = match refusal(&error) {
            Some((_, Some(status))) => is_of_receiver(status),
            Some((code, None)) => matches!(code, 550 | 551 | 553),
            None => false,
        };
        Self {
            error,
            final_for_mail,
        }
    }

    /// Final also if the server does not take the content (X.6, X.7, 554).
    fn of_message(error: Error) -> Self {
        let final_for_mail = match refusal(&error) {
            Some((554, _)) => true,
            Some((_, Some(status))) => is_of_receiver(status) || matches!(status, [6 | 7, _]),
            Some((code, None)) => matches!(code, 550 | 551 | 553),
            None => false,
        };
        Self {
            error,
            final_for_mail,
        }
    }

    /// Whether the server answered in order, so that the connection can go on.
    fn is_answer(&self) -> bool {
        self.error.status().is_some()
    }
}

impl From<Failure> for Delivery {
    fn from(failure: Failure) -> Self {
        let reason = reason(&failure.error);
        if failure.final_for_mail {
            Self::Refused(reason)
        } else {
            Self::Deferred(reason)
        }
    }
}

/// Subject and detail of an enhanced status code (RFC 3463): 5.1.2 is `[1, 2]`.
type Status = [u16; 2];

/// The code of a permanent failure, and the enhanced one if the server tells it.
fn refusal(error: &Error) -> Option<(u16, Option<Status>)> {
    let code = error.status().filter(|_| error.is_permanent())?;
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    Some((code.into(), enhanced(&text)))
}

fn enhanced(text: &str) -> Option<Status> {
    // Some servers write #5.1.1.
    let word = text.split_whitespace().next()?.trim_start_matches('#');
    let (subject, detail) = word.strip_prefix("5.")?.split_once('.')?;
    Some([subject.parse().ok()?, detail.parse().ok()?])
}

/// Of the addresses, 5.1.7 and 5.1.8 are about the sender's.
fn is_of_receiver(status: Status) -> bool {
    matches!(status, [1 | 2, _]) && !matches!(status, [1, 7 | 8])
}

/// For operators: the reply code and the server's words, without those that may be an address, a link or a token that
/// the server repeats.
fn reason(error: &Error) -> String {
    let harmless = |word: &str| {
        let plain = |letter: char| letter.is_alphanumeric() || ".,:;()'\"-_".contains(letter);
        word.len() <= 24 && word.chars().all(plain)
    };
    let text = error.to_string();
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if harmless(word) { word } else { "[...]" })
        .collect();
    words.join(" ").chars().take(200).collect()
}
