//! Where a caller is taken to be, as the list of one's sign-ins tells it: an address of IPv4 or of IPv6.

use serde_json::Value;

use crate::{
    app::App,
    home::Backend,
    people::{CLIENT_ID, CLIENT_SECRET, PASSWORD},
};

on_both![
    sec_42_headers_of_a_stranger_do_not_change_the_source,
    sec_42_a_proxy_of_ours_tells_the_source_and_its_client_cannot,
];

const V6: &str = "2001:db8::7";

async fn sec_42_headers_of_a_stranger_do_not_change_the_source(on: Backend) {
    let app = App::start_with(on, |settings| {
        settings.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    })
    .await;

    for header in [
        ("X-Forwarded-For", V6),
        ("X-Forwarded-For", "2001:db8::7, 10.0.0.1"),
        ("Forwarded", "for=\"[2001:db8::7]\""),
        ("X-Real-IP", V6),
        ("True-Client-IP", V6),
        ("CF-Connecting-IP", V6),
        ("X-Client-IP", V6),
        ("Via", "1.1 2001:db8::7"),
    ] {
        assert_eq!(family(&app, &[header]).await, "IPv4", "{header:?}");
    }
}

async fn sec_42_a_proxy_of_ours_tells_the_source_and_its_client_cannot(on: Backend) {
    let app = App::start_with(on, |settings| {
        settings.server.trusted_proxies = vec![
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ];
    })
    .await;

    for (headers, expected) in [
        (&[("X-Forwarded-For", V6)][..], "IPv6"),
        (&[("X-Forwarded-For", "192.0.2.1, 2001:db8::7")], "IPv6"),
        (
            &[("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", V6)],
            "IPv6",
        ),
        (
            &[("X-Forwarded-For", "192.0.2.1, 2001:db8::7, 10.1.1.1")],
            "IPv6",
        ),
        (&[("X-Forwarded-For", "2001:db8::7, 192.0.2.1")], "IPv4"),
        (
            &[("X-Forwarded-For", V6), ("X-Forwarded-For", "192.0.2.1")],
            "IPv4",
        ),
        (&[("X-Forwarded-For", "2001:db8::7, nonsense")], "IPv4"),
        (&[("X-Forwarded-For", "2001:db8::7,")], "IPv4"),
        (&[("X-Forwarded-For", "[2001:db8::7]:80")], "IPv4"),
        (&[("Forwarded", "for=\"[2001:db8::7]\"")], "IPv4"),
        (&[("X-Real-IP", V6)], "IPv4"),
        (&[], "IPv4"),
    ] {
        assert_eq!(family(&app, headers).await, expected, "{headers:?}");
    }
}

/// Of what family the newest sign-in of the administrator is told to be, made with those headers.
async fn family(app: &App, headers: &[(&str, &str)]) -> String {
    let fields = [
        ("grant_type", "password"),
        ("username", "master"),
        ("tenant", "test"),
        ("password", PASSWORD),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    let mut request = app.post("/token").form(&fields);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let signed_in = request.send().await.expect(200).json();
    let (tenant, user) = (&app.master.tenant.id, &app.master.id);
    let request = app.get(format!("/sessions/{tenant}/{user}"));
    let request = request.bearer(signed_in["access_token"].as_str().unwrap());
    let sessions = request.send().await.expect(200).json();
    let is_current = |session: &&Value| session["current"] == true;
    let current = sessions["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .find(is_current);
    current.unwrap()["addressFamily"]
        .as_str()
        .unwrap()
        .to_owned()
}
