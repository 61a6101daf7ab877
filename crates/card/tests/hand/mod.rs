//! Handing on, told once: what two cards say to one another, message by message, with a carrier that a test can bend.
#![allow(dead_code)]

use crate::world::*;
use card::{Asked, Card, Checked, Decided, Memory, Permit, Quoted, Settled, Want};
use deal::Kind;
use license::Route;
use units::{DealId, LicenseId, Moment, Span};

pub const LATER: Moment = Moment(NOW.0 + 3_600_000);

/// A world whose one work may be copied, moved and passed on locked, eight generations deep, by the rule of `route`.
pub fn world(route: Route) -> World {
    let mut world = World::new();
    world.terms.modes = license::Modes {
        copy: true,
        move_: true,
        locked: true,
    };
    world.terms.generations = 8;
    world.terms.route = route;
    world.terms.unlock = Some(license::Unlock {
        key: opener(24).seal_to(),
        centres: vec![units::PartyId([25; 16])],
        fee: yen(250),
        arrives: units::Share::Nothing,
    });
    world
}

/// A card with money on it.
pub fn rich(world: &mut World, n: u8, yen: i64) -> Card<Memory> {
    let mut card = world.card(n);
    world.load(&mut card, yen);
    card
}

/// A card that bought the work.
pub fn owner(world: &mut World, n: u8) -> (Card<Memory>, LicenseId) {
    let mut card = rich(world, n, 500);
    let id = world.buy(&mut card);
    (card, id)
}

pub fn permit(world: &mut World, giver: &mut Card<Memory>, kind: Kind, license: LicenseId) -> Permit {
    match kind {
        Kind::Move => giver.permit_move(license, LATER, PIN, &world.fresh()).unwrap(),
        _ => giver.permit(kind, Some(license), LATER).unwrap(),
    }
}

pub fn asked(world: &mut World, receiver: &Card<Memory>, kind: Kind) -> Asked {
    match kind {
        Kind::Copy => receiver.ask_copy(None, &world.fresh()).unwrap(),
        Kind::Move => receiver.ask_move(None, &world.fresh()).unwrap(),
        _ => receiver.ask_locked(None, &world.fresh()).unwrap(),
    }
}

/// Question and answer: what the receiver's card would show.
pub fn quoted(
    world: &mut World,
    giver: &mut Card<Memory>,
    receiver: &Card<Memory>,
    kind: Kind,
    license: LicenseId,
) -> (Checked, Quoted) {
    let permit = permit(world, giver, kind, license);
    let asked = asked(world, receiver, kind);
    let quoted = giver.quote(&asked.bytes(), &permit, None, NOW, &world.fresh()).unwrap();
    let checked = receiver
        .read_quote(quoted.message.bytes(), Some(&asked), None, NOW)
        .unwrap();
    (checked, quoted)
}

/// The receiver agrees and pays.
pub fn pay(world: &mut World, receiver: &mut Card<Memory>, checked: &Checked) -> (DealId, Vec<u8>) {
    let ok = receiver.confirm(checked, PIN, &world.fresh()).unwrap();
    let (deal, pay) = receiver
        .pay(checked, ok, &Want::default(), NOW, &world.fresh())
        .unwrap();
    (deal, pay.into_bytes())
}

/// Up to the `pay`, which is with the caller.
pub fn paying(
    world: &mut World,
    giver: &mut Card<Memory>,
    receiver: &mut Card<Memory>,
    kind: Kind,
    license: LicenseId,
) -> (DealId, Vec<u8>) {
    let (checked, _) = quoted(world, giver, receiver, kind, license);
    pay(world, receiver, &checked)
}

pub fn decide(world: &mut World, giver: &mut Card<Memory>, pay: &[u8]) -> Decided {
    giver.decide(pay, NOW, &world.fresh()).unwrap()
}

pub fn settle_of(decided: &Decided) -> Vec<u8> {
    decided.settle().unwrap().bytes().to_vec()
}

/// All five messages.
pub fn hand_on(
    world: &mut World,
    giver: &mut Card<Memory>,
    receiver: &mut Card<Memory>,
    kind: Kind,
    license: LicenseId,
) -> LicenseId {
    let (_, pay) = paying(world, giver, receiver, kind, license);
    let decided = decide(world, giver, &pay);
    assert!(matches!(decided, Decided::Given { .. }), "{decided:?}");
    match receiver.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap() {
        Settled::Given {
            license: Some(id),
            done,
            ..
        } => {
            assert_eq!(giver.take_done(done.bytes(), &world.fresh()).unwrap().len(), 1);
            let givers = receiver.dones().into_iter().map(|(to, _)| to).collect();
            receiver.dones_taken(givers, &world.fresh()).unwrap();
            id
        }
        other => panic!("{other:?}"),
    }
}

/// (purse, reserved, escrow for the publisher)
pub fn money(world: &World, card: &Card<Memory>) -> (i64, i64, i64) {
    let summary = card.state().summary();
    let escrow = summary.escrow.get(&world.publisher).map_or(0, |m| m.minor());
    (summary.spendable.minor(), summary.reserved.minor(), escrow)
}

/// Does this card play the work, with the very keys of the content?
pub fn plays(world: &mut World, card: &mut Card<Memory>, license: LicenseId) -> bool {
    let Ok(ticket) = card.begin_play(license, NOW, &world.fresh()) else {
        return false;
    };
    let key = card.release(&ticket, &world.header, 0, NOW).unwrap();
    let tree = package::Tree::new(world.header.key.id, &world.header.geometry);
    let right = world.key.root(&tree).stretch(&tree, 0).unwrap();
    key.secret_bytes_for_release() == right.secret_bytes_for_release()
}

pub fn after(span: Span) -> Moment {
    NOW.plus(span)
}

/// In which order two cards that meet say what they have to say, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    Once,
    Backwards,
    Twice,
}

/// Two cards meet: each says everything it has open, until nobody has anything left. Answers whether that came to be.
pub fn meet(world: &mut World, one: &mut Card<Memory>, two: &mut Card<Memory>, talk: Talk) -> bool {
    for _ in 0..4 {
        say_all(world, one, two, talk);
        say_all(world, two, one, talk);
        if one.open().is_empty() && two.open().is_empty() {
            return true;
        }
    }
    false
}

fn say_all(world: &mut World, from: &mut Card<Memory>, to: &mut Card<Memory>, talk: Talk) {
    let mut says = from.to_say();
    if talk == Talk::Backwards {
        says.reverse();
    }
    if talk == Talk::Twice {
        says.extend(says.clone());
    }
    for say in says {
        exchange(world, from, to, say.kind, say.message.bytes());
    }
}

/// One message, its answer, and the answer to that.
pub fn exchange(world: &mut World, from: &mut Card<Memory>, to: &mut Card<Memory>, kind: seal::Kind, bytes: &[u8]) {
    use card::Heard;
    let Ok(heard) = to.hear(kind, bytes, NOW, &world.fresh()) else {
        return;
    };
    match heard {
        Heard::Decided(decided) => {
            if let Some(settle) = decided.settle() {
                let bytes = settle.bytes().to_vec();
                exchange(world, to, from, seal::Kind::Settle, &bytes);
            }
        }
        Heard::Settled(Settled::Given { done, .. } | Settled::Again(done)) => {
            let bytes = done.bytes().to_vec();
            exchange(world, to, from, seal::Kind::Done, &bytes);
        }
        Heard::Settled(_) | Heard::Freed(_) => {}
    }
}

/// A card in a thief's hands: a certified tag whose keys the test knows, so that it can say anything.
pub struct Hacked {
    pub tag: units::Tag,
    n: u8,
    pub certificate: minicbor::bytes::ByteVec,
}

impl Hacked {
    pub fn new(world: &World, n: u8) -> Self {
        Self::until(world, n, Moment(NOW.0 + 86_400_000))
    }
    pub fn until(world: &World, n: u8, until: Moment) -> Self {
        let by_certifier = seal::Claims {
            until,
            ..claims(11, [n; 16], n, seal::Role::Transfer, "")
        };
        Self {
            tag: units::Tag([n; 16]),
            n,
            certificate: seal::issue(&signer(11), world.id, &by_certifier).into(),
        }
    }
    /// A payment for `quote` that a test may bend before it is signed; answers it sealed to the giver.
    pub fn pay(
        &self,
        world: &World,
        quoted: &Quoted,
        bend: impl FnOnce(&mut deal::wire::PaySheet),
    ) -> (DealId, Vec<u8>) {
        let plain: deal::wire::QuoteSheet = seal::cbor::from_bytes(quoted.message.bytes()).unwrap();
        let quote = quoted.quote.clone();
        let mut slip = deal::Slip {
            amount: quote.price,
            payee: quote.payee,
            title: quote.title,
            route: quote.route,
            sealed: vec![].into(),
        };
        let proof = self.seal(world, &mut slip, 0);
        let mut sheet = deal::wire::PaySheet {
            pay: deal::Pay {
                receiver: self.tag,
                pay_no: 0,
                facts: deal::Facts::default(),
                winner: deal::winner(quote.route, quote.facts, deal::Facts::default()),
                tenders: vec![deal::Tender::Slip(slip)],
                bind: license::Bind::Free,
                slips: vec![],
                room: quote.slips + 1,
                quote,
            },
            quote: plain.quote,
            proof: Some(proof),
            consent: deal::wire::quote_hash(&quoted.quote),
            seller_number: None,
            document: None,
            certificate: self.certificate.clone(),
            giver: Some(plain.certificate.clone()),
            approval: None,
            agreed: None,
            keeps_terms: None,
            claim: None,
            buyer: None,
            refusal: None,
        };
        bend(&mut sheet);
        let giver = world
            .trust()
            .check_ever::<seal::role::Transfer>(&plain.certificate)
            .unwrap();
        let signed = seal::sign(
            &signer(self.n),
            seal::Kind::Pay,
            world.id,
            seal::Audience::One(quoted.quote.giver),
            &sheet,
        );
        let sealed = deal::wire::seal_signed(giver.seal(), seal::Kind::Pay, &signed, &seed(u64::from(self.n))).unwrap();
        (deal::wire::deal_id(&signed), sealed)
    }
    pub fn seal(&self, world: &World, slip: &mut deal::Slip, pay_no: u64) -> deal::wire::SlipProof {
        let issuer = opener(20).seal_to();
        let (sealed, proof) =
            deal::wire::seal_slip(slip, world.id, self.tag, pay_no, &signer(self.n), &issuer, &seed(5)).unwrap();
        slip.sealed = sealed.into();
        proof
    }
    /// A quote of its own, sealed to a question.
    pub fn quote(
        &self,
        ask: &deal::wire::Ask,
        quote: &deal::Quote,
        terms: &license::OfferSheet,
        world: &World,
    ) -> Vec<u8> {
        let sheet = deal::wire::QuoteSheet {
            quote: seal::sign(
                &signer(self.n),
                seal::Kind::Quote,
                world.id,
                seal::Audience::Anyone,
                quote,
            )
            .into(),
            certificate: self.certificate.clone(),
            terms: Some(seal::cbor::to_bytes(terms).into()),
            ahead: None,
            purchase: None,
            claim: None,
        };
        let bytes = seal::cbor::to_bytes(&sheet);
        deal::wire::seal_signed(&ask.seal, seal::Kind::Quote, &bytes, &seed(6)).unwrap()
    }
    /// Opens what was paid to it.
    pub fn open(&self, world: &World, pay: &[u8]) -> (DealId, deal::wire::PaySheet) {
        let bytes = deal::wire::open_sealed(&opener(self.n), seal::Kind::Pay, pay).unwrap();
        let parsed = seal::parse::<deal::wire::PaySheet>(&bytes, seal::Kind::Pay, world.id).unwrap();
        (deal::wire::deal_id(&bytes), parsed.claims().clone())
    }
    /// A decision of its own making.
    pub fn settle(
        &self,
        world: &World,
        deal: DealId,
        sheet: &deal::wire::PaySheet,
        outcome: deal::wire::OutcomeSheet,
    ) -> Vec<u8> {
        let settle = deal::wire::SettleSheet {
            deal,
            pay_no: sheet.pay.pay_no,
            outcome,
            certificate: self.certificate.clone(),
        };
        let to = world.receiver_of(sheet);
        deal::wire::sign_and_seal(
            &signer(self.n),
            seal::Kind::Settle,
            world.id,
            to.tag.into(),
            &to.seal,
            &settle,
            &seed(8),
        )
        .unwrap()
    }
}
