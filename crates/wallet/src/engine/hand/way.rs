//! On its way: everything between two cards that is unfinished, from the cards' own records.

use card::OpenSide;
use deal::Kind;
use units::{DealId, Moment, Money};

use crate::engine::{TheCard, Wallet};

/// Which side of it this card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It has set the fare aside and waits for the key.
    Receives,
    /// It has given, and has not heard that it arrived.
    Gives,
}

/// One unfinished hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The deal.
    pub deal: DealId,
    /// Copy or move.
    pub kind: Kind,
    /// Which side this card is.
    pub side: Side,
    /// The work.
    pub title: String,
    /// The fare, set aside on the friend's card.
    pub fare: Option<Money>,
    /// Since when.
    pub since: Option<Moment>,
    /// What the other is called here, if it was met over a network.
    pub with: Option<String>,
}

impl Wallet {
    /// Everything unfinished between this card and others, the oldest first.
    pub async fn crossings(&self) -> Vec<Crossing> {
        let crossings = self.on_card(|card| crossings(card)).await;
        self.named(crossings)
    }

    /// What the other sides are called here, if they were met over a network; the oldest first.
    pub(in crate::engine) fn named(&self, mut crossings: Vec<(Crossing, Option<units::Hash>)>) -> Vec<Crossing> {
        for (crossing, quote) in &mut crossings {
            if let Some(quote) = quote {
                crossing.with = self.0.hands.reply(*quote).and_then(|r| r.name);
            }
        }
        crossings.sort_by_key(|(c, _)| c.since);
        crossings.into_iter().map(|(c, _)| c).collect()
    }

    /// The key of a deal that this card has given and not heard the end of: may be shown again for ever.
    pub async fn key_letter(&self, deal: DealId) -> Option<courier::Letter> {
        self.on_card(move |card| {
            let settle = card.settle_again(deal)?;
            Some(courier::Letter::new(courier::Stage::Key, settle.into_bytes()))
        })
        .await
    }
}

/// Everything unfinished between this card and others. Either card can finish it, and so can the issuer once both have
/// reported.
pub(in crate::engine) fn crossings(card: &TheCard) -> Vec<(Crossing, Option<units::Hash>)> {
    let between = card.open().into_iter().filter(|open| open.kind.between_cards());
    let quote = |deal| {
        card.state()
            .open(deal)
            .map(|paid| deal::wire::quote_hash(&paid.pay.quote))
    };
    let crossing = |open: card::Open| {
        let crossing = Crossing {
            deal: open.deal,
            kind: open.kind,
            side: match open.side {
                OpenSide::Paid => Side::Receives,
                OpenSide::Given => Side::Gives,
            },
            title: open.title,
            fare: open.amount,
            since: open.since,
            with: None,
        };
        (crossing, quote(open.deal))
    };
    between.map(crossing).collect()
}
