use crate::{answer::CANARY, app::App, home::Backend, people::PASSWORD};

on_both![
    every_later_refresh_fails_and_a_new_sign_in_works,
    others_stay_signed_in,
    it_is_served_without_a_token_and_answers_the_same_whether_or_not_the_user_exists,
    a_token_that_is_sent_must_be_good,
    sec_35_one_setting_closes_it_to_anonymous_callers,
    a_refresh_token_survives_a_restart,
];

async fn every_later_refresh_fails_and_a_new_sign_in_works(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let elsewhere = app.signed_in(&app.test, "u", PASSWORD).await;

    app.delete(user.at("refresh-tokens"))
        .bearer(&user.token)
        .send()
        .await
        .expect_empty();

    for session in [&user, &elsewhere] {
        app.refresh(&session.refresh_token)
            .await
            .expect_oauth_error(400, "invalid_grant");
        app.get(user.at("roles"))
            .bearer(&session.token)
            .send()
            .await
            .expect_problem(401);
    }
    let again = app.signed_in(&app.test, "u", PASSWORD).await;
    app.refresh(&again.refresh_token).await.expect(200);
    app.get(user.at("roles"))
        .bearer(&again.token)
        .send()
        .await
        .expect(200);
}

async fn others_stay_signed_in(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let (neighbour, twin) = (
        app.person(&app.test, "n").await,
        app.person(&app.acme, "u").await,
    );

    app.delete(user.at("refresh-tokens"))
        .bearer(&app.master.token)
        .send()
        .await
        .expect_empty();

    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    for other in [&neighbour, &twin, &app.master] {
        app.refresh(&other.refresh_token).await.expect(200);
    }
}

async fn it_is_served_without_a_token_and_answers_the_same_whether_or_not_the_user_exists(
    on: Backend,
) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let known = app
        .delete(user.at("refresh-tokens"))
        .send()
        .await
        .expect_empty();
    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    let again = app.signed_in(&app.test, "u", PASSWORD).await;

    for (tenant, id) in [
        (app.acme.id.as_str(), user.id.as_str()),
        ("d08403aec32847de974af1008cef86cc", user.id.as_str()),
        (app.test.id.as_str(), "d08403aec32847de974af1008cef86cc"),
        (CANARY, user.id.as_str()),
        (app.test.id.as_str(), "u%2F1%202"),
    ] {
        let answer = app
            .delete(format!("/membership/refresh-tokens/{tenant}/{id}"))
            .send()
            .await;
        assert_eq!(answer.face(), known.face(), "{tenant} {id}");
    }
    app.refresh(&again.refresh_token).await.expect(200);
}

async fn a_token_that_is_sent_must_be_good(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    for bearer in [CANARY, "", &user.refresh_token] {
        app.refuses(app.delete(user.at("refresh-tokens")).bearer(bearer), 401)
            .await;
    }

    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_35_one_setting_closes_it_to_anonymous_callers(on: Backend) {
    let app = App::start_with(on, |settings| settings.access.anonymous_sign_out = false).await;
    let user = app.person(&app.test, "u").await;
    let (neighbour, stranger) = (
        app.person(&app.test, "n").await,
        app.person(&app.acme, "u").await,
    );
    let request = app.delete(user.at("refresh-tokens"));

    app.refuses(request.clone(), 401).await;
    app.refuses(request.clone().bearer(&neighbour.token), 403)
        .await;
    app.refuses(request.clone().bearer(&stranger.token), 403)
        .await;
    app.refresh(&user.refresh_token).await.expect(200);

    request
        .clone()
        .bearer(&user.token)
        .send()
        .await
        .expect_empty();
    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    let again = app.signed_in(&app.test, "u", PASSWORD).await;
    request
        .bearer(&app.master.token)
        .send()
        .await
        .expect_empty();
    app.refresh(&again.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
}

async fn a_refresh_token_survives_a_restart(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    let app = app.restarted().await;

    app.refresh(&user.refresh_token).await.expect(200);
    app.get(user.at("roles"))
        .bearer(&user.token)
        .send()
        .await
        .expect(200);
}
