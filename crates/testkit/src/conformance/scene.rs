use std::{future::Future, sync::Arc, time::Duration};

use domain::{
    Result,
    model::{
        Actor, Asked, AuditAction, AuditEvent, AuditEventId, MailLimit, MailOrder, MailRequest,
        MailState, Mailing, OneTimeToken, Tenant, TenantId, User, UserId,
    },
    ports::{Effects, RequestEnd, Store},
};

use crate::{at, audit, digest::Labelled, effects, founding, tenant, user};

/// No limit that a case comes near, unless it is about limits.
pub(super) const UNLIMITED: MailLimit = MailLimit {
    count: u32::MAX,
    window: Duration::from_hours(1),
};

/// Two tenants of an initialized store, with a user in each.
pub(super) struct Scene {
    pub(super) home: Tenant,
    pub(super) abroad: Tenant,
    /// At home.
    pub(super) anna: User,
    /// Abroad.
    pub(super) bert: User,
}

impl Scene {
    pub(super) async fn set(store: &Arc<dyn Store>) -> Self {
        assert!(store.initialize(&founding()).await.unwrap());
        let [home, abroad] = ["home", "abroad"].map(tenant);
        let [anna, bert] = [user(&home, "anna"), user(&abroad, "bert")];
        for (tenant, user) in [(&home, &anna), (&abroad, &bert)] {
            let created = audit(AuditAction::TenantCreated, user, at(0));
            store.add_tenant(tenant, &created).await.unwrap();
            add(store, user).await;
        }
        Self {
            home,
            abroad,
            anna,
            bert,
        }
    }
}

/// Adds the user, with nothing but the audit event.
pub(super) async fn add(store: &Arc<dyn Store>, user: &User) {
    let effects = effects(AuditAction::UserRegistered, user, at(0), []);
    store.add_user(user, &effects).await.unwrap();
}

/// Orders at least one mail for the user.
pub(super) async fn order(
    store: &Arc<dyn Store>,
    user: &User,
    mail: impl IntoIterator<Item = Mailing>,
) {
    let mut effects = effects(AuditAction::ConfirmationRequested, user, at(0), mail);
    let label = Labelled(effects.mail[0].order.id.to_string());
    effects.audit.id = AuditEventId::ordered(at(0), &label);
    let placed = place(store, &effects, UNLIMITED).await.unwrap();
    assert_eq!(placed, RequestEnd::Done);
}

/// Orders by way of a request.
pub(super) async fn place(
    store: &Arc<dyn Store>,
    effects: &Effects,
    limit: MailLimit,
) -> Result<RequestEnd> {
    let order = &effects.mail[0].order;
    let label = Labelled(format!("{} {:?}", effects.audit.id, order.created_at));
    let asked = Asked::Confirmation(order.tenant, order.user);
    let request = MailRequest::new(at(0), &label, &Actor::anonymous(None), asked);
    store.request_mail(&request).await.unwrap();
    store.end_request(&request, effects, limit).await
}

/// The user as stored now.
pub(super) async fn stored(store: &Arc<dyn Store>, user: &User) -> User {
    store.user(user.tenant, user.id).await.unwrap().unwrap()
}

/// The newest orders that wait to be delivered, newest first.
pub(super) async fn waiting(store: &Arc<dyn Store>) -> Vec<MailOrder> {
    store.mail_in_state(MailState::Waiting, 50).await.unwrap()
}

/// The token as stored now.
pub(super) async fn stored_token(
    store: &Arc<dyn Store>,
    token: &OneTimeToken,
) -> Option<OneTimeToken> {
    store.one_time_token(token.id).await.unwrap()
}

/// `action` happened to the user. Another `label` makes another event.
pub(super) fn event(
    label: &str,
    action: AuditAction,
    tenant: TenantId,
    user: UserId,
) -> AuditEvent {
    let entropy = Labelled(format!("{} {label}", action.name()));
    AuditEvent::new(at(1), &entropy, &Actor::operator("test"), action).about(tenant, user)
}

/// How often `action` is in the tenant's audit.
pub(super) async fn recorded(
    store: &Arc<dyn Store>,
    tenant: &Tenant,
    action: AuditAction,
) -> usize {
    let events = store.in_tenant(tenant.id, 1000).await.unwrap();
    events.iter().filter(|it| it.action == action).count()
}

/// Runs all at once; the results in the order of the arguments.
pub(super) async fn together<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    calls: impl IntoIterator<Item = F>,
) -> Vec<T> {
    let calls: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(calls.len());
    for call in calls {
        results.push(call.await.unwrap());
    }
    results
}
