//! Client: what the browser says around a passkey's own bytes. Read within bounds, and nothing of it believed but what the
//! passkey signs.

use serde::Deserialize;

use crate::{NotAPasskey, Site};

/// The most one answer has.
const LONGEST: usize = 16 * 1024;

/// A registration, as the browser sent it.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) client_data: Vec<u8>,
    pub(super) attestation: Vec<u8>,
}

/// An assertion, as the browser sent it.
#[derive(Debug)]
pub(super) struct Assertion {
    pub(super) id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) authenticator: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// What the browser says it did.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) challenge: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedJson {
    #[serde(rename = "type")]
    kind: String,
    response: CreatedResponse,
}

#[derive(Deserialize)]
struct CreatedResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "attestationObject")]
    attestation: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GotJson {
    #[serde(rename = "type")]
    kind: String,
    raw_id: String,
    response: GotResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GotResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

fn bytes(text: &str) -> Result<Vec<u8>, NotAPasskey> {
    let plain = text.trim_end_matches('=');
    data_encoding::BASE64URL_NOPAD
        .decode(plain.as_bytes())
        .map_err(|_| NotAPasskey::Malformed)
}

fn json<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<T, NotAPasskey> {
    if answer.len() > LONGEST {
        return Err(NotAPasskey::Malformed);
    }
    serde_json::from_slice(answer).map_err(|_| NotAPasskey::Malformed)
}

pub(super) fn registration(answer: &[u8]) -> Result<Registration, NotAPasskey> {
    let it: CreatedJson = json(answer)?;
    if it.kind != "public-key" {
        return Err(NotAPasskey::Malformed);
    }
    Ok(Registration {
        client_data: bytes(&it.response.client_data)?,
        attestation: bytes(&it.response.attestation)?,
    })
}

pub(super) fn assertion(answer: &[u8]) -> Result<Assertion, NotAPasskey> {
    let it: GotJson = json(answer)?;
    if it.kind != "public-key" {
        return Err(NotAPasskey::Malformed);
    }
    Ok(Assertion {
        id: bytes(&it.raw_id)?,
        client_data: bytes(&it.response.client_data)?,
        authenticator: bytes(&it.response.authenticator_data)?,
        signature: bytes(&it.response.signature)?,
    })
}

/// Holds the client data against what was asked for: its kind, and a page of ours that is in nobody's frame.
pub(super) fn said(client_data: &[u8], kind: &str, site: &Site) -> Result<Said, NotAPasskey> {
    let it: ClientData = json(client_data)?;
    if it.kind != kind || it.cross_origin || !site.origins.contains(&it.origin) {
        return Err(NotAPasskey::OtherOrigin);
    }
    Ok(Said {
        challenge: it.challenge,
    })
}
