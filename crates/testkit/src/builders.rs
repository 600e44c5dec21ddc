//! Valid entities, whose ids follow from the arguments: equal arguments make equal ids, others make others.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    model::{
        AuditAction, AuditEvent, AuditEventId, Client, ClientId, ClientKind, Founding, Grant,
        KeyState, Lifetimes, MailKind, MailOrder, Mailing, MessageId, NewTenant, OneTimeToken,
        OneTimeTokenId, PasswordHash, RoleName, Session, SessionId, SigningKey, Tenant, TenantId,
        Timestamp, TokenPurpose, User, UserId,
    },
    ports::Effects,
};

use crate::digest::{Labelled, digest};

/// The moment that tests start at, 2026-01-31T10:11:12.123456Z, and `seconds` more.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_769_854_272_123_456 + seconds * 1_000_000).unwrap()
}

/// A role's name.
pub fn role(name: &str) -> RoleName {
    name.parse().unwrap()
}

/// A tenant made at the start.
pub fn tenant(short_name: &str) -> Tenant {
    let id = TenantId::random(&Labelled(format!("tenant {short_name}")));
    let new = NewTenant {
        name: format!("Tenant {short_name}"),
        short_name: short_name.to_owned(),
        ..NewTenant::default()
    };
    Tenant::new(id, new, at(0)).unwrap()
}

/// The platform's own tenant.
pub fn platform_tenant() -> Tenant {
    Tenant {
        platform: true,
        ..tenant("platform")
    }
}

/// An enabled user without roles, made at the start, with a confirmed address. The password is `"password of {name}"`
/// for [`PlainHasher`](crate::PlainHasher), the address `{name}@example.com`.
pub fn user(tenant: &Tenant, username: &str) -> User {
    User {
        id: UserId::random(&Labelled(format!("user {} {username}", tenant.id))),
        tenant: tenant.id,
        username: username.parse().unwrap(),
        email: format!("{username}@example.com").parse().unwrap(),
        email_confirmed: true,
        password: Some(PasswordHash::new(format!(
            "{}password of {username}",
            crate::PlainHasher::SCHEME
        ))),
        enabled: true,
        roles: BTreeSet::new(),
        epoch: 0,
        version: 0,
        locale: None,
        created_at: at(0),
    }
}

/// A confidential client with the password and refresh grants. The stored hash of its secret is made up.
pub fn client(id: &str) -> Client {
    let lifetimes = Lifetimes {
        access: Duration::from_mins(10),
        idle: Duration::from_hours(24),
        absolute: Duration::from_hours(24 * 30),
    };
    let id: ClientId = id.parse().unwrap();
    let secret_hash = digest(&[b"client", id.as_str().as_bytes()]);
    Client {
        grants: BTreeSet::from([Grant::Password, Grant::RefreshToken]),
        ..Client::new(id, ClientKind::Confidential, lifetimes, at(0)).with_secret(secret_hash)
    }
}

/// A new instance: [`platform_tenant`], its user `admin`, the client `web`, no mail.
pub fn founding() -> Founding {
    let tenant = platform_tenant();
    let administrator = User {
        roles: BTreeSet::from([role(RoleName::ADMINISTRATOR)]),
        ..user(&tenant, "admin")
    };
    Founding {
        audit: audit(AuditAction::Initialized, &administrator, at(0)),
        client: client("web"),
        mail: Vec::new(),
        tenant,
        administrator,
    }
}

/// A sign-in of `user` at `now` by the client of [`founding`], over after a day unused and after 30 days.
pub fn session(user: &User, now: Timestamp) -> Session {
    Session {
        id: SessionId::ordered(now, &Labelled(format!("session {}", user.id))),
        tenant: user.tenant,
        user: user.id,
        client: "web".parse().unwrap(),
        epoch: user.epoch,
        generation: 0,
        rotations: Vec::new(),
        address_family: None,
        agent: None,
        created_at: now,
        last_used_at: now,
        idle_expires_at: now.plus(Duration::from_hours(24)),
        expires_at: now.plus(Duration::from_hours(24 * 30)),
    }
}

/// A live token for `user`, ordered at `now`.
pub fn token(user: &User, purpose: TokenPurpose, now: Timestamp) -> OneTimeToken {
    let label = Labelled(format!("token {} {}", user.id, purpose.name()));
    OneTimeToken {
        id: OneTimeTokenId::ordered(now, &label),
        purpose,
        tenant: user.tenant,
        user: user.id,
        email: user.email.clone(),
        created_at: now,
        expires_at: now.plus(purpose.lifetime()),
        used_at: None,
    }
}

/// A mail ordered at `now`, with its token for kinds with a link.
pub fn mailing(user: &User, kind: MailKind, now: Timestamp) -> Mailing {
    let token = kind
        .token_purpose()
        .map(|purpose| token(user, purpose, now));
    let label = Labelled(format!("mail {} {}", user.id, kind.name()));
    let id = MessageId::ordered(now, &label);
    Mailing {
        order: MailOrder::new(id, kind, user, token.as_ref().map(|it| it.id), now),
        token,
    }
}

/// `action` happened to `user` at `now`.
pub fn audit(action: AuditAction, user: &User, now: Timestamp) -> AuditEvent {
    let label = Labelled(format!("audit {} {}", user.id, action.name()));
    AuditEvent {
        id: AuditEventId::ordered(now, &label),
        at: now,
        action,
        actor: "operator:test".to_owned(),
        source: None,
        tenant: Some(user.tenant),
        user: Some(user.id),
        detail: None,
    }
}

/// `action` happened to `user` at `now` and entails `mail`.
pub fn effects(
    action: AuditAction,
    user: &User,
    now: Timestamp,
    mail: impl IntoIterator<Item = Mailing>,
) -> Effects {
    Effects {
        mail: mail.into_iter().collect(),
        audit: audit(action, user, now),
    }
}

/// A key made at `now`, of no real algorithm.
pub fn signing_key(id: &str, state: KeyState, now: Timestamp) -> SigningKey {
    SigningKey {
        id: id.to_owned(),
        algorithm: "ES256".to_owned(),
        state,
        sealed_private: digest(&[b"key", id.as_bytes()]).to_vec(),
        created_at: now,
        since: now,
    }
}
