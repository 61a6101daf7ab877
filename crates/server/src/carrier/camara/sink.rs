//! Sinks: how merchants are told, at addresses of their own (row-86).

use carrier::Sink;
use reqwest::{StatusCode, header};
use units::Moment;

use super::CORRELATOR;
use crate::{
    running::StartRefused,
    strangers::{Reach, Strangers},
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
pub(in crate::carrier) struct Sinks(Strangers);

impl Sinks {
    /// `private`: sinks may be in a private network. `roots`: a file of certificates that are trusted beside the system's.
    pub(in crate::carrier) fn new(private: bool, roots: Option<&std::path::Path>) -> Result<Self, StartRefused> {
        let reach = Reach { private, here: false };
        Strangers::new(reach, roots, "carrier with merchants").map(Self)
    }

    /// Tells one.
    pub(super) async fn tell(&self, sink: &Sink, id: &str, body: String, now: Moment) -> Heard {
        let Some(request) = self.0.post(&sink.url) else {
            return Heard::Gone;
        };
        let mut request = request
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .header(CORRELATOR, id)
            .body(body);
        match &sink.token {
            Some((_, ends)) if *ends <= now => return Heard::Gone,
            Some((token, _)) => request = request.bearer_auth(token),
            None => {}
        }
        match Strangers::send(request).await {
            Some(status) if status.is_success() => Heard::Yes,
            Some(StatusCode::GONE) => Heard::Gone,
            _ => Heard::No,
        }
    }
}
