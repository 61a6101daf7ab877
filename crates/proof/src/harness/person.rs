//! Person: a holder with a real card and the little program around it, which the power may leave at any write.
//!
//! What the program knows (which question was asked, which answer is awaited) dies with the power; what the card knows
//! does not. The program is honest and impatient: it repeats, asks again, and takes late answers when they come.

use std::collections::BTreeMap;

use card::{Asked, Card, Checked, Keeping, Lock, Memory, PinCost, Settled, Want};
use deal::{Profile, ValueKind};
use license::OfferSheet;
use party::errand::Verb;
use seal::{Class, Realm, Secret, Seed};
use units::{Currency, DealId, LicenseId, Money, OfferNo, PartyId, Refusal, Span, ValueId};

use super::{
    agenda::{End, Event, Said},
    heir::{Claim, Place},
    log::{Intent, Picture},
    scene::Scene,
    tape::Tape,
};

pub(super) const PIN: &str = "2468";
/// How many awaited answers a program remembers.
const CALLS_MAX: usize = 256;

/// A question whose quote is awaited, and what for.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) asked: Asked,
    pub(super) sheet: Option<OfferSheet>,
    pub(super) want: Want,
    pub(super) to: End,
}

/// Why an answer is awaited.
#[derive(Debug, Clone)]
pub(super) enum Awaited {
    Enrol,
    Quote(Box<Question>),
    Settle(PartyId),
    Done(PartyId),
    Orders(PartyId),
    /// The answer to a report that carried `done`s to these givers.
    Clearance(Vec<[u8; 16]>),
    /// The issuer's answer to a claim.
    Claimed(Claim),
    /// A seller's answer about a license that waits.
    Confirmed(LicenseId),
}

/// What a person may want to do.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Money onto the card.
    Load(Money),
    /// Refund orders turned into money.
    CashIn,
    /// Money off the card.
    Redeem(Money),
    /// A license.
    Buy(OfferNo, OfferSheet, Want),
    /// A receipt, the goods to follow.
    PayOnly(OfferNo, OfferSheet, Want),
    /// A license handed back.
    Surrender(LicenseId, OfferNo),
    /// Slips sent home.
    Collect(PartyId),
}

/// A person with a card.
#[derive(Debug)]
pub struct Person {
    /// Which one.
    pub number: usize,
    pub(super) card: Option<Card<Tape>>,
    /// What stands on the disk of a card without power, woken for whoever looks on.
    asleep: Option<Card<Tape>>,
    master: Secret,
    recovery: String,
    pub(super) calls: BTreeMap<u64, Awaited>,
    /// The bank's token for the person's account, in the maker's signed form, with the bank's certificate.
    pub token: Option<(Vec<u8>, Vec<u8>)>,
    /// Whom loads go to.
    pub issuer: PartyId,
    /// Who sells.
    pub shop: Option<PartyId>,
    /// Who takes fares home.
    pub collector: Option<PartyId>,
    /// The machine at the corner that takes fares too.
    pub machine: Option<PartyId>,
    /// The card is gone for good.
    pub lost: bool,
    /// The seller, and its certificate, of whom word is asked for licenses that wait.
    pub seller: Option<(PartyId, Vec<u8>)>,
    /// Whose place this card takes.
    pub(super) place: Option<Place>,
    old: Option<(Memory, Picture)>,
}

impl Person {
    /// A person gets a card; it still has to enrol.
    pub fn born(scene: &mut Scene, number: usize, realm: Realm, currency: Currency, issuer: PartyId) -> Self {
        let master = Secret::new(scene.dice.bytes());
        let most = Money::new(units::AMOUNT_MAX, currency).unwrap_or(Money::zero(currency));
        let mut person = Self {
            number,
            card: None,
            asleep: None,
            master,
            recovery: String::new(),
            calls: BTreeMap::new(),
            token: None,
            issuer,
            shop: None,
            collector: None,
            machine: None,
            lost: false,
            seller: None,
            place: None,
            old: None,
        };
        let lock = Lock::new(PIN, PinCost::TOY, &person.seed(scene));
        let seed = person.seed(scene);
        if let Ok((lock, code)) = lock {
            person.recovery = code.0;
            let keeping = if number.is_multiple_of(2) {
                Keeping::Opened
            } else {
                Keeping::AsTheyCame
            };
            let profile = Profile::software(most, most);
            person.card = Card::born(&person.master, realm, lock, profile, keeping, Tape::default(), &seed).ok();
        }
        person
    }

    pub(super) fn seed(&self, scene: &mut Scene) -> Seed {
        Seed::new(scene.dice.bytes())
    }

    /// The card, while it has power.
    pub const fn card(&self) -> Option<&Card<Tape>> {
        self.card.as_ref()
    }

    /// The card, with power or without: what it would know if it woke now.
    pub fn seen(&self) -> Option<&Card<Tape>> {
        self.card.as_ref().or(self.asleep.as_ref())
    }

    /// Plans a power cut at one of the next journal writes.
    pub fn plan_cut(&mut self, left: u64, after: bool) {
        if let Some(card) = &mut self.card {
            card.journal_mut().cut(left, after);
        }
    }

    /// Journal writes since power came.
    pub fn writes(&self) -> u64 {
        self.card.as_ref().map_or(0, |c| c.journal().writes)
    }

    /// Organisations this holder deals with; whoever else gave something is a card.
    fn parties(&self) -> Vec<PartyId> {
        [Some(self.issuer), self.shop, self.collector]
            .into_iter()
            .flatten()
            .collect()
    }

    fn end(&self) -> End {
        End::Person(self.number)
    }

    pub(super) fn asks(&mut self, scene: &mut Scene, to: PartyId, verb: Verb, body: Vec<u8>, why: Awaited) {
        let call = scene.request(self.end(), to, verb, body);
        self.awaits(call, why);
    }

    /// Remembers what an answer will be about, as long as there is power.
    pub(super) fn awaits(&mut self, call: u64, why: Awaited) {
        self.calls.insert(call, why);
        if self.calls.len() > CALLS_MAX {
            self.calls.pop_first();
        }
    }

    /// After every step of the card: did the power hold, and what has become of its deals?
    pub(super) fn after(&mut self, scene: &mut Scene) {
        let Some(card) = &self.card else { return };
        if !card.journal().dark {
            scene.log.looks_at(self.number, card);
            return;
        }
        scene.say(|| format!("card {} loses power", self.number));
        self.falls(scene);
    }

    /// The power goes: what stands on the tape is all there is.
    pub fn falls(&mut self, scene: &mut Scene) {
        if let Some(card) = self.card.take() {
            self.sleeps(scene, &card.journal().memory);
        }
        self.calls.clear();
        let after = Span::seconds(scene.dice.between(1, 7200));
        scene.later(after, Event::CardWakes(self.number));
    }

    /// Nothing is left but the disk. Whoever looks on sees already what the card will find there.
    fn sleeps(&mut self, scene: &mut Scene, disk: &Memory) {
        let tape = Tape::found(disk);
        let (snapshot, records) = (tape.memory.snapshot.clone(), tape.memory.records.clone());
        match Card::wake(&self.master, &snapshot, &records, tape) {
            Ok(card) => {
                scene.log.looks_at(self.number, &card);
                self.asleep = Some(card);
            }
            Err(no) => scene.log.finds(format!("card {} does not wake: {no}", self.number)),
        }
    }

    /// The power is back.
    pub fn wakes(&mut self, _: &mut Scene) {
        if self.card.is_none() && !self.lost {
            self.card = self.asleep.take();
        }
    }

    /// The code on the holder's paper.
    pub(super) fn recovery(&self) -> &str {
        &self.recovery
    }

    /// Yesterday's card file is kept for later.
    pub fn keeps_file(&mut self, scene: &Scene) {
        if let Some(card) = &self.card {
            self.old = Some((card.journal().memory.clone(), scene.log.picture(self.number)));
        }
    }

    /// Yesterday's card file is put back. False: there is none.
    pub fn puts_back(&mut self, scene: &mut Scene) -> bool {
        let Some((memory, picture)) = self.old.take() else {
            return false;
        };
        scene.say(|| format!("card {}: yesterday's file is put back", self.number));
        self.card = None;
        self.calls.clear();
        scene.log.put_back(self.number, picture);
        self.sleeps(scene, &memory);
        self.wakes(scene);
        true
    }

    /// Is it a card of the realm yet?
    pub fn enrolled(&self) -> bool {
        self.card.as_ref().is_some_and(|c| c.number().is_some())
    }

    /// Is there too little in the purse for another fare?
    pub fn is_poor(&self) -> bool {
        self.card.as_ref().is_some_and(|c| c.state().purse.minor() < 300)
    }

    /// Has every transfer certificate been used?
    pub fn has_no_tags(&self) -> bool {
        self.card.as_ref().is_some_and(|c| c.state().next_tag().is_none())
    }

    /// Wants money on the card.
    pub fn loads(&mut self, scene: &mut Scene, currency: Currency) {
        let amount = i64::try_from(scene.dice.between(1, 60))
            .unwrap_or(1)
            .saturating_mul(100);
        if let Ok(amount) = Money::new(amount, currency) {
            self.wishes(scene, Wish::Load(amount));
        }
    }

    /// The card is gone for good, with everything on it.
    pub fn loses_card(&mut self, scene: &mut Scene) {
        scene.say(|| format!("card {} is lost", self.number));
        if let Some(card) = self.card.take() {
            self.sleeps(scene, &card.journal().memory);
        }
        self.calls.clear();
        self.lost = true;
        scene.log.lost.insert(self.number);
    }

    /// Has it paid another card that has not answered yet?
    pub fn waits_for_a_friend(&self) -> bool {
        let open = self.card.iter().flat_map(|card| &card.state().paid);
        open.into_iter().any(|paid| paid.pay.quote.kind.between_cards())
    }

    /// Anything unfinished?
    pub fn is_open(&self) -> bool {
        !self.lost
            && self
                .card
                .as_ref()
                .is_none_or(|c| !c.state().paid.is_empty() || c.state().frozen || c.number().is_none())
    }

    /// Asks the issuer to make it a card of the realm, as often as needed.
    pub fn enrols(&mut self, scene: &mut Scene) {
        let seed = self.seed(scene);
        let Some(card) = &mut self.card else { return };
        let request = card.enrol(Class::Software, &seed);
        if let Ok(request) = request {
            self.asks(scene, self.issuer, Verb::Enrol, request.into_bytes(), Awaited::Enrol);
        }
        self.after(scene);
    }

    /// Reports to the issuer.
    pub fn reports(&mut self, scene: &mut Scene) {
        let (seed, now) = (self.seed(scene), scene.now);
        let parties = self.parties();
        let Some(card) = &mut self.card else { return };
        let told = card.dones().into_iter().map(|(to, _)| to);
        let told = told.filter(|to| !parties.contains(&PartyId(*to))).collect();
        let report = card.report(Class::Software, now, &seed);
        if let Ok(report) = report {
            self.asks(
                scene,
                self.issuer,
                Verb::Report,
                report.into_bytes(),
                Awaited::Clearance(told),
            );
        }
        self.after(scene);
    }

    /// Repeats every open payment to its giver.
    pub fn repeats(&mut self, scene: &mut Scene) {
        let Some(card) = &self.card else { return };
        let open: Vec<(DealId, PartyId)> = card
            .state()
            .paid
            .iter()
            .filter(|p| !p.pay.quote.kind.between_cards())
            .map(|p| (p.deal, PartyId(p.pay.quote.giver)))
            .collect();
        let again: Vec<(PartyId, Vec<u8>)> = open
            .iter()
            .filter_map(|(deal, to)| Some((*to, card.pay_again(*deal)?.into_bytes())))
            .collect();
        for (to, pay) in again {
            self.asks(scene, to, Verb::Pay, pay, Awaited::Settle(to));
        }
    }

    /// Brings `done`s that nobody has taken yet.
    pub fn brings_dones(&mut self, scene: &mut Scene) {
        let Some(card) = &self.card else { return };
        let parties = self.parties();
        let for_party = |to: &[u8; 16]| parties.contains(&PartyId(*to));
        for (to, done) in card.dones().into_iter().filter(|(to, _)| for_party(to)).take(8) {
            let to = PartyId(to);
            self.asks(scene, to, Verb::Done, done, Awaited::Done(to));
        }
    }

    /// Looks after what is open, and does nothing else.
    pub fn calms_gently(&mut self, scene: &mut Scene) {
        if !self.enrolled() {
            return self.enrols(scene);
        }
        self.hands_in_token(scene);
        self.repeats(scene);
        self.brings_dones(scene);
    }

    /// The bank's token comes onto the card, if it is not there.
    fn hands_in_token(&mut self, scene: &mut Scene) {
        let missing = self
            .card
            .as_ref()
            .is_some_and(|c| of_kind(c, ValueKind::Account).next().is_none());
        if let (true, Some((signed, certificate))) = (missing, self.token.clone()) {
            self.takes(scene, &signed, &certificate);
        }
    }

    /// Faults are over: the card has power, and what is open is finished.
    pub fn calms(&mut self, scene: &mut Scene) {
        if let Some(card) = &mut self.card {
            let memory = &mut card.journal_mut().memory;
            memory.writes_left = None;
            memory.fails_after = false;
        }
        self.wakes(scene);
        // Nobody begins anything new: a quote that was weeks on its way is not taken up any more.
        self.calls.retain(|_, why| !matches!(why, Awaited::Quote(_)));
        if !self.enrolled() {
            return self.enrols(scene);
        }
        self.hands_in_token(scene);
        self.repeats(scene);
        self.brings_dones(scene);
        self.reports(scene);
        self.follows_loss(scene);
    }

    /// Begins a deal, if the card lets it.
    pub fn wishes(&mut self, scene: &mut Scene, wish: Wish) {
        let seed = self.seed(scene);
        let Some(card) = &self.card else { return };
        let shop = self.shop.unwrap_or(self.issuer);
        let (asked, to, sheet, want) = match wish {
            Wish::Load(amount) => {
                let values = of_kind(card, ValueKind::Account).take(1).map(|v| (v.0, v.1)).collect();
                (
                    card.ask_load(amount, &seed),
                    self.issuer,
                    None,
                    Want {
                        values,
                        ..Want::default()
                    },
                )
            }
            Wish::CashIn => {
                let orders: Vec<_> = of_kind(card, ValueKind::Refund).take(3).collect();
                let sum = orders
                    .iter()
                    .map(|(.., worth)| *worth)
                    .reduce(|a, b| a.plus(b).unwrap_or(a));
                let Some(sum) = sum else { return };
                let values = orders.iter().map(|v| (v.0, v.1)).collect();
                (
                    card.ask_load(sum, &seed),
                    self.issuer,
                    None,
                    Want {
                        values,
                        ..Want::default()
                    },
                )
            }
            Wish::Redeem(amount) => (card.ask_redeem(amount, &seed), self.issuer, None, Want::default()),
            Wish::Buy(number, sheet, want) => (card.ask_sale(number, &seed), shop, Some(sheet), want),
            Wish::PayOnly(number, sheet, want) => (card.ask_pay_only(number, &seed), shop, Some(sheet), want),
            Wish::Surrender(id, number) => (card.ask_surrender(id, number, &seed), shop, None, Want::default()),
            Wish::Collect(payee) => (card.ask_collect(payee, &seed), payee, None, Want::default()),
        };
        match asked {
            Ok(asked) => {
                let body = asked.bytes();
                let question = Question {
                    asked,
                    sheet,
                    want,
                    to: End::Party(to),
                };
                self.asks(scene, to, Verb::Ask, body, Awaited::Quote(Box::new(question)));
            }
            Err(no) => scene.say(|| format!("card {} does not ask: {}", self.number, no.code())),
        }
    }

    /// Plays a license, if it may be played.
    pub fn plays(&mut self, scene: &mut Scene) {
        let (seed, now) = (self.seed(scene), scene.now);
        let Some(card) = &mut self.card else { return };
        let ids: Vec<LicenseId> = card.state().licenses.keys().copied().collect();
        let Some(id) = scene.dice.pick(&ids).copied() else {
            return;
        };
        let _ = card.begin_play(id, now, &seed);
        self.after(scene);
    }

    /// Puts the bank's token on the card, or a coupon, ticket or the like.
    pub fn takes(&mut self, scene: &mut Scene, signed: &[u8], certificate: &[u8]) {
        let (seed, now) = (self.seed(scene), scene.now);
        let Some(card) = &mut self.card else { return };
        let taken = card.take_value(signed, certificate, now, &seed);
        let code = taken.as_ref().err().map(|no| no.code());
        if let Ok(value) = taken {
            scene.log.put_on(self.number, &value);
        }
        scene.say(|| format!("card {} takes a value: {}", self.number, code.unwrap_or("yes")));
        self.after(scene);
    }

    /// An answer arrives.
    pub fn hears(&mut self, scene: &mut Scene, call: u64, said: Said) {
        let Some(awaited) = self.calls.get(&call).cloned() else {
            return;
        };
        let bytes = match said {
            Said::Answer(bytes) => bytes,
            // Asked again when the holder next looks after what is open.
            Said::NotYet(_) => return,
            Said::Refused(code) => {
                scene.say(|| format!("card {} is refused: {code}", self.number));
                scene.log.refused(&code);
                return;
            }
        };
        match awaited {
            Awaited::Enrol => self.is_enrolled(scene, &bytes),
            Awaited::Quote(question) => {
                // One answer, one consent: a repeated quote is not paid twice.
                self.calls.remove(&call);
                self.reads(scene, &bytes, &question);
            }
            Awaited::Settle(by) if !bytes.is_empty() => self.settles(scene, &bytes, End::Party(by)),
            // The machine has taken it and delivers it later.
            Awaited::Settle(_) => {}
            Awaited::Orders(payee) => self.hands_in(scene, payee, &bytes),
            Awaited::Done(to) => {
                let seed = self.seed(scene);
                self.calls.remove(&call);
                if let Some(card) = &mut self.card {
                    let _ = card.dones_taken(vec![to.0], &seed);
                }
            }
            Awaited::Clearance(told) => self.is_cleared(scene, &bytes, told),
            Awaited::Claimed(claim) => self.is_claimed(scene, &bytes, &claim),
            Awaited::Confirmed(license) => self.is_confirmed(scene, &bytes, license),
        }
        self.after(scene);
    }

    /// Power cuts in the middle of PIN checks count as tries; the recovery code is for that.
    pub(super) fn unblocks(&mut self, scene: &mut Scene) {
        let (seed, code) = (self.seed(scene), self.recovery.clone());
        let Some(card) = &mut self.card else { return };
        let unblocked = card.unblock(&code, PIN, &seed);
        scene.say(|| format!("card {} is unblocked: {unblocked:?}", self.number));
    }

    fn is_enrolled(&mut self, scene: &mut Scene, bytes: &[u8]) {
        let (seed, now) = (self.seed(scene), scene.now);
        let Some(card) = &mut self.card else { return };
        let was = card.number().is_some();
        match card.enrolled(bytes, now, &seed) {
            Ok(born) => scene.say(|| format!("card {} is enrolled with {} tags", self.number, born.tags)),
            Err(no) => scene.say(|| format!("card {} does not take its enrolment: {no}", self.number)),
        }
        if !was {
            self.hands_in_token(scene);
        }
    }

    pub(super) fn reads(&mut self, scene: &mut Scene, bytes: &[u8], question: &Question) {
        let Question { asked, sheet, want, to } = question;
        let to = *to;
        let (number, now) = (self.number, scene.now);
        let seeds = (self.seed(scene), self.seed(scene));
        let Some(card) = &mut self.card else { return };
        let checked = match card.read_quote(bytes, Some(asked), sheet.as_ref(), now) {
            Ok(checked) => checked,
            Err(no) => return scene.say(|| format!("card {number} does not take the quote: {no}")),
        };
        scene.log.intends(number, Intent::of(&checked, card, want, to));
        let confirmed = match card.confirm_free(&checked) {
            Some(ok) => ok,
            None => match card.confirm(&checked, PIN, &seeds.0) {
                Ok(ok) => ok,
                Err(card::PinRefusal::Blocked) => return self.unblocks(scene),
                Err(no) => return scene.say(|| format!("card {number}: {no}")),
            },
        };
        match card.pay(&checked, confirmed, want, now, &seeds.1) {
            Ok((deal, pay)) => {
                say_paid(scene, number, deal, &checked);
                match to {
                    End::Party(to) => self.asks(scene, to, Verb::Pay, pay.into_bytes(), Awaited::Settle(to)),
                    End::Person(friend) => {
                        self.says(scene, friend, seal::Kind::Pay, pay.into_bytes());
                        // Whoever can go online just now leaves a copy before anything happens to the card.
                        if scene.weather.lost_cards && scene.dice.per_mille(500) {
                            self.keeps_copy(scene);
                        }
                    }
                }
            }
            Err(no) => {
                scene.log.refused(no.code());
                scene.say(|| format!("card {number} does not pay: {no}"));
            }
        }
    }

    /// A decision arrives; the `done` goes back the way it came.
    pub(super) fn settles(&mut self, scene: &mut Scene, bytes: &[u8], by: End) {
        let (seed, now, number) = (self.seed(scene), scene.now, self.number);
        let Some(card) = &mut self.card else { return };
        match card.settle(bytes, now, &seed) {
            Ok(Settled::Given {
                deal, receipt, done, ..
            }) => {
                scene.say(|| format!("card {number}: {} is given", deal.short()));
                scene.log.receipt(deal, receipt);
                let giver = card
                    .dones()
                    .iter()
                    .rev()
                    .find(|(_, b)| b == done.bytes())
                    .map(|(to, _)| PartyId(*to));
                match (by, giver) {
                    (End::Person(friend), _) => self.says(scene, friend, seal::Kind::Done, done.into_bytes()),
                    (End::Party(_), Some(to)) => {
                        self.asks(scene, to, Verb::Done, done.into_bytes(), Awaited::Done(to));
                    }
                    _ => {}
                }
            }
            Ok(Settled::Void { deal, reason }) => {
                scene.log.refused(reason.code());
                scene.say(|| format!("card {number}: {} is void: {}", deal.short(), reason.code()));
            }
            Ok(Settled::Again(done)) => {
                if let End::Person(friend) = by {
                    self.says(scene, friend, seal::Kind::Done, done.into_bytes());
                }
            }
            Ok(other) => scene.say(|| format!("card {number}: {other:?}")),
            Err(card::SettleRefusal::NotMine | card::SettleRefusal::Fault(_)) => {}
            // A card that was put back pays again under a tag it had used: what was said to its other life is not for this deal.
            Err(card::SettleRefusal::OtherGiver) if scene.log.put_back > 0 => {}
            Err(no) => scene
                .log
                .finds(format!("card {number} refuses an honest giver's word: {no}")),
        }
    }

    fn is_cleared(&mut self, scene: &mut Scene, bytes: &[u8], told: Vec<[u8; 16]>) {
        let (again, now, number) = (self.seed(scene), scene.now, self.number);
        let seed = self.seed(scene);
        let Some(card) = &mut self.card else { return };
        match card.cleared(bytes, now, &seed) {
            Ok(contact) => {
                scene.say(|| format!("card {number} has met its issuer: {contact:?}"));
                if self.place.is_some() && contact.late > 0 {
                    scene.log.refused("gifts to a lost card came to the one in its place");
                }
                let came = if contact.resumed {
                    Some("card resumed")
                } else {
                    contact.frozen.then_some("card is frozen")
                };
                came.into_iter().for_each(|what| scene.log.refused(what));
                // The issuer has them now, and brings them to their givers.
                let _ = card.dones_taken(told, &again);
            }
            Err(no) => scene.say(|| format!("card {number} does not take the clearance: {no}")),
        }
    }
}

fn say_paid(scene: &Scene, number: usize, deal: DealId, checked: &Checked) {
    scene.say(|| {
        let quote = checked.quote();
        format!(
            "card {number} pays {}: {:?} for {}",
            deal.short(),
            quote.kind,
            quote.price
        )
    });
}

/// Values of a kind on a card: maker, id, worth.
pub fn of_kind(card: &Card<Tape>, kind: ValueKind) -> impl Iterator<Item = (PartyId, ValueId, Money)> {
    card.state()
        .values
        .iter()
        .filter(move |(v, _)| v.kind == kind)
        .map(|(v, _)| (v.maker, v.id, v.worth))
}
