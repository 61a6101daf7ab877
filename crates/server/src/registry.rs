//! Registry over HTTP: the signed directory, revocations, and parties that say where they answer; with it the realm's clock.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use party::{
    PartyKeys, Refused,
    clock::Clock as Ticks,
    registry::{Registry, RegistryRefused},
};
use seal::{Audience, Claims, Kind};
use store::{Fault, Store};
use units::{Again, Moment, RealmId, Refusal, Span};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    frame::{Clock, Message, Problem, problem::Document},
    operator::Operators,
    verbs::Binary,
};

/// What the registry's addresses answer from.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) registry: Arc<Registry>,
    pub(crate) ticks: Option<Ticks>,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) realm: RealmId,
    pub(crate) operators: Operators,
    /// In the realm for trying things out anybody is certified as a publisher.
    pub(crate) dev: bool,
}

/// A party says where it answers: signed with its certified key (kind notice), for anyone: a realm has one registry.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Announce {
    /// Its certificate.
    #[n(0)]
    pub certificate: ByteVec,
    /// Where it answers.
    #[n(1)]
    pub address: String,
    /// When it said so; an old word is not taken again.
    #[n(2)]
    pub at: Moment,
}

/// How old an announcement may be.
const ANNOUNCE_LIFE: Span = Span::minutes(5);

/// The announcement of the party with these keys.
pub fn announce(keys: &PartyKeys, realm: RealmId, address: &str, now: Moment) -> Vec<u8> {
    let certificate = ByteVec::from(keys.certificate().to_vec());
    let words = Announce {
        certificate,
        address: address.to_owned(),
        at: now,
    };
    seal::sign(keys.signer(), Kind::Notice, realm, Audience::Anyone, &words)
}

/// Why an announcement was not taken, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnnounceRefused {
    /// Not signed by the key in the certificate it names.
    #[error("the announcement was not signed by the party it names")]
    NotSigned,
    /// Made too long ago, or ahead of time.
    #[error("the announcement was made at {0}; make a new one and check this machine's clock")]
    Old(Moment),
    /// The registry does not list it.
    #[error(transparent)]
    Registry(#[from] RegistryRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AnnounceRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned => "announce-not-signed",
            Self::Old(_) => "announce-old",
            Self::Registry(no) => no.code(),
            Self::Fault(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotSigned => Again::Never,
            Self::Old(_) => Again::AfterYouAct,
            Self::Registry(no) => no.again(),
            Self::Fault(no) => no.again(),
        }
    }
}

impl Announce {
    fn open(signed: &[u8], realm: RealmId, now: Moment) -> Result<Self, AnnounceRefused> {
        let no = |_| AnnounceRefused::NotSigned;
        let parsed = seal::parse::<Self>(signed, Kind::Notice, realm).map_err(no)?;
        // Whether anybody may trust this certificate is asked by the registry; here only that its owner speaks.
        let claims = seal::parse::<Claims>(&parsed.claims().certificate, Kind::Certificate, realm).map_err(no)?;
        let words = parsed.verify(&claims.claims().sign, Audience::Anyone).map_err(no)?;
        if words.at.plus(ANNOUNCE_LIFE) < now || now.plus(ANNOUNCE_LIFE) < words.at {
            return Err(AnnounceRefused::Old(words.at));
        }
        Ok(words)
    }
}

/// Who is who and where: signed, so any cache may carry it.
#[utoipa::path(get, path = "/v1/directory", tag = "directory",
    responses((status = 200, body = Binary, content_type = "application/cbor")))]
async fn directory(State(state): State<Arc<Counter>>) -> Result<Message, Problem> {
    let (registry, store, now) = (state.registry.clone(), state.store.clone(), state.clock.now());
    let work = tokio::task::spawn_blocking(move || store.read(|view| registry.directory(view, now)));
    Ok(work
        .await
        .unwrap_or(Err(RegistryRefused::Fault(Fault::Panicked)))?
        .into())
}

/// Trusted time, signed.
#[utoipa::path(get, path = "/v1/tick", tag = "directory",
    responses((status = 200, body = Binary, content_type = "application/cbor"),
        (status = 404, body = Document, content_type = "application/problem+json", description = "Another party keeps the time")))]
async fn tick(State(state): State<Arc<Counter>>) -> Result<Message, Problem> {
    let ticks = state.ticks.as_ref().ok_or_else(Problem::nothing_here)?;
    Ok(ticks.tick(state.clock.now()).into())
}

/// A certifier ends certificates of its own making before their time.
#[utoipa::path(post, path = "/v1/revoke", tag = "directory",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 204, description = "Taken"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn revoke(State(state): State<Arc<Counter>>, message: Message) -> Result<Response, Problem> {
    let (registry, now) = (state.registry.clone(), state.clock.now());
    state
        .store
        .submit(move |tx| registry.revoke(tx, &message.0, now).map_err(Refused::from))
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A certified party says where it answers.
#[utoipa::path(post, path = "/v1/announce", tag = "directory",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 204, description = "Listed"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn announced(State(state): State<Arc<Counter>>, message: Message) -> Result<Response, Problem> {
    let now = state.clock.now();
    let words = Announce::open(&message.0, state.realm, now)?;
    let registry = state.registry.clone();
    state
        .store
        .submit(move |tx| {
            registry
                .list(tx, &words.certificate, &words.address, now)
                .map_err(AnnounceRefused::from)
        })
        .await?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

/// A new publisher's application, signed with its own keys: answered by its certificate. The registry's people say yes by sending it
/// with the operator's token; in the realm for trying things out anybody is taken at his word.
#[utoipa::path(post, path = "/v1/applications", tag = "directory",
    request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The certificate; the same one on every repeat"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn applied(State(state): State<Arc<Counter>>, headers: HeaderMap, message: Message) -> Result<Message, Problem> {
    let (registry, now) = (state.registry.clone(), state.clock.now());
    let (asked, body) = (registry.clone(), message.0.clone());
    // People say yes to publishers; a publisher's own collector needs nobody's yes but the publisher's.
    let own = state
        .store
        .submit(move |tx| asked.is_own_collector(tx, &body, now))
        .await?;
    if !state.dev && !own {
        state.operators.check(&headers)?;
    }
    let certificate = state
        .store
        .submit(move |tx| registry.take_application(tx, &message.0, now))
        .await?;
    Ok(certificate.into())
}

/// The registry's addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(directory))
        .routes(routes!(tick))
        .routes(routes!(revoke))
        .routes(routes!(announced))
        .routes(routes!(applied))
}
