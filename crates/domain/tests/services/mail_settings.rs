use std::collections::BTreeMap;

use domain::{
    Error,
    model::{Actor, Locale, Mail, MailKind, MailPart, MailSettings, MailText, Tenant, UserId},
    ports::TenantMail as _,
    services::{Account, AccountChange, NewMailSettings, NewUser},
};

use crate::lab::{Lab, anonymous, linked, new_user, operator};

#[tokio::test]
async fn settings_are_for_administrators_of_the_tenant_and_the_platform() {
    let lab = Lab::new().await;
    let [acme, other] = [lab.tenant("acme").await, lab.tenant("other").await];
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let abroad = lab.holder_of("TenantAdministrator", &other, "olga").await;
    let member = lab.holder_of("User", &acme, "anna").await;
    let service = &lab.membership.mail_settings;

    for (number, actor) in [owner, lab.admin().await, operator()].iter().enumerate() {
        let name = format!("Acme {number}");
        change(&lab, actor, &acme, named(&name)).await.unwrap();
        let read = service.of(actor, acme.id).await.unwrap();
        assert_eq!(read.sender_name.unwrap().as_str(), name);
    }
    let before = stored(&lab, &acme).await;
    for actor in [&abroad, &member] {
        let refusals = [
            service.of(actor, acme.id).await.err(),
            change(&lab, actor, &acme, named("x")).await.err(),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, Some(Error::Forbidden)));
        }
    }
    assert!(service.of(&anonymous(), acme.id).await.is_err());
    assert_eq!(stored(&lab, &acme).await, before);
    let unknown = lab.membership.tenants.delete(&operator(), other.id).await;
    assert!(unknown.is_err(), "it has users");
}

#[tokio::test]
async fn a_mail_has_the_words_and_the_sender_of_its_tenant_in_the_language_of_its_reader() {
    let lab = Lab::new().await;
    let [acme, other] = [lab.tenant("acme").await, lab.tenant("other").await];
    let new = NewMailSettings {
        sender_address: Some("team@Acme.example".parse().unwrap()),
        texts: text(
            MailKind::PasswordReset,
            "de",
            &[(MailPart::Subject, "Neues Passwort")],
        ),
        ..named("Acme")
    };
    change(&lab, &operator(), &acme, new).await.unwrap();
    for (tenant, name, locale) in [
        (&acme, "greta", Some("de")),
        (&acme, "emma", Some("en")),
        (&acme, "udo", None),
        (&other, "gustav", Some("de")),
    ] {
        register(&lab, tenant, name, locale).await;
    }
    lab.mail().await;

    let german = reset_mail(&lab, "acme", "greta").await;
    assert_eq!(
        said(&german),
        [(MailPart::Subject, "Neues Passwort".to_owned())]
    );
    let english = [
        reset_mail(&lab, "acme", "emma").await,
        reset_mail(&lab, "acme", "udo").await,
    ];
    for mail in english.iter().chain([&german]) {
        let expected = usize::from(mail.locale.as_str() == "de");
        assert_eq!(said(mail).len(), expected);
        assert_eq!(mail.sender.name.as_ref().unwrap().as_str(), "Acme");
        let address = mail.sender.address.as_ref().unwrap();
        assert_eq!(address.as_str(), "team@Acme.example");
    }
    let elsewhere = reset_mail(&lab, "other", "gustav").await;
    assert_eq!(elsewhere.locale.as_str(), "de");
    assert_eq!(elsewhere.sender, domain::model::Sender::default());
    assert!(elsewhere.text.is_empty());
}

#[tokio::test]
async fn a_reader_is_spoken_to_in_the_own_language_then_the_tenants_then_the_platforms() {
    for (own, tenants, spoken) in [
        (Some("en"), Some("de"), "en"),
        (Some("de"), Some("en"), "de"),
        (None, Some("de"), "de"),
        (None, None, "en"),
    ] {
        let lab = Lab::new().await;
        let acme = lab.tenant("acme").await;
        if let Some(locale) = tenants {
            let new = NewMailSettings {
                locale: Some(locale.parse().unwrap()),
                ..NewMailSettings::default()
            };
            change(&lab, &operator(), &acme, new).await.unwrap();
        }
        let anna = register(&lab, &acme, "anna", own).await;
        let token = lab.mailed("token").await;
        let page = lab
            .membership
            .email_confirmation
            .check(&anonymous(), &token)
            .await;
        assert_eq!(page.unwrap().locale.as_str(), spoken);

        let reads = lab.watched.calls("mail_settings");
        let mail = reset_mail(&lab, "acme", "anna").await;
        assert_eq!(mail.locale.as_str(), spoken);
        let token = linked(&mail, "token");
        let page = lab
            .membership
            .password_reset
            .check(&anonymous(), anna, &token)
            .await;
        assert_eq!(page.unwrap().locale.as_str(), spoken);
        let reads = lab.watched.calls("mail_settings") - reads;
        assert_eq!(reads, 2, "one for the mail, one for the page");
    }
}

#[tokio::test]
async fn a_person_names_a_language_that_there_are_texts_for_or_none() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let refused = NewUser {
        locale: Some(locale("fr")),
        ..new_user(acme.id, "anna")
    };
    let registration = &lab.membership.registration;
    let refused = registration.register(&operator(), refused).await;
    assert!(matches!(
        refused,
        Err(Error::Unacceptable {
            field: "locale",
            ..
        })
    ));
    assert!(lab.users(&acme).await.is_empty());
    let anna = register(&lab, &acme, "anna", Some("de")).await;
    let actor = lab.actor(&acme, "anna").await;
    let accounts = &lab.membership.accounts;
    let asks = async |locale: Option<Locale>| {
        let change = AccountChange {
            locale: Some(locale),
            ..AccountChange::default()
        };
        accounts.change(&actor, acme.id, anna, change).await
    };

    let refused = asks(Some(locale("fr"))).await;
    assert!(matches!(
        refused,
        Err(Error::Unacceptable {
            field: "locale",
            ..
        })
    ));
    assert_eq!(lab.user(&acme, anna).await.locale, Some(locale("de")));
    for wanted in [Some(locale("en")), None] {
        asks(wanted.clone()).await.unwrap();
        assert_eq!(lab.user(&acme, anna).await.locale, wanted);
    }
    let changed = lab.events(|it| it.action.name() == "account_changed");
    assert!(
        changed
            .iter()
            .all(|it| it.detail.as_deref() == Some("locale"))
    );
    assert_eq!(changed.len(), 2);
}

#[tokio::test]
async fn a_language_whose_texts_are_gone_stays_until_it_is_changed() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let anna = register(&lab, &acme, "anna", None).await;
    lab.mail().await;
    lab.store.edit(|state| {
        state.users.get_mut(&anna).unwrap().locale = Some(locale("fr"));
    });

    let same = AccountChange {
        locale: Some(Some(locale("fr"))),
        ..AccountChange::default()
    };
    let accounts = &lab.membership.accounts;
    accounts
        .change(&operator(), acme.id, anna, same)
        .await
        .unwrap();

    assert_eq!(reset_mail(&lab, "acme", "anna").await.locale, locale("en"));
}

#[tokio::test]
async fn sec_50_a_tenant_sends_from_domains_that_the_operator_allows_alone() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    for address in [
        "team@other.example",
        "team@mail.acme.example",
        "team@notacme.example",
        "t\u{e9}am@acme.example",
    ] {
        let new = NewMailSettings {
            sender_address: Some(address.parse().unwrap()),
            ..NewMailSettings::default()
        };
        let refused = change(&lab, &operator(), &acme, new).await;
        let named = matches!(
            refused,
            Err(Error::Unacceptable {
                field: "senderAddress",
                ..
            })
        );
        assert!(named, "{address}");
    }
    assert!(stored(&lab, &acme).await.is_none());
}

#[tokio::test]
async fn sec_50_an_address_that_is_no_longer_allowed_is_not_sent_from() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let while_it_was_allowed = MailSettings {
        sender_name: Some("Acme".parse().unwrap()),
        sender_address: Some("team@gone.example".parse().unwrap()),
        version: 1,
        ..MailSettings::of_platform(acme.id)
    };
    lab.store.edit(|state| {
        state.mail_settings.insert(acme.id, while_it_was_allowed);
    });
    register(&lab, &acme, "anna", None).await;

    let mail = lab.mail().await.remove(0);

    assert_eq!(mail.sender.name.unwrap().as_str(), "Acme");
    assert_eq!(mail.sender.address, None);
}

#[tokio::test]
async fn words_that_mails_of_the_kind_have_no_place_for_are_refused_and_change_nothing() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    change(&lab, &operator(), &acme, named("Acme"))
        .await
        .unwrap();
    let before = stored(&lab, &acme).await;

    for (kind, locale, part, words) in [
        (MailKind::SignedOut, "de", MailPart::Action, "Open"),
        (MailKind::SignedOut, "de", MailPart::Note, "{{ lifetime }}"),
        (MailKind::PasswordReset, "de", MailPart::Note, "{{ count }}"),
        (
            MailKind::PasswordReset,
            "de",
            MailPart::Subject,
            "two\nlines",
        ),
        (MailKind::PasswordReset, "fr", MailPart::Subject, "Bonjour"),
    ] {
        let new = NewMailSettings {
            texts: text(kind, locale, &[(part, words)]),
            ..named("Other")
        };
        let refused = change(&lab, &operator(), &acme, new).await;
        let named = matches!(refused, Err(Error::Unacceptable { field: "texts", .. }));
        assert!(named, "{words}");
    }
    let unknown = NewMailSettings {
        locale: Some(locale("fr")),
        ..named("Other")
    };
    let refused = change(&lab, &operator(), &acme, unknown).await;
    assert!(matches!(
        refused,
        Err(Error::Unacceptable {
            field: "locale",
            ..
        })
    ));
    assert_eq!(stored(&lab, &acme).await, before);
    assert_eq!(told(&lab), ["sender name"]);
}

#[tokio::test]
async fn who_names_the_version_that_was_read_undoes_nobodys_change() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let at_version = |name: &str, version| NewMailSettings {
        version: Some(version),
        ..named(name)
    };

    change(&lab, &operator(), &acme, at_version("One", 0))
        .await
        .unwrap();
    let late = change(&lab, &operator(), &acme, at_version("Late", 0)).await;
    assert!(matches!(late, Err(Error::Stale)));
    change(&lab, &operator(), &acme, named("Two"))
        .await
        .unwrap();
    let same = change(&lab, &operator(), &acme, at_version("Two", 2)).await;
    same.unwrap();

    let settings = stored(&lab, &acme).await.unwrap();
    assert_eq!(settings.sender_name.unwrap().as_str(), "Two");
    assert_eq!(settings.version, 2, "what is as it was is not stored again");
    assert_eq!(told(&lab).len(), 2);
}

async fn change(
    lab: &Lab,
    actor: &Actor,
    tenant: &Tenant,
    new: NewMailSettings,
) -> domain::Result<()> {
    let service = &lab.membership.mail_settings;
    service.change(actor, tenant.id, new).await
}

async fn stored(lab: &Lab, tenant: &Tenant) -> Option<MailSettings> {
    lab.store.mail_settings(tenant.id).await.unwrap()
}

/// What the audit says that was changed, newest first.
fn told(lab: &Lab) -> Vec<String> {
    let events = lab.events(|it| it.action.name() == "mail_settings_changed");
    events.into_iter().filter_map(|it| it.detail).collect()
}

async fn register(lab: &Lab, tenant: &Tenant, name: &str, own: Option<&str>) -> UserId {
    let new = NewUser {
        locale: own.map(locale),
        ..new_user(tenant.id, name)
    };
    let registration = &lab.membership.registration;
    registration.register(&operator(), new).await.unwrap()
}

async fn reset_mail(lab: &Lab, tenant: &str, name: &str) -> Mail {
    let account = Account::Username(name.parse().unwrap());
    let reset = &lab.membership.password_reset;
    reset.request(&anonymous(), tenant, account).await.unwrap();
    lab.mail().await.remove(0)
}

fn said(mail: &Mail) -> Vec<(MailPart, String)> {
    let parts = mail.text.iter();
    parts
        .map(|(part, words)| (*part, words.to_string()))
        .collect()
}

fn named(sender: &str) -> NewMailSettings {
    NewMailSettings {
        sender_name: Some(sender.parse().unwrap()),
        ..NewMailSettings::default()
    }
}

fn text(
    kind: MailKind,
    tag: &str,
    parts: &[(MailPart, &str)],
) -> BTreeMap<(MailKind, Locale), MailText> {
    let parts = parts
        .iter()
        .map(|(part, words)| (*part, words.parse().unwrap()));
    BTreeMap::from([((kind, locale(tag)), parts.collect())])
}

fn locale(tag: &str) -> Locale {
    tag.parse().unwrap()
}
