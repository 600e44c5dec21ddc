//! Cases of [`TenantMail`](domain::ports::TenantMail).

use std::sync::Arc;

use domain::{
    Error, Result,
    model::{AuditAction, MailKind, MailPart, MailSettings, MailText, Tenant},
    ports::Store,
};

use super::scene::{Scene, event, recorded, together};
use crate::{at, audit, tenant, user};

pub async fn settings_survive_with_every_field(store: Arc<dyn Store>) {
    let Scene { home, abroad, .. } = Scene::set(&store).await;
    let full = full(&home);
    let bare = MailSettings::of_platform(abroad.id);

    for settings in [full, bare] {
        put(&store, &settings, "first").await.unwrap();

        let next = MailSettings {
            version: 1,
            ..settings.clone()
        };
        assert_eq!(stored(&store, &settings).await, Some(next));
    }
    for of in [&home, &abroad] {
        let changes = recorded(&store, of, AuditAction::MailSettingsChanged).await;
        assert_eq!(changes, 1);
    }
}

pub async fn settings_that_were_never_made_are_absent(store: Arc<dyn Store>) {
    let Scene { home, .. } = Scene::set(&store).await;

    for tenant in [home.id, tenant("unknown").id] {
        assert!(store.mail_settings(tenant).await.unwrap().is_none());
    }
}

pub async fn each_tenant_has_settings_of_its_own(store: Arc<dyn Store>) {
    let Scene { home, abroad, .. } = Scene::set(&store).await;
    let [ours, theirs] = [full(&home), full(&abroad)];
    put(&store, &ours, "ours").await.unwrap();
    assert!(stored(&store, &theirs).await.is_none());
    put(&store, &theirs, "theirs").await.unwrap();
    let before = stored(&store, &theirs).await;

    let emptied = MailSettings {
        version: 1,
        ..MailSettings::of_platform(home.id)
    };
    put(&store, &emptied, "emptied").await.unwrap();

    assert_eq!(stored(&store, &theirs).await, before);
}

pub async fn new_settings_replace_the_stored_texts_and_all_and_count_a_version(
    store: Arc<dyn Store>,
) {
    let Scene { home, .. } = Scene::set(&store).await;
    put(&store, &full(&home), "first").await.unwrap();
    let texts = [MailPart::Subject, MailPart::Note].map(|part| (part, "Neu".parse().unwrap()));
    let second = MailSettings {
        sender_name: Some("Neu".parse().unwrap()),
        texts: [((MailKind::Invitation, "fr".parse().unwrap()), texts.into())].into(),
        version: 1,
        ..MailSettings::of_platform(home.id)
    };

    put(&store, &second, "second").await.unwrap();

    let next = MailSettings {
        version: 2,
        ..second.clone()
    };
    assert_eq!(stored(&store, &second).await, Some(next));
}

pub async fn settings_that_changed_since_they_were_read_are_stale_and_store_nothing(
    store: Arc<dyn Store>,
) {
    let Scene { home, .. } = Scene::set(&store).await;
    let unread = MailSettings {
        version: 1,
        ..full(&home)
    };
    let refused = put(&store, &unread, "unread").await;
    assert!(matches!(refused, Err(Error::Stale)));
    assert!(stored(&store, &unread).await.is_none());
    put(&store, &full(&home), "first").await.unwrap();
    let before = stored(&store, &unread).await;

    for version in [0, 2] {
        let late = MailSettings {
            version,
            ..MailSettings::of_platform(home.id)
        };
        let refused = put(&store, &late, "late").await;
        assert!(matches!(refused, Err(Error::Stale)));
        assert_eq!(stored(&store, &late).await, before);
    }
    let changes = recorded(&store, &home, AuditAction::MailSettingsChanged).await;
    assert_eq!(changes, 1);
}

pub async fn of_parallel_changes_of_settings_one_wins_and_the_others_are_stale(
    store: Arc<dyn Store>,
) {
    let Scene { home, .. } = Scene::set(&store).await;
    for version in [0, 1] {
        let changes = together(["a", "b", "c", "d"].map(|name| {
            let store = Arc::clone(&store);
            let settings = MailSettings {
                sender_name: Some(name.parse().unwrap()),
                version,
                ..full(&home)
            };
            async move { put(&store, &settings, &format!("{name} {version}")).await }
        }))
        .await;

        let stale = |it: &&Result<()>| matches!(it, Err(Error::Stale));
        assert_eq!(changes.iter().filter(|it| it.is_ok()).count(), 1);
        assert_eq!(changes.iter().filter(stale).count(), 3);
        let winner = stored(&store, &full(&home)).await.unwrap();
        assert_eq!(winner.version, version + 1);
        assert_eq!(winner.texts, full(&home).texts);
    }
}

pub async fn settings_of_an_unknown_tenant_are_not_found(store: Arc<dyn Store>) {
    Scene::set(&store).await;
    let unknown = full(&tenant("unknown"));

    let refused = put(&store, &unknown, "unknown").await;

    assert!(matches!(refused, Err(Error::NotFound("tenant"))));
    assert!(stored(&store, &unknown).await.is_none());
}

pub async fn a_deleted_tenant_takes_its_settings_along(store: Arc<dyn Store>) {
    Scene::set(&store).await;
    let brief = tenant("brief");
    let [made, deleted, again] = ["made", "deleted", "again"].map(|label| {
        let nobody = user(&brief, label);
        audit(AuditAction::TenantCreated, &nobody, at(0))
    });
    store.add_tenant(&brief, &made).await.unwrap();
    put(&store, &full(&brief), "first").await.unwrap();

    assert!(store.delete_tenant(brief.id, &deleted).await.unwrap());

    store.add_tenant(&brief, &again).await.unwrap();
    assert!(stored(&store, &full(&brief)).await.is_none());
}

/// Settings that differ from the platform's in everything.
fn full(tenant: &Tenant) -> MailSettings {
    let kinds = [MailKind::PasswordReset, MailKind::SignedOut];
    let texts = kinds.into_iter().flat_map(|kind| {
        ["de", "pt-BR"].map(|locale| {
            let parts = MailPart::ALL.map(|part| {
                let words = format!(
                    "{} \u{1f511} %_\\' {{{{ tenant }}}}\n\u{fc}ber {locale}",
                    part.name()
                );
                (part, words.parse().unwrap())
            });
            ((kind, locale.parse().unwrap()), MailText::from(parts))
        })
    });
    MailSettings {
        locale: Some("pt-BR".parse().unwrap()),
        sender_name: Some("Zo\u{eb} & \"S\u{f6}hne\"".parse().unwrap()),
        sender_address: Some("Team@B\u{fc}cher.example".parse().unwrap()),
        texts: texts.collect(),
        ..MailSettings::of_platform(tenant.id)
    }
}

async fn put(store: &Arc<dyn Store>, settings: &MailSettings, label: &str) -> Result<()> {
    let nobody = user(&tenant("nowhere"), "nobody").id;
    let label = format!("{label} {}", settings.tenant);
    let action = AuditAction::MailSettingsChanged;
    let event = event(&label, action, settings.tenant, nobody);
    store.put_mail_settings(settings, &event).await
}

async fn stored(store: &Arc<dyn Store>, of: &MailSettings) -> Option<MailSettings> {
    store.mail_settings(of.tenant).await.unwrap()
}
