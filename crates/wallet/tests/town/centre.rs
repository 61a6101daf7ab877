//! The town's support centre: unlocks locked copies for their fee, before or after it is paid.

use std::collections::BTreeMap;

use deal::{
    Kind, Number, Quote,
    wire::{Ask, GiftSheet, KeyAhead, OutcomeSheet, QuoteSheet, lock_ahead},
};
use license::{Bind, Document, License, Link, Receiver, Route, TenderKind};
use seal::Kind as Sealed;
use units::{DealId, Hash, OrderId, Share, Tag};

use super::*;

#[derive(Default)]
pub struct Books {
    settled: BTreeMap<DealId, Vec<u8>>,
    /// Secrets of what was unlocked before it was paid, by the question.
    ahead: BTreeMap<Hash, [u8; 32]>,
    /// Fees that were paid.
    pub fees: Vec<Money>,
}

impl Town {
    pub(super) fn centre_answers(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, CarryRefusal> {
        match path {
            "/v1/ask" => Ok(self.centre_quotes(body)),
            "/v1/pay" => Ok(self.centre_settles(body)),
            "/v1/done" => Ok(vec![]),
            _ => Err(refused("not-found")),
        }
    }

    fn locked_copy(&self, document: &[u8]) -> License {
        let document = Document::parse(document).unwrap();
        let tag = document.last_link(self.id).unwrap().receiver.tag;
        let mut trust = seal::Trust::new(self.realm.clone());
        for certifier in &self.certifiers {
            trust.learn(certifier).unwrap();
        }
        document.check(&trust, tag).unwrap()
    }

    fn centre_quotes(&self, body: &[u8]) -> Vec<u8> {
        let ask: Ask = cbor::from_bytes(body).unwrap();
        assert_eq!(ask.kind, Kind::Unlock);
        let wanted = ask.wanted.as_ref().unwrap();
        let license = self.locked_copy(wanted.document.as_ref().unwrap());
        let ahead = wanted.certificate.as_ref().map(|certificate| {
            let secret = *self.seed().expose();
            let document = self.unlocked(&license, certificate, DealId(ask.hash().0), &Bind::Free);
            self.centres.lock().unwrap().ahead.insert(ask.hash(), secret);
            let key = KeyAhead {
                ask: ask.hash(),
                locked: lock_ahead(&Secret::new(secret), ask.hash(), &document, &self.seed()).into(),
            };
            let signed = seal::sign(&self.centre.signer, Sealed::Quote, self.id, Audience::Anyone, &key);
            ByteVec::from(signed)
        });
        let quote = Quote {
            kind: Kind::Unlock,
            number: Number::Order(OrderId(self.seed().id("order"))),
            giver: self.centre.id.0,
            offer: Some(license.offer_hash),
            policy: Some(license.offer.policy),
            title: license.offer.content,
            price: license.policy.unlock.as_ref().unwrap().fee,
            accepts: vec![TenderKind::Slip],
            payee: license.policy.payee,
            generation: license.link.generation,
            rights: license.policy.copy_rights,
            route: Route::Till,
            facts: deal::Facts::default(),
            slips: 0,
            room: 0,
            credit: None,
            license: ask.license,
            until: self.now().plus(Span::minutes(10)),
            ask: Some(ask.hash()),
            links: None,
        };
        let sheet = QuoteSheet {
            quote: seal::sign(&self.centre.signer, Sealed::Quote, self.id, Audience::Anyone, &quote).into(),
            certificate: self.centre.certificates[0].clone().into(),
            terms: None,
            ahead,
            purchase: None,
            claim: None,
        };
        deal::wire::seal_signed(&ask.seal, Sealed::Quote, &cbor::to_bytes(&sheet), &self.seed()).unwrap()
    }

    fn centre_settles(&self, body: &[u8]) -> Vec<u8> {
        let (deal, sheet) = self.open_pay(&self.centre, body);
        if let Some(known) = self.centres.lock().unwrap().settled.get(&deal) {
            return known.clone();
        }
        let quote = &sheet.pay.quote;
        let ahead = quote
            .ask
            .and_then(|ask| self.centres.lock().unwrap().ahead.get(&ask).copied());
        let gift = match ahead {
            Some(secret) => GiftSheet {
                secret: Some(secret.to_vec().into()),
                ..GiftSheet::default()
            },
            None => {
                let license = self.locked_copy(sheet.document.as_ref().unwrap());
                let document = self.unlocked(&license, &sheet.certificate, deal, &sheet.pay.bind);
                GiftSheet {
                    document: Some(document.into()),
                    ..GiftSheet::default()
                }
            }
        };
        let settled = self.settle(&self.centre, deal, &sheet, OutcomeSheet::Given(gift));
        let mut books = self.centres.lock().unwrap();
        books.fees.push(quote.price);
        books.settled.insert(deal, settled.clone());
        settled
    }

    fn unlocked(&self, license: &License, certificate: &[u8], deal: DealId, bind: &Bind) -> Vec<u8> {
        let bound = license::bound_to_unlock(self.id, license.offer_hash, license.link.header);
        let wrap = license.document.wraps.iter().find(|w| w.share == Share::Whole).unwrap();
        let key = license::unwrap_key(&self.centre.opener, &bound, wrap).unwrap();
        let claims = self.tag_claims(certificate);
        let receiver = Receiver {
            tag: Tag(claims.subject),
            sign: claims.sign,
            seal: claims.seal,
        };
        let link = Link {
            after: seal::hash(license.document.links.last().unwrap()),
            offer: license.offer_hash,
            header: license.link.header,
            key_id: license.link.key_id,
            generation: license.link.generation,
            serial: license.link.serial,
            rights: license.policy.copy_rights,
            bind: bind.clone(),
            receiver,
            deal,
            at: self.now(),
            copies: None,
            support: Some(self.centre.certificates[0].clone().into()),
            loan: None,
        };
        let bound = license::bound_to(
            self.id,
            link.offer,
            link.header,
            receiver.tag,
            link.generation,
            Share::Whole,
        );
        let mut document = license.document.clone();
        document
            .links
            .push(seal::sign(&self.centre.signer, Sealed::Link, self.id, Audience::Anyone, &link).into());
        document.wraps = vec![license::wrap_key(&receiver.seal, &bound, Share::Whole, &key, &self.seed()).unwrap()];
        cbor::to_bytes(&document)
    }
}
