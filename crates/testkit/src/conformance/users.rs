//! Cases of [`Users`](domain::ports::Users).

use std::sync::Arc;

use domain::{
    Error,
    model::{AuditAction, Email, MailKind, PasswordHash, Tenant, TenantId, User, Username},
    ports::Store,
};

use super::scene::{Scene, add, recorded, stored, stored_token, together, waiting};
use crate::{at, conflict, effects, mailing, role, tenant, user};

pub async fn a_user_survives_with_every_field(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let hash = PasswordHash::new("$2b$12$'\"\\ü".to_owned());
    let bare = User {
        username: "Zoë 🔑 O'Neil".parse().unwrap(),
        email: "Zoë.O'Neil+x@Bücher.example".parse().unwrap(),
        email_confirmed: false,
        password: None,
        enabled: false,
        epoch: 7,
        version: 3,
        locale: Some("pt-BR".parse().unwrap()),
        created_at: at(9),
        ..user(&scene.home, "bare")
    };
    let full = User {
        password: Some(hash),
        roles: ["Administrator", "a.b_c-9"].map(role).into(),
        ..user(&scene.home, "full")
    };

    for user in [bare, full] {
        add(&store, &user).await;

        assert!(stored(&store, &user).await == user);
        assert!(by_name(&store, user.tenant, &user.username).await.as_ref() == Some(&user));
        assert!(by_email(&store, user.tenant, &user.email).await.as_ref() == Some(&user));
        let listed = store.users_in_tenant(user.tenant).await.unwrap();
        assert!(listed.contains(&user));
    }
}

pub async fn another_tenant_sees_nothing(store: Arc<dyn Store>) {
    let Scene {
        home, abroad, anna, ..
    } = Scene::set(&store).await;

    for (tenant, visible) in [(home.id, true), (abroad.id, false)] {
        let by_id = store.user(tenant, anna.id).await.unwrap();
        assert_eq!(by_id.is_some(), visible);
        let found = by_name(&store, tenant, &anna.username).await;
        assert_eq!(found.is_some(), visible);
        let found = by_email(&store, tenant, &anna.email).await;
        assert_eq!(found.is_some(), visible);
        let listed = store.users_in_tenant(tenant).await.unwrap();
        assert_eq!(listed.contains(&anna), visible);
        assert_eq!(listed.len(), 1);
    }
}

pub async fn a_username_is_found_and_taken_in_every_spelling(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = User {
        username: "Zo\u{e9}".parse().unwrap(),
        ..user(&scene.home, "zoe")
    };
    add(&store, &zoe).await;
    let respelled = "ZOE\u{301}".parse().unwrap();

    let found = by_name(&store, zoe.tenant, &respelled).await;
    assert!(found.as_ref() == Some(&zoe));

    let second = User {
        username: respelled,
        ..user(&scene.home, "second")
    };
    let effects = effects(AuditAction::UserRegistered, &second, at(1), []);
    let added = store.add_user(&second, &effects).await;
    assert!(matches!(added, Err(Error::Conflict(conflict::USERNAME))));
}

pub async fn an_address_is_found_and_taken_in_every_spelling(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = User {
        email: "Zoe@B\u{fc}cher.example".parse().unwrap(),
        ..user(&scene.home, "zoe")
    };
    add(&store, &zoe).await;
    let respelled = "zOE@xn--bcher-kva.EXAMPLE".parse().unwrap();

    let found = by_email(&store, zoe.tenant, &respelled).await;
    assert!(found.as_ref() == Some(&zoe));

    let second = User {
        email: respelled,
        ..user(&scene.home, "second")
    };
    let effects = effects(AuditAction::UserRegistered, &second, at(1), []);
    let added = store.add_user(&second, &effects).await;
    assert!(matches!(added, Err(Error::Conflict(conflict::EMAIL))));
}

pub async fn names_that_only_look_alike_are_two(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let dotted = user(&scene.home, "mike");
    let dotless = user(&scene.home, "m\u{131}ke");

    add(&store, &dotted).await;
    add(&store, &dotless).await;

    let found = by_email(&store, scene.home.id, &dotted.email).await;
    assert!(found == Some(dotted));
    let found = by_name(&store, scene.home.id, &dotless.username).await;
    assert!(found == Some(dotless));
}

pub async fn another_tenant_may_have_the_same_names(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let namesake = User {
        username: scene.anna.username.clone(),
        email: scene.anna.email.clone(),
        ..user(&scene.abroad, "namesake")
    };

    add(&store, &namesake).await;

    for user in [scene.anna, namesake] {
        assert!(by_name(&store, user.tenant, &user.username).await.as_ref() == Some(&user));
        assert!(by_email(&store, user.tenant, &user.email).await == Some(user));
    }
}

pub async fn a_user_of_an_unknown_tenant_is_not_found(store: Arc<dyn Store>) {
    Scene::set(&store).await;
    let nowhere = tenant("nowhere");

    refused_without_a_trace(&store, &nowhere, &user(&nowhere, "anna"), |error| {
        matches!(error, Error::NotFound("tenant"))
    })
    .await;
}

pub async fn a_refused_user_leaves_no_mail_token_or_audit(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let same_name = User {
        username: scene.anna.username.clone(),
        ..user(&scene.home, "second")
    };
    let same_email = User {
        email: scene.anna.email.clone(),
        ..user(&scene.home, "third")
    };

    for second in [same_name, same_email] {
        refused_without_a_trace(&store, &scene.home, &second, |error| {
            matches!(error, Error::Conflict(_))
        })
        .await;
    }
}

async fn refused_without_a_trace(
    store: &Arc<dyn Store>,
    tenant: &Tenant,
    user: &User,
    expected: impl Fn(&Error) -> bool,
) {
    let mailing = mailing(user, MailKind::Confirmation, at(1));
    let token = mailing.token.clone().unwrap();
    let before = recorded(store, tenant, AuditAction::UserRegistered).await;

    let effects = effects(AuditAction::UserRegistered, user, at(1), [mailing]);
    let error = store.add_user(user, &effects).await.unwrap_err();

    assert!(expected(&error), "{error:?}");
    assert!(store.user(user.tenant, user.id).await.unwrap().is_none());
    assert!(stored_token(store, &token).await.is_none());
    assert!(waiting(store).await.is_empty());
    let after = recorded(store, tenant, AuditAction::UserRegistered).await;
    assert_eq!(after, before);
}

pub async fn a_user_is_stored_with_mail_token_and_audit(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    let mailing = mailing(&zoe, MailKind::Confirmation, at(1));
    let effects = effects(AuditAction::UserRegistered, &zoe, at(1), [mailing.clone()]);

    store.add_user(&zoe, &effects).await.unwrap();

    assert_eq!(waiting(&store).await, [mailing.order]);
    let token = mailing.token.unwrap();
    assert_eq!(stored_token(&store, &token).await, Some(token));
    let events = store.in_tenant(scene.home.id, 10).await.unwrap();
    assert!(events.contains(&effects.audit));
}

pub async fn of_parallel_adds_of_one_address_one_wins(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    race(&store, &scene.home, conflict::EMAIL, |number| User {
        email: "wanted@home.example".parse().unwrap(),
        ..user(&scene.home, &number.to_string())
    })
    .await;
}

pub async fn of_parallel_adds_of_one_username_one_wins(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    race(&store, &scene.home, conflict::USERNAME, |number| User {
        username: "wanted".parse().unwrap(),
        ..user(&scene.home, &number.to_string())
    })
    .await;
}

async fn race(store: &Arc<dyn Store>, tenant: &Tenant, text: &str, racer: impl Fn(u32) -> User) {
    let added = together((0..8).map(|number| {
        let (store, user) = (Arc::clone(store), racer(number));
        let effects = effects(AuditAction::UserRegistered, &user, at(1), []);
        async move { store.add_user(&user, &effects).await }
    }))
    .await;

    let lost = |it: &&_| matches!(it, Err(Error::Conflict(said)) if *said == text);
    assert_eq!(added.iter().filter(|it| it.is_ok()).count(), 1);
    assert_eq!(added.iter().filter(lost).count(), 7);
    assert_eq!(store.users_in_tenant(tenant.id).await.unwrap().len(), 2);
}

pub async fn a_tenants_users_are_listed_by_the_key_of_their_name(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    for (index, name) in ["Zoe", "ägir", "_x", "Bert", "anna-b"]
        .into_iter()
        .enumerate()
    {
        let user = User {
            username: name.parse().unwrap(),
            ..user(&scene.home, &index.to_string())
        };
        add(&store, &user).await;
    }

    let users = store.users_in_tenant(scene.home.id).await.unwrap();

    let names: Vec<_> = users.iter().map(|it| it.username.as_str()).collect();
    assert_eq!(names, ["_x", "anna", "anna-b", "Bert", "Zoe", "ägir"]);
}

pub async fn a_hash_is_replaced_if_it_is_the_expected_one(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let [from, to, late] = [anna.password.clone().unwrap(), hash("new"), hash("late")];

    store
        .replace_password_hash(anna.tenant, anna.id, &from, &to)
        .await
        .unwrap();
    store
        .replace_password_hash(anna.tenant, anna.id, &from, &late)
        .await
        .unwrap();

    let replaced = User {
        password: Some(to),
        version: anna.version + 1,
        ..anna.clone()
    };
    assert!(stored(&store, &anna).await == replaced);
}

pub async fn a_hash_is_not_replaced_from_abroad_or_where_there_is_none(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let invited = User {
        password: None,
        ..user(&scene.home, "invited")
    };
    let zoe = User {
        password: scene.anna.password.clone(),
        ..user(&scene.home, "zoe")
    };
    add(&store, &invited).await;
    add(&store, &zoe).await;
    let from = scene.anna.password.clone().unwrap();
    let replaced = User {
        password: Some(hash("new")),
        version: zoe.version + 1,
        ..zoe.clone()
    };

    for (tenant, expected) in [
        (scene.home.id, &replaced),
        (scene.abroad.id, &scene.anna),
        (scene.home.id, &invited),
    ] {
        store
            .replace_password_hash(tenant, expected.id, &from, &hash("new"))
            .await
            .unwrap();

        assert!(stored(&store, expected).await == *expected);
    }
}

async fn by_name(store: &Arc<dyn Store>, tenant: TenantId, name: &Username) -> Option<User> {
    store.user_by_username(tenant, name).await.unwrap()
}

async fn by_email(store: &Arc<dyn Store>, tenant: TenantId, email: &Email) -> Option<User> {
    store.user_by_email(tenant, email).await.unwrap()
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::new(text.to_owned())
}
