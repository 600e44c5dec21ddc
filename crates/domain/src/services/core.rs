use std::sync::{Arc, OnceLock};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use uuid::Uuid;

use super::{Policy, callers::Callers, shared_clock::SharedClock, throttle::ProvedClients};
use crate::{
    Error, Result,
    model::{
        Actor, AuditAction, AuditEvent, ClientId, Locale, MailKind, MailOrder, MailSettings,
        Mailing, MessageId, OneTimeToken, OneTimeTokenId, Proof, ProofPurpose, Secret, Tenant,
        Timestamp, TokenPurpose, User, Username, Verdict,
    },
    ports::{
        AccessTokens, Clock, CommonPasswords, DerivedSecrets, Effects, Entropy, Mailer,
        MasterKeyRing, PasswordHasher, Store, SupportDesk,
    },
};

/// The world that the services act in.
#[derive(Clone)]
pub struct Ports {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// What `hasher`, `secrets` and `access_tokens` take their keys from.
    pub master_keys: Arc<dyn MasterKeyRing>,
    /// Slow hashing.
    pub hasher: Arc<dyn PasswordHasher>,
    /// What may not be chosen as a password.
    pub common_passwords: Arc<dyn CommonPasswords>,
    /// Secrets that are derived and not stored.
    pub secrets: Arc<dyn DerivedSecrets>,
    /// JWTs.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
    /// Zendesk, if configured.
    pub support_desk: Option<Arc<dyn SupportDesk>>,
}

/// What all services share.
pub(super) struct Core {
    pub(super) ports: Ports,
    pub(super) policy: Policy,
    pub(super) callers: Callers,
    pub(super) proved_clients: ProvedClients,
    pub(super) clock: SharedClock,
    /// Told of every order for mail that this process commits.
    pub(super) doorbell: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

/// Whom a page speaks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The name, for people, of the tenant that the reader has an account at.
    pub tenant_name: String,
    /// The name that the reader signs in with there.
    pub username: Username,
    /// In code points: the fewest that a new password may have.
    pub min_password_length: usize,
    /// One that there are texts for.
    pub locale: Locale,
}

impl Core {
    /// Wakes the mail worker of this process, if it has one. To be called after the commit.
    pub(super) fn ring(&self) {
        if let Some(ring) = self.doorbell.get() {
            ring();
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now(&*self.ports.clock)
    }

    pub(super) fn audit(&self, actor: &Actor, action: AuditAction) -> AuditEvent {
        AuditEvent::new(self.now(), &*self.ports.entropy, actor, action)
    }

    /// The secret for the row `selector`; only its presenter who also shows `binding` is believed.
    pub(super) fn mint(
        &self,
        purpose: ProofPurpose,
        selector: Uuid,
        generation: u32,
        binding: &[u8],
    ) -> Secret<String> {
        let verifier = self.ports.secrets.mac(
            purpose,
            &[selector.as_bytes(), &generation.to_be_bytes(), binding],
        );
        Proof {
            selector,
            generation,
            verifier,
        }
        .encode()
    }

    /// What `text` selects, if [`Core::mint`] made it for that purpose and binding.
    pub(super) fn prove(&self, purpose: ProofPurpose, text: &str, binding: &[u8]) -> Option<Proof> {
        let proof = Proof::decode(text)?;
        let parts: [&[u8]; 3] = [
            proof.selector.as_bytes(),
            &proof.generation.to_be_bytes(),
            binding,
        ];
        let verdict = self.ports.secrets.verify(purpose, &parts, &proof.verifier);
        (verdict != Verdict::Mismatch).then_some(proof)
    }

    /// What is stored of a client's secret.
    pub(super) fn secret_hash(&self, client: &ClientId, secret: &Secret<String>) -> [u8; 32] {
        let parts = secret_parts(client, secret);
        self.ports.secrets.mac(ProofPurpose::ClientSecret, &parts)
    }

    /// Whether `hash` is that of the client's secret.
    pub(super) fn check_secret(
        &self,
        client: &ClientId,
        secret: &Secret<String>,
        hash: &[u8; 32],
    ) -> Verdict {
        let parts = secret_parts(client, secret);
        self.ports
            .secrets
            .verify(ProofPurpose::ClientSecret, &parts, hash)
    }

    /// A mail to `user`, with the token that its kind needs.
    pub(super) fn mailing(&self, kind: MailKind, user: &User) -> Mailing {
        let (now, entropy) = (self.now(), &*self.ports.entropy);
        let token = kind.token_purpose().map(|purpose| OneTimeToken {
            id: OneTimeTokenId::ordered(now, entropy),
            purpose,
            tenant: user.tenant,
            user: user.id,
            email: user.email.clone(),
            created_at: now,
            expires_at: now.plus(purpose.lifetime()),
            used_at: None,
        });
        let order = MailOrder::new(
            MessageId::ordered(now, entropy),
            kind,
            user,
            token.as_ref().map(|it| it.id),
            now,
        );
        Mailing { order, token }
    }

    /// The page that a mail sends its reader to. The only place that builds links; no request takes part in it.
    pub(super) fn link(&self, token: &OneTimeToken) -> Secret<String> {
        let (base, user) = (&self.policy.public_url, token.user);
        let secret = self.mint(
            token.purpose.into(),
            token.id.uuid(),
            0,
            &token.purpose.binding(user),
        );
        let secret = secret.expose();
        Secret::new(match token.purpose {
            TokenPurpose::EmailConfirmation | TokenPurpose::AddressChange => {
                format!("{base}/account/email-confirmation?token={secret}")
            }
            TokenPurpose::PasswordReset => {
                format!("{base}/account/password-reset?user={user}&token={secret}")
            }
            TokenPurpose::Invitation => {
                format!("{base}/account/invitation?user={user}&token={secret}")
            }
        })
    }

    /// The user that `token` may act for now: it is live, for one of `purposes`, and the address that it was mailed to is
    /// still the user's, or may become it. [`Error::BadToken`] otherwise.
    pub(super) async fn redeemer(
        &self,
        token: &OneTimeToken,
        purposes: &[TokenPurpose],
    ) -> Result<User> {
        let (user, _) = self.redeemer_of(token, purposes).await?;
        Ok(user)
    }

    /// What a page may tell whoever holds `token`. [`Error::BadToken`] as [`Core::redeemer`] says it.
    pub(super) async fn reader(
        &self,
        token: &OneTimeToken,
        purposes: &[TokenPurpose],
    ) -> Result<Reader> {
        let (user, tenant) = self.redeemer_of(token, purposes).await?;
        let settings = self.ports.store.mail_settings(tenant.id).await?;
        Ok(Reader {
            locale: self.locale(&user, settings.as_ref()),
            tenant_name: tenant.name,
            username: user.username,
            min_password_length: self
                .policy
                .passwords
                .min_length_with(tenant.min_password_length),
        })
    }

    /// The locale to speak to `user`, whose tenant has those settings: the person's, the tenant's, or the platform's.
    pub(super) fn locale(&self, user: &User, settings: Option<&MailSettings>) -> Locale {
        let tenants = settings.and_then(|it| it.locale.as_ref());
        self.policy
            .locales
            .choose(user.locale.iter().chain(tenants))
    }

    async fn redeemer_of(
        &self,
        token: &OneTimeToken,
        purposes: &[TokenPurpose],
    ) -> Result<(User, Tenant)> {
        let live = token.is_live(self.now()) && purposes.contains(&token.purpose);
        let user = self.ports.store.user(token.tenant, token.user).await?;
        let tenant = self.ports.store.tenant(token.tenant).await?;
        let tenant = tenant.filter(|tenant| live && tenant.enabled);
        let reaches =
            |user: &User| token.purpose == TokenPurpose::AddressChange || user.email == token.email;
        user.filter(|user| user.enabled && reaches(user))
            .zip(tenant)
            .ok_or(Error::BadToken)
    }

    /// Uses `token` up for what `change` makes of its user. A user that others change meanwhile is read again: nobody can
    /// keep a person from using a link by, for instance, ending the person's sessions again and again.
    pub(super) async fn redeem(
        &self,
        token: &OneTimeToken,
        purposes: &[TokenPurpose],
        voids: &[TokenPurpose],
        change: impl Fn(User) -> (User, Effects) + Send,
    ) -> Result<()> {
        const ATTEMPTS: usize = 5;
        for _ in 0..ATTEMPTS {
            let (user, effects) = change(self.redeemer(token, purposes).await?);
            let store = &self.ports.store;
            match store
                .redeem(token, self.now(), &user, voids, &effects)
                .await
            {
                Err(Error::Stale) => {}
                Ok(true) => {
                    self.callers.user_changed(user.id, self.now());
                    self.ring();
                    return Ok(());
                }
                Ok(false) => return Err(Error::BadToken),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Stale)
    }

    /// 128 random bits in hex.
    pub(super) fn random_id(&self) -> String {
        let mut bytes = [0; 16];
        self.ports.entropy.fill(&mut bytes);
        HEXLOWER.encode(&bytes)
    }

    /// A secret of 144 random bits that a person can type: 24 characters.
    pub(super) fn random_secret(&self) -> Secret<String> {
        let mut bytes = Secret::new([0; 18]);
        self.ports.entropy.fill(bytes.expose_mut());
        Secret::new(BASE64URL_NOPAD.encode(bytes.expose()))
    }

    /// A number below `bound`, evenly enough for jitter.
    pub(super) fn random_below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.ports.entropy.fill(&mut bytes);
        u64::from_be_bytes(bytes) % bound.max(1)
    }
}

fn secret_parts<'a>(client: &'a ClientId, secret: &'a Secret<String>) -> [&'a [u8]; 2] {
    [client.as_str().as_bytes(), secret.expose().as_bytes()]
}
