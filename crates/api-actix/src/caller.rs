//! Who calls, and from where.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use domain::{
    Error,
    model::{Actor, Agent, Identity, SignedInUser},
};
use futures_util::future::LocalBoxFuture;
use ipnet::IpNet;

use crate::{App, problem::Problem};

/// A caller whose access token was proved. 401 without one.
pub(crate) struct Caller(pub(crate) Actor);

/// A person whose access token was proved. 401 without one, 403 with a client's own.
pub(crate) struct Person(pub(crate) SignedInUser);

/// A caller who may come without a token, but not with a bad one (contract section 4.6).
pub(crate) struct MaybeCaller(pub(crate) Actor);

/// A caller whom a good token makes known, and whom any other leaves unknown: the operation is open by default, and may
/// ask for authority by a setting.
pub(crate) struct Visitor(pub(crate) Actor);

/// Whoever it is: a token that is sent along is ignored (contract section 7).
pub(crate) struct Anybody(pub(crate) Actor);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match Authorization::of(&request) {
                Authorization::Absent => Err(Error::Unauthenticated.into()),
                sent => prove(&request, sent).await.map(Self),
            }
        })
    }
}

impl FromRequest for Person {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        Box::pin(async move {
            match caller.await?.0.identity {
                Identity::User(user) => Ok(Self(user)),
                _ => Err(Error::Forbidden.into()),
            }
        })
    }
}

impl FromRequest for MaybeCaller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match Authorization::of(&request) {
                Authorization::Absent => Ok(Self(anonymous(&request))),
                sent => prove(&request, sent).await.map(Self),
            }
        })
    }
}

impl FromRequest for Visitor {
    type Error = Infallible;
    type Future = LocalBoxFuture<'static, Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let known = prove(&request, Authorization::of(&request)).await;
            Ok(Self(known.unwrap_or_else(|_| anonymous(&request))))
        })
    }
}

impl FromRequest for Anybody {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(anonymous(request))))
    }
}

/// The caller as somebody nobody knows, whatever was sent.
pub(crate) fn anonymous(request: &HttpRequest) -> Actor {
    actor(request, Identity::Anonymous)
}

fn actor(request: &HttpRequest, identity: Identity) -> Actor {
    let agent = request.headers().get(header::USER_AGENT);
    let agent = agent.and_then(|agent| Agent::of_header(agent.to_str().ok()?));
    Actor::new(identity, source(request)).with_agent(agent)
}

/// What the `Authorization` header holds.
#[derive(Debug, PartialEq, Eq)]
enum Authorization<'a> {
    Absent,
    Bearer(&'a str),
    /// Another scheme, no token, or more than one header.
    Unusable,
}

impl<'a> Authorization<'a> {
    fn of(request: &'a HttpRequest) -> Self {
        let mut values = request.headers().get_all(header::AUTHORIZATION);
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(bearer)
                .map_or(Self::Unusable, Self::Bearer),
            (Some(_), Some(_)) => Self::Unusable,
        }
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

async fn prove(request: &HttpRequest, sent: Authorization<'_>) -> Result<Actor, Problem> {
    let (Authorization::Bearer(token), Some(app)) = (sent, request.app_data::<web::Data<App>>())
    else {
        return Err(Error::Unauthenticated.into());
    };
    let proved = app.membership.callers.authenticate(token).await;
    proved
        .map(|identity| actor(request, identity))
        .map_err(|error| Problem::from(error).of_token())
}

/// The client's network address: the only function that decides it.
fn source(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let trusted = request
        .app_data::<web::Data<App>>()
        .map_or(&[][..], |app| &app.trusted_proxies);
    let hops: Option<Vec<_>> = request
        .headers()
        .get_all("x-forwarded-for")
        .map(|value| value.to_str().ok())
        .collect();
    Some(client(peer, &hops.unwrap_or_default().join(","), trusted))
}

/// The peer, or the right-most hop that is no proxy of ours if the peer is one. What cannot be read counts for nothing.
fn client(peer: IpAddr, hops: &str, trusted: &[IpNet]) -> IpAddr {
    let ours = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !ours(&peer) {
        return peer;
    }
    let addresses = hops
        .rsplit(',')
        .map(|hop| hop.trim().parse().ok().map(|it: IpAddr| it.to_canonical()));
    for address in addresses {
        match address {
            None => return peer,
            Some(address) if !ours(&address) => return address,
            Some(_) => {}
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_bearer_token_is_read_from_one_header() {
        for (values, expected) in [
            (&[][..], Authorization::Absent),
            (&["Bearer abc"], Authorization::Bearer("abc")),
            (&["bearer  abc "], Authorization::Bearer("abc")),
            (&["Bearer"], Authorization::Unusable),
            (&["Bearer "], Authorization::Unusable),
            (&[""], Authorization::Unusable),
            (&["Basic abc"], Authorization::Unusable),
            (&["Bearer abc", "Bearer abc"], Authorization::Unusable),
        ] {
            let mut request = TestRequest::get();
            for value in values {
                request = request.append_header((header::AUTHORIZATION, *value));
            }
            assert_eq!(
                Authorization::of(&request.to_http_request()),
                expected,
                "{values:?}"
            );
        }
    }

    #[test]
    fn sec_42_only_our_proxies_say_who_the_client_is() {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (peer, hops, expected) in [
            ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            (
                "10.0.0.1",
                "203.0.113.9, 198.51.100.7, 10.2.3.4",
                "198.51.100.7",
            ),
            ("fd00::1", "::ffff:198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "10.2.3.4", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"),
            ("10.0.0.1", "unknown, 198.51.100.7", "198.51.100.7"),
        ] {
            let client = client(peer.parse().unwrap(), hops, &trusted);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {hops}");
        }
    }

    /// A proxy, and the network that it is in.
    fn ours() -> (IpAddr, [IpNet; 1]) {
        ("10.0.0.1".parse().unwrap(), ["10.0.0.0/8".parse().unwrap()])
    }

    proptest! {
        #[test]
        fn sec_52_any_text_as_hops_is_read_without_harm(hops in any::<String>()) {
            let (peer, trusted) = ours();
            let found = client(peer, &hops, &trusted);
            let named = hops.split(',').any(|hop| hop.trim().parse() == Ok(found));
            prop_assert!(found == peer || named);
        }

        #[test]
        fn sec_42_what_a_client_puts_before_changes_nothing(
            before in any::<String>(),
            appended in any::<IpAddr>(),
        ) {
            let (peer, trusted) = ours();
            prop_assume!(!trusted[0].contains(&appended.to_canonical()));
            let hops = format!("{before},{appended}");
            prop_assert_eq!(client(peer, &hops, &trusted), appended.to_canonical());
        }

        #[test]
        fn sec_42_a_stranger_is_taken_to_be_where_the_peer_is(hops in any::<String>(), peer in any::<IpAddr>()) {
            prop_assert_eq!(client(peer, &hops, &[]), peer);
        }
    }
}
