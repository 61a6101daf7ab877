//! Strangers: the way to addresses that people typed in, who want to be told something: merchants of a carrier, publishers of a
//! shop. https alone, no redirect, no proxy of the environment, no address within this network unless that is allowed, judged by
//! what was connected to, bounded in time; nothing of an answer but its status is read (row-86).

use std::{net::IpAddr, path::Path, sync::Arc};

use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect::Policy};

use crate::{
    frame::limits::PEER_TIME,
    peers::{Checked, NoClient, is_public},
    running::StartRefused,
};

/// Where strangers may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// In a private network too, because this realm is one.
    pub(crate) private: bool,
    /// On this very machine too, and there without TLS.
    pub(crate) here: bool,
}

/// The way to them.
#[derive(Debug)]
pub(crate) struct Strangers {
    client: Client,
    reach: Reach,
}

impl Strangers {
    /// `roots`: a file of certificates that are trusted beside the system's. `whose`: whom to name, if there are none in this build.
    pub(crate) fn new(reach: Reach, roots: Option<&Path>, whose: &'static str) -> Result<Self, StartRefused> {
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PEER_TIME)
            .connect_timeout(PEER_TIME)
            .user_agent(concat!("keyfare/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Checked::new(reach.private, reach.here)));
        if let Some(path) = roots {
            client = trusting(client, &std::fs::read(path)?, whose)?;
        }
        let client = client.build().map_err(NoClient::from)?;
        Ok(Self { client, reach })
    }

    /// A letter to this address; nothing, where one must not go.
    pub(crate) fn post(&self, address: &str) -> Option<RequestBuilder> {
        Some(self.client.post(self.url(address)?))
    }

    /// Sends it. The status of the answer; nothing: none came in time.
    pub(crate) async fn send(request: RequestBuilder) -> Option<StatusCode> {
        request.send().await.ok().map(|answer| answer.status())
    }

    /// May one go there? A name is judged again by where it leads, each time it is looked up.
    pub(crate) fn url(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        let literal: Option<IpAddr> = host.parse().ok();
        let home = host == "localhost" || literal.is_some_and(|ip| ip.to_canonical().is_loopback());
        let here = self.reach.here && home;
        let fits = match url.scheme() {
            "https" => self.reach.private || here || (!home && literal.is_none_or(is_public)),
            "http" => here,
            _ => false,
        };
        fits.then_some(url)
    }
}

#[cfg(feature = "tls")]
fn trusting(
    mut client: reqwest::ClientBuilder,
    pem: &[u8],
    _: &'static str,
) -> Result<reqwest::ClientBuilder, StartRefused> {
    for root in reqwest::Certificate::from_pem_bundle(pem).map_err(NoClient::from)? {
        client = client.add_root_certificate(root);
    }
    Ok(client)
}
#[cfg(not(feature = "tls"))]
fn trusting(_: reqwest::ClientBuilder, _: &[u8], whose: &'static str) -> Result<reqwest::ClientBuilder, StartRefused> {
    Err(StartRefused::Missing("the feature \"tls\"", whose))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(private: bool, here: bool, cases: &[(&str, bool)]) {
        let strangers = Strangers::new(Reach { private, here }, None, "test").unwrap();
        for (url, ok) in cases {
            assert_eq!(strangers.url(url).is_some(), *ok, "{url} {private} {here}");
        }
    }

    /// proves: row-86
    #[test]
    fn a_stranger_leads_this_house_nowhere_but_to_the_world() {
        check(
            false,
            false,
            &[
                ("https://merchant.example/told", true),
                ("https://8.8.8.8/", true),
                ("http://merchant.example/", false),
                ("http://127.0.0.1/", false),
                ("https://127.0.0.1/", false),
                ("https://0x7f.1/", false),
                ("https://LOCALHOST/", false),
                ("https://[::1]/", false),
                ("https://[::ffff:127.0.0.1]/", false),
                ("https://169.254.169.254/latest", false),
                ("https://10.1.2.3/", false),
                ("ftp://merchant.example/", false),
                ("merchant.example", false),
            ],
        );
        check(
            false,
            true,
            &[
                ("http://127.0.0.1:9/told", true),
                ("http://localhost:9/told", true),
                ("https://[::1]/", true),
                ("http://10.1.2.3/", false),
                ("https://10.1.2.3/", false),
                ("http://merchant.example/", false),
            ],
        );
        check(true, false, &[("https://10.1.2.3/", true), ("http://10.1.2.3/", false)]);
    }
}
