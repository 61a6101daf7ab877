//! The town over real HTTP.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use units::{PartyId, Refusal as _};
use wallet::carry::CarryRefusal;

use super::Town;

type Door = (Arc<Town>, Option<PartyId>);

async fn handle(State((town, who)): State<Door>, uri: OriginalUri, headers: HeaderMap, body: Bytes) -> Response {
    let Some(who) = who else {
        return town.directory().into_response();
    };
    let ranged = headers
        .get(header::RANGE)
        .and_then(|h| h.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    match (town.answer(who, uri.path(), &body), ranged) {
        (Ok(bytes), Some(from)) => {
            let rest = bytes.get(from..).unwrap_or_default().to_vec();
            let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], rest).into_response()
        }
        (Ok(bytes), None) => bytes.into_response(),
        (Err(CarryRefusal::Silent { .. }), _) => StatusCode::BAD_GATEWAY.into_response(),
        (Err(no), _) => {
            let problem =
                serde_json::json!({"code": no.told(), "again": "never", "detail": no.to_string(), "status": 422});
            (StatusCode::UNPROCESSABLE_ENTITY, problem.to_string()).into_response()
        }
    }
}

/// Serves registry, issuer and shop on ports of this machine; answers the registry's address.
pub async fn serve(town: &Arc<Town>) -> String {
    let mut registry = String::new();
    for who in [None, Some(town.issuer.id), Some(town.shop.id)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        match who {
            None => registry = address,
            Some(id) => {
                town.addresses.lock().unwrap().insert(id, address);
            }
        }
        let app = Router::new().fallback(handle).with_state((town.clone(), who));
        tokio::spawn(async move { axum::serve(listener, app).await });
    }
    registry
}
