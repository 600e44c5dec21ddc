use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    media_types::{FORM, JSON, XML},
    operations::{Case, Operation},
};

on_both![
    other_types_are_unsupported,
    an_empty_body_is_refused_in_every_type,
    what_is_malformed_is_refused_and_not_repeated,
    a_document_type_is_refused,
    a_body_that_is_too_large_is_refused,
    a_body_where_none_is_expected_is_ignored,
];

async fn other_types_are_unsupported(on: Backend) {
    let app = App::start(on).await;
    let bad = [
        "text/plain",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "json",
        "*/*",
    ];

    for operation in Operation::ALL {
        let case = Case::new(&app, operation, &format!("{operation:?}")).await;
        let mut requests: Vec<_> = bad
            .iter()
            .map(|it| case.request().body(it, case.json()))
            .collect();
        requests.push(case.request().untyped(case.json()));
        refuses_all(&app, requests, 415).await;
    }
}

async fn an_empty_body_is_refused_in_every_type(on: Backend) {
    let app = App::start(on).await;

    for operation in Operation::ALL {
        let case = Case::new(&app, operation, &format!("{operation:?}")).await;
        let types = JSON.iter().chain(&XML).chain(&FORM);
        let requests = types
            .map(|media_type| case.request().body(media_type, ""))
            .chain([case.request()]);
        refuses_all(&app, requests, 400).await;
    }
}

async fn what_is_malformed_is_refused_and_not_repeated(on: Backend) {
    let app = App::start(on).await;
    let deep = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(20_000), close.repeat(20_000))
    };

    for operation in Operation::ALL {
        let case = Case::new(&app, operation, &format!("{operation:?}")).await;
        let (json, name) = (case.json(), case.fields[0].0);
        let bodies: Vec<(&str, Vec<u8>)> = vec![
            (JSON[0], b"{".to_vec()),
            (JSON[0], b" \r\n\t".to_vec()),
            (JSON[0], b"null".to_vec()),
            (JSON[0], format!("\"{CANARY}\"").into()),
            (JSON[0], format!("[{json}]").into()),
            (JSON[0], format!("{json}{CANARY}").into()),
            (JSON[0], json[..json.len() - 1].into()),
            (JSON[0], json.replace(':', "=").into()),
            (JSON[0], format!("{{\"{name}\": \"{CANARY}\\x\"}}").into()),
            (
                JSON[0],
                [
                    format!("{{\"{name}\": \"{CANARY}").as_bytes(),
                    b"\xff\xfe\"}",
                ]
                .concat(),
            ),
            (
                JSON[0],
                format!("{{\"{name}\": {}}}", deep("[", CANARY, "]")).into(),
            ),
            (JSON[0], deep("{\"a\":", "1", "}").into()),
            (JSON[0], format!("<x>{}</x>", case.elements()).into()),
            (XML[0], json.into()),
            (XML[0], b"<".to_vec()),
            (XML[0], b"<?xml version=\"1.0\"?>".to_vec()),
            (XML[0], format!("<x>{}</y>", case.elements()).into()),
            (XML[0], format!("<x>{}", case.elements()).into()),
            (XML[0], format!("<x>{}</x><x/>", case.elements()).into()),
            (XML[0], format!("<x><{name}>&{CANARY};</{name}></x>").into()),
            (
                XML[0],
                [
                    format!("<x><{name}>{CANARY}").as_bytes(),
                    b"\xff\xfe",
                    format!("</{name}></x>").as_bytes(),
                ]
                .concat(),
            ),
            (XML[0], deep("<x>", CANARY, "</x>").into()),
            (FORM[0], format!("{name}={CANARY}%ff%fe").into()),
        ];
        let requests = bodies
            .into_iter()
            .map(|(media_type, body)| case.request().body(media_type, body));
        refuses_all(&app, requests, 400).await;
    }
}

async fn a_document_type_is_refused(on: Backend) {
    let app = App::start(on).await;

    for operation in Operation::ALL {
        let case = Case::new(&app, operation, &format!("{operation:?}")).await;
        let requests = [
            "<!DOCTYPE x>",
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>",
            "<?xml version=\"1.0\"?><!doctype x []>",
        ]
        .map(|kind| {
            case.request()
                .body(XML[0], format!("{kind}<x>{}</x>", case.elements()))
        });
        refuses_all(&app, requests, 400).await;
    }
}

async fn a_body_that_is_too_large_is_refused(on: Backend) {
    let app = App::start(on).await;
    let (limit, large) = (256 * 1024, CANARY.repeat(30_000));

    for operation in Operation::ALL {
        let case = Case::new(&app, operation, &format!("{operation:?}")).await;
        let requests = [
            case.request()
                .body(JSON[0], format!("{{\"x\":\"{large}\"}}")),
            case.request().body(XML[0], format!("<x>{large}</x>")),
            case.request().body(FORM[0], format!("x={large}")),
            case.request()
                .body(JSON[0], format!("{{\"x\":\"{large}\"}}"))
                .chunked(),
        ];
        refuses_all(&app, requests, 413).await;

        let padded = format!("{}{}", case.json(), " ".repeat(limit - case.json().len()));
        refuses_all(
            &app,
            [case.request().body(JSON[0], format!("{padded} "))],
            413,
        )
        .await;
        assert!(
            case.request().body(JSON[0], padded).send().await.status < 300,
            "{operation:?}"
        );
    }
    let request = app
        .post("/token")
        .body(FORM[0], format!("x={large}"))
        .send()
        .await;
    request.expect_oauth_error(413, "invalid_request");
}

async fn a_body_where_none_is_expected_is_ignored(on: Backend) {
    let app = App::start(on).await;

    for (media_type, body) in [
        ("application/json", ""),
        ("application/json", "{"),
        ("text/plain", CANARY),
    ] {
        let user = app.person(&app.acme, &format!("u{}", body.len())).await;
        for (status, request) in [
            (200, app.post("/membership/initialize")),
            (204, app.post(user.at("email-confirmation-requests"))),
            (200, app.get(user.at("roles")).bearer(&user.token)),
            (
                200,
                app.delete(user.at("refresh-tokens")).bearer(&user.token),
            ),
        ] {
            request.body(media_type, body).send().await.expect(status);
        }
        let refreshed = app.refresh(&user.refresh_token).await;
        refreshed.expect_oauth_error(400, "invalid_grant");
    }
}

async fn refuses_all(app: &App, requests: impl IntoIterator<Item = Request>, status: u16) {
    let before = app.state().await;
    for request in requests {
        let shown = format!("{request:?}");
        let answer = request.send().await;
        assert_eq!(
            answer.status,
            status,
            "{}\n{answer}",
            shown.chars().take(600).collect::<String>()
        );
        answer.expect_problem(status);
    }
    assert_eq!(app.state().await, before);
}
