//! The town's issuer: takes every card, gives money to whoever asks, and remembers what it has seen.

use std::collections::BTreeMap;

use deal::{
    Kind, Number, Quote,
    issuer::Seen,
    wire::{
        self, Ask, ClearanceSheet, Enrol, Enrolled, GiftSheet, News, OutcomeSheet, PaySheet, QuoteSheet, ReportSheet,
        SettleSheet, Tick,
    },
};
use license::{Receiver, Rights, Route, TenderKind};
use seal::Kind as Sealed;
use units::{CardNo, ContentId, DealId, OrderId};

use super::*;

#[derive(Default)]
pub struct Books {
    pub cards: BTreeMap<CardNo, (seal::VerifyKey, seal::SealTo)>,
    pub seen: BTreeMap<CardNo, Seen>,
    pub settled: BTreeMap<DealId, Vec<u8>>,
    pub reports: usize,
    /// How many licenses new cards may hold.
    pub room: Option<u32>,
}

impl Town {
    fn tick(&self) -> Vec<u8> {
        let signed = seal::sign(&self.clock.signer, Sealed::Tick, self.id, Audience::Anyone, &self.now());
        cbor::to_bytes(&Tick {
            signed: signed.into(),
            certificate: self.clock.certificates[0].clone().into(),
        })
    }

    fn news(&self, tags: &[Receiver]) -> News {
        let tag = |r: &Receiver| {
            let until = Moment(self.now().plus(Span::days(14)).0 / 1000 * 1000);
            let claims = Claims {
                issuer: self.card_certifier.verify_key().key_id(),
                subject: r.tag.0,
                from: Moment(self.now().0 / 1000 * 1000),
                until,
                serial: 7,
                sign: r.sign,
                seal: r.seal,
                role: Role::Transfer,
                class: Class::Software,
                name: String::new(),
            };
            (
                r.tag,
                until,
                ByteVec::from(seal::issue(&self.card_certifier, self.id, &claims)),
            )
        };
        News {
            tick: self.tick().into(),
            certifiers: self.certifiers.iter().map(|c| ByteVec::from(c.clone())).collect(),
            issuer: self.issuer.certificates[0].clone().into(),
            tags: tags.iter().map(tag).collect(),
            revoked: vec![],
            revoked_no: 1,
        }
    }

    fn profile(&self) -> deal::Profile {
        let mut profile = deal::Profile::software(yen(50_000), yen(20_000));
        if let Some(room) = self.issuers.lock().unwrap().room {
            profile.licenses_max = room;
        }
        profile
    }

    pub(super) fn issuer_answers(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, CarryRefusal> {
        match path {
            "/v1/enrol" => Ok(self.enrol(body)),
            "/v1/report" => Ok(self.report(body)),
            "/v1/ask" => Ok(self.issuer_quotes(body)),
            "/v1/pay" => Ok(self.issuer_settles(body)),
            "/v1/done" => Ok(vec![]),
            _ => Err(refused("not-found")),
        }
    }

    fn enrol(&self, body: &[u8]) -> Vec<u8> {
        let signed = seal::parse::<Enrol>(body, Sealed::Enrol, self.id).unwrap();
        let key = signed.claims().sign;
        let enrol = signed.verify(&key, Audience::Anyone).unwrap();
        let mut number = [0; 16];
        number.copy_from_slice(&seal::hash(&key.0).0[..16]);
        let card = CardNo(number);
        self.issuers.lock().unwrap().cards.insert(card, (key, enrol.seal));
        let claims = Claims {
            issuer: self.card_certifier.verify_key().key_id(),
            subject: card.0,
            from: Moment(self.now().0 / 1000 * 1000),
            until: Moment(self.now().plus(Span::days(3650)).0 / 1000 * 1000),
            serial: 1,
            sign: key,
            seal: enrol.seal,
            role: Role::Card,
            class: Class::Software,
            name: String::new(),
        };
        let answer = Enrolled {
            card,
            certificate: seal::issue(&self.card_certifier, self.id, &claims).into(),
            profile: self.profile(),
            news: self.news(&enrol.tags),
        };
        seal::sign(&self.issuer.signer, Sealed::Enrol, self.id, Audience::Anyone, &answer)
    }

    fn report(&self, body: &[u8]) -> Vec<u8> {
        let signed = wire::open_sealed(&self.issuer.opener, Sealed::Report, body).unwrap();
        let sheet = seal::parse::<ReportSheet>(&signed, Sealed::Report, self.id).unwrap();
        let card = sheet.claims().report.card;
        let (key, own) = self.issuers.lock().unwrap().cards[&card];
        let sheet = sheet.verify(&key, Audience::One(self.issuer.id.0)).unwrap();
        let mut books = self.issuers.lock().unwrap();
        books.reports += 1;
        let seen = books.seen.entry(card).or_default();
        let before = *seen;
        seen.pay_no = seen.pay_no.max(sheet.report.pay_no);
        seen.give_no = seen.give_no.max(sheet.report.give_no);
        drop(books);
        let answer = ClearanceSheet {
            clearance: deal::issuer::clear(&sheet.report, seal::hash(&signed)),
            seen: before,
            rulings: vec![],
            resume: None,
            resume_from: None,
            news: self.news(&sheet.tags),
            profile: self.profile(),
            stopped: None,
            late: None,
            inherited: None,
        };
        wire::sign_and_seal(
            &self.issuer.signer,
            Sealed::Clearance,
            self.id,
            card.into(),
            &own,
            &answer,
            &self.seed(),
        )
        .unwrap()
    }

    fn issuer_quotes(&self, body: &[u8]) -> Vec<u8> {
        let ask: Ask = cbor::from_bytes(body).unwrap();
        let amount = ask.amount.unwrap();
        let load = ask.kind == Kind::Load;
        let quote = Quote {
            kind: ask.kind,
            number: Number::Order(OrderId(self.seed().id("order"))),
            giver: self.issuer.id.0,
            offer: None,
            policy: None,
            title: ContentId::default(),
            price: if load { yen(0) } else { amount },
            accepts: vec![TenderKind::Slip, TenderKind::Value],
            payee: self.issuer.id,
            generation: 0,
            rights: Rights::UNLIMITED,
            route: Route::Till,
            facts: deal::Facts::default(),
            slips: 0,
            room: 0,
            credit: load.then_some(amount),
            license: None,
            until: self.now().plus(Span::minutes(10)),
            ask: Some(ask.hash()),
            links: None,
        };
        self.quote_sheet(&self.issuer, &ask, &quote)
    }

    pub(super) fn quote_sheet(&self, by: &Party, ask: &Ask, quote: &Quote) -> Vec<u8> {
        let sheet = QuoteSheet {
            quote: seal::sign(&by.signer, Sealed::Quote, self.id, Audience::Anyone, quote).into(),
            certificate: by.certificates[0].clone().into(),
            terms: None,
            ahead: None,
            purchase: None,
            claim: None,
        };
        wire::seal_signed(&ask.seal, Sealed::Quote, &cbor::to_bytes(&sheet), &self.seed()).unwrap()
    }

    fn issuer_settles(&self, body: &[u8]) -> Vec<u8> {
        let (deal, sheet) = self.open_pay(&self.issuer, body);
        if let Some(known) = self.issuers.lock().unwrap().settled.get(&deal) {
            return known.clone();
        }
        let gift = GiftSheet {
            credit: sheet.pay.quote.credit,
            ..GiftSheet::default()
        };
        let settled = self.settle(&self.issuer, deal, &sheet, OutcomeSheet::Given(gift));
        self.issuers.lock().unwrap().settled.insert(deal, settled.clone());
        settled
    }

    /// A payment to `to`, opened and checked.
    pub(super) fn open_pay(&self, to: &Party, body: &[u8]) -> (DealId, PaySheet) {
        let signed = wire::open_sealed(&to.opener, Sealed::Pay, body).unwrap();
        let parsed = seal::parse::<PaySheet>(&signed, Sealed::Pay, self.id).unwrap();
        let key = self.tag_claims(&parsed.claims().certificate).sign;
        let sheet = parsed.verify(&key, Audience::One(to.id.0)).unwrap();
        (wire::deal_id(&signed), sheet)
    }

    pub(super) fn tag_claims(&self, certificate: &[u8]) -> Claims {
        let parsed = seal::parse::<Claims>(certificate, Sealed::Certificate, self.id).unwrap();
        parsed
            .verify(&self.card_certifier.verify_key(), Audience::Anyone)
            .unwrap()
    }

    pub(super) fn settle(&self, by: &Party, deal: DealId, pay: &PaySheet, outcome: OutcomeSheet) -> Vec<u8> {
        let sheet = SettleSheet {
            deal,
            pay_no: pay.pay.pay_no,
            outcome,
            certificate: by.certificates[0].clone().into(),
        };
        let to = self.tag_claims(&pay.certificate).seal;
        wire::sign_and_seal(
            &by.signer,
            Sealed::Settle,
            self.id,
            pay.pay.receiver.into(),
            &to,
            &sheet,
            &self.seed(),
        )
        .unwrap()
    }
}
