//! The token endpoint by the letter of RFC 6749 sections 5.1 and 5.2.

use serde_json::json;

use crate::{answer::CANARY, app::App, home::Backend, oauth_client::OAuthClient, people::PASSWORD};

on_both![sec_28_every_request_is_answered_by_the_letter];

/// A form, and the `error` that answers it; `""` for one that is well.
#[rustfmt::skip]
const TABLE: [(&str, &str); 39] = [
    ("grant_type=password&tenant=acme&username=u&password=[password]&[first]", ""),
    ("grant_type=password&tenant=acme&username=u&password=[password]&[first]&scope=openid&nonce=", ""),
    ("grant_type=refresh_token&refresh_token=[token]&[first]", ""),
    ("grant_type=refresh_token&refresh_token=[token]&[first]&tenant=[acme]", ""),
    ("grant_type=refresh_token&refresh_token=[token]&[first]&tenant=acme", ""),
    ("grant_type=refresh_token&refresh_token=[token]&[first]&tenant=", ""),
    ("grant_type=client_credentials&[robot]", ""),
    ("&&grant_type=client_credentials&&[robot]&", ""),

    ("", "invalid_request"),
    ("[first]", "invalid_request"),
    ("grant_type=&[first]", "invalid_request"),
    ("grant_type=password&grant_type=password&tenant=acme&username=u&password=[password]&[first]", "invalid_request"),
    ("grant_type=password&[first]", "invalid_request"),
    ("grant_type=password&tenant=acme&username=u&[first]", "invalid_request"),
    ("grant_type=password&tenant=acme&username=u&password=&[first]", "invalid_request"),
    ("grant_type=password&tenant=acme&username=u&password=[password]", "invalid_request"),
    ("grant_type=refresh_token&[first]", "invalid_request"),
    ("grant_type=refresh_token&refresh_token=&[first]", "invalid_request"),
    ("grant_type=refresh_token&refresh_token=[token]&[first]&username=", "invalid_request"),
    ("grant_type=refresh_token&refresh_token=[token]&[first]&x=1&x=2", "invalid_request"),
    ("grant_type=refresh_token&refresh_token=%ff&[first]", "invalid_request"),
    ("grant_type=client_credentials", "invalid_request"),
    ("grant_type=client_credentials&client_secret=x", "invalid_request"),
    ("grant_type=client_credentials&client_id=robot&client_secret=", "invalid_request"),

    ("grant_type=client_credentials&client_id=robot", "invalid_client"),
    ("grant_type=client_credentials&client_id=robot&client_secret=canary7c2f", "invalid_client"),
    ("grant_type=client_credentials&client_id=canary7c2f&client_secret=x", "invalid_client"),
    ("grant_type=refresh_token&refresh_token=[token]&client_id=canary7c2f", "invalid_client"),

    ("grant_type=client_credentials&[first]", "unauthorized_client"),
    ("grant_type=password&tenant=acme&username=u&password=[password]&[robot]", "unauthorized_client"),
    ("grant_type=refresh_token&refresh_token=[token]&[robot]", "unauthorized_client"),

    ("grant_type=authorization_code&code=x&[first]", "unsupported_grant_type"),
    ("grant_type=PASSWORD&[first]", "unsupported_grant_type"),
    ("grant_type=canary7c2f", "unsupported_grant_type"),

    ("grant_type=password&tenant=acme&username=u&password=canary7c2f&[first]", "invalid_grant"),
    ("grant_type=password&tenant=test&username=u&password=[password]&[first]", "invalid_grant"),
    ("grant_type=refresh_token&refresh_token=canary7c2f&[first]", "invalid_grant"),
    ("grant_type=refresh_token&refresh_token=[bearer]&[first]", "invalid_grant"),
    ("grant_type=refresh_token&refresh_token=[token]&[first]&tenant=[test]", "invalid_grant"),
];

async fn sec_28_every_request_is_answered_by_the_letter(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let robot = json!({"grants": ["client_credentials"]});
    let robot = app.client("robot", "confidential", robot).await;
    let own = |client: &OAuthClient| serde_urlencoded::to_string(client.form(&[])).unwrap();
    let stands_for = [
        ("[first]", own(&OAuthClient::first())),
        ("[robot]", own(&robot)),
        ("[password]", PASSWORD.to_owned()),
        ("[token]", user.refresh_token.clone()),
        ("[bearer]", user.token.clone()),
        ("[acme]", app.acme.id.clone()),
        ("[test]", app.test.id.clone()),
    ];

    for (form, error) in TABLE {
        let put = |form: String, (name, value): &(&str, String)| form.replace(name, value);
        let body = stands_for.iter().fold(form.to_owned(), put);
        let request = app.post("/connect/token");
        let request = request.body("application/x-www-form-urlencoded", body);
        if error.is_empty() {
            let answer = request.send().await;
            assert_eq!(answer.status, 200, "{form}: {answer}");
            assert_eq!(
                (answer.header("cache-control"), answer.header("pragma")),
                (Some("no-store"), Some("no-cache"))
            );
            assert_eq!(
                answer.header("content-type"),
                Some("application/json; charset=utf-8")
            );
            assert_eq!(answer.json()["token_type"], "bearer");
        } else {
            let answer = app.refuses_grant(request, error).await;
            assert_eq!(answer.json()["error"], error, "{form}");
        }
    }
    for method in ["GET", "PUT", "DELETE", CANARY] {
        let answer = app
            .request(method, "/connect/token")
            .send()
            .await
            .expect_problem(405);
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}
