//! What guesses and open calls are counted under. What follows from it is in `docs/operations/limits.md`.

use std::{net::IpAddr, time::Duration};

use quick_cache::sync::Cache;

use super::core::Core;
use crate::{
    Error, Result,
    error::chain,
    model::{
        Actor, Attempt, AuditEvent, Bucket, Budget, ClientId, Familiar, ProofPurpose, ShortName,
        Success, ThrottleKey, Timestamp, User, Username,
    },
};

/// A guess that was counted before anybody looked whether it is right.
pub(super) struct Guess {
    subject: ThrottleKey,
    source: Option<ThrottleKey>,
    /// Where it comes from, as far as that can be recognised.
    place: Option<ThrottleKey>,
    familiar: bool,
}

impl Guess {
    /// What changes if it is right. Strangers' guesses stay counted if it came from a familiar place: else whoever
    /// guesses would begin anew whenever the owner signs in.
    pub(super) fn success(&self) -> Success {
        let familiar = self.place;
        if self.familiar {
            return Success {
                cleared: self.place.into_iter().collect(),
                familiar,
                ..Success::default()
            };
        }
        Success {
            cleared: vec![self.subject],
            returned: self.source.into_iter().collect(),
            familiar,
        }
    }
}

impl Core {
    /// Counts a guess at the password of an account, by the names as they were given, whether or not there is one: under
    /// the client and network if somebody signed in to the account from there before, else under the account and the
    /// source. [`Error::Throttled`].
    pub(super) async fn guess_password(
        &self,
        actor: &Actor,
        client: &ClientId,
        tenant: &str,
        username: &str,
    ) -> Result<Guess> {
        let (tenant, username) = normal(tenant, username);
        let subject = self.key(&[b"password", tenant.as_bytes(), username.as_bytes()]);
        let marks = actor.source.map_or_else(Vec::new, |source| {
            let by = |client| self.place(client, source, &tenant, &username);
            vec![by(client.as_str()), by(ANY_CLIENT)]
        });
        let source = self.source_key(b"guess", actor.source);
        self.guess(subject, source, marks).await
    }

    /// The same of the password of somebody who is signed in: under the user, so that strangers do not keep the owner
    /// from changing it, and the source.
    pub(super) async fn guess_present_password(&self, actor: &Actor, user: &User) -> Result<Guess> {
        let subject = self.key(&[b"present password", user.id.uuid().as_bytes()]);
        let source = self.source_key(b"guess", actor.source);
        self.guess(subject, source, Vec::new()).await
    }

    /// The same of the secret of a client: nobody elsewhere counts for it.
    pub(super) async fn guess_secret(&self, actor: &Actor, pair: ThrottleKey) -> Result<Guess> {
        let source = self.source_key(b"client", actor.source);
        self.guess(pair, source, vec![pair]).await
    }

    /// The client from where the actor is.
    pub(super) fn client_pair(&self, actor: &Actor, client: &ClientId) -> Option<ThrottleKey> {
        let source = host(actor.source?);
        Some(self.key(&[b"client", client.as_str().as_bytes(), &source]))
    }

    /// Somebody showed in another way than by the password that the account is theirs: where they are is familiar
    /// whatever client they use, and strangers' guesses are forgotten. What was done does not depend on it.
    pub(super) async fn owner_is_proved(&self, actor: &Actor, user: &User) {
        let marked = async {
            let Some(tenant) = self.ports.store.tenant(user.tenant).await? else {
                return Ok(());
            };
            let (tenant, username) = normal(tenant.short_name.as_str(), user.username.as_str());
            let place = |source| self.place(ANY_CLIENT, source, &tenant, &username);
            let subject = self.key(&[b"password", tenant.as_bytes(), username.as_bytes()]);
            let success = Success {
                cleared: vec![subject],
                returned: Vec::new(),
                familiar: actor.source.map(place),
            };
            self.ports.store.succeed(self.now(), &success).await
        };
        if let Err(error) = marked.await {
            let cause = chain(&error);
            tracing::warn!(cause, "where an owner was proved is not familiar yet");
        }
    }

    /// Counts a link that we did not make, and says what to answer: [`Error::BadToken`] or [`Error::Throttled`].
    pub(super) async fn wrong_link(&self, actor: &Actor) -> Error {
        let rate = self.policy.throttle.guesses_per_source;
        let bucket = self.source_key(b"link", actor.source).map(|key| Bucket {
            key,
            budget: Budget::Even(rate),
        });
        let counted = self.count(bucket).await;
        counted.err().unwrap_or(Error::BadToken)
    }

    /// Counts a call of an open operation, by what the audit is to say of it, under its source and the user it is about.
    /// [`Error::Throttled`] if there were too many, which is recorded.
    pub(super) async fn admit(&self, call: &AuditEvent) -> Result<()> {
        let rates = &self.policy.throttle;
        let action = call.action.name().as_bytes();
        let user = call.tenant.zip(call.user).map(|(tenant, user)| Bucket {
            key: self.key(&[action, tenant.uuid().as_bytes(), user.uuid().as_bytes()]),
            budget: Budget::Even(rates.open_per_user),
        });
        let source = self.source_key(action, call.source).map(|key| Bucket {
            key,
            budget: Budget::Even(rates.open_per_source),
        });
        let counted = self.count(user.into_iter().chain(source)).await;
        if let Err(Error::Throttled { .. }) = counted {
            let limited = call.clone().with_detail("limited");
            self.ports.store.append(&limited).await?;
        }
        counted
    }

    /// The same for an operation whose answer is always the same.
    pub(super) async fn admits(&self, call: &AuditEvent) -> Result<bool> {
        match self.admit(call).await {
            Err(Error::Throttled { .. }) => Ok(false),
            outcome => outcome.map(|()| true),
        }
    }

    async fn count(&self, buckets: impl IntoIterator<Item = Bucket>) -> Result<()> {
        let attempt = Attempt {
            at: self.now(),
            familiar: None,
            buckets: buckets.into_iter().collect(),
        };
        if attempt.buckets.is_empty() {
            return Ok(());
        }
        self.ports.store.attempt(&attempt).await.map(|_| ())
    }

    async fn guess(
        &self,
        subject: ThrottleKey,
        source: Option<ThrottleKey>,
        marks: Vec<ThrottleKey>,
    ) -> Result<Guess> {
        let rates = &self.policy.throttle;
        let by_subject = |key| Bucket {
            key,
            budget: Budget::Rising(rates.per_account),
        };
        let by_source = |key| Bucket {
            key,
            budget: Budget::Even(rates.guesses_per_source),
        };
        let place = marks.first().copied();
        let attempt = Attempt {
            at: self.now(),
            familiar: place
                .map(by_subject)
                .map(|bucket| Familiar { marks, bucket }),
            buckets: [by_subject(subject)]
                .into_iter()
                .chain(source.map(by_source))
                .collect(),
        };
        Ok(Guess {
            familiar: self.ports.store.attempt(&attempt).await?,
            subject,
            source,
            place,
        })
    }

    /// An account as seen from a client and the network around a source.
    fn place(&self, client: &str, source: IpAddr, tenant: &str, username: &str) -> ThrottleKey {
        let network = network(source, 24, 48);
        let names = [client, tenant, username].map(str::as_bytes);
        self.key(&[b"place", names[0], names[1], names[2], &network])
    }

    fn source_key(&self, what: &[u8], source: Option<IpAddr>) -> Option<ThrottleKey> {
        source.map(|source| self.key(&[b"source", what, &host(source)]))
    }

    fn key(&self, parts: &[&[u8]]) -> ThrottleKey {
        ThrottleKey(self.ports.secrets.mac(ProofPurpose::Throttle, parts))
    }
}

/// Stands for all clients; none has this id.
const ANY_CLIENT: &str = "";

/// One identity has one form, however it is spelt. What cannot be a name is no account's, and counts as it is.
fn normal(tenant: &str, username: &str) -> (String, String) {
    let short_name = tenant.parse::<ShortName>();
    let name = username.parse::<Username>();
    (
        short_name.map_or_else(|_| tenant.to_owned(), |it| it.as_str().to_owned()),
        name.map_or_else(|_| username.to_owned(), |it| it.key().to_owned()),
    )
}

/// What one subscriber has for certain: an address of IPv4, a network of 64 bits of IPv6.
fn host(address: IpAddr) -> Vec<u8> {
    network(address, 32, 64)
}

/// The first bits of an address, the others being 0.
fn network(address: IpAddr, v4_bits: u32, v6_bits: u32) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let rest = u32::MAX.checked_shr(v4_bits).unwrap_or(0);
            (u32::from(address) & !rest).to_be_bytes().to_vec()
        }
        IpAddr::V6(address) => {
            let rest = u128::MAX.checked_shr(v6_bits).unwrap_or(0);
            (u128::from(address) & !rest).to_be_bytes().to_vec()
        }
    }
}

/// Clients that this process saw prove themselves a while ago, each from where it did: a refresh costs no counting then.
pub(super) struct ProvedClients(Cache<ThrottleKey, Timestamp>);

impl ProvedClients {
    /// How long a client is believed to guess at nothing, unless it shows a wrong secret.
    const KEPT: Duration = Duration::from_mins(10);
    /// How many are kept; some 100 bytes each.
    const CAPACITY: usize = 10_000;

    pub(super) fn new() -> Self {
        Self(Cache::new(Self::CAPACITY))
    }

    pub(super) fn add(&self, pair: ThrottleKey, now: Timestamp) {
        self.0.insert(pair, now);
    }

    pub(super) fn has(&self, pair: &ThrottleKey, now: Timestamp) -> bool {
        let proved = |at: Timestamp| at <= now && now < at.plus(Self::KEPT);
        self.0.get(pair).is_some_and(proved)
    }

    pub(super) fn remove(&self, pair: &ThrottleKey) {
        self.0.remove(pair);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_07_a_source_is_an_address_or_what_one_subscriber_has() {
        let same = |one: &str, other: &str, bits: [u32; 2]| {
            let [one, other] = [one, other].map(|it| {
                let address = it.parse().unwrap();
                network(address, bits[0], bits[1])
            });
            one == other
        };
        let (source, place) = ([32, 64], [24, 48]);

        assert!(!same("192.0.2.1", "192.0.2.2", source));
        assert!(same("192.0.2.1", "::ffff:192.0.2.1", source));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", source));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1", source));
        assert!(same("192.0.2.1", "192.0.2.254", place));
        assert!(!same("192.0.2.1", "192.0.3.1", place));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:3::1", place));
        assert!(!same("2001:db8:1::", "2001:db8:2::", place));
    }

    #[test]
    fn sec_12_spellings_of_one_identity_are_counted_together() {
        let counted = |tenant, username| normal(tenant, username);

        assert_eq!(counted("Acme", "ANNA"), counted("acme", "anna"));
        assert_ne!(counted("acme", "anna"), counted("acme", "bert"));
        assert_ne!(counted("no name", "anna"), counted("acme", "anna"));
    }
}
