//! Serve: the listener. Connections are counted, heads are bounded and timed, and stopping lets what is under way finish.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, extract::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinHandle,
};
use tower::ServiceExt as _;

use super::{
    bind::{BindRefused, TlsFiles},
    limits::{CONNECTIONS_MAX, CONNECTIONS_PER_SOURCE_MAX, HEAD_MAX, HEADERS_MAX, IDLE_TIME, STOP_TIME},
};

/// The other end of the connection a request came on.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The certificate the other end showed, by its SHA-256: only on a wire that asks for one, and only after it was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCertificate(pub units::Hash);

/// How connections become plain: not at all, or by TLS.
#[derive(Clone)]
pub enum Wire {
    /// Plain.
    Plain,
    /// TLS.
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

impl Wire {
    /// Reads certificate and key, if there are any.
    pub fn load(files: Option<&TlsFiles>) -> Result<Self, BindRefused> {
        match files {
            None => Ok(Self::Plain),
            Some(files) => Self::tls(files),
        }
    }
    #[cfg(feature = "tls")]
    fn tls(files: &TlsFiles) -> Result<Self, BindRefused> {
        use tokio_rustls::rustls::{
            self,
            pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        };
        let no = |what: &std::path::Path, why: &dyn core::fmt::Display| {
            BindRefused::Tls(format!("{}: {why}", what.display()))
        };
        let chain: Vec<_> = CertificateDer::pem_file_iter(&files.certificate)
            .and_then(Iterator::collect)
            .map_err(|e| no(&files.certificate, &e))?;
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|e| no(&files.key, &e))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|b| b.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|e| no(&files.certificate, &e))?;
        Ok(Self::Tls(Arc::new(config).into()))
    }
    #[cfg(not(feature = "tls"))]
    fn tls(_: &TlsFiles) -> Result<Self, BindRefused> {
        Err(BindRefused::NoTls)
    }
}

/// Connections of each source.
#[derive(Debug, Default)]
struct Sources(Mutex<HashMap<IpAddr, usize>>);

struct Seat {
    sources: Arc<Sources>,
    source: IpAddr,
}

impl Sources {
    fn seat(self: &Arc<Self>, source: IpAddr, max: usize) -> Option<Seat> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(source).or_default();
        if *count >= max && !source.is_loopback() {
            return None;
        }
        *count = count.saturating_add(1);
        Some(Seat {
            sources: self.clone(),
            source,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.sources.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.source);
            }
        }
    }
}

/// Serves `app` until `stop` says so; the task ends when the last request under way has.
pub fn serve(
    listener: TcpListener,
    wire: Wire,
    behind_proxy: bool,
    app: Router,
    stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    // A proxy is one source for all the world's connections; it counts them itself.
    let per_source = if behind_proxy {
        CONNECTIONS_MAX
    } else {
        CONNECTIONS_PER_SOURCE_MAX
    };
    tokio::spawn(accept(listener, wire, per_source, app, stop))
}

async fn accept(listener: TcpListener, wire: Wire, per_source: usize, app: Router, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let sources = Arc::new(Sources::default());
    loop {
        let Ok(place) = room.clone().acquire_owned().await else {
            break;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, most likely: let some go before trying again.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let Some(seat) = sources.seat(peer.ip(), per_source) else {
            continue;
        };
        let (app, wire, watcher) = (app.clone(), wire.clone(), graceful.watcher());
        tokio::spawn(async move {
            connection(stream, peer, wire, app, watcher).await;
            drop((place, seat));
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_TIME, graceful.shutdown()).await; // who is still busy after that is cut off
}

async fn connection(stream: TcpStream, peer: SocketAddr, wire: Wire, app: Router, watcher: Watcher) {
    let _ = stream.set_nodelay(true); // slower without, never wrong
    match wire {
        Wire::Plain => talk(stream, peer, None, app, watcher).await,
        #[cfg(feature = "tls")]
        Wire::Tls(acceptor) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(IDLE_TIME, acceptor.accept(stream)).await {
                let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let shown = shown.map(|certificate| PeerCertificate(seal::hash(certificate)));
                talk(stream, peer, shown, app, watcher).await;
            }
        }
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    shown: Option<PeerCertificate>,
    app: Router,
    watcher: Watcher,
) {
    let service = app.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        if let Some(shown) = shown {
            request.extensions_mut().insert(shown);
        }
        request.map(axum::body::Body::new)
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIME)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_MAX);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let _ = watcher.watch(connection).await; // a client that went away is no news
}
