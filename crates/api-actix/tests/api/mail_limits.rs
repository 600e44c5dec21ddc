use futures_util::future::join_all;
use serde_json::json;

use crate::{
    app::App,
    home::Backend,
    mailbox::Mail,
    people::{PASSWORD, Person, email_of},
};

on_both![
    sec_19_of_fifty_requests_three_send_a_link_and_all_are_answered_alike,
    sec_19_a_new_address_over_the_limit_is_refused,
    who_is_signed_out_by_an_administrator_is_told,
];

/// As the service is by default, which the other tests would often be over.
async fn limited(on: Backend) -> App {
    App::start_with(on, |settings| settings.mail.per_account = 3).await
}

async fn sec_19_of_fifty_requests_three_send_a_link_and_all_are_answered_alike(on: Backend) {
    let app = limited(on).await;
    let invited = invited(&app).await;
    let other = app.person(&app.acme, "other").await;
    let ask = |name: &str| {
        let body = json!({"tenant": "acme", "username": name});
        app.post("/membership/password-reset-requests")
            .json(&body)
            .send()
    };
    let nobody = ask("nobody").await;

    for _ in 0..5 {
        let answers = join_all((0..10).map(|_| ask("invited"))).await;
        for answer in answers {
            assert_eq!(answer.face(), nobody.face());
        }
    }

    let mails = app.mails_to(&invited).await;
    let is_reset = |path: &str| path == "/account/password-reset";
    let links = mails.iter().filter_map(Mail::link);
    let resets = links.filter(|it| is_reset(&it.path)).count();
    assert_eq!((resets, mails.len()), (3, 4), "and the invitation");
    let confirmation = app.post(other.at("email-confirmation-requests"));
    for _ in 0..5 {
        confirmation.clone().send().await.expect_no_content();
    }
    let mails = app.mails_to(&other.email).await.len();
    assert_eq!(mails, 3, "the one of the registration and two more");
    app.request_reset(&other).await;
    let mails = app.mails_to(&other.email).await.len();
    assert_eq!(mails, 4, "nobody uses up what another kind allows");
}

async fn sec_19_a_new_address_over_the_limit_is_refused(on: Backend) {
    let app = limited(on).await;
    let user = app.person(&app.acme, "u").await;
    let change = |number: u32| {
        let new = email_of(&format!("new{number}"));
        app.put(settings(&user))
            .bearer(&user.token)
            .json(&json!({"newEmail": new, "newUsername": format!("u{number}")}))
    };
    for number in 0..3 {
        change(number).send().await.expect_empty();
    }

    let answer = app.refuses(change(3), 429).await;

    assert_eq!(answer.header("retry-after"), Some("900"));
}

async fn who_is_signed_out_by_an_administrator_is_told(on: Backend) {
    let app = limited(on).await;
    let user = app.person(&app.acme, "u").await;
    let admin = app.administrator(&app.acme, "admin").await;
    let mails = app.mails_to(&user.email).await.len();
    let end = app.delete(user.at("refresh-tokens"));

    end.clone().send().await.expect_empty();
    assert_eq!(app.mails_to(&user.email).await.len(), mails);
    app.signed_in(&app.acme, "u", PASSWORD).await;
    for _ in 0..2 {
        let by_admin = end.clone().bearer(&admin.token);
        by_admin.send().await.expect_empty();
    }

    let told = app.mails_to(&user.email).await;
    assert_eq!(told.len(), mails + 1, "once");
    let subject = told[mails].header("Subject").unwrap();
    assert_eq!(subject, "You were signed out of acme Ltd");
}

/// The address of a new user who got an invitation.
async fn invited(app: &App) -> String {
    let email = email_of("invited");
    let body = json!({"tenantId": app.acme.id, "username": "invited", "email": email});
    let registration = app
        .post("/membership/registrations")
        .bearer(&app.master.token)
        .json(&body);
    registration.send().await.expect_success();
    email
}

fn settings(person: &Person) -> String {
    format!("/account-settings/{}/{}", person.tenant.id, person.id)
}
