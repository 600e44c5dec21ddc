//! The composition root: joins adapters to services, as the settings say.

use std::{path::Path, sync::Arc, time::Duration};

use adapter_zendesk::{Zendesk, ZendeskConfig};
use adapters_crypto::{
    BcryptHasher, CommonPasswordFilter, HasherConfig, HkdfSecrets, JwtAccessTokens, MasterKeys,
    SystemClock, SystemEntropy, TokenConfig, measure_cost,
};
use adapters_smtp::{Composer, MailUrl, Preview};
use domain::{
    Error, Membership, Policy, Ports, Result,
    model::{Lifetimes, Mail, MailLimit, Password, PasswordPolicy, RoleCatalogue},
    ports::SupportDesk,
    services::{Bootstrap, MailPolicy, OpenOperations, ThrottlePolicy},
};

use crate::{
    database,
    settings::{Settings, Zendesk as ZendeskSettings},
};

/// What a password hash is to cost where the operator does not say.
const HASHING_TIME: Duration = Duration::from_millis(100);

/// The services of a service or batch job with these settings.
///
/// A PostgreSQL that is not there yet is no failure: calls are [`Error::Unavailable`] until it is. SQLite is opened and
/// migrated here. On the embedded default the master key is generated once.
pub async fn assemble(settings: &Settings) -> Result<Membership> {
    assemble_with(settings, |_| ()).await
}

/// The same over other ports, for whoever wants some adapter replaced.
pub async fn assemble_with(
    settings: &Settings,
    change: impl FnOnce(&mut Ports),
) -> Result<Membership> {
    let store = database::open(settings).await?;
    let keys = master_keys(&settings.keys.master_file, settings.embedded)?;
    let mut ports = Ports {
        store,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        master_keys: Arc::new(keys.clone()),
        hasher: Arc::new(hasher(&keys, settings)?),
        common_passwords: Arc::new(CommonPasswordFilter::embedded()),
        secrets: Arc::new(HkdfSecrets::new(&keys)),
        access_tokens: Arc::new(JwtAccessTokens::new(&keys, token_config(settings))),
        mailer: mailer(settings)?,
        support_desk: support_desk(&settings.zendesk)?,
    };
    change(&mut ports);
    Ok(Membership::new(ports, policy(settings)?))
}

fn master_keys(file: &Path, generate: bool) -> Result<MasterKeys> {
    let keys = if generate {
        MasterKeys::load_or_generate(file, &SystemEntropy)
    } else {
        MasterKeys::load(file)
    };
    keys.map_err(|cause| Error::unavailable("master key ring", cause))
}

fn hasher(keys: &MasterKeys, settings: &Settings) -> Result<BcryptHasher> {
    let config = HasherConfig {
        cost: settings
            .password
            .bcrypt_cost
            .unwrap_or_else(|| measure_cost(HASHING_TIME)),
        threads: settings.password.hash_threads,
        queue: settings.password.queue,
        queue_timeout: settings.password.queue_timeout,
    };
    BcryptHasher::new(keys, config).map_err(|cause| Error::unavailable("password hashing", cause))
}

fn token_config(settings: &Settings) -> TokenConfig {
    let issuer = settings.server.public_base();
    TokenConfig {
        audience: issuer.clone(),
        issuer,
        algorithm: settings.access_token.algorithm,
    }
}

fn mailer(settings: &Settings) -> Result<Arc<dyn domain::ports::Mailer>> {
    let mail = &settings.mail;
    let mailer = || {
        let url: MailUrl = mail.url.expose().parse()?;
        let composer = Composer::new(&mail.from, settings.letters.clone())?;
        adapters_smtp::mailer(&url, composer, mail.hello_name.as_ref(), mail.timeout)
    };
    mailer().map_err(|cause| Error::unavailable("mail", cause))
}

/// A mail as it would be sent with these settings; why it cannot be otherwise. Nothing is sent, and no database is needed.
pub fn preview(settings: &Settings, mail: &Mail) -> Result<Preview, String> {
    let composer = Composer::new(&settings.mail.from, settings.letters.clone());
    composer
        .map_err(|error| format!("mail.from {error}"))?
        .preview(mail)
}

fn support_desk(settings: &ZendeskSettings) -> Result<Option<Arc<dyn SupportDesk>>> {
    let Some(secret) = settings.secret.clone() else {
        return Ok(None);
    };
    let config = ZendeskConfig {
        secret,
        require_confirmed_email: settings.require_confirmed_email,
        organization: settings.organization,
    };
    let desk = Zendesk::new(&config).map_err(|cause| Error::unavailable("zendesk", cause))?;
    Ok(Some(Arc::new(desk)))
}

fn policy(settings: &Settings) -> Result<Policy> {
    Ok(Policy {
        public_url: settings.server.public_base(),
        roles: RoleCatalogue::new(settings.roles.catalogue.iter().cloned()),
        passwords: PasswordPolicy {
            min_length: settings.password.min_length,
        },
        open: OpenOperations {
            sign_out: settings.access.anonymous_sign_out,
            confirmation_request: settings.access.anonymous_confirmation_request,
            initialize: settings.access.anonymous_initialize,
        },
        locales: settings.wording().locales().clone(),
        throttle: ThrottlePolicy {
            per_account: settings.ratelimit.per_account,
            guesses_per_source: settings.ratelimit.login_per_ip,
            open_per_user: settings.ratelimit.anonymous_per_user,
            open_per_source: settings.ratelimit.anonymous_per_ip,
        },
        mail: MailPolicy {
            lease: settings.mail.lease,
            max_attempts: settings.mail.max_attempts,
            retention: settings.mail.retention,
            per_account: MailLimit {
                count: settings.mail.per_account,
                window: settings.mail.per_account_window,
            },
            sender_domains: settings.mail.sender_domains.clone(),
        },
        session_retention: settings.retention.sessions,
        lifetimes: Lifetimes {
            access: settings.access_token.lifetime,
            idle: settings.session.idle,
            absolute: settings.session.absolute,
        },
        key_rotation: settings.access_token.key_rotation,
        bootstrap: bootstrap(settings)?,
    })
}

fn bootstrap(settings: &Settings) -> Result<Bootstrap> {
    let first = &settings.bootstrap;
    let password = first
        .password
        .as_ref()
        .map(|text| Password::parse("bootstrap.password", text.expose().clone()));
    Ok(Bootstrap {
        tenant_name: first.tenant_name.clone(),
        tenant: first.tenant.clone(),
        username: first.username.clone(),
        email: first.email.clone(),
        password: password.transpose()?,
        client_id: first.client_id.clone(),
        client_secret: first.client_secret.clone(),
        generate_secrets: settings.embedded,
    })
}

#[cfg(test)]
mod tests {
    use domain::{
        model::{Secret, Timestamp},
        ports::SupportIdentity,
    };

    use super::*;

    #[test]
    fn the_support_desk_is_told_the_organization_if_the_settings_say_so() {
        let token = |organization| {
            let settings = ZendeskSettings {
                secret: Some(Secret::new("0123456789abcdef".repeat(2))),
                require_confirmed_email: true,
                organization,
            };
            let identity = SupportIdentity {
                user: "9b1d6c0e-5f7a-4b3c-8d2e-1f0a9b8c7d6e".parse().unwrap(),
                username: "anna".parse().unwrap(),
                email: "anna@example.com".parse().unwrap(),
                tenant_name: "Example".to_owned(),
                issued_at: Timestamp::from_unix_seconds(1_769_017_402).unwrap(),
                token_id: "2f6c0e0f9c8c4f0e8a5c2d7f3b1a9e64".to_owned(),
            };
            let desk = support_desk(&settings).unwrap().unwrap();
            desk.token(&identity).unwrap().expose().clone()
        };

        assert!(token(true).len() > token(false).len());
    }
}
