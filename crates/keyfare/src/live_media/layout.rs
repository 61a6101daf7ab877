//! Layout: a dev realm with a copy-management server and a gateway, and the private link between them.

use anyhow::{Context, Result};
use party::PartyKeys;
use publisher::{Publisher, Seller, Terms, Work};
use seal::{Secret, Trust};
use stories::Media;
use units::{Currency, Money, OfferNo, PartyId, Span};

use crate::{
    clock,
    place::Place,
    setup::{self, private_file},
};

/// The number of the story's work.
pub const WORK: u64 = 1001;

/// Where the parties of copy management answer, and who they are.
#[derive(Debug, Clone)]
pub struct Addresses {
    pub console: String,
    pub gateway: String,
    pub copying_id: PartyId,
    pub gateway_id: PartyId,
}

/// Sets shares and ids as the story's figures say.
pub fn configure(place: &Place, media: &Media) -> Result<Addresses> {
    let needs: Vec<&str> = [("card", true), ("player", media.bound.0), ("drive", media.bound.1)]
        .into_iter()
        .filter_map(|(word, is)| is.then_some(word))
        .collect();
    for word in setup::COPYING_PARTIES {
        let path = place.party(word).join("party.toml");
        let usual = std::fs::read_to_string(&path)?;
        let lines = usual.lines().map(|line| match line.split_once(" = ") {
            Some(("permille", _)) => format!("permille = {}", media.gateway_permille),
            _ if line == "[copying]" && word == "copying" => format!("[copying]\nneeds = {needs:?}"),
            _ => line.to_owned(),
        });
        let changed: Vec<String> = lines.collect();
        private_file(&path, format!("{}\n", changed.join("\n")).as_bytes())?;
    }
    let realm = crate::market::realm_of(place)?.id();
    let id = |word: &str| -> Result<PartyId> {
        let certificate = std::fs::read(place.party(word).join("certificate"))?;
        let signed = seal::parse::<seal::Claims>(&certificate, seal::Kind::Certificate, realm)?;
        Ok(PartyId(signed.claims().subject))
    };
    let address = |word: &str| -> Result<String> {
        let config = crate::command::serve::config(place, word)?;
        Ok(format!("http://{}", config.listen))
    };
    Ok(Addresses {
        console: address("copying")?,
        gateway: address("gateway")?,
        copying_id: id("copying")?,
        gateway_id: id("gateway")?,
    })
}

/// A text of some pages, another for each telling.
pub fn content(seed: &[u8; 32]) -> Vec<u8> {
    let mut text = String::new();
    for n in 0..2000_u32 {
        let word = seed.get(n as usize % 32).copied().unwrap_or(0);
        text.push_str(&format!("{n:04} winter sun over the harbour, {word:02x}\n"));
    }
    text.into_bytes()
}

/// The publisher seals the work on its own machine; no shop is told.
pub fn publish(place: &Place, content: Vec<u8>, price: i64) -> Result<()> {
    let dir = place.publisher();
    let secret =
        Secret::from_slice(&std::fs::read(dir.join("secret"))?).context("the publisher's secret is damaged")?;
    let certificate = std::fs::read(dir.join("certificate"))?;
    let certifiers = ["cards", "parties"]
        .iter()
        .map(|name| std::fs::read(place.root().join("certifiers").join(name)))
        .collect::<std::io::Result<Vec<_>>>()?;
    let mut trust = Trust::new(crate::market::realm_of(place)?);
    for certifier in &certifiers {
        let _ = trust.learn(certifier);
    }
    let keys = PartyKeys::load(secret, trust.id(), certificate.clone())?;
    let vault = keys.derive("publisher/keys", &[]);
    let who = Publisher {
        signer: keys.signer(),
        certificate: &certificate,
        certifiers: &certifiers,
        secret: &vault,
        trust: &trust,
        converter: None,
        reader: None,
    };
    let file = dir.join("winter sun.txt");
    std::fs::write(&file, content)?;
    let price = Money::new(price, Currency::JPY)?;
    let work = Work {
        file,
        title: "Winter Sun".into(),
        kind: None,
        media_type: Some("text/plain".into()),
        content: None,
        edition: 1,
        preview: None,
        credits: package::Credits::default(),
        terms: Terms::sale(OfferNo(WORK), price, clock::now().plus(Span::days(365))),
    };
    let seller = Seller {
        certificate: std::fs::read(place.party("shop").join("certificate"))?,
        hint: String::new(),
    };
    let into = dir.join("works").join(WORK.to_string());
    publisher::publish(
        &who,
        &work,
        &[seller],
        &into,
        clock::now(),
        &clock::seed()?,
        &mut |_| {},
    )?;
    Ok(())
}
