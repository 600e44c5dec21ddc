//! Requests as the generated clients put them on the wire (contract appendix B), byte for byte.

use crate::{
    answer::Answer,
    app::App,
    home::Backend,
    http::exchange,
    people::{PASSWORD, Person},
};

on_both![the_requests_of_every_generated_client_are_understood];

/// Client, request, and the status that it wants to see. `{…}` stands for what only the test knows.
const REQUESTS: [(&str, &str, u16); 14] = [
    (
        "Python until early 2020, sign-in",
        "POST //token HTTP/1.1\nAccept-Encoding: identity\nContent-Type: application/x-www-form-urlencoded\n\n\
         grant_type=password&username=us+er&tenant=acme&password={password}&client_id=canopy&client_secret=s%26c+r%3Dt+of+the+first+client",
        200,
    ),
    (
        "Python until 2025, refresh",
        "POST /token HTTP/1.1\nAccept-Encoding: gzip, deflate\nContent-Type: application/x-www-form-urlencoded\n\n\
         grant_type=refresh_token&refresh_token={refresh}&tenant={tenant}&client_id=canopy&client_secret=s%26c+r%3Dt+of+the+first+client",
        200,
    ),
    (
        "Python of today, refresh",
        "POST /token HTTP/1.1\nAccept-Encoding: identity\nAccept: application/json\nContent-Type: application/x-www-form-urlencoded\n\n\
         grant_type=refresh_token&refresh_token={refresh}&client_id=canopy&client_secret=s%26c+r%3Dt+of+the+first+client",
        200,
    ),
    (
        "Python until 2022, registration",
        "POST /membership/registrations HTTP/1.1\nAccept: application/json\nAuthorization: Bearer {master}\nContent-Type: application/json\n\n\
         {\"tenantId\": \"{tenant}\", \"email\": \"e1@x.example\", \"username\": \"e1\", \"password\": \"p w+\\u00e9 and more of it\"}",
        200,
    ),
    (
        "Python of today, asynchronous, registration",
        "POST /membership/registrations HTTP/1.1\nAccept: */*\nAccept-Encoding: gzip, deflate\nAuthorization: Bearer {master}\n\
         Content-Type: application/json\n\n{\"tenantId\": \"{tenant}\", \"email\": \"e2@x.example\", \"username\": \"e2\", \"password\": \"{password}\"}",
        204,
    ),
    (
        "C# of today, registration",
        "POST ///membership/registrations HTTP/1.1\nAuthorization: Bearer {master}\nContent-Type: application/json-patch+json\n\n\
         {\"tenantId\":\"{tenant}\",\"email\":\"e3@x.example\",\"username\":\"e3\",\"password\":\"{password}\"}",
        204,
    ),
    (
        "Python before sign-in, roles",
        "GET /membership/roles/{tenant}/{user} HTTP/1.1\nAccept: application/json\nAuthorization: Bearer \nContent-Type: application/json\n\n",
        401,
    ),
    (
        "C# of today, roles",
        "GET ///membership/roles/{tenant}/{user} HTTP/1.1\nAccept: text/plain\nAuthorization: Bearer {token}\n\n",
        200,
    ),
    (
        "C# of today, role",
        "PUT ///membership/roles/{tenant}/{user} HTTP/1.1\nAuthorization: Bearer {master}\nContent-Type: application/json-patch+json\n\n\
         {\"role\":\"Support\",\"isEnabled\":true}",
        200,
    ),
    (
        "Python until 2022, validity",
        "GET /membership/password-reset-tokens/u%2F1%202?token=a%2Fb%2Bc%3D%3D%26d+e HTTP/1.1\nAccept: application/json\nContent-Type: application/json\n\n",
        400,
    ),
    (
        "Python asynchronous, validity",
        "GET /membership/password-reset-tokens/{user}?token=a/b%2Bc%3D%3D%26d+e HTTP/1.1\nAccept: */*\nContent-Type: application/json\n\n",
        400,
    ),
    (
        "Python of today, initialize",
        "POST /membership/initialize HTTP/1.1\nAuthorization: Bearer {token}\nContent-Type: application/json\n\n",
        200,
    ),
    (
        "C# of today, initialize",
        "POST ///membership/initialize HTTP/1.1\nContent-Type: application/json; charset=utf-8\n\n",
        200,
    ),
    (
        "Python of today, delete refresh tokens",
        "DELETE /membership/refresh-tokens/{tenant}/{user} HTTP/1.1\nAuthorization: Bearer {token}\nContent-Type: application/json\n\n",
        200,
    ),
];

async fn the_requests_of_every_generated_client_are_understood(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "us er").await;

    for (client, request, status) in REQUESTS {
        let answer = exchange(app.address, on_the_wire(&app, &user, request).as_bytes()).await;
        let answer = Answer::read(&answer, false).unwrap();
        assert_eq!(answer.status, status, "{client}: {answer}");
    }
}

/// The request with its values, its length and line ends.
fn on_the_wire(app: &App, user: &Person, request: &str) -> String {
    let mut request = request.to_owned();
    for (name, value) in [
        ("{password}", PASSWORD),
        ("{refresh}", &user.refresh_token),
        ("{token}", &user.token),
        ("{master}", &app.master.token),
        ("{tenant}", &app.acme.id),
        ("{user}", &user.id),
    ] {
        request = request.replace(name, value);
    }
    let (head, body) = request.split_once("\n\n").unwrap();
    let head = head.replace('\n', "\r\n");
    format!(
        "{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
