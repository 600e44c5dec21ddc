use std::sync::Arc;

use super::{core::Core, throttle::Guess};
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, Email, Locale, MailKind, Mailing, Password, PasswordHash,
        PasswordOwner, RoleName, TenantId, TokenPurpose, User, UserId, Username, Verdict,
    },
    ports::{Effects, UserChange},
};

/// Shows and changes accounts.
pub struct AccountService(Arc<Core>);

/// What to change of an account; what is absent or as it was stays.
#[derive(Clone, Default)]
pub struct AccountChange {
    /// The name to sign in with.
    pub username: Option<Username>,
    /// Where mail goes once a link that is mailed there was used.
    pub email: Option<Email>,
    /// A new password, for oneself alone.
    pub password: Option<Password>,
    /// The present password; a new one needs it.
    pub current_password: Option<Password>,
    /// Whether the person may sign in; for anybody but oneself.
    pub enabled: Option<bool>,
    /// The language of mails and pages; within, `None` for the tenant's.
    pub locale: Option<Option<Locale>>,
}

impl AccountService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// The account of a user. [`Error::NotFound`] if the tenant has no such user.
    pub async fn settings(&self, actor: &Actor, tenant: TenantId, user: UserId) -> Result<User> {
        actor.may(Action::ReadAccount, Some(tenant), Some(user))?;
        self.user(tenant, user).await
    }

    /// Changes an account: all that is asked for, or nothing.
    ///
    /// A new password ends all sessions, the caller's too, voids all open links, and is told by mail. A new address is
    /// mailed a link and takes effect when that is used; the present one is told at once. Whoever is disabled is signed
    /// out everywhere.
    ///
    /// [`Error::Forbidden`] for another one's password, to disable oneself, and for who would change a platform
    /// administrator without being one; [`Error::NotFound`] if the tenant has no such user; [`Error::Invalid`] for a new
    /// password without the present one, [`Error::Unacceptable`] where that is wrong and for a locale without texts,
    /// [`Error::Password`] where the new one may not be chosen; [`Error::Conflict`] for names that are taken and where the
    /// last administrator would go; [`Error::Throttled`] when the account was mailed too many links, or the present
    /// password was wrong too often.
    pub async fn change(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user: UserId,
        change: AccountChange,
    ) -> Result<()> {
        const ATTEMPTS: usize = 5;
        actor.may(Action::ChangeAccount, Some(tenant), Some(user))?;
        let read = self.user(tenant, user).await?;
        let password = self.new_password(actor, &read, &change).await?;
        for _ in 0..ATTEMPTS {
            let user = self.user(tenant, user).await?;
            let plan = self.plan(actor, user, &change, password.as_ref()).await?;
            match self.carry_out(actor, plan).await {
                Err(Error::Stale) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Stale)
    }

    async fn user(&self, tenant: TenantId, user: UserId) -> Result<User> {
        let user = self.0.ports.store.user(tenant, user).await?;
        user.ok_or(Error::NotFound("user"))
    }

    /// The new password, if one is asked for by somebody who may set it and knows the present one. Hashing is slow, so it
    /// is done once however often others change the user meanwhile.
    async fn new_password(
        &self,
        actor: &Actor,
        user: &User,
        change: &AccountChange,
    ) -> Result<Option<NewPassword>> {
        const FIELD: &str = "currentPassword";
        let (core, hasher) = (&self.0, &self.0.ports.hasher);
        let Some(new) = &change.password else {
            return Ok(None);
        };
        if !actor.is(user.tenant, user.id) {
            return Err(Error::Forbidden);
        }
        let tenant = core.tenant_of(user).await?;
        let username = change.username.as_ref().unwrap_or(&user.username);
        let email = change.email.as_ref().unwrap_or(&user.email);
        core.judge(
            "newPassword",
            new,
            &PasswordOwner::new(&tenant, username, email),
        )?;
        let present = change.current_password.as_ref();
        let present = present.ok_or_else(|| Error::invalid(FIELD, "is missing"))?;
        let guess = self.guess(actor, user).await?;
        let lane = Some(user.tenant);
        let verdict = hasher.verify(lane, present, user.password.as_ref());
        if verdict.await? == Verdict::Mismatch {
            self.refused(actor, user, "wrong password").await?;
            return Err(Error::unacceptable(FIELD, "is not the present password"));
        }
        let (core, success) = (&self.0, guess.success());
        core.ports.store.succeed(core.now(), &success).await?;
        Ok(Some(NewPassword {
            hash: hasher.hash(lane, new).await?,
            in_place_of: user.password.clone(),
        }))
    }

    async fn guess(&self, actor: &Actor, user: &User) -> Result<Guess> {
        let guess = self.0.guess_present_password(actor, user).await;
        if let Err(Error::Throttled { .. }) = guess {
            self.refused(actor, user, "limited").await?;
        }
        guess
    }

    async fn plan(
        &self,
        actor: &Actor,
        user: User,
        change: &AccountChange,
        password: Option<&NewPassword>,
    ) -> Result<Plan> {
        let (core, tenant, id) = (&self.0, user.tenant, user.id);
        let administrator = |role: &RoleName| role.as_str() == RoleName::ADMINISTRATOR;
        if !actor.is(tenant, id) && user.roles.iter().any(administrator) {
            actor.may(Action::WriteAdministrators, Some(tenant), Some(id))?;
        }
        let mut plan = Plan::of(user.clone());
        let renamed = |it: &&Username| it.as_str() != user.username.as_str();
        if let Some(username) = change.username.as_ref().filter(renamed) {
            plan.user.username = username.clone();
            plan.told.push("username");
        }
        if let Some(enabled) = change.enabled.filter(|it| *it != user.enabled) {
            actor.may(Action::EnableUsers, Some(tenant), Some(id))?;
            if actor.is(tenant, id) {
                return Err(Error::Forbidden);
            }
            plan.user = plan.user.with_enabled(enabled);
            plan.told.push(if enabled { "enabled" } else { "disabled" });
        }
        if let Some(locale) = change.locale.as_ref().filter(|it| **it != user.locale) {
            locale
                .iter()
                .try_for_each(|it| core.policy.locales.check(it))?;
            plan.user.locale.clone_from(locale);
            plan.told.push("locale");
        }
        let moved = |it: &&Email| it.key() != user.email.key();
        if let Some(email) = change.email.as_ref().filter(moved) {
            let holder = core.ports.store.user_by_email(tenant, email).await?;
            if holder.is_some() {
                return Err(Error::Conflict("the e-mail address is taken"));
            }
            let future = user.clone().with_email(email.clone());
            plan.mail = vec![
                core.mailing(MailKind::AddressConfirmation, &future),
                core.mailing(MailKind::AddressChanged, &user),
            ];
            plan.voids = &[TokenPurpose::AddressChange];
            plan.told.push("address asked for");
        }
        if let Some(password) = password {
            if password.in_place_of != user.password {
                return Err(Error::Stale);
            }
            plan.user = plan.user.with_password(password.hash.clone());
            plan.mail
                .push(core.mailing(MailKind::PasswordChanged, &user));
            plan.voids = &TokenPurpose::ALL;
            plan.told.push("password");
        }
        Ok(plan)
    }

    async fn carry_out(&self, actor: &Actor, plan: Plan) -> Result<()> {
        if plan.told.is_empty() {
            return Ok(());
        }
        let (core, user) = (&self.0, &plan.user);
        let audit = core
            .audit(actor, AuditAction::AccountChanged)
            .about(user.tenant, user.id)
            .with_detail(plan.told.join(", "));
        let effects = Effects {
            mail: plan.mail,
            audit,
        };
        let limit = core.policy.mail.per_account;
        let change = core
            .ports
            .store
            .update_user(user, plan.voids, &effects, limit);
        match change.await? {
            UserChange::Done => {
                core.ring();
                core.callers.user_changed(user.id, core.now());
                Ok(())
            }
            UserChange::LastAdministrator => {
                Err(Error::Conflict("the last administrator must stay"))
            }
            UserChange::MailLimited => {
                self.refused(actor, user, "limited").await?;
                Err(Error::Throttled {
                    retry_after: limit.window,
                })
            }
        }
    }

    async fn refused(&self, actor: &Actor, user: &User, why: &'static str) -> Result<()> {
        let audit = self.0.audit(actor, AuditAction::AccountChangeRefused);
        let audit = audit.about(user.tenant, user.id).with_detail(why);
        self.0.ports.store.append(&audit).await
    }
}

struct NewPassword {
    hash: PasswordHash,
    /// What the caller proved to know.
    in_place_of: Option<PasswordHash>,
}

/// What a change comes to for a user as it was read.
struct Plan {
    user: User,
    voids: &'static [TokenPurpose],
    mail: Vec<Mailing>,
    /// What is done, for the audit.
    told: Vec<&'static str>,
}

impl Plan {
    fn of(user: User) -> Self {
        Self {
            user,
            voids: &[],
            mail: Vec::new(),
            told: Vec::new(),
        }
    }
}
