//! A miniature counterpart for cards: one realm, one issuer, one seller, no books. It answers what a right counterpart
//! would answer, and lets a test bend one thing.
#![allow(dead_code)]

use card::{Card, Checked, Keeping, Memory, PinCost, Settled, Want};
use deal::{
    Kind, Number, Profile, Quote, Tender, Value, ValueKind, VoidReason,
    issuer::Seen,
    wire::{
        self, Ask, ClearanceSheet, Enrol, Enrolled, GiftSheet, News, OutcomeSheet, PaySheet, QuoteSheet, ReportSheet,
        SettleSheet, Tick,
    },
};
use license::{
    Delivery, Document, Link, Modes, Offer, OfferSheet, Policy, Receiver, RefundRule, Rights, Route, TenderKind,
};
use minicbor::bytes::ByteVec;
use package::{About, ContentKey, Geometry, Header};
use seal::{
    Audience, Claims, Class, ContentSecret, Kind as Sealed, Opener, Realm, Role, Roots, Secret, Seed, Signer, cbor,
};
use units::{ContentId, Currency, DealId, Moment, Money, OfferNo, OrderId, PartyId, RealmId, ValueId};

pub const NOW: Moment = Moment(1_800_000_000_000);
pub const PIN: &str = "2468";

pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}
pub fn signer(n: u8) -> Signer {
    Signer::new(&Secret::new([n; 32]))
}
pub fn opener(n: u8) -> Opener {
    Opener::new(&Secret::new([n.wrapping_add(100); 32]))
}
pub fn seed(n: u64) -> Seed {
    Seed::new(seal::hash(&n.to_be_bytes()).0)
}

/// Key numbers: roots 1..=5, card certifier 11, party certifier 12, issuer 20, seller 21, publisher 22, clock 23.
pub struct World {
    pub realm: Realm,
    pub id: RealmId,
    pub issuer: PartyId,
    pub seller: PartyId,
    pub publisher: PartyId,
    pub key: ContentKey,
    pub header: Header,
    pub price: i64,
    pub rights: Rights,
    /// The policy of the one work on sale; its copy rights are the work's, unless said otherwise.
    pub terms: Policy,
    pub copy_rights: Option<Rights>,
    /// What the offer may be paid with.
    pub tenders: Vec<TenderKind>,
    next: u64,
}

pub fn claims(by: u8, subject: [u8; 16], n: u8, role: Role, name: &str) -> Claims {
    Claims {
        issuer: signer(by).verify_key().key_id(),
        subject,
        from: Moment(NOW.0 - 1_000_000),
        until: Moment(NOW.0 + 2_000_000_000_000),
        serial: u64::from(n),
        sign: signer(n).verify_key(),
        seal: opener(n).seal_to(),
        role,
        class: Class::Software,
        name: name.into(),
    }
}

impl World {
    pub fn new() -> Self {
        let root = |n| signer(n).verify_key();
        let realm = Realm {
            name: "dev".into(),
            currency: "JPY".into(),
            roots: Roots {
                card: root(1),
                publisher: root(2),
                issuer: root(3),
                registry: root(4),
                time: root(5),
            },
            registry: "http://127.0.0.1:7401".into(),
        };
        let key = ContentKey::from_secret_bytes([77; 32]);
        let header = Header::new(
            About {
                realm: realm.id(),
                ..About::example()
            },
            &key,
            Geometry::of(1_000_000).unwrap(),
        );
        Self {
            id: realm.id(),
            realm,
            issuer: PartyId([20; 16]),
            seller: PartyId([21; 16]),
            publisher: PartyId([22; 16]),
            key,
            header,
            price: 300,
            rights: Rights::UNLIMITED,
            terms: Policy {
                publisher: PartyId([22; 16]),
                modes: Modes {
                    copy: true,
                    move_: false,
                    locked: false,
                },
                fare_copy: yen(100),
                fare_move: yen(100),
                generations: 3,
                copies: None,
                route: Route::Chain,
                payee: PartyId([22; 16]),
                copy_rights: Rights::UNLIMITED,
                hardware_only: false,
                as_file: false,
                players: 1,
                unlock: None,
                knows_buyers: None,
            },
            copy_rights: None,
            tenders: vec![TenderKind::Slip, TenderKind::Value, TenderKind::Receipt],
            next: 0,
        }
    }
    pub fn fresh(&mut self) -> Seed {
        self.next += 1;
        seed(self.next)
    }
    pub fn certificate(&self, by: u8, n: u8, role: Role, name: &str) -> ByteVec {
        seal::issue(&signer(by), self.id, &claims(by, [n; 16], n, role, name)).into()
    }
    pub fn seller_certificate(&self) -> ByteVec {
        self.certificate(12, 21, Role::Seller, "Otter Records")
    }
    pub fn issuer_certificate(&self) -> ByteVec {
        self.certificate(3, 20, Role::Issuer, "Harbor Money")
    }
    pub fn tick(&self, now: Moment) -> ByteVec {
        let signed = seal::sign(&signer(23), Sealed::Tick, self.id, Audience::Anyone, &now).into();
        cbor::to_bytes(&Tick {
            signed,
            certificate: self.certificate(5, 23, Role::Time, ""),
        })
        .into()
    }
    pub fn news(&self, tags: &[Receiver], now: Moment) -> News {
        let until = Moment(now.0 + 14 * 86_400_000);
        let certify = |r: &Receiver| {
            let claims = Claims {
                subject: r.tag.0,
                from: Moment(now.0 - 1000),
                until,
                sign: r.sign,
                seal: r.seal,
                ..claims(11, [0; 16], 9, Role::Transfer, "")
            };
            (r.tag, until, ByteVec::from(seal::issue(&signer(11), self.id, &claims)))
        };
        News {
            tick: self.tick(now),
            certifiers: vec![
                self.certificate(1, 11, Role::CardCertifier, ""),
                self.certificate(2, 12, Role::PartyCertifier, ""),
            ],
            issuer: self.issuer_certificate(),
            tags: tags.iter().map(certify).collect(),
            revoked: vec![],
            revoked_no: 1,
        }
    }
    pub fn profile() -> Profile {
        Profile::software(yen(5_000), yen(2_000))
    }
    /// A card of this realm, enrolled, with an empty purse.
    pub fn card(&mut self, n: u8) -> Card<Memory> {
        self.card_of(n, Class::Software)
    }
    /// A card of this class.
    pub fn card_of(&mut self, n: u8, class: Class) -> Card<Memory> {
        let (lock, _) = card_lock(n);
        let mut card = Card::born(
            &Secret::new([n; 32]),
            self.realm.clone(),
            lock,
            Self::profile(),
            Keeping::Opened,
            Memory::default(),
            &seed(u64::from(n) << 40),
        )
        .unwrap();
        let request = card.enrol(class, &self.fresh()).unwrap();
        let answer = self.enrol_as(request.bytes(), n, class);
        card.enrolled(&answer, NOW, &self.fresh()).unwrap();
        card
    }
    /// A player of this realm, certified by its maker and never online.
    pub fn player(&mut self, n: u8, bend: impl FnOnce(&mut Claims)) -> Card<Memory> {
        let (lock, _) = card_lock(n);
        let mut player = Card::born(
            &Secret::new([n; 32]),
            self.realm.clone(),
            lock,
            Self::profile(),
            Keeping::AsTheyCame,
            Memory::default(),
            &seed(u64::from(n) << 40),
        )
        .unwrap();
        let (sign, seal) = player.device_keys();
        let mut own = Claims {
            sign,
            seal,
            ..claims(11, [n; 16], n, Role::Player, "Living room")
        };
        bend(&mut own);
        let certificate = seal::issue(&signer(11), self.id, &own);
        let certifier = self.certificate(1, 11, Role::CardCertifier, "").to_vec();
        let made = player.become_player(&certificate, &[certifier], NOW, &self.fresh());
        assert!(made.is_ok(), "{made:?}");
        player
    }
    pub fn enrol(&self, request: &[u8], n: u8) -> Vec<u8> {
        self.enrol_as(request, n, Class::Software)
    }
    /// Certifies a card as one of this class.
    pub fn enrol_as(&self, request: &[u8], n: u8, class: Class) -> Vec<u8> {
        let parsed = seal::parse::<Enrol>(request, Sealed::Enrol, self.id).unwrap();
        let enrol = parsed.claims().clone();
        parsed.verify(&enrol.sign, Audience::Anyone).unwrap();
        let card = units::CardNo([n; 16]);
        let own = Claims {
            subject: card.0,
            sign: enrol.sign,
            seal: enrol.seal,
            class,
            ..claims(11, card.0, n, Role::Card, "")
        };
        let certificate = seal::issue(&signer(11), self.id, &own).into();
        let enrolled = Enrolled {
            card,
            certificate,
            profile: Self::profile(),
            news: self.news(&enrol.tags, NOW),
        };
        seal::sign(&signer(20), Sealed::Enrol, self.id, Audience::Anyone, &enrolled)
    }
    pub fn policy(&self) -> (Policy, ByteVec) {
        let policy = Policy {
            copy_rights: self.copy_rights.unwrap_or(self.rights),
            ..self.terms.clone()
        };
        let signed = seal::sign(&signer(22), Sealed::Policy, self.id, Audience::Anyone, &policy).into();
        (policy, signed)
    }
    pub fn offer(&self) -> Offer {
        Offer {
            number: OfferNo(204),
            content: ContentId([2; 16]),
            title: "Night Ferry".into(),
            publisher: self.publisher,
            sellers: vec![self.seller],
            payee: self.publisher,
            price: yen(self.price),
            tax_permille: 100,
            policy: seal::hash(&self.policy().1),
            delivery: Delivery::Shared(self.header.hash()),
            rights: self.rights,
            tenders: self.tenders.clone(),
            refund: RefundRule {
                days: 14,
                unplayed: true,
                permille: 1000,
            },
            edition: None,
            until: Moment(NOW.0 + 1_000_000_000),
            media_type: "audio/flac".into(),
        }
    }
    pub fn sheet_of(&self, offer: &Offer) -> OfferSheet {
        let signed = seal::sign(&signer(22), Sealed::Offer, self.id, Audience::Anyone, offer);
        OfferSheet {
            publisher: self.certificate(12, 22, Role::Publisher, "Minato Tape Works"),
            offer: signed.into(),
            policy: self.policy().1,
        }
    }
    pub fn sheet(&self) -> OfferSheet {
        self.sheet_of(&self.offer())
    }
    /// The honest answer to a question.
    pub fn quote_for(&mut self, ask: &Ask) -> Quote {
        let offer = self.offer();
        let about_work = matches!(ask.kind, Kind::Sale | Kind::PayOnly | Kind::Surrender | Kind::Clear);
        let (giver, payee) = if about_work {
            (self.seller, offer.payee)
        } else {
            (self.issuer, self.issuer)
        };
        let zero = yen(0);
        Quote {
            kind: ask.kind,
            number: Number::Order(OrderId(self.fresh().id("order"))),
            giver: giver.0,
            offer: about_work.then(|| seal::hash(&self.sheet().offer)),
            policy: about_work.then_some(offer.policy),
            title: if about_work {
                offer.content
            } else {
                ContentId::default()
            },
            price: match ask.kind {
                Kind::Redeem => ask.amount.unwrap(),
                Kind::Sale | Kind::PayOnly | Kind::Clear => offer.price,
                _ => zero,
            },
            accepts: if about_work {
                offer.tenders.clone()
            } else {
                vec![TenderKind::Slip]
            },
            payee,
            generation: 0,
            rights: self.rights,
            route: Route::Till,
            facts: deal::Facts::default(),
            slips: 0,
            room: 1000,
            credit: match ask.kind {
                Kind::Load => ask.amount,
                Kind::Surrender => Some(offer.price),
                _ => None,
            },
            license: ask.license,
            until: Moment(NOW.0 + 600_000),
            ask: Some(ask.hash()),
            links: None,
        }
    }
    /// Signs and seals a quote as the party that gives such deals.
    pub fn quote_sheet(&mut self, quote: &Quote, ask: &Ask) -> Vec<u8> {
        let issuer = matches!(quote.kind, Kind::Load | Kind::Redeem);
        let (n, certificate) = if issuer {
            (20, self.issuer_certificate())
        } else {
            (21, self.seller_certificate())
        };
        let signed = seal::sign(&signer(n), Sealed::Quote, self.id, Audience::Anyone, quote).into();
        let bytes = cbor::to_bytes(&QuoteSheet {
            quote: signed,
            certificate,
            terms: None,
            ahead: None,
            purchase: None,
            claim: None,
        });
        wire::seal_signed(&ask.seal, Sealed::Quote, &bytes, &self.fresh()).unwrap()
    }
    /// Opens a `pay` as the giver.
    pub fn open_pay(&self, sealed: &[u8]) -> (DealId, PaySheet) {
        let open = |n: u8| wire::open_sealed(&opener(n), Sealed::Pay, sealed).ok().map(|b| (n, b));
        let (n, bytes) = open(20).or_else(|| open(21)).expect("sealed to issuer or seller");
        let parsed = seal::parse::<PaySheet>(&bytes, Sealed::Pay, self.id).unwrap();
        let trust = self.trust();
        let receiver = trust
            .check::<seal::role::Transfer>(&parsed.claims().certificate, NOW)
            .unwrap();
        let sheet = parsed.verify(receiver.sign(), Audience::One([n; 16])).unwrap();
        if let (Some(Tender::Slip(slip)), Some(proof)) = (
            sheet.pay.tenders.iter().find(|t| matches!(t, Tender::Slip(_))),
            &sheet.proof,
        ) {
            assert!(wire::slip_agrees(
                slip,
                proof,
                self.id,
                sheet.pay.receiver,
                sheet.pay.pay_no,
                receiver.sign(),
                &opener(20).seal_to()
            ));
        }
        (wire::deal_id(&bytes), sheet)
    }
    pub fn trust(&self) -> seal::Trust {
        let mut trust = seal::Trust::new(self.realm.clone());
        trust.learn(&self.certificate(1, 11, Role::CardCertifier, "")).unwrap();
        trust.learn(&self.certificate(2, 12, Role::PartyCertifier, "")).unwrap();
        trust
    }
    pub fn receiver_of(&self, sheet: &PaySheet) -> Receiver {
        let receiver = self
            .trust()
            .check_ever::<seal::role::Transfer>(&sheet.certificate)
            .unwrap();
        Receiver {
            tag: sheet.pay.receiver,
            sign: *receiver.sign(),
            seal: *receiver.seal(),
        }
    }
    /// The first link of a license for this payment, and its wrapped key.
    pub fn document(&mut self, deal: DealId, sheet: &PaySheet) -> Document {
        let to = self.receiver_of(sheet);
        let offer_sheet = self.sheet();
        let offer_hash = seal::hash(&offer_sheet.offer);
        let link = Link {
            after: offer_hash,
            offer: offer_hash,
            header: self.header.hash(),
            key_id: self.key.id().0,
            generation: 0,
            serial: None,
            rights: self.rights,
            bind: sheet.pay.bind.clone(),
            receiver: to,
            deal,
            at: NOW,
            copies: None,
            support: None,
            loan: None,
        };
        let tree = package::Tree::new(self.header.key.id, &self.header.geometry);
        let share = self.rights.share;
        let key = match share {
            units::Share::Whole => ContentSecret::new(*self.key.secret_bytes_for_wrapping()),
            _ => ContentSecret::new(*self.key.cover(&tree, share).unwrap().secret_bytes_for_wrapping()),
        };
        let bound = license::bound_to(self.id, offer_hash, link.header, to.tag, 0, share);
        let wrap = license::wrap_key(&to.seal, &bound, share, &key, &self.fresh()).unwrap();
        let signed = seal::sign(&signer(21), Sealed::Link, self.id, Audience::Anyone, &link);
        Document {
            publisher: offer_sheet.publisher,
            offer: offer_sheet.offer,
            policy: offer_sheet.policy,
            seller: self.seller_certificate(),
            links: vec![signed.into()],
            wraps: vec![wrap],
        }
    }
    /// What a right giver gives for this payment.
    pub fn gift(&mut self, deal: DealId, sheet: &PaySheet) -> GiftSheet {
        let quote = &sheet.pay.quote;
        let value = |kind, worth| {
            let value = Value {
                kind,
                maker: self.seller,
                id: ValueId(deal.0[..16].try_into().unwrap()),
                worth,
                offer: quote.offer,
                until: None,
                label: "Night Ferry".into(),
            };
            let value = if kind == ValueKind::Refund {
                Value { offer: None, ..value }
            } else {
                value
            };
            let signed = seal::sign(&signer(21), Sealed::Value, self.id, Audience::Anyone, &value).into();
            (value, signed)
        };
        let values = match quote.kind {
            Kind::Surrender => vec![value(ValueKind::Refund, quote.credit.unwrap())],
            Kind::PayOnly => vec![value(ValueKind::Receipt, quote.price)],
            _ => vec![],
        };
        let document = (quote.kind == Kind::Sale).then(|| cbor::to_bytes(&self.document(deal, sheet)).into());
        GiftSheet {
            document,
            slips: vec![],
            credit: quote.credit.filter(|_| quote.kind == Kind::Load),
            values,
            receipt: Some(1),
            secret: None,
            bought: sheet
                .buyer
                .map(|buyer| deal::fact::BoughtWord::sign(&signer(21), self.id, self.publisher, buyer, NOW)),
        }
    }
    pub fn settle(&mut self, deal: DealId, sheet: &PaySheet, outcome: OutcomeSheet) -> Vec<u8> {
        let issuer = matches!(sheet.pay.quote.kind, Kind::Load | Kind::Redeem);
        let (n, certificate) = if issuer {
            (20, self.issuer_certificate())
        } else {
            (21, self.seller_certificate())
        };
        let settle = SettleSheet {
            deal,
            pay_no: sheet.pay.pay_no,
            outcome,
            certificate,
        };
        let to = self.receiver_of(sheet);
        wire::sign_and_seal(
            &signer(n),
            Sealed::Settle,
            self.id,
            to.tag.into(),
            &to.seal,
            &settle,
            &self.fresh(),
        )
        .unwrap()
    }
    pub fn give(&mut self, pay: &[u8]) -> Vec<u8> {
        let (deal, sheet) = self.open_pay(pay);
        let gift = self.gift(deal, &sheet);
        self.settle(deal, &sheet, OutcomeSheet::Given(gift))
    }
    pub fn refuse(&mut self, pay: &[u8], reason: VoidReason) -> Vec<u8> {
        let (deal, sheet) = self.open_pay(pay);
        self.settle(deal, &sheet, OutcomeSheet::Void(reason))
    }
    /// Quote for an ask of this card, read by it.
    pub fn checked(&mut self, card: &Card<Memory>, asked: &card::Asked) -> Checked {
        let quote = self.quote_for(&asked.ask);
        let bytes = self.quote_sheet(&quote, &asked.ask);
        card.read_quote(&bytes, Some(asked), Some(&self.sheet()), NOW).unwrap()
    }
    pub fn load(&mut self, card: &mut Card<Memory>, amount: i64) {
        let asked = card.ask_load(yen(amount), &self.fresh()).unwrap();
        let checked = self.checked(card, &asked);
        let ok = card.confirm_free(&checked).unwrap();
        let (_, pay) = card.pay(&checked, ok, &Want::default(), NOW, &self.fresh()).unwrap();
        let settle = self.give(pay.bytes());
        assert!(matches!(
            card.settle(&settle, NOW, &self.fresh()).unwrap(),
            Settled::Given { .. }
        ));
    }
    /// Pays for the one work on sale; the `pay` is with the caller.
    pub fn pay(&mut self, card: &mut Card<Memory>) -> Vec<u8> {
        let asked = card.ask_sale(OfferNo(204), &self.fresh()).unwrap();
        let checked = self.checked(card, &asked);
        let ok = card.confirm(&checked, PIN, &self.fresh()).unwrap();
        card.pay(&checked, ok, &Want::default(), NOW, &self.fresh())
            .unwrap()
            .1
            .into_bytes()
    }
    pub fn buy(&mut self, card: &mut Card<Memory>) -> units::LicenseId {
        let pay = self.pay(card);
        let settle = self.give(&pay);
        match card.settle(&settle, NOW, &self.fresh()).unwrap() {
            Settled::Given { license: Some(id), .. } => id,
            other => panic!("{other:?}"),
        }
    }
    /// The issuer's answer to a report.
    pub fn clear(
        &mut self,
        card: &Card<Memory>,
        report: &[u8],
        seen: Seen,
        bend: impl FnOnce(&mut ClearanceSheet),
    ) -> Vec<u8> {
        let bytes = wire::open_sealed(&opener(20), Sealed::Report, report).unwrap();
        let parsed = seal::parse::<ReportSheet>(&bytes, Sealed::Report, self.id).unwrap();
        let own = card.image().certificate.clone();
        let own = self.trust().check_ever::<seal::role::Card>(&own).unwrap();
        let sheet = parsed.verify(own.sign(), Audience::One(self.issuer.0)).unwrap();
        let clearance = deal::issuer::clear(&sheet.report, seal::hash(&bytes));
        let mut answer = ClearanceSheet {
            clearance,
            seen,
            rulings: vec![],
            resume: None,
            resume_from: None,
            news: self.news(&sheet.tags, NOW),
            profile: Self::profile(),
            stopped: None,
            late: None,
            inherited: None,
        };
        bend(&mut answer);
        wire::sign_and_seal(
            &signer(20),
            Sealed::Clearance,
            self.id,
            card.number().unwrap().into(),
            own.seal(),
            &answer,
            &self.fresh(),
        )
        .unwrap()
    }
}

pub fn card_lock(n: u8) -> (card_lock_type::Lock, card::RecoveryCode) {
    card::Lock::new(PIN, PinCost::TOY, &seed(u64::from(n) + 9_000)).unwrap()
}
pub mod card_lock_type {
    pub use card::Lock;
}

pub fn wake(card: &Card<Memory>, n: u8) -> Result<Card<Memory>, card::Damaged> {
    let journal = card.journal().clone();
    Card::wake(
        &Secret::new([n; 32]),
        &journal.snapshot.clone(),
        &journal.records.clone(),
        journal,
    )
}
