//! Receive: what a friend's offer says, computed from the very quote that will be answered; the answer; and the key.

use card::{Checked, SettleRefusal, Want};
use courier::{Letter, Stage};
use deal::{Facts, Kind, PayRefusal, Side};
use license::Route;
use units::{Again, DealId, Moment, Money, PartyId, Refusal, Share};

use super::Reply;
use crate::engine::{Outcome, Promise, QuoteRefused, TheCard, Wallet, locked, pay::outcome_of};

/// What the holder is told before anything starts (SD-8, SD-9): the exact fare, where it comes from and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The work.
    pub title: String,
    /// Whose work it is, as certified; empty if unknown.
    pub publisher: String,
    /// For whom the fare is.
    pub payee: PartyId,
    /// Copy, move or locked copy.
    pub kind: Kind,
    /// What leaves the purse, exactly.
    pub fare: Money,
    /// In the purse now.
    pub purse: Money,
    /// In the purse afterwards; `None`: too little.
    pub purse_after: Option<Money>,
    /// Escrow for this payee now.
    pub escrow: Money,
    /// And afterwards, as far as known before: fares of other amounts may ride along.
    pub escrow_after: Money,
    /// Fares that ride along from the giver's card, and what they come to where the rule lets that be known.
    pub rides: (u16, Option<Money>),
    /// Whose card carries the fare on, by the publisher's rule.
    pub carrier: Side,
    /// That rule.
    pub route: Route,
    /// Generation of the license that arrives.
    pub generation: u8,
    /// Generations of copies it may have below it.
    pub teeth: u8,
    /// What the giver's card says of its purchases from this publisher: when, and for how much. An open offer, which
    /// anybody can read, says only what the rule needs.
    pub bought: Facts,
    /// For a locked copy: how it arrives, and what unlocking it costs, and where.
    pub unlock: Option<Unlocking>,
    /// What the publisher gives back for fares that are brought home, where the receiver's card carries this one and that is
    /// known (SD-19).
    pub rebates: Vec<Promise>,
    /// Last moment to agree.
    pub until: Moment,
    /// What the giver is called here, if it was met over a network.
    pub giver: Option<String>,
    /// Why the card would refuse: code, text, and whether asking again helps. Then there is nothing to agree to.
    pub refused: Option<(&'static str, String, Again)>,
}

/// What is to be known of a locked copy before it is taken (SD-8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlocking {
    /// How much of the work opens at once.
    pub arrives: Share,
    /// What unlocking costs.
    pub fee: Money,
    /// Who unlocks it; a name where the realm's directory, as last seen, has one.
    pub centres: Vec<(PartyId, Option<String>)>,
}

impl Wallet {
    /// Reads a friend's offer: genuine, of this realm, and what the publisher's own terms say, or refused.
    pub async fn read_offer(&self, offer: &[u8]) -> Result<Checked, QuoteRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let (bytes, now) = (offer.to_vec(), self.now());
        let checked = self
            .on_card(move |card| card.read_quote(&bytes, None, None, now))
            .await?;
        // A locked copy is offered to the card that wished it, never to anybody.
        if checked.quote().kind.between_cards() && checked.quote().kind != Kind::Locked {
            Ok(checked)
        } else {
            Err(QuoteRefused::OtherParty)
        }
    }

    /// What the holder must be told of an offer.
    pub async fn notice(&self, checked: &Checked) -> Notice {
        let (about, giver) = (checked.clone(), self.0.hands.reply(checked.hash()).and_then(|r| r.name));
        let now = self.now();
        let mut notice = self.on_card(move |card| notice(card, &about, now)).await;
        notice.giver = giver;
        notice.unlock = self.unlocking(checked).await;
        if notice.carrier == Side::Receiver && !notice.fare.is_zero() && notice.unlock.is_none() {
            notice.rebates = self.promised(notice.payee).await;
        }
        notice
    }

    async fn unlocking(&self, checked: &Checked) -> Option<Unlocking> {
        let unlock = checked.unlock().filter(|_| checked.quote().kind == Kind::Locked)?;
        // The directory as it was seen last; offline a number has to do for a name.
        let known = self.carrier().directory(false).await.ok();
        let named = |id: &PartyId| {
            let name = known.as_ref().and_then(|d| d.party(*id)).map(|p| p.name.clone());
            (*id, name)
        };
        Some(Unlocking {
            arrives: unlock.arrives,
            fee: unlock.fee,
            centres: unlock.centres.iter().map(named).collect(),
        })
    }

    /// The answer of an open deal with another card, to be carried to it by any way, again and again.
    pub async fn answer_letter(&self, deal: DealId) -> Option<Letter> {
        self.on_card(move |card| {
            card.giver_of(deal).filter(|(_, kind)| kind.between_cards())?;
            Some(Letter::new(Stage::Answer, card.pay_again(deal)?.into_bytes()))
        })
        .await
    }

    /// Takes the key a friend's card sent, by any way.
    pub async fn take_key(&self, key: Vec<u8>) -> Result<Outcome, SettleRefusal> {
        let (now, seed) = (self.now(), self.seed());
        let settled = self.on_card(move |card| card.settle(&key, now, &seed)).await?;
        let outcome = outcome_of(settled).ok_or(SettleRefusal::NotMine)?;
        if let Outcome::Given { deal, .. } | Outcome::Returned { deal, .. } = &outcome {
            locked(&self.0.outcomes).insert(*deal, outcome.clone());
        }
        self.stir();
        Ok(outcome)
    }

    /// The last word of a deal that is closed, for the card that gave. It may be lost.
    pub async fn done_letter(&self, giver: [u8; 16]) -> Option<Letter> {
        self.on_card(move |card| {
            let (_, bytes) = card.dones().into_iter().rev().find(|(to, _)| *to == giver)?;
            Some(Letter::new(Stage::Done, bytes))
        })
        .await
    }

    /// The last word of this very deal, once it has closed.
    pub async fn done_of(&self, deal: DealId) -> Option<Letter> {
        let giver = self.on_card(move |card| super::meet::given_by(card, deal)).await?;
        self.done_letter(giver).await
    }

    /// Remembers where the other card of an offer answers.
    pub fn note_reply(&self, checked: &Checked, reply: Reply) {
        self.0.hands.note_reply(checked.hash(), reply);
    }
}

fn notice(card: &TheCard, checked: &Checked, now: Moment) -> Notice {
    let quote = checked.quote();
    let state = card.state();
    let zero = Money::zero(quote.price.currency());
    let terms = checked.on_sale();
    let escrow = state.summary().escrow.get(&quote.payee).copied().unwrap_or(zero);
    // The very step that would pay, run dry: what it refuses, the holder reads instead of a button. For a locked copy nothing
    // is paid.
    let dry = match quote.kind {
        Kind::Locked => may_install(card, checked).map(|()| None),
        _ => card.dry_run(checked, &Want::default(), now).map(Some),
    };
    let run = dry.as_ref().ok().and_then(Option::as_ref);
    let carrier = run.map_or(Side::Receiver, |dry| dry.winner);
    let slips = run.map_or(0, |dry| dry.slips_in_max);
    let rides = match quote.route {
        // Slips of one title by the chain rule are all fares of this work.
        Route::Chain => (0..slips).try_fold(zero, |sum, _| sum.plus(quote.price)).ok(),
        _ => Some(zero).filter(|_| slips == 0),
    };
    let stays = run.map_or(escrow, |dry| dry.escrow);
    Notice {
        title: checked.title().to_owned(),
        publisher: terms.map(|t| t.publisher_name.clone()).unwrap_or_default(),
        payee: quote.payee,
        kind: quote.kind,
        fare: quote.price,
        purse: state.purse,
        purse_after: state.purse.minus(quote.price).ok(),
        escrow,
        escrow_after: stays.plus(rides.unwrap_or(zero)).unwrap_or(stays),
        rides: (slips, rides),
        carrier,
        route: quote.route,
        generation: quote.generation,
        teeth: terms.map_or(0, |t| t.policy.generations.saturating_sub(quote.generation)),
        bought: quote.facts,
        unlock: None,
        rebates: Vec::new(),
        until: quote.until,
        giver: None,
        refused: dry.err().map(|no| (no.code(), no.to_string(), no.again())),
    }
}

/// What of the card's rules is known before a locked copy is opened: it takes no second license of a work.
fn may_install(card: &TheCard, checked: &Checked) -> Result<(), PayRefusal> {
    let offer = checked.quote().offer;
    card.state().may_deal()?;
    if card.state().licenses.values().any(|held| Some(held.offer) == offer) {
        return Err(PayRefusal::AlreadyHeld);
    }
    Ok(())
}
