//! A holder with a card: the steps of `deal` with the signatures and seals around them, and every lie a test needs.

use deal::{
    Closing, Consent, Entry, Evidence, Gift, Held, Kind, Outcome, Pay, Plan, Profile, Quote, Settle, State, Status,
    Tender, Value, VoidReason, fact,
    wire::{
        self, Ask, ClearanceSheet, Done, Enrol, Enrolled, GiftSheet, OutcomeSheet, PaySheet, QuoteSheet, ReportSheet,
        SettleSheet,
    },
};
use license::{Bind, Document, License, Receiver};
use minicbor::bytes::ByteVec;
use party::{Refused, Step, Verb};
use seal::{Audience, Class, Kind as Sealed, Opener, Secret, Seed, Signer, Trust, cbor};
use units::{CardNo, ContentId, DealId, Hash, LicenseId, Money, OfferNo, PartyId, Tag, ValueId};

use super::World;

/// What a deal brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Bought {
    Given(Box<GiftSheet>),
    Void(VoidReason),
    NotYet,
}

impl Bought {
    pub fn gift(self) -> GiftSheet {
        match self {
            Self::Given(gift) => *gift,
            other => panic!("nothing was given: {other:?}"),
        }
    }
    pub fn void(self) -> VoidReason {
        match self {
            Self::Void(reason) => reason,
            other => panic!("not void: {other:?}"),
        }
    }
}

/// A holder with a card.
pub struct Holder {
    pub secret: Secret,
    pub card: CardNo,
    pub state: State,
    pub trust: Trust,
    pub enrol: Vec<u8>,
    made: u64,
    issuer: PartyId,
    issuer_seal: seal::SealTo,
    /// Opened licenses, by id.
    pub licenses: Vec<License>,
}

impl Clone for Holder {
    /// Yesterday's card file, put back.
    fn clone(&self) -> Self {
        Self {
            secret: Secret::new(*self.secret.expose()),
            card: self.card,
            state: self.state.clone(),
            trust: self.trust.clone(),
            enrol: self.enrol.clone(),
            made: self.made,
            issuer: self.issuer,
            issuer_seal: self.issuer_seal,
            licenses: self.licenses.clone(),
        }
    }
}

impl Holder {
    /// Makes a card and enrols it.
    pub fn new(world: &mut World, n: u8) -> Self {
        let mut trust = Trust::new(world.maker.realm().clone());
        world.maker.certifiers().iter().for_each(|c| trust.learn(c).unwrap());
        let mut holder = Self {
            secret: Secret::new([n; 32]),
            card: CardNo::default(),
            state: State::new(Profile::software(super::yen(0), super::yen(0))),
            trust,
            enrol: Vec::new(),
            made: 0,
            issuer: world.issuer.party.id(),
            issuer_seal: seal::SealTo([0; 32]),
            licenses: Vec::new(),
        };
        let enrol = Enrol {
            sign: holder.signer().verify_key(),
            seal: holder.opener().seal_to(),
            class: Class::Software,
            nonce: [n; 16],
            tags: holder.new_tags(20),
        };
        let request = seal::sign(
            &holder.signer(),
            Sealed::Enrol,
            world.maker.realm().id(),
            Audience::Anyone,
            &enrol,
        );
        holder.enrol = request.clone();
        let answer = world.answer(holder.issuer, Verb::Enrol, &request);
        holder.enrolled(world, &answer);
        holder
    }

    /// Takes the issuer's answer to an enrolment.
    pub fn enrolled(&mut self, world: &World, answer: &[u8]) {
        let parsed = seal::parse::<Enrolled>(answer, Sealed::Enrol, world.maker.realm().id()).unwrap();
        let issuer = self
            .trust
            .check::<seal::role::Issuer>(&parsed.claims().news.issuer, world.now)
            .unwrap();
        let enrolled = parsed.verify(issuer.sign(), Audience::Anyone).unwrap();
        self.issuer_seal = *issuer.seal();
        self.card = enrolled.card;
        self.state.apply(&Entry::Profile(enrolled.profile));
        self.state.apply(&Entry::Tick(world.now));
        self.state.apply(&Entry::Tags(enrolled.news.tags));
    }

    fn signer(&self) -> Signer {
        Signer::new(&self.secret.derive("card/sign", &[]))
    }
    fn opener(&self) -> Opener {
        Opener::new(&self.secret.derive("card/seal", &[]))
    }
    pub fn tag_signer(&self, tag: Tag) -> Signer {
        Signer::new(&self.secret.derive("tag/sign", &[&tag.0]))
    }
    pub fn tag_opener(&self, tag: Tag) -> Opener {
        Opener::new(&self.secret.derive("tag/seal", &[&tag.0]))
    }
    fn ask_opener(&self, nonce: &[u8; 16]) -> Opener {
        Opener::new(&self.secret.derive("ask/seal", &[nonce]))
    }
    pub fn new_tags(&mut self, count: u64) -> Vec<Receiver> {
        let first = self.made;
        self.made += count;
        (first..first + count)
            .map(|n| {
                let whole = self.secret.derive("tag/name", &[&n.to_be_bytes()]);
                let tag = Tag::from_slice(&whole.expose()[..16]).unwrap();
                Receiver {
                    tag,
                    sign: self.tag_signer(tag).verify_key(),
                    seal: self.tag_opener(tag).seal_to(),
                }
            })
            .collect()
    }
    /// The number this seller knows the card by.
    pub fn number_for(&self, seller: PartyId) -> [u8; 16] {
        self.secret.derive("seller-number", &[&seller.0]).expose()[..16]
            .try_into()
            .unwrap()
    }

    /// The money of the card: spendable.
    pub fn purse(&self) -> i64 {
        self.state.purse.minor()
    }

    /// A question.
    pub fn asking(&self, world: &mut World, kind: Kind) -> Ask {
        let nonce = world.seed().id("nonce");
        Ask {
            version: 1,
            kind,
            offer: None,
            amount: None,
            license: None,
            payee: None,
            seal: self.ask_opener(&nonce).seal_to(),
            nonce,
            wanted: None,
        }
    }

    /// Asks and reads the sealed quote.
    pub fn ask(&self, world: &mut World, to: PartyId, ask: &Ask) -> Result<(Quote, QuoteSheet), Refused> {
        match world.send(to, Verb::Ask, &cbor::to_bytes(ask))? {
            Step::Answer(sealed) => {
                let plain = wire::open_sealed(&self.ask_opener(&ask.nonce), Sealed::Quote, &sealed).unwrap();
                let sheet: QuoteSheet = cbor::from_bytes(&plain).unwrap();
                let realm = world.maker.realm().id();
                let quote = seal::parse::<Quote>(&sheet.quote, Sealed::Quote, realm).unwrap();
                let quote = quote.claims().clone();
                assert_eq!(quote.ask, Some(ask.hash()));
                Ok((quote, sheet))
            }
            other => panic!("a question leads to no {other:?}"),
        }
    }

    /// The payment for a quote, decided by the real step, before it is written down.
    pub fn plan(&self, world: &World, quote: &Quote, values: &[(PartyId, ValueId)]) -> deal::Paid {
        let consent = Consent {
            quote: wire::quote_hash(quote),
            fare: quote.price,
            pay_no: self.state.pay_no,
        };
        let plan = Plan {
            quote,
            quote_hash: wire::quote_hash(quote),
            signed_price: None,
            consent: &consent,
            values,
            other: None,
            bind: Bind::Free,
            publisher: None,
            now: world.now,
        };
        self.state.pay(&plan).unwrap()
    }

    /// Signs a payment, with its slip sealed for the issuer: whatever stands in it.
    pub fn sheet(&self, world: &mut World, pay: &mut Pay, sheet: &QuoteSheet, document: Option<Vec<u8>>) -> PaySheet {
        let realm = world.maker.realm().id();
        let tag = pay.receiver;
        let mut proof = None;
        for tender in &mut pay.tenders {
            if let Tender::Slip(slip) = tender {
                let seed = world.seed();
                let signer = self.tag_signer(tag);
                let (sealed, made) =
                    wire::seal_slip(slip, realm, tag, pay.pay_no, &signer, &self.issuer_seal, &seed).unwrap();
                slip.sealed = ByteVec::from(sealed);
                proof = Some(made);
            }
        }
        let certificate = self
            .state
            .tags
            .iter()
            .find(|(t, ..)| *t == tag)
            .map(|(.., c)| c.clone());
        PaySheet {
            consent: wire::quote_hash(&pay.quote),
            seller_number: Some(self.number_for(PartyId(pay.quote.giver))),
            document: document.map(ByteVec::from),
            certificate: certificate.unwrap_or_else(|| ByteVec::from(Vec::new())),
            quote: sheet.quote.clone(),
            giver: None,
            approval: None,
            proof,
            pay: pay.clone(),
            agreed: Some(deal::Agreed::OwnScreen),
            keeps_terms: None,
            claim: None,
            refusal: None,
            buyer: (pay.quote.kind == Kind::Sale).then(|| fact::buyer(&self.for_publisher().verify_key(), &tag.0)),
        }
    }

    /// Signs and seals a sheet: (deal, sealed, signed).
    pub fn seal(&self, world: &mut World, sheet: &PaySheet, to: &QuoteSheet) -> (DealId, Vec<u8>, Vec<u8>) {
        let realm = world.maker.realm().id();
        let giver = PartyId(sheet.pay.quote.giver);
        let signer = self.tag_signer(sheet.pay.receiver);
        let signed = seal::sign(&signer, Sealed::Pay, realm, Audience::from(giver), sheet);
        let claims = seal::parse::<seal::Claims>(&to.certificate, Sealed::Certificate, realm).unwrap();
        let sealed = wire::seal_signed(&claims.claims().seal, Sealed::Pay, &signed, &world.seed()).unwrap();
        (wire::deal_id(&signed), sealed, signed)
    }

    /// Commits to a payment: written down, ready to be sent, and sent again.
    pub fn commit(
        &mut self,
        world: &mut World,
        quote: &Quote,
        sheet: &QuoteSheet,
        values: &[(PartyId, ValueId)],
    ) -> (DealId, Vec<u8>) {
        let mut paid = self.plan(world, quote, values);
        let document = paid.license.as_ref().map(|held| held.document.to_vec());
        let signed = self.sheet(world, &mut paid.pay, sheet, document);
        paid.pay = signed.pay.clone();
        let (deal, sealed, message) = self.seal(world, &signed, sheet);
        self.state.apply(&Entry::Paid(paid.signed(deal, message)));
        (deal, sealed)
    }

    /// Sends a payment and takes what comes back.
    pub fn pay(&mut self, world: &mut World, giver: PartyId, sealed: &[u8]) -> Result<Bought, Refused> {
        match world.send(giver, Verb::Pay, sealed)? {
            Step::Answer(settle) => Ok(self.take(world, &settle)),
            Step::NotYet(_) => Ok(Bought::NotYet),
            Step::Errand(_) => panic!("errands are carried out by the world"),
        }
    }

    /// Opens a settle for one of this card's tags, whoever wrote it.
    pub fn open(&self, world: &World, settle: &[u8]) -> (SettleSheet, Vec<u8>) {
        let tags = self.state.paid.iter().map(|p| p.pay.receiver).chain(self.all_tags());
        for tag in tags {
            if let Ok(signed) = wire::open_sealed(&self.tag_opener(tag), Sealed::Settle, settle) {
                let parsed = seal::parse::<SettleSheet>(&signed, Sealed::Settle, world.maker.realm().id()).unwrap();
                let certificate = parsed.claims().certificate.clone();
                let realm = world.maker.realm().id();
                let claims = seal::parse::<seal::Claims>(&certificate, Sealed::Certificate, realm).unwrap();
                let key = claims.claims().sign;
                return (parsed.verify(&key, Audience::from(tag)).unwrap(), signed);
            }
        }
        panic!("this settle is for another card");
    }

    /// Is this settle sealed to any tag of this card?
    pub fn can_read(&self, settle: &[u8]) -> bool {
        let opens = |tag: &Tag| wire::open_sealed(&self.tag_opener(*tag), Sealed::Settle, settle).is_ok();
        self.all_tags().iter().any(opens)
    }

    fn all_tags(&self) -> Vec<Tag> {
        (0..self.made)
            .map(|n| Tag::from_slice(&self.secret.derive("tag/name", &[&n.to_be_bytes()]).expose()[..16]).unwrap())
            .collect()
    }

    /// Takes a settle: the card closes.
    pub fn take(&mut self, world: &mut World, settle: &[u8]) -> Bought {
        let (sheet, signed) = self.open(world, settle);
        let outcome = match &sheet.outcome {
            OutcomeSheet::Void(reason) => Outcome::Void(*reason),
            OutcomeSheet::Given(gift) => Outcome::Given(self.gift(world, gift, &sheet)),
        };
        let core = Settle {
            deal: sheet.deal,
            pay_no: sheet.pay_no,
            outcome,
        };
        match self.state.close(&core, &signed, world.now) {
            Closing::Given(entry) | Closing::Void(entry) | Closing::Freeze(entry) => self.state.apply(&entry),
            Closing::DoneAgain | Closing::Nothing => {}
        }
        match sheet.outcome {
            OutcomeSheet::Given(gift) => Bought::Given(Box::new(gift)),
            OutcomeSheet::Void(reason) => Bought::Void(reason),
        }
    }

    fn gift(&mut self, world: &World, gift: &GiftSheet, sheet: &SettleSheet) -> Gift {
        let license = gift.document.as_ref().and_then(|bytes| {
            let tag = self.state.open(sheet.deal).map(|p| p.pay.receiver)?;
            let license = Document::parse(bytes).unwrap().check(&self.trust, tag).unwrap();
            assert_eq!(license.link.deal, sheet.deal);
            self.key_of(world, &license);
            self.licenses.push(license.clone());
            Some(held(&license, bytes))
        });
        for (value, signed) in &gift.values {
            let parsed = seal::parse::<Value>(signed, Sealed::Value, world.maker.realm().id()).unwrap();
            assert_eq!(parsed.claims(), value);
        }
        Gift {
            license,
            slips: gift.slips.clone(),
            credit: gift.credit,
            values: gift.values.clone(),
            bought: None,
        }
    }

    /// The content key of a license, unwrapped by the tag it is for.
    pub fn key_of(&self, world: &World, license: &License) -> seal::ContentSecret {
        let link = &license.link;
        let wrap = &license.document.wraps[0];
        let realm = world.maker.realm().id();
        let bound = license::bound_to(realm, license.offer_hash, link.header, link.receiver.tag, 0, wrap.share);
        license::unwrap_key(&self.tag_opener(link.receiver.tag), &bound, wrap).unwrap()
    }

    /// Says that deals are closed.
    pub fn done(&self, world: &mut World, giver: PartyId, tag: Tag, deals: Vec<DealId>) -> Vec<u8> {
        let realm = world.maker.realm().id();
        let role = if giver == world.issuer.party.id() {
            seal::Role::Issuer
        } else {
            seal::Role::Seller
        };
        let name = if role == seal::Role::Issuer { "issuer" } else { "shop" };
        let to = world.maker.party(role, name).unwrap().opener().seal_to();
        let done = Done { receiver: tag, deals };
        let signer = self.tag_signer(tag);
        wire::sign_and_seal(
            &signer,
            Sealed::Done,
            realm,
            Audience::from(giver),
            &to,
            &done,
            &world.seed(),
        )
        .unwrap()
    }

    /// Puts a value on the card.
    pub fn put(&mut self, value: Value, signed: ByteVec) {
        self.state.apply(&Entry::Value(value, signed));
    }

    /// Loads money from an account: the whole deal.
    pub fn load(&mut self, world: &mut World, amount: i64) -> Bought {
        let account = self
            .state
            .values
            .iter()
            .find(|(v, _)| v.kind == deal::ValueKind::Account)
            .unwrap();
        let account = (account.0.maker, account.0.id);
        self.load_with(world, amount, &[account])
    }

    /// Loads money with these values.
    pub fn load_with(&mut self, world: &mut World, amount: i64, values: &[(PartyId, ValueId)]) -> Bought {
        let (_, sealed) = self.load_begun(world, amount, values);
        let issuer = self.issuer;
        self.pay(world, issuer, &sealed).unwrap()
    }

    /// A load, up to the committed payment.
    pub fn load_begun(&mut self, world: &mut World, amount: i64, values: &[(PartyId, ValueId)]) -> (DealId, Vec<u8>) {
        let mut ask = self.asking(world, Kind::Load);
        ask.amount = Some(super::yen(amount));
        let (quote, sheet) = self.ask(world, self.issuer, &ask).unwrap();
        self.commit(world, &quote, &sheet, values)
    }

    /// Redeems money: the whole deal.
    pub fn redeem(&mut self, world: &mut World, amount: i64) -> Bought {
        let mut ask = self.asking(world, Kind::Redeem);
        ask.amount = Some(super::yen(amount));
        let (quote, sheet) = self.ask(world, self.issuer, &ask).unwrap();
        let (_, sealed) = self.commit(world, &quote, &sheet, &[]);
        let issuer = self.issuer;
        self.pay(world, issuer, &sealed).unwrap()
    }

    /// Asks the shop for an offer.
    pub fn ask_sale(&self, world: &mut World, kind: Kind, number: u64) -> Result<(Quote, QuoteSheet), Refused> {
        let mut ask = self.asking(world, kind);
        ask.offer = Some(OfferNo(number));
        let shop = world.shop.party.id();
        self.ask(world, shop, &ask)
    }

    /// Buys: the whole deal.
    pub fn buy(&mut self, world: &mut World, number: u64, values: &[(PartyId, ValueId)]) -> Bought {
        let (quote, sheet) = self.ask_sale(world, Kind::Sale, number).unwrap();
        let (_, sealed) = self.commit(world, &quote, &sheet, values);
        let shop = world.shop.party.id();
        self.pay(world, shop, &sealed).unwrap()
    }

    /// A surrender, up to the committed payment.
    pub fn surrender_begun(&mut self, world: &mut World, license: LicenseId) -> Result<(DealId, Vec<u8>), Refused> {
        let mut ask = self.asking(world, Kind::Surrender);
        ask.license = Some(license);
        let shop = world.shop.party.id();
        let (quote, sheet) = self.ask(world, shop, &ask)?;
        Ok(self.commit(world, &quote, &sheet, &[]))
    }

    /// Hands a license back: the whole deal.
    pub fn surrender(&mut self, world: &mut World, license: LicenseId) -> Bought {
        let (_, sealed) = self.surrender_begun(world, license).unwrap();
        let shop = world.shop.party.id();
        self.pay(world, shop, &sealed).unwrap()
    }

    /// A report, sealed, asking for `tags` new tags.
    pub fn report(&mut self, world: &mut World, tags: u64) -> Vec<u8> {
        self.state.apply(&Entry::Reported);
        let sheet = ReportSheet {
            report: self.state.report(self.card),
            tags: self.new_tags(tags),
            dones: Vec::new(),
        };
        let realm = world.maker.realm().id();
        let (signer, audience) = (self.signer(), Audience::from(self.issuer));
        wire::sign_and_seal(
            &signer,
            Sealed::Report,
            realm,
            audience,
            &self.issuer_seal,
            &sheet,
            &world.seed(),
        )
        .unwrap()
    }

    /// Reports and takes the clearance, rulings and all.
    pub fn contact(&mut self, world: &mut World, tags: u64) -> ClearanceSheet {
        let report = self.report(world, tags);
        let issuer = self.issuer;
        let sealed = world.answer(issuer, Verb::Report, &report);
        self.cleared(world, &sealed)
    }

    /// Takes a clearance.
    pub fn cleared(&mut self, world: &mut World, sealed: &[u8]) -> ClearanceSheet {
        let signed = wire::open_sealed(&self.opener(), Sealed::Clearance, sealed).unwrap();
        let realm = world.maker.realm().id();
        let key = world
            .maker
            .party(seal::Role::Issuer, "issuer")
            .unwrap()
            .signer()
            .verify_key();
        let sheet: ClearanceSheet =
            wire::open_signed(&signed, Sealed::Clearance, realm, &key, Audience::from(self.card)).unwrap();
        for ruling in &sheet.rulings {
            self.take(world, ruling);
        }
        self.state.apply(&Entry::Cleared(sheet.clearance.clone()));
        if sheet.seen.pay_no > self.state.pay_no || sheet.seen.epoch > self.state.epoch {
            self.state.apply(&Entry::Frozen);
        }
        if let Some(entry) = sheet.resume.as_ref().and_then(|r| self.state.resume(r)) {
            self.state.apply(&entry);
        }
        self.state.apply(&Entry::Tick(world.now));
        self.state.apply(&Entry::Tags(sheet.news.tags.clone()));
        sheet
    }

    /// Slips it carries, for a test that makes some up.
    pub fn slip(&self, world: &mut World, payee: PartyId, amount: Money, pay_no: u64) -> deal::Slip {
        let mut slip = deal::Slip {
            amount,
            payee,
            title: ContentId([7; 16]),
            route: license::Route::Chain,
            sealed: ByteVec::from(Vec::new()),
        };
        let tag = self.state.tags[0].0;
        let realm = world.maker.realm().id();
        let (signer, seed) = (self.tag_signer(tag), world.seed());
        let (sealed, _) = wire::seal_slip(&slip, realm, tag, pay_no, &signer, &self.issuer_seal, &seed).unwrap();
        slip.sealed = ByteVec::from(sealed);
        slip
    }

    /// The key it has for its publisher.
    pub fn for_publisher(&self) -> Signer {
        Signer::new(&self.secret.derive("for the publisher", &[]))
    }

    /// What it claims of its purchases under its next tag, to be kept by another card.
    pub fn claims(&self, world: &World, facts: deal::Facts, bought: &[fact::Bought]) -> fact::Claimed {
        let tag = self.state.tags[0].0;
        let who = fact::Claimant {
            realm: world.maker.realm().id(),
            publisher: world.publisher.id(),
            to: &world.publisher.opener().seal_to(),
            tag,
            signer: &self.tag_signer(tag),
            holder: &self.for_publisher(),
            reached: None,
        };
        fact::Claimed {
            deal: DealId(hash(self.card.0[0]).0),
            publisher: who.publisher,
            tag,
            facts,
            claim: fact::Claim::make(&who, facts, bought, &self.secret).unwrap(),
        }
    }

    /// Evidence to report.
    pub fn witness(&mut self, evidence: Evidence) {
        self.state.evidence.push(evidence);
    }
}

fn held(license: &License, bytes: &[u8]) -> Held {
    Held {
        id: license.id,
        offer: license.offer_hash,
        title: license.offer.content,
        publisher: license.offer.publisher,
        seller: license.seller,
        payee: license.offer.payee,
        status: Status::Usable,
        generation: license.link.generation,
        rights: license.link.rights,
        first_play: None,
        copies_left: license.policy.copies,
        modes: license.policy.modes,
        generations: license.policy.generations,
        fare_copy: license.policy.fare_copy,
        fare_move: license.policy.fare_move,
        copy_rights: license.policy.copy_rights,
        route: license.policy.route,
        policy: license.offer.policy,
        bind: license.link.bind.clone(),
        tag: license.link.receiver.tag,
        paid: license.offer.price,
        since: license.link.at,
        document: ByteVec::from(bytes.to_vec()),
        opened: deal::Opened::default(),
    }
}

/// A hash, for what a test makes up.
pub fn hash(n: u8) -> Hash {
    Hash([n; 32])
}

/// A seed that is not a world's.
pub fn seed(n: u8) -> Seed {
    Seed::new([n; 32])
}
