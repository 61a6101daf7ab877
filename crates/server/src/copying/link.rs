//! Link: the private line between a gateway and the server, by mutual TLS (CM-9). Who speaks is known from the certificate
//! that was shown, and from nothing that is said.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Extension, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use copying::{
    Bound, DeliveryId,
    server::{CopyServer, Needed, StatementLine},
};
use minicbor::{Decode, Encode};
use reqwest::{Client, header};
use seal::cbor;
use store::Fault;
use units::{Again, Hash, Moment, PartyId};

#[cfg(feature = "tls")]
use crate::frame::limits::PEER_TIME;
use crate::{
    frame::{
        Message, Problem,
        bind::BindRefused,
        body::CBOR,
        limits::ANSWER_MAX,
        serve::{PeerCertificate, Wire},
    },
    office::Office,
    peers::Heard,
    verbs,
};

/// One side's certificate and key, and the link's own authority, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkFiles {
    /// This side's certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who certified both sides, and nobody else.
    pub authority: PathBuf,
}

fn no(what: &Path, why: &dyn core::fmt::Display) -> BindRefused {
    BindRefused::Tls(format!("{}: {why}", what.display()))
}

/// The SHA-256 of the first certificate in a PEM file: what a gateway is known by.
#[cfg(feature = "tls")]
pub(crate) fn fingerprint(path: &Path) -> Result<Hash, BindRefused> {
    use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
    let certificate = CertificateDer::from_pem_file(path).map_err(|why| no(path, &why))?;
    Ok(seal::hash(&certificate))
}
#[cfg(not(feature = "tls"))]
pub(crate) fn fingerprint(_: &Path) -> Result<Hash, BindRefused> {
    Err(BindRefused::NoTls)
}

impl LinkFiles {
    /// The server's end: whoever connects shows a certificate of the link's authority. TLS 1.3 and nothing older.
    #[cfg(feature = "tls")]
    pub(crate) fn wire(&self) -> Result<Wire, BindRefused> {
        use tokio_rustls::rustls::{
            RootCertStore, ServerConfig,
            crypto::aws_lc_rs::default_provider,
            pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
            server::WebPkiClientVerifier,
            version::TLS13,
        };
        let read = |path: &Path| -> Result<Vec<CertificateDer<'static>>, BindRefused> {
            CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect)
                .map_err(|why| no(path, &why))
        };
        let mut roots = RootCertStore::empty();
        for root in read(&self.authority)? {
            roots.add(root).map_err(|why| no(&self.authority, &why))?;
        }
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .map_err(|why| no(&self.authority, &why))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|why| no(&self.key, &why))?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .and_then(|b| {
                b.with_client_cert_verifier(verifier)
                    .with_single_cert(read(&self.certificate).unwrap_or_default(), key)
            })
            .map_err(|why| no(&self.certificate, &why))?;
        Ok(Wire::Tls(Arc::new(config).into()))
    }
    #[cfg(not(feature = "tls"))]
    pub(crate) fn wire(&self) -> Result<Wire, BindRefused> {
        Err(BindRefused::NoTls)
    }

    /// The gateway's end.
    #[cfg(feature = "tls")]
    fn client(&self) -> Result<Client, BindRefused> {
        use reqwest::{Certificate, Identity, redirect::Policy};
        let read = |path: &Path| std::fs::read(path).map_err(|why| no(path, &why));
        let identity = [read(&self.certificate)?, b"\n".to_vec(), read(&self.key)?].concat();
        let identity = Identity::from_pem(&identity).map_err(|why| no(&self.certificate, &why))?;
        let authority = Certificate::from_pem(&read(&self.authority)?).map_err(|why| no(&self.authority, &why))?;
        Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .https_only(true)
            .tls_certs_only([authority])
            .identity(identity)
            .timeout(PEER_TIME)
            .connect_timeout(PEER_TIME)
            .pool_idle_timeout(crate::frame::limits::IDLE_TIME / 2)
            .tcp_nodelay(true)
            .build()
            .map_err(|why| no(&self.certificate, &why))
    }
    #[cfg(not(feature = "tls"))]
    fn client(&self) -> Result<Client, BindRefused> {
        Err(BindRefused::NoTls)
    }
}

/// What the server tells its gateways about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Terms {
    /// The server.
    #[n(0)]
    pub server: PartyId,
    /// A registration needs a memory card.
    #[n(1)]
    pub card: bool,
    /// It needs a player.
    #[n(2)]
    pub player: bool,
    /// It needs a drive.
    #[n(3)]
    pub drive: bool,
}

impl Terms {
    pub(crate) const fn new(server: PartyId, needed: Needed) -> Self {
        Self {
            server,
            card: needed.card,
            player: needed.player,
            drive: needed.drive,
        }
    }
}

/// A gateway's statement as the server keeps it: a page of lines, and what is owed after them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Account {
    /// Deliveries, the oldest first.
    #[n(0)]
    pub lines: Vec<StatementLine>,
    /// What the gateway owes now, in minor units.
    #[n(1)]
    pub owed: i64,
}

/// Lines of a statement's page on the link.
pub(crate) const LINES_MAX: usize = 1000;

/// What the link's addresses answer from.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) office: Arc<Office<CopyServer>>,
    /// Who shows which certificate.
    pub(crate) gateways: BTreeMap<Hash, PartyId>,
}

type Shown = Option<Extension<PeerCertificate>>;

impl Line {
    /// Whose certificate was shown.
    fn gateway(&self, shown: Shown) -> Result<PartyId, Problem> {
        let found = shown.and_then(|Extension(PeerCertificate(hash))| self.gateways.get(&hash).copied());
        found.ok_or_else(|| {
            let text = "this certificate is of no gateway that is listed here";
            Problem::door(StatusCode::FORBIDDEN, "gateway-unlisted", Again::AfterYouAct, text)
        })
    }
}

/// A question of a keeper, answered at once.
async fn ask(State(line): State<Arc<Line>>, shown: Shown, Message(bytes): Message) -> Result<Response, Problem> {
    let gateway = line.gateway(shown)?;
    let answer = line
        .office
        .commit(move |server, tx, now, seed| server.ask(tx, &bytes, Some(gateway), now, seed))
        .await?;
    Ok(Message::from(answer?).into_response())
}

/// Devices as typed from their labels: are they known?
async fn known(State(line): State<Arc<Line>>, shown: Shown, Message(bytes): Message) -> Result<StatusCode, Problem> {
    let gateway = line.gateway(shown)?;
    let told: Bound = cbor::from_bytes(&bytes).map_err(copying::server::AskRefused::Malformed)?;
    line.office
        .commit(move |server, tx, now, _| server.known(tx, &told, gateway, now))
        .await??;
    Ok(StatusCode::OK)
}

/// What a registration needs here.
async fn terms(State(line): State<Arc<Line>>, shown: Shown) -> Result<Message, Problem> {
    line.gateway(shown)?;
    let server = &line.office.party;
    let terms = Terms::new(party::Party::id(&**server), server.settings().needed);
    Ok(cbor::to_bytes(&terms).into())
}

/// A gateway's cheque, brought to the bank.
async fn cheque(State(line): State<Arc<Line>>, shown: Shown, Message(order): Message) -> Result<Response, Problem> {
    let gateway = line.gateway(shown)?;
    let step = line
        .office
        .commit(move |server, tx, now, _| server.cheque(tx, gateway, &order, now))
        .await?;
    Ok(verbs::say(line.office.follow(step).await?))
}

/// The gateway's own statement, after a line it names.
async fn statement(State(line): State<Arc<Line>>, shown: Shown, Message(after): Message) -> Result<Message, Problem> {
    let gateway = line.gateway(shown)?;
    let after: Option<(Moment, DeliveryId)> =
        cbor::from_bytes(&after).map_err(copying::server::AskRefused::Malformed)?;
    let account = line
        .office
        .look::<_, Fault>(move |server, view, _| {
            Ok(Account {
                lines: server.statement(view, gateway, after, LINES_MAX)?,
                owed: server.owed_by(view, gateway)?,
            })
        })
        .await?;
    Ok(cbor::to_bytes(&account).into())
}

/// The link's addresses.
pub(crate) fn routes(line: Line) -> Router {
    Router::new()
        .route("/link/ask", post(ask))
        .route("/link/known", post(known))
        .route("/link/terms", get(terms))
        .route("/link/cheque", post(cheque))
        .route("/link/statement", post(statement))
        .with_state(Arc::new(line))
}

/// The gateway's end of the link.
#[derive(Debug, Clone)]
pub struct LinkClient {
    client: Client,
    address: String,
}

impl LinkClient {
    /// The way to the server at `address` (`https://...`), whose certificate is of the link's authority.
    pub fn new(address: &str, files: &LinkFiles) -> Result<Self, BindRefused> {
        Ok(Self {
            client: files.client()?,
            address: address.trim_end_matches('/').to_owned(),
        })
    }

    /// What the server says of itself; nothing, if it is silent.
    pub async fn terms(&self) -> Option<Terms> {
        let request = self.client.get(format!("{}/link/terms", self.address));
        match hear(request).await {
            Heard::Answer(bytes) => cbor::from_bytes(&bytes).ok(),
            _ => None,
        }
    }

    /// Says a message; nothing can be concluded from silence.
    pub async fn post(&self, word: &str, body: Vec<u8>) -> Heard {
        let request = self.client.post(format!("{}/link/{word}", self.address));
        hear(request.header(header::CONTENT_TYPE, CBOR).body(body)).await
    }
}

async fn hear(request: reqwest::RequestBuilder) -> Heard {
    let Ok(mut response) = request.send().await else {
        return Heard::Silent;
    };
    let (status, mut whole) = (response.status(), Vec::new());
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if whole.len().saturating_add(piece.len()) <= ANSWER_MAX => {
                whole.extend_from_slice(&piece);
            }
            Ok(None) => break,
            _ => return Heard::Silent,
        }
    }
    if status == StatusCode::OK {
        return Heard::Answer(whole.into());
    }
    #[derive(serde::Deserialize)]
    struct Told {
        code: String,
        again: String,
    }
    match serde_json::from_slice::<Told>(&whole) {
        // What may be otherwise in a moment is no decision; nor is what the door says.
        Ok(told) if told.again != "later" && status.is_client_error() && told.code != "gateway-unlisted" => {
            Heard::Refused(told.code)
        }
        _ => Heard::Silent,
    }
}
