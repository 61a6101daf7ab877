//! A passkey in software, speaking as a browser passes it on.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use minicbor::Encoder;
use serde_json::json;

#[derive(Clone)]
enum Signer {
    P256(std::sync::Arc<EcdsaKeyPair>),
    Ed25519(std::sync::Arc<Ed25519KeyPair>),
}

#[derive(Clone)]
pub struct SoftKey {
    signer: Signer,
    id: Vec<u8>,
    site: String,
    origin: String,
    pub count: u32,
    pub flags: u8,
    pub kind: u8,
}

impl SoftKey {
    fn new(signer: Signer, kind: u8, public: &[u8], site: &str, origin: &str) -> Self {
        Self {
            signer,
            id: seal::hash(public).0.to_vec(),
            site: site.into(),
            origin: origin.into(),
            count: 0,
            flags: 0x05,
            kind,
        }
    }
    pub fn p256(site: &str, origin: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let public = pair.public_key().as_ref().to_vec();
        Self::new(Signer::P256(pair.into()), 1, &public, site, origin)
    }
    pub fn ed25519(site: &str, origin: &str) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[42; 32]).unwrap();
        let public = pair.public_key().as_ref().to_vec();
        Self::new(Signer::Ed25519(pair.into()), 2, &public, site, origin)
    }
    pub fn clone_at(&self, origin: &str) -> Self {
        Self {
            origin: origin.into(),
            ..self.clone()
        }
    }
    pub fn clone_for(&self, site: &str) -> Self {
        Self {
            site: site.into(),
            ..self.clone()
        }
    }

    fn front(&self, more: u8) -> Vec<u8> {
        let mut out = seal::hash(self.site.as_bytes()).0.to_vec();
        out.push(self.flags | more);
        out.extend(self.count.to_be_bytes());
        out
    }
    fn client(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let data = json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false});
        serde_json::to_vec(&data).unwrap()
    }
    fn cose(&self, algorithm: Option<i64>, curve: Option<i64>) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        match &self.signer {
            Signer::P256(pair) => {
                let point = pair.public_key().as_ref();
                e.map(5).unwrap().i64(1).unwrap().i64(2).unwrap();
                e.i64(3).unwrap().i64(algorithm.unwrap_or(-7)).unwrap();
                e.i64(-1).unwrap().i64(curve.unwrap_or(1)).unwrap();
                e.i64(-2).unwrap().bytes(&point[1..33]).unwrap();
                e.i64(-3).unwrap().bytes(&point[33..]).unwrap();
            }
            Signer::Ed25519(pair) => {
                e.map(4).unwrap().i64(1).unwrap().i64(1).unwrap();
                e.i64(3).unwrap().i64(algorithm.unwrap_or(-8)).unwrap();
                e.i64(-1).unwrap().i64(curve.unwrap_or(6)).unwrap();
                e.i64(-2).unwrap().bytes(pair.public_key().as_ref()).unwrap();
            }
        }
        e.into_writer()
    }
    fn attestation(&self, cose: &[u8]) -> Vec<u8> {
        let mut data = self.front(0x40);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        data.extend(cose);
        let mut e = Encoder::new(Vec::new());
        e.map(3).unwrap().str("fmt").unwrap().str("none").unwrap();
        e.str("attStmt").unwrap().map(0).unwrap();
        e.str("authData").unwrap().bytes(&data).unwrap();
        e.into_writer()
    }
    fn created(&self, challenge: &str, attestation: &[u8]) -> Vec<u8> {
        let id = BASE64URL_NOPAD.encode(&self.id);
        let answer = json!({"id": id, "rawId": id, "type": "public-key", "response": {
            "clientDataJSON": BASE64URL_NOPAD.encode(&self.client("webauthn.create", challenge)),
            "attestationObject": BASE64URL_NOPAD.encode(attestation), "transports": ["internal"]}});
        serde_json::to_vec(&answer).unwrap()
    }
    pub fn create(&mut self, challenge: &str) -> Vec<u8> {
        self.created(challenge, &self.attestation(&self.cose(None, None)))
    }
    pub fn create_cut(&mut self, challenge: &str, at: usize) -> Vec<u8> {
        self.created(challenge, &self.attestation(&self.cose(None, None))[..at])
    }
    pub fn create_with(&mut self, challenge: &str, algorithm: i64, curve: i64) -> Vec<u8> {
        self.created(challenge, &self.attestation(&self.cose(Some(algorithm), Some(curve))))
    }
    pub fn attestation_len(&self) -> usize {
        self.attestation(&self.cose(None, None)).len()
    }
    pub fn get(&mut self, challenge: &str) -> Vec<u8> {
        if self.kind == 1 {
            self.count += 1;
        }
        let (front, client) = (self.front(0), self.client("webauthn.get", challenge));
        let message = [&front[..], &seal::hash(&client).0].concat();
        let signature = match &self.signer {
            Signer::P256(pair) => pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec(),
            Signer::Ed25519(pair) => pair.sign(&message).as_ref().to_vec(),
        };
        let id = BASE64URL_NOPAD.encode(&self.id);
        let answer = json!({"id": id, "rawId": id, "type": "public-key", "response": {
            "clientDataJSON": BASE64URL_NOPAD.encode(&client), "authenticatorData": BASE64URL_NOPAD.encode(&front),
            "signature": BASE64URL_NOPAD.encode(&signature), "userHandle": null}});
        serde_json::to_vec(&answer).unwrap()
    }
}
