use std::{collections::BTreeSet, time::Duration};

use super::{
    AddressFamily, Agent, ClientId, Lifetimes, RoleName, SessionId, TenantId, Timestamp, UserId,
    Username,
};

/// One sign-in of a user by a client. Its refresh tokens are derived from it and stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The selector of the refresh tokens.
    pub id: SessionId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// Who signed in.
    pub user: UserId,
    /// The client that the refresh tokens are given to.
    pub client: ClientId,
    /// The user's security epoch at sign-in; the session is over once the user's is another.
    pub epoch: i64,
    /// The generation of the newest refresh token; stays 0 for clients that keep theirs.
    pub generation: u32,
    /// When the newest generations came to be, newest first: those of the last [`Session::FORGIVENESS`], and
    /// [`Session::REMEMBERED`] at most.
    pub rotations: Vec<Timestamp>,
    /// What kind of address the sign-in came from.
    pub address_family: Option<AddressFamily>,
    /// What program it came from.
    pub agent: Option<Agent>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last refreshed, or made.
    pub last_used_at: Timestamp,
    /// It is over if it is not used until then.
    pub idle_expires_at: Timestamp,
    /// It is over then, however much it is used.
    pub expires_at: Timestamp,
}

/// What the generation of a refresh token says when the token is presented (SEC-24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    /// It is the newest.
    Newest,
    /// It was used a moment ago, or its successor was not used yet: the answer got lost, or another thread has it too.
    Again {
        /// What its first use was answered with.
        successor: u32,
    },
    /// It was spent too long ago for an honest client to have it.
    Spent,
    /// Nothing can be said of it.
    Unknown,
}

impl Session {
    /// How long a spent refresh token may be repeated, whatever became of its successor.
    pub const FORGIVENESS: Duration = Duration::from_secs(10);
    /// How many rotations of that time are told apart.
    pub const REMEMBERED: usize = 32;

    /// Whether it can be refreshed at `now`, apart from the user's standing.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.idle_expires_at && now < self.expires_at
    }

    /// What to make of a refresh token of that generation at `now`.
    pub fn presented(&self, generation: u32, now: Timestamp) -> Presented {
        let Some(age) = self.generation.checked_sub(generation) else {
            return Presented::Unknown;
        };
        let again = Presented::Again {
            successor: generation.saturating_add(1),
        };
        // The successor of a token of age 1 is the newest, of age 2 the one before, and so on.
        let succeeded = usize::try_from(age)
            .ok()
            .and_then(|age| self.rotations.get(age.checked_sub(1)?));
        match (age, succeeded) {
            (0, _) => Presented::Newest,
            (1, _) => again,
            (_, Some(at)) if now.since(*at) <= Self::FORGIVENESS => again,
            (_, None) if self.rotates_faster_than_remembered(now) => Presented::Unknown,
            _ => Presented::Spent,
        }
    }

    fn rotates_faster_than_remembered(&self, now: Timestamp) -> bool {
        let oldest = self.rotations.get(Self::REMEMBERED - 1);
        oldest.is_some_and(|at| now.since(*at) <= Self::FORGIVENESS)
    }

    /// The session once it was used at `now`.
    #[must_use]
    pub fn used(mut self, now: Timestamp, lifetimes: &Lifetimes) -> Self {
        self.last_used_at = now;
        self.idle_expires_at = now.plus(lifetimes.idle);
        self
    }

    /// The session with the next generation, made at `now`.
    #[must_use]
    pub fn rotated(mut self, now: Timestamp) -> Self {
        self.generation = self.generation.saturating_add(1);
        self.rotations.insert(0, now);
        let old = |at: &Timestamp| now.since(*at) > Self::FORGIVENESS;
        let kept = self.rotations.iter().position(old).unwrap_or(usize::MAX);
        self.rotations.truncate(kept.min(Self::REMEMBERED));
        self
    }
}

/// What decides whether a sign-in still holds, and what its user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The name the user signs in with.
    pub username: Username,
    /// The roles held now.
    pub roles: BTreeSet<RoleName>,
    /// Whether the user, the tenant and the client are enabled.
    pub enabled: bool,
    /// The user's security epoch now.
    pub epoch: i64,
}

/// What an access token says (RFC 9068).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`: for whom it stands.
    pub subject: Subject,
    /// `client_id`.
    pub client: ClientId,
    /// `jti`, unique to the token.
    pub token_id: String,
    /// `iat` and `nbf`, cut to seconds.
    pub issued_at: Timestamp,
    /// `exp`, cut to seconds.
    pub expires_at: Timestamp,
}

/// For whom an access token stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person who signed in.
    User {
        /// `sub`.
        user: UserId,
        /// `tenant` and `tenant_id`.
        tenant: TenantId,
        /// `sid`.
        session: SessionId,
        /// `epoch`.
        epoch: i64,
        /// `roles`, as they were at issue; what counts is [`Standing::roles`].
        roles: BTreeSet<RoleName>,
    },
    /// The client itself: `sub` is the `client_id`, and there is no tenant.
    Client,
}

impl AccessClaims {
    /// How much longer than announced an access token lives: clients use it to the last second by their own clock and
    /// have no answer to a 401 (contract section 5).
    pub const GRACE: Duration = Duration::from_mins(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(0)
            .unwrap()
            .plus(Duration::from_secs(seconds))
    }

    fn session() -> Session {
        let id = uuid::Uuid::nil();
        Session {
            id: SessionId::from_uuid(id),
            tenant: TenantId::from_uuid(id),
            user: UserId::from_uuid(id),
            client: "app".parse().unwrap(),
            epoch: 0,
            generation: 0,
            rotations: Vec::new(),
            address_family: None,
            agent: None,
            created_at: at(0),
            last_used_at: at(0),
            idle_expires_at: at(3600),
            expires_at: at(7200),
        }
    }

    #[test]
    fn sec_24_a_spent_token_is_forgiven_while_its_successor_is_unused_or_new() {
        let session = session().rotated(at(100)).rotated(at(200)).rotated(at(205));

        for (generation, now, expected) in [
            (3, 205, Presented::Newest),
            (2, 205, Presented::Again { successor: 3 }),
            (2, 7000, Presented::Again { successor: 3 }),
            (1, 205, Presented::Again { successor: 2 }),
            (1, 210, Presented::Again { successor: 2 }),
            (1, 211, Presented::Spent),
            (0, 205, Presented::Spent),
            (4, 205, Presented::Unknown),
        ] {
            let presented = session.presented(generation, at(now));
            assert_eq!(presented, expected, "generation {generation} at {now}");
        }
    }

    #[test]
    fn sec_24_who_rotates_faster_than_we_remember_is_neither_believed_nor_accused() {
        let remembered = u32::try_from(Session::REMEMBERED).unwrap();
        let session = (0..2 * remembered).fold(session(), |session, _| session.rotated(at(100)));

        assert_eq!(session.rotations.len(), Session::REMEMBERED);
        let kept = Presented::Again {
            successor: remembered + 1,
        };
        assert_eq!(session.presented(remembered, at(101)), kept);
        assert_eq!(
            session.presented(remembered - 1, at(101)),
            Presented::Unknown
        );
        assert_eq!(session.presented(remembered - 1, at(111)), Presented::Spent);
    }
}
