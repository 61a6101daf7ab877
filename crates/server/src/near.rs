//! Near: a shop's door on its own local network (PA-12). A wallet in the room finds it by its beacon and sends it the very messages
//! it would send over the internet; neither needs a route there for that. The wallet believes the shop's certificate and not
//! its address, and messages are sealed to their reader, so this door needs no certificate of its own.
//!
//! For the same reason nothing else passes it: the shelf and what is signed goes out, messages of cards come in. No cookie, no
//! token and no page on which somebody would type a password crosses this network in the open.

use std::net::Ipv4Addr;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use courier::{Asked, Beckoning, SellerBeacon, is_local, passes_near};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use units::{Again, PartyId, RealmId};

use crate::frame::{
    problem::Problem,
    serve::{Peer, Wire, serve},
};

/// Pages that lie in the open at a shop, for whoever looks with a browser. What programs ask is courier's list.
const OPEN: [&str; 4] = ["works", "covers", "static", "help"];

/// What was refused before it reached the shop.
const ELSEWHERE: &str = "this is not for the local network; ask at the shop's usual address";

fn first(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split_once('/').unwrap_or((path, ""))
}

/// May this be asked over the local network?
fn may_pass(method: &Method, path: &str) -> bool {
    if *method == Method::POST {
        return passes_near(Asked::Post, path);
    }
    if *method != Method::GET && *method != Method::HEAD {
        return false;
    }
    if passes_near(Asked::Get, path) {
        return true;
    }
    let (mut one, mut rest) = first(path);
    if matches!(one, "en" | "ja") {
        (one, rest) = first(rest);
    }
    OPEN.contains(&one) || (one.is_empty() && rest.is_empty())
}

/// What says who somebody is, or where from, does not pass.
fn strip(headers: &mut HeaderMap) {
    for name in [header::COOKIE, header::AUTHORIZATION, header::FORWARDED] {
        headers.remove(name);
    }
    headers.remove("x-forwarded-for");
}

async fn pass(mut request: Request, next: Next) -> Response {
    let neighbour = request
        .extensions()
        .get::<Peer>()
        .is_some_and(|peer| is_local(peer.0.ip()));
    if !neighbour || !may_pass(request.method(), request.uri().path()) {
        return Problem::door(StatusCode::NOT_FOUND, "not-near", Again::Never, ELSEWHERE).into_response();
    }
    strip(request.headers_mut());
    let mut response = next.run(request).await;
    response.headers_mut().remove(header::SET_COOKIE);
    response
}

fn short(bytes: &[u8]) -> [u8; 8] {
    bytes.get(..8).and_then(|b| b.try_into().ok()).unwrap_or_default()
}

/// Opens the door and begins to be found on `found_at`, until `stop`.
pub(crate) async fn open(
    (realm, id): (RealmId, PartyId),
    found_at: u16,
    app: Router,
    stop: watch::Receiver<bool>,
) -> std::io::Result<[JoinHandle<()>; 2]> {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    let beacon = SellerBeacon {
        realm: short(&realm.0),
        party: short(&id.0),
        port: listener.local_addr()?.port(),
    };
    let beckoning = Beckoning::begin(beacon, found_at)?;
    tracing::info!(target: "keyfare::server", %id, port = beacon.port, "found on the local network");
    let mut stopped = stop.clone();
    let found = tokio::spawn(async move {
        let _ = stopped.wait_for(|stop| *stop).await; // whoever ran it is gone: the same
        drop(beckoning);
    });
    let door = serve(listener, Wire::Plain, false, app.layer(from_fn(pass)), stop);
    Ok([door, found])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_the_shelf_pass_and_nothing_that_people_sign_in_to() {
        for path in [
            "/",
            "/en/",
            "/ja/works/abc",
            "/works/abc",
            "/static/x.css",
            "/v1/offers/102",
            "/v1/packages/ab",
        ] {
            assert!(may_pass(&Method::GET, path), "{path}");
        }
        for path in [
            "/sign-in",
            "/en/sign-in",
            "/console",
            "/records",
            "/v1/sales",
            "/v1/records",
            "/orders/x",
            "/v1",
        ] {
            assert!(!may_pass(&Method::GET, path), "{path}");
        }
        assert!(may_pass(&Method::POST, "/v1/pay") && may_pass(&Method::POST, "/v1/ask"));
        for path in [
            "/sign-in",
            "/v1/publish",
            "/v1/pay/x",
            "/pay",
            "/records/assign",
            "/v1/recall",
        ] {
            assert!(!may_pass(&Method::POST, path), "{path}");
        }
        assert!(!may_pass(&Method::PUT, "/v1/pay") && !may_pass(&Method::DELETE, "/works/a"));
    }
}
