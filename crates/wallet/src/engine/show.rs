//! Show: what pages and commands tell of a card, each from one moment.

use std::sync::Arc;

use card::{Limits, Line};
use deal::{Held, Kind, Summary};
use license::License;
use units::{CardNo, DealId, LicenseId, Moment, Money, PartyId, Span};

use super::{
    Carried, Crossing, Due, TheCard, Wallet, WasPutBack,
    escrow::{carried, going},
    hand::crossings,
    locked,
};
use crate::packages::{Newer, Presence};

/// An open payment, for its holder's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The deal.
    pub deal: DealId,
    /// What kind.
    pub kind: Kind,
    /// What it is about, in words.
    pub title: String,
    /// Money named in it.
    pub money: Option<Money>,
    /// Money that would arrive.
    pub credit: Option<Money>,
    /// With whom.
    pub giver: PartyId,
    /// Its name, if the directory here knows it.
    pub giver_name: Option<String>,
    /// Since when.
    pub since: Moment,
}

/// The card at one moment: the three numbers add up to all its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Spendable, on its way, in escrow.
    pub summary: Summary,
    /// Open payments.
    pub under_way: Vec<UnderWay>,
    /// The card's number, once enrolled.
    pub card: Option<CardNo>,
    /// The realm's name.
    pub realm: String,
    /// PIN tries left.
    pub tries: u8,
    /// An old copy: no deals until its issuer has resumed it.
    pub frozen: bool,
    /// Since when this very card is stopped as lost: it opens nothing, whatever else is said of it.
    pub stopped: Option<Moment>,
    /// Set while the memory is an older copy that the issuer has not seen yet.
    pub put_back: Option<WasPutBack>,
    /// Payments that can be made before the card has to go online.
    pub tags: usize,
    /// Latest contact with the issuer.
    pub last_contact: Moment,
    /// Licenses here, and room for.
    pub licenses: (usize, u32),
    /// Most money the purse may hold.
    pub balance_max: Money,
    /// Most money in one payment.
    pub amount_max: Money,
    /// Longest time without the issuer before payments stop.
    pub silence_max: Span,
    /// It has been away for longer than that: nothing is paid until it has been online once.
    pub silent: bool,
    /// What its holder lets it spend.
    pub limits: Limits,
    /// What it spent in the last 24 hours.
    pub spent: Money,
    /// What it carries, by payee and work: the sums of `summary.escrow` in detail.
    pub carried: Vec<Carried>,
    /// Fares that have left for whom they are for, and are not confirmed yet.
    pub going: Vec<(PartyId, Money)>,
    /// What is unfinished between this card and others.
    pub crossings: Vec<Crossing>,
    /// The card's two words, for its own pages only.
    pub words: String,
    /// Nobody was there when the issuer was asked last.
    pub offline: bool,
    /// Keys are kept opened (XD-6) rather than as they came (XD-7).
    pub keys_opened: bool,
    /// The machine's TPM keeps the card's key, and remembers how far its memory has come.
    pub in_tpm: bool,
    /// What somebody else shall pay for, and has not.
    pub owed: Vec<Due>,
}

impl Overview {
    /// Nothing more fits (SD-5).
    pub const fn is_full(&self) -> bool {
        self.licenses.0 >= self.licenses.1 as usize
    }
}

/// A license in the library.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// As the card holds it.
    pub held: Held,
    /// Its terms, checked; `None` if its document no longer holds.
    pub license: Option<Arc<License>>,
    /// May it be played now, and if not, why: code and text.
    pub playable: Result<(), (&'static str, String)>,
    /// Its package.
    pub package: Presence,
    /// A later version of the work that this license opens too.
    pub newer: Option<Newer>,
}

impl Shelf {
    /// The work's title.
    pub fn title(&self) -> &str {
        self.license.as_ref().map_or("", |l| l.offer.title.as_str())
    }
}

impl Wallet {
    /// The card at one moment.
    pub async fn overview(&self) -> Overview {
        let now = self.now();
        let (mut overview, crossings) = self.on_card(move |card| (overview(card, now), crossings(card))).await;
        overview.crossings = self.named(crossings);
        overview.put_back = self.put_back();
        overview.in_tpm = self.0.home.is_in_tpm();
        overview.offline = self.is_offline();
        overview.owed = self.owed().await;
        if let Ok(known) = self.0.carrier.directory(false).await {
            let name = |id| known.party(id).map(|p| p.name.clone());
            for under_way in &mut overview.under_way {
                under_way.giver_name = name(under_way.giver);
            }
            for one in &mut overview.carried {
                one.name = name(one.payee);
            }
        }
        overview
    }

    /// The three numbers, from one moment.
    pub async fn summary(&self) -> Summary {
        self.on_card(|card| card.state().summary()).await
    }

    /// Everything that moved, the latest first.
    pub async fn history(&self) -> Vec<Line> {
        self.on_card(|card| card.image().history.iter().rev().cloned().collect())
            .await
    }

    /// All licenses, the latest first.
    pub async fn library(&self) -> Vec<Shelf> {
        let ids = self
            .on_card(|card| {
                let mut ids: Vec<(Moment, LicenseId)> = card
                    .state()
                    .licenses
                    .values()
                    .map(|held| (held.since, held.id))
                    .collect();
                ids.sort_unstable_by(|a, b| b.cmp(a));
                ids
            })
            .await;
        let mut shelves = Vec::with_capacity(ids.len());
        for (_, id) in ids {
            shelves.extend(self.shelf(id).await);
        }
        shelves
    }

    /// One license.
    pub async fn shelf(&self, id: LicenseId) -> Option<Shelf> {
        let license = self.license(id).await;
        let now = self.now();
        let (held, playable) = self
            .on_card(move |card| {
                let held = card.state().licenses.get(&id)?.clone();
                let playable = match card.state().stopped {
                    // Whatever else would be said of its licenses.
                    Some(_) => Err(("card-stopped", "this card was stopped; it opens nothing".to_owned())),
                    None => card
                        .state()
                        .play(id, card.now(now))
                        .map(|_| ())
                        .map_err(|no| said_of(&no)),
                };
                Some((held, playable))
            })
            .await?;
        let playable = match playable {
            Ok(()) if !self.is_at_home(&held).await => Err(said_of(&card::ReleaseRefusal::OtherDevices)),
            other => other,
        };
        let package = match &license {
            Some(license) => self.0.packages.presence(license.link.header),
            None => Presence::Absent,
        };
        let newer = license.as_ref().and_then(|it| self.0.packages.newer(it.link.header));
        Some(Shelf {
            held,
            license,
            playable,
            package,
            newer,
        })
    }

    /// Are the devices here that this license is bound to, if it is bound to some?
    async fn is_at_home(&self, held: &Held) -> bool {
        if held.bind.admits(None) {
            return true;
        }
        let attached = self.attached().await;
        held.bind.admits(attached.as_ref().map(|it| &it.shown))
    }

    /// A license, its signatures checked once per process.
    pub async fn license(&self, id: LicenseId) -> Option<Arc<License>> {
        if let Some(known) = locked(&self.0.checked).get(&id) {
            return Some(known.clone());
        }
        let license = self
            .on_card(move |card| card.license_of(card.state().licenses.get(&id)?))
            .await?;
        let license = Arc::new(license);
        locked(&self.0.checked).insert(id, license.clone());
        Some(license)
    }
}

/// A refusal's code and text.
fn said_of(no: &dyn units::Refusal) -> (&'static str, String) {
    (no.code(), no.to_string())
}

fn overview(card: &TheCard, now: Moment) -> Overview {
    let (state, image) = (card.state(), card.image());
    let under_way = card.open_deals().map(|(paid, title)| UnderWay {
        deal: paid.deal,
        kind: paid.pay.quote.kind,
        title: title.to_owned(),
        money: paid.money(),
        credit: paid.pay.quote.credit,
        giver: PartyId(paid.pay.quote.giver),
        giver_name: None,
        since: paid.at,
    });
    Overview {
        summary: state.summary(),
        under_way: under_way.collect(),
        card: card.number(),
        realm: image.realm.name.clone(),
        tries: card.pin_tries(),
        frozen: state.frozen,
        stopped: state.stopped,
        put_back: None,
        tags: state.tags.len(),
        last_contact: image.last_contact,
        licenses: (state.licenses.len(), state.profile.licenses_max),
        balance_max: state.profile.balance_max,
        amount_max: state.profile.amount_max,
        silence_max: state.profile.silence_max,
        silent: card.number().is_some() && card.now(now).since(image.last_contact) > state.profile.silence_max,
        limits: card.limits(),
        spent: card.spent(now),
        carried: carried(card),
        going: going(card),
        crossings: vec![],
        words: card.words(),
        offline: false,
        keys_opened: image.keep_opened,
        in_tpm: false,
        owed: vec![],
    }
}
