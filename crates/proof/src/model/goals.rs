//! Goals: what must have happened somewhere in a configuration, or it checks less than it says.

use deal::{Kind, ValueKind};

use super::Protocol;
use super::config::Goal;
use super::names::Giver;
use super::quotes::receiver_wins;
use super::world::{Deal, World, paid_values};

type Reached = fn(&Protocol, &World) -> bool;

/// The name of a goal, and the test whether a moment reaches it.
pub fn reached(goal: Goal) -> (&'static str, Reached) {
    match goal {
        Goal::Transfer => ("reached: a transfer ends on both cards", |_, w| {
            any(w, |d| d.marks.key && matches!(d.giver(), Giver::Card(_)))
                && w.cards.iter().all(|c| c.paid.is_empty() && c.given.is_empty())
        }),
        Goal::Hop => ("reached: slips hop with the receiver", |_, w| {
            any(w, |d| d.marks.key && receiver_wins(&d.pay) && d.pay.room > 1)
        }),
        Goal::GiverWins => ("reached: the giver wins fare and slips", |_, w| {
            any(w, |d| {
                d.marks.key && !receiver_wins(&d.pay) && d.pay.quote.kind.between_cards() && !d.pay.slips.is_empty()
            })
        }),
        Goal::Refund => ("reached: a payment comes back", |_, w| any(w, |d| d.marks.refunded)),
        Goal::Crossing => ("reached: crossing deals both end", |_, w| {
            let ended = |by| {
                any(w, |d: &Deal| {
                    d.by == by && d.marks.key && matches!(d.giver(), Giver::Card(_))
                })
            };
            ended(0) && ended(1)
        }),
        Goal::BelowFloor => ("reached: a key comes after its giver forgot the deal", |_, w| {
            w.said.deals.iter().any(|(id, d)| {
                d.marks.key
                    && w.books.archive.contains(id)
                    && w.said
                        .reports
                        .iter()
                        .any(|f| f.report.paid.iter().any(|(p, ..)| p == id))
            })
        }),
        Goal::Ruled => ("reached: the issuer rules void", |_, w| {
            w.said.deals.values().any(|d| {
                d.marks.refunded
                    && matches!(d.giver(), Giver::Card(g) if w.books.floors.contains_key(&g) && w.cards[g].floor > 0)
            })
        }),
        Goal::Load => ("reached: money is loaded", |_, w| kind(w, Kind::Load)),
        Goal::Redeem => ("reached: money is redeemed", |_, w| kind(w, Kind::Redeem)),
        Goal::Sale => ("reached: a license is bought", |_, w| kind(w, Kind::Sale)),
        Goal::Collect => ("reached: slips are collected", |_, w| kind(w, Kind::Collect)),
        Goal::Unlock => ("reached: a locked copy is unlocked", |_, w| kind(w, Kind::Unlock)),
        Goal::RefundUsed => ("reached: a refund order is used", |_, w| {
            w.books.paid_back > 0 && kind(w, Kind::Load)
        }),
        Goal::CouponUsed => ("reached: a coupon is used", |_, w| {
            any(w, |d| d.marks.key && pays_with(d, ValueKind::Coupon))
        }),
        Goal::CouponBack => ("reached: a coupon comes back", |_, w| {
            any(w, |d| d.marks.refunded && pays_with(d, ValueKind::Coupon))
        }),
        Goal::ReceiptUsed => ("reached: a receipt is used", |_, w| {
            any(w, |d| d.marks.key && pays_with(d, ValueKind::Receipt))
        }),
        Goal::ChargePaid => ("reached: a charge is paid and its license opens", |_, w| {
            w.cards.iter().all(|c| c.paid.is_empty() && c.owing().next().is_none())
                && any(w, |d| {
                    d.marks.key && super::charges::charge_of(&d.pay).is_some_and(|id| w.books.times_billed(id) == 1)
                })
        }),
        Goal::Cleared => ("reached: a refused charge is cleared", |_, w| {
            w.cards.iter().all(|c| c.owing().next().is_none()) && kind(w, Kind::Clear)
        }),
        Goal::RefusedBack => ("reached: a refused license is handed back", |_, w| {
            any(w, |d| {
                d.marks.key && d.pay.quote.kind == Kind::Surrender && d.pay.quote.credit.is_none()
            })
        }),
        Goal::LentAndReturned => ("reached: plays are lent, one is played, the rest returned", |_, w| {
            let wallet = &w.cards[super::lends::WALLET];
            let returned = any(w, |d| {
                d.by == super::lends::WALLET && d.marks.key && d.pay.quote.kind == Kind::Lend
            });
            returned && w.books.played > 0 && wallet.pairs.as_ref().is_some_and(|pairs| pairs.lent.is_empty())
        }),
        Goal::Presented => ("reached: a presented slip is given for", |_, w| {
            w.said
                .deals
                .iter()
                .any(|(id, d)| d.marks.key && w.books.presented.contains(id))
        }),
        Goal::ResumedPays => ("reached: a resumed card pays", |_, w| {
            any(w, |d| d.epoch > 0 && d.marks.key)
        }),
        Goal::ResumedGives => ("reached: a resumed card gives", |m, w| {
            let card = m.config.restore.map(|r| Giver::Card(r.card));
            w.past.resumed.is_some_and(|stood| {
                any(w, |d| {
                    let new = matches!(d.pay.quote.number, deal::Number::Card(n) if n >= stood.give_no);
                    d.marks.key && new && Some(d.giver()) == card
                })
            })
        }),
        Goal::DoubleSpend => ("reached: a restored card spends twice", |m, w| {
            m.config.restore.is_some_and(|r| w.spent_twice(r.card))
        }),
    }
}

fn any(world: &World, test: impl Fn(&Deal) -> bool) -> bool {
    world.said.deals.values().any(test)
}

fn kind(world: &World, kind: Kind) -> bool {
    any(world, |d| d.marks.key && d.pay.quote.kind == kind)
}

fn pays_with(deal: &Deal, kind: ValueKind) -> bool {
    paid_values(&deal.pay).any(|v| v.kind == kind)
}
