//! Sinks: how merchants are told. Their addresses come from strangers: https alone, no redirect, no proxy of the environment, no
//! address within this network unless the carrier says that its realm is one, bounded in time; the answer is not read (row-86).

use std::sync::Arc;

use carrier::Sink;
use reqwest::{Client, StatusCode, Url, header, redirect::Policy};
use units::Moment;

use super::CORRELATOR;
use crate::{
    frame::limits::PEER_TIME,
    peers::{Checked, NoClient, is_public},
    running::StartRefused,
};

/// What came of telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// It was heard.
    Yes,
    /// Not now.
    No,
    /// Nobody is there for it any more.
    Gone,
}

/// The way to merchants.
#[derive(Debug)]
pub(in crate::carrier) struct Sinks {
    client: Client,
    private: bool,
}

impl Sinks {
    /// `private`: sinks may be in a private network. `roots`: a file of certificates that are trusted beside the system's.
    pub(in crate::carrier) fn new(private: bool, roots: Option<&std::path::Path>) -> Result<Self, StartRefused> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PEER_TIME)
            .connect_timeout(PEER_TIME)
            .user_agent(concat!("keyfare/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Checked { private }));
        if let Some(path) = roots {
            client = trusting(client, &std::fs::read(path)?)?;
        }
        let client = client.build().map_err(NoClient::from)?;
        Ok(Self { client, private })
    }

    /// Tells one.
    pub(super) async fn tell(&self, sink: &Sink, id: &str, body: String, now: Moment) -> Heard {
        let Some(url) = self.url(&sink.url) else {
            return Heard::Gone;
        };
        let mut request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .header(CORRELATOR, id)
            .body(body);
        match &sink.token {
            Some((_, ends)) if *ends <= now => return Heard::Gone,
            Some((token, _)) => request = request.bearer_auth(token),
            None => {}
        }
        match request.send().await.map(|answer| answer.status()) {
            Ok(status) if status.is_success() => Heard::Yes,
            Ok(StatusCode::GONE) => Heard::Gone,
            _ => Heard::No,
        }
    }

    fn url(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        let literal: Option<std::net::IpAddr> = host.parse().ok();
        let fits = self.private || literal.is_none_or(is_public) && host != "localhost";
        fits.then_some(url)
    }
}

#[cfg(feature = "tls")]
fn trusting(mut client: reqwest::ClientBuilder, pem: &[u8]) -> Result<reqwest::ClientBuilder, StartRefused> {
    for root in reqwest::Certificate::from_pem_bundle(pem).map_err(NoClient::from)? {
        client = client.add_root_certificate(root);
    }
    Ok(client)
}
#[cfg(not(feature = "tls"))]
fn trusting(_: reqwest::ClientBuilder, _: &[u8]) -> Result<reqwest::ClientBuilder, StartRefused> {
    Err(StartRefused::Missing("the feature \"tls\"", "carrier with merchants"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-86
    #[test]
    fn a_stranger_leads_this_house_nowhere_but_to_the_world() {
        let sinks = Sinks::new(false, None).unwrap();
        for (url, ok) in [
            ("https://merchant.example/told", true),
            ("https://8.8.8.8/", true),
            ("http://merchant.example/", false),
            ("https://127.0.0.1/", false),
            ("https://localhost/", false),
            ("https://[::1]/", false),
            ("https://169.254.169.254/latest", false),
            ("https://10.1.2.3/", false),
            ("ftp://merchant.example/", false),
        ] {
            assert_eq!(sinks.url(url).is_some(), ok, "{url}");
        }
    }
}
