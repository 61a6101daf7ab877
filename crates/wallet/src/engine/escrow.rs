//! Escrow: fares this card carries for publishers, and how they go home. They are nobody's here to spend: whenever the card
//! is online they leave for whom they are made out to, by themselves and at no charge (SD-13, SD-18).

use std::collections::BTreeMap;

use card::Want;
use deal::{Kind, Value};
use license::Route;
use seal::role;
use units::{Again, ContentId, Moment, Money, PartyId, Refusal};

use super::{MoneyRefused, Outcome, PayRefused, Question, QuoteRefused, TheCard, Wallet, locked};

/// Remembered lines of what went home.
const WENT_HOME_MAX: usize = 50;

/// Fares of one work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfTitle {
    /// The work.
    pub title: ContentId,
    /// Its name, as far as this card knows it.
    pub name: Option<String>,
    /// By which rule they travel.
    pub route: Route,
    /// How many.
    pub slips: usize,
    /// What they come to.
    pub sum: Money,
}

/// Everything carried for one payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// For whom.
    pub payee: PartyId,
    /// Its name, as the directory has it.
    pub name: Option<String>,
    /// What it comes to.
    pub sum: Money,
    /// By work and rule: these never mix (SD-13).
    pub works: Vec<OfTitle>,
}

/// What was sent home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentHome {
    /// To whom.
    pub payee: PartyId,
    /// Its name.
    pub name: Option<String>,
    /// How much.
    pub sum: Money,
    /// When.
    pub at: Moment,
    /// What came back for it, by the payee's own rule: what it is called and what it is worth.
    pub rebates: Vec<(String, Money)>,
}

/// Why a payee's fares are still here. Nothing is lost; they are sent by themselves later. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum CollectRefused {
    /// Nobody to send to.
    #[error(
        "nobody who collects for this publisher is known; the fares stay on the card and are sent when somebody is"
    )]
    Nobody,
    /// No quote, or it was not taken up.
    #[error(transparent)]
    Money(#[from] MoneyRefused),
    /// Sent, and the answer is not here.
    #[error("the fares are on their way; your card asks again by itself")]
    OnItsWay,
}

impl Refusal for CollectRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Nobody => "collector-unknown",
            Self::Money(e) => e.code(),
            Self::OnItsWay => "on-its-way",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Money(e) => e.again(),
            _ => Again::Later,
        }
    }
}

/// What came of sending one payee's fares home.
#[derive(Debug)]
pub struct Collected {
    /// For whom.
    pub payee: PartyId,
    /// Its name.
    pub name: Option<String>,
    /// How much went home now.
    pub sum: Money,
    /// Why some are still here.
    pub no: Option<CollectRefused>,
}

impl Wallet {
    /// Everything this card carries, by payee and work.
    pub async fn carried(&self) -> Vec<Carried> {
        let mut carried = self.on_card(|card| carried(card)).await;
        if let Ok(known) = self.0.carrier.directory(false).await {
            for one in &mut carried {
                one.name = known.party(one.payee).map(|p| p.name.clone());
            }
        }
        carried
    }

    /// What went home since this program started, the latest first.
    pub fn went_home(&self) -> Vec<WentHome> {
        locked(&self.0.went_home).iter().rev().cloned().collect()
    }

    /// Sends every payee's fares home now. What cannot go stays and goes later.
    pub async fn send_fares_home(&self) -> Vec<Collected> {
        let _one_at_a_time = self.0.collecting.lock().await;
        let mut all = Vec::new();
        for one in self.carried().await {
            let had = self.values_of(one.payee).await;
            let (left, no) = self.send_home(&one).await;
            let mut rebates = self.values_of(one.payee).await;
            rebates.retain(|value| !had.contains(value));
            let sum = one.sum.minus(left).unwrap_or(one.sum);
            if let Some(no) = &no {
                tracing::info!(code = no.code(), "fares stay on the card for now");
            }
            if !sum.is_zero() {
                let mut went = locked(&self.0.went_home);
                if went.len() >= WENT_HOME_MAX {
                    went.remove(0);
                }
                went.push(WentHome {
                    payee: one.payee,
                    name: one.name.clone(),
                    sum,
                    at: self.now(),
                    rebates: rebates.into_iter().map(|value| (value.label, value.worth)).collect(),
                });
            }
            all.push(Collected {
                payee: one.payee,
                name: one.name,
                sum,
                no,
            });
        }
        all
    }

    /// One payee's, deal by deal, for a deal takes no more than it holds. Answers what is left, and why.
    async fn send_home(&self, one: &Carried) -> (Money, Option<CollectRefused>) {
        let mut left = one.sum;
        while !left.is_zero() {
            let no = self.send_some(one.payee).await.err();
            let now_left = self.carried_for(one.payee).await;
            if no.is_some() || now_left == left {
                return (now_left, no);
            }
            left = now_left;
        }
        (left, None)
    }

    /// Values that a party made and this card holds.
    async fn values_of(&self, maker: PartyId) -> Vec<Value> {
        let mut values = self.values().await;
        values.retain(|value| value.maker == maker);
        values
    }

    async fn carried_for(&self, payee: PartyId) -> Money {
        let summary = self.summary().await;
        let zero = Money::zero(summary.spendable.currency());
        summary.escrow.get(&payee).copied().unwrap_or(zero)
    }

    /// One deal with whoever collects for this payee: its own collector is not written down anywhere a card could be
    /// misled by, so each that the registry certified is asked, and the quote names the payee.
    async fn send_some(&self, payee: PartyId) -> Result<(), CollectRefused> {
        let known = self
            .0
            .carrier
            .directory(false)
            .await
            .map_err(|no| MoneyRefused::from(QuoteRefused::from(no)))?;
        let collectors: Vec<PartyId> = known.with_role::<role::Collector>(self.now()).map(|p| p.id).collect();
        let mut no = CollectRefused::Nobody;
        for collector in collectors {
            let checked = match self.quote(collector, Question::Collect(payee)).await {
                Ok(checked) => checked,
                Err(refused) => {
                    no = MoneyRefused::from(refused).into();
                    continue;
                }
            };
            let paid = self.commit(&checked, None, Want::default()).await;
            let deal = paid.map_err(|no: PayRefused| MoneyRefused::from(no))?;
            return match self.see_through(deal).await {
                Outcome::OnItsWay { .. } => Err(CollectRefused::OnItsWay),
                _ => Ok(()),
            };
        }
        Err(no)
    }
}

/// Slips and their sum, by work and rule.
type Works = BTreeMap<(ContentId, Route), (usize, Money)>;

pub(super) fn carried(card: &TheCard) -> Vec<Carried> {
    let state = card.state();
    let name = |title: ContentId| {
        let held = state.licenses.values().find(|held| held.title == title)?;
        card.offer_of(held).map(|offer| offer.title)
    };
    let zero = Money::zero(state.purse.currency());
    let add = |a: Money, b: Money| a.plus(b).unwrap_or(a);
    let mut payees: BTreeMap<PartyId, Works> = BTreeMap::new();
    for slip in &state.escrow {
        let works = payees.entry(slip.payee).or_default();
        let (slips, sum) = works.entry((slip.title, slip.route)).or_insert((0, zero));
        *slips = slips.saturating_add(1);
        *sum = add(*sum, slip.amount);
    }
    let of_title = |((title, route), (slips, sum)): ((ContentId, Route), (usize, Money))| OfTitle {
        title,
        name: name(title),
        route,
        slips,
        sum,
    };
    let one = |(payee, works): (PartyId, Works)| {
        let works: Vec<OfTitle> = works.into_iter().map(of_title).collect();
        Carried {
            payee,
            name: None,
            sum: works.iter().fold(zero, |sum, w| add(sum, w.sum)),
            works,
        }
    };
    payees.into_iter().map(one).collect()
}

/// Open collections: money of others that has left for its payee and is not confirmed yet.
pub(super) fn going(card: &TheCard) -> Vec<(PartyId, Money)> {
    let zero = Money::zero(card.state().purse.currency());
    let add = |sum: Money, more: Money| sum.plus(more).unwrap_or(sum);
    let open = card.state().paid.iter().filter(|p| p.pay.quote.kind == Kind::Collect);
    open.map(|p| (p.pay.quote.payee, p.pay.slips.iter().map(|s| s.amount).fold(zero, add)))
        .collect()
}
