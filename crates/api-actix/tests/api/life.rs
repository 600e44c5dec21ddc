use serde_json::json;

use crate::{
    app::App,
    home::Backend,
    people::{PASSWORD, email_of},
};

on_both![a_person_registers_confirms_signs_in_holds_roles_resets_the_password_and_is_signed_out];

async fn a_person_registers_confirms_signs_in_holds_roles_resets_the_password_and_is_signed_out(
    on: Backend,
) {
    let app = App::start(on).await;
    let (admin, email) = (app.administrator(&app.acme, "admin").await, email_of("u-1"));

    // Registered by the tenant's administrator, able to sign in at once.
    app.registration(&app.acme, "u-1")
        .bearer(&admin.token)
        .send()
        .await
        .expect_no_content();
    let user = app.signed_in(&app.acme, "u-1", PASSWORD).await;
    assert!(app.users(&app.acme).await.to_string().contains(&user.id));

    // Reads the mail and confirms the address; only then the support desk knows it.
    let support = app.get(user.at("zendesk-token")).bearer(&user.token);
    support.clone().send().await.expect_problem(409);
    let token = app
        .newest_link(&email, "/account/email-confirmation")
        .await
        .token;
    let confirmation = app
        .post("/membership/email-confirmations")
        .json(&json!({ "token": token }));
    confirmation.send().await.expect_no_content();
    support.clone().send().await.expect(200);

    // Holds a role, and then does not.
    let role = |enabled: bool| {
        let body = json!({"role": "Support", "isEnabled": enabled});
        app.put(user.at("roles"))
            .bearer(&admin.token)
            .body("application/json-patch+json", body.to_string())
    };
    let own = app
        .get(user.at("roles"))
        .bearer(&user.token)
        .accept("text/plain");
    role(true).send().await.expect_empty();
    assert_eq!(
        own.clone().send().await.expect(200).json(),
        json!({"roles": ["Support"]})
    );
    assert_eq!(
        app.sign_in(&app.acme, "u-1", PASSWORD)
            .await
            .expect(200)
            .json()["roles"],
        "Support"
    );
    role(false).send().await.expect_empty();
    assert_eq!(own.send().await.expect(200).json(), json!({"roles": []}));

    // Forgets the password and sets another through the mail.
    let reset = app.reset_token(&user).await;
    let validity = app.get(format!(
        "/membership/password-reset-tokens/{}?token={reset}",
        user.id
    ));
    validity.send().await.expect_no_content();
    app.reset(&user, &reset, "another long password")
        .send()
        .await
        .expect_no_content();
    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    support.send().await.expect_problem(401);

    // Signs in anew, gets a support token, and is signed out everywhere.
    let user = app
        .signed_in(&app.acme, "u-1", "another long password")
        .await;
    app.get(user.at("zendesk-token"))
        .bearer(&user.token)
        .send()
        .await
        .expect(200);
    app.refresh(&user.refresh_token).await.expect(200);
    app.delete(user.at("refresh-tokens"))
        .bearer(&admin.token)
        .send()
        .await
        .expect_empty();
    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    app.signed_in(&app.acme, "u-1", "another long password")
        .await;
}
