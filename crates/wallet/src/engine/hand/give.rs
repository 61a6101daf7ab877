//! Give: what may be handed on, the offer, and what the card answers to whoever takes it up.

use card::{DecideRefusal, Decided, DoneRefusal, Fault, GiveRefusal, PinRefusal};
use courier::{Letter, Stage};
use deal::{Held, Kind, VoidReason, wire};
use license::{Route, Unlock};
use units::{Again, DealId, Hash, LicenseId, Moment, Money, PartyId, Refusal, Span};
use zeroize::Zeroizing;

use super::{KEPT_MAX, keep};
use crate::engine::{TheCard, Wallet, WasPutBack, locked};

/// One way in which a license may be handed on, or why it may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandingWay {
    /// Copy, move or locked copy.
    pub kind: Kind,
    /// What the friend pays; for a locked copy nothing.
    pub fare: Money,
    /// `None`: it may be done now. Else the card's reason: code and text.
    pub why_not: Option<(&'static str, String)>,
}

/// Escrow that rides along, if the friend's card is the one to carry it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ride {
    /// How much of it.
    pub sum: Money,
    /// In how many slips.
    pub slips: usize,
    /// By which of the publisher's rules.
    pub route: Route,
}

/// What may be done with one license, before anybody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handing {
    /// Which.
    pub license: LicenseId,
    /// The work.
    pub title: String,
    /// For whom the fare is.
    pub payee: PartyId,
    /// Copy, then move, then locked copy; only what the publisher's terms name at all.
    pub ways: Vec<HandingWay>,
    /// Where locked copies are unlocked, for how much, and how they arrive; if there are any.
    pub unlock: Option<Unlock>,
    /// Generations of copies it may still have below it.
    pub teeth: u8,
    /// Copies it may still make; `None`: any number.
    pub copies_left: Option<u16>,
    /// Copies it has made (SD-11).
    pub copies_made: u32,
    /// What would ride along.
    pub ride: Ride,
    /// What its holder paid, and since when he has it (SD-9).
    pub paid: Money,
    /// Since when.
    pub since: Moment,
}

/// An offer that was made: good for whoever takes it up first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Hash of its quote, which names it.
    pub quote: Hash,
    /// Copy or move.
    pub kind: Kind,
    /// Of which license.
    pub license: LicenseId,
    /// The work.
    pub title: String,
    /// What the friend pays.
    pub fare: Money,
    /// Until when.
    pub until: Moment,
    /// The letter.
    pub letter: Letter,
}

/// Why no offer was made. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum OfferRefused {
    /// An old copy, not yet seen by the issuer.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// A move needs one.
    #[error("after a move you can't play it any more: agree with the card's PIN")]
    NeedsPin,
    /// Neither copy nor move.
    #[error("a license is copied or moved to a friend, nothing else")]
    Kind,
    /// The PIN.
    #[error(transparent)]
    Pin(#[from] PinRefusal),
    /// A rule of the card.
    #[error(transparent)]
    Give(#[from] GiveRefusal),
}

impl Refusal for OfferRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::PutBack(e) => e.code(),
            Self::NeedsPin => "pin-needed",
            Self::Kind => "give-kind",
            Self::Pin(e) => e.code(),
            Self::Give(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::PutBack(e) => e.again(),
            Self::NeedsPin => Again::AfterYouAct,
            Self::Kind => Again::Never,
            Self::Pin(e) => e.again(),
            Self::Give(e) => e.again(),
        }
    }
}

/// What this card said to a friend's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gave {
    /// The deal.
    pub deal: DealId,
    /// The work, if it is known.
    pub title: Option<String>,
    /// `None`: given. Else why not, for ever; the friend's money goes back to him.
    pub void: Option<VoidReason>,
    /// What goes to the friend.
    pub letter: Letter,
}

/// Why a friend's letter was not taken. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum TakeRefused {
    /// An old copy, not yet seen by the issuer.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// Not for this card, or not genuine.
    #[error(transparent)]
    Answer(#[from] DecideRefusal),
    /// Not for this card, or not genuine.
    #[error(transparent)]
    Done(#[from] DoneRefusal),
    /// Older than what the card knows.
    #[error(
        "this card has reported that hand-over to its issuer and knows no more of it: your friend's card is told when it goes online"
    )]
    SeeIssuer(DealId),
    /// The card found out that it is an old copy.
    #[error("this card was put back from an older copy of itself: it gives nothing until its issuer has resumed it")]
    Frozen,
}

impl Refusal for TakeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::PutBack(e) => e.code(),
            Self::Answer(e) => e.code(),
            Self::Done(e) => e.code(),
            Self::SeeIssuer(_) => "see-issuer",
            Self::Frozen => "card-frozen",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::PutBack(e) => e.again(),
            Self::Answer(e) => e.again(),
            Self::Done(e) => e.again(),
            Self::SeeIssuer(_) | Self::Frozen => Again::AfterYouAct,
        }
    }
}

impl Wallet {
    /// What may be done with a license, by the very guards that an offer asks. `None`: it is not here.
    pub async fn handing(&self, license: LicenseId) -> Option<Handing> {
        let now = self.now();
        self.on_card(move |card| handing(card, license, now)).await
    }

    /// Everything on this card that its terms let be handed on at all.
    pub async fn all_handings(&self) -> Vec<Handing> {
        let now = self.now();
        self.on_card(move |card| {
            let ids: Vec<LicenseId> = card.state().licenses.keys().copied().collect();
            let all = ids.into_iter().filter_map(|id| handing(card, id, now));
            all.filter(|h| !h.ways.is_empty()).collect()
        })
        .await
    }

    /// The holder offers a copy of a license, or, with his PIN, the license itself. Good for `good_for`, at most a week;
    /// the first card that pays gets it, all others get their money back.
    pub async fn offer(
        &self,
        license: LicenseId,
        kind: Kind,
        pin: Option<&str>,
        good_for: Span,
    ) -> Result<Offered, OfferRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let pin = pin.map(|pin| Zeroizing::new(pin.to_owned()));
        let (now, seed) = (self.now(), self.seed());
        let (offered, permit) = self
            .on_card(move |card| {
                let until = card.now(now).plus(good_for.min(card::QUOTE_MAX));
                let permit = match (kind, pin) {
                    (Kind::Copy, _) => card.permit(kind, Some(license), until).ok_or(OfferRefused::Kind)?,
                    (Kind::Move, Some(pin)) => card.permit_move(license, until, &pin, &seed)?,
                    (Kind::Move, None) => return Err(OfferRefused::NeedsPin),
                    _ => return Err(OfferRefused::Kind),
                };
                let quoted = card.open_quote(&permit, now)?;
                let offered = Offered {
                    quote: wire::quote_hash(&quoted.quote),
                    kind,
                    license,
                    title: quoted.title,
                    fare: quoted.quote.price,
                    until: quoted.quote.until,
                    letter: Letter::new(Stage::Offer, quoted.message.into_bytes()),
                };
                Ok((offered, permit))
            })
            .await?;
        *locked(&self.0.hands.waits) = Some((self.now(), offered.until));
        keep(&self.0.hands.offered, offered.clone());
        keep(&self.0.hands.permits, permit);
        Ok(offered)
    }

    /// For how long an offer of this process has been out that is still good: a report to the issuer would end it.
    pub(in crate::engine) fn offer_waits(&self) -> Option<Span> {
        let now = self.now();
        let waits = *locked(&self.0.hands.waits);
        waits
            .filter(|(_, until)| *until >= now)
            .map(|(since, _)| now.since(since))
    }

    /// An offer made by this process, to be shown again.
    pub fn offered(&self, quote: Hash) -> Option<Offered> {
        locked(&self.0.hands.offered)
            .iter()
            .rev()
            .find(|o| o.quote == quote)
            .cloned()
    }

    /// Is this the package of a work that was just offered, or that is out on loan? Whoever has the key needs the file too.
    pub async fn is_offered(&self, header: Hash) -> bool {
        let now = self.now();
        let licenses: Vec<LicenseId> = locked(&self.0.hands.offered)
            .iter()
            .filter(|o| o.until >= now)
            .map(|o| o.license)
            .collect();
        for id in licenses {
            if self.license(id).await.is_some_and(|l| l.link.header == header) {
                return true;
            }
        }
        // A license that has left by a move: its offer says of which package it was.
        locked(&self.0.hands.keys).values().any(|h| *h == header) || self.is_lent_out(header).await
    }

    /// A friend asks this card over a network for something its holder has offered: a quote sealed to that question, which
    /// may say more than one that anybody can read (SD-9).
    pub async fn answer_ask(&self, ask: Vec<u8>) -> Result<Vec<u8>, OfferRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let permits: Vec<_> = locked(&self.0.hands.permits).drain(..).collect();
        let (now, seed) = (self.now(), self.seed());
        let (answer, permits) = self
            .on_card(move |card| {
                let mut no = GiveRefusal::NotPermitted;
                for permit in permits.iter().rev() {
                    match card.quote(&ask, permit, None, now, &seed) {
                        Ok(quoted) => return (Ok(quoted.message.into_bytes()), permits),
                        Err(GiveRefusal::NotPermitted | GiveRefusal::NoLicense) => {}
                        Err(other) => no = other,
                    }
                }
                (Err(no), permits)
            })
            .await;
        let mut kept = locked(&self.0.hands.permits);
        for permit in permits.into_iter().rev() {
            if kept.len() < KEPT_MAX {
                kept.push_front(permit);
            }
        }
        drop(kept);
        Ok(answer?)
    }

    /// A friend's answer: the card decides, once, and says the same for ever.
    pub async fn decide(&self, answer: Vec<u8>) -> Result<Gave, TakeRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let (now, seed) = (self.now(), self.seed());
        let gave = self
            .on_card(move |card| {
                let headers = headers(card);
                let decided = card.decide(&answer, now, &seed)?;
                gave(card, decided).map(|gave| (gave, headers))
            })
            .await;
        let (gave, headers) = gave?;
        // What has left by a move is not held as checked any longer.
        let left = self
            .on_card(|card| card.state().licenses.keys().copied().collect::<Vec<_>>())
            .await;
        for (license, header) in headers {
            if !left.contains(&license) {
                locked(&self.0.checked).remove(&license);
                locked(&self.0.hands.keys).insert(gave.deal, header);
            }
        }
        // Whatever it said, its number has passed: other offers are void by now.
        *locked(&self.0.hands.waits) = None;
        keep(&self.0.hands.gave, gave.clone());
        self.0.hands.came.send_modify(|n| *n = n.wrapping_add(1));
        self.stir();
        Ok(gave)
    }

    /// Waits until a friend's letter comes over a network, however long that takes.
    pub async fn something_came(&self) {
        let mut came = self.0.hands.came.subscribe();
        // Ends too when the wallet does: then nobody waits.
        let _ = came.changed().await;
    }

    /// What was said to answers since this program started, the latest last.
    pub fn all_gave(&self) -> Vec<Gave> {
        locked(&self.0.hands.gave).iter().cloned().collect()
    }

    /// What this card said in a deal: as long as the friend has not closed it, and of this process's own for longer.
    pub async fn gave(&self, deal: DealId) -> Option<Gave> {
        let said = locked(&self.0.hands.gave)
            .iter()
            .rev()
            .find(|g| g.deal == deal)
            .cloned();
        if said.is_some() {
            return said;
        }
        let letter = self.key_letter(deal).await?;
        let title = self.on_card(move |card| card.title_of(deal).map(str::to_owned)).await;
        Some(Gave {
            deal,
            title,
            void: None,
            letter,
        })
    }

    /// The friend's card has everything: its record here may go. Answers how many went.
    pub async fn take_done(&self, done: Vec<u8>) -> Result<usize, TakeRefused> {
        let seed = self.seed();
        let freed = self.on_card(move |card| card.take_done(&done, &seed)).await?;
        Ok(freed.len())
    }

    /// Takes back every offer that nobody has taken up. Who pays one later gets his money back.
    pub async fn withdraw(&self) -> Result<(), Fault> {
        let seed = self.seed();
        self.on_card(move |card| card.cancel(&seed)).await?;
        *locked(&self.0.hands.waits) = None;
        locked(&self.0.hands.offered).clear();
        locked(&self.0.hands.permits).clear();
        Ok(())
    }
}

fn headers(card: &TheCard) -> Vec<(LicenseId, Hash)> {
    let moving = card.state().licenses.values().filter(|held| held.modes.move_);
    let header = |held: &Held| Some((held.id, card.license_of(held)?.link.header));
    moving.filter_map(header).collect()
}

fn gave(card: &TheCard, decided: Decided) -> Result<Gave, TakeRefused> {
    let key = |settle: card::Outgoing| Letter::new(Stage::Key, settle.into_bytes());
    let known = |deal| card.title_of(deal).map(str::to_owned);
    match decided {
        Decided::Given {
            deal, title, settle, ..
        } => Ok(Gave {
            deal,
            title: Some(title),
            void: None,
            letter: key(settle),
        }),
        Decided::Again { deal, settle } => Ok(Gave {
            deal,
            title: known(deal),
            void: None,
            letter: key(settle),
        }),
        Decided::Void { deal, reason, settle } => Ok(Gave {
            deal,
            title: known(deal),
            void: Some(reason),
            letter: key(settle),
        }),
        Decided::SeeIssuer { deal } => Err(TakeRefused::SeeIssuer(deal)),
        Decided::Frozen => Err(TakeRefused::Frozen),
    }
}

fn handing(card: &TheCard, id: LicenseId, now: Moment) -> Option<Handing> {
    let held = card.state().licenses.get(&id)?.clone();
    let mut ways = Vec::new();
    for (kind, named, fare) in [
        (Kind::Copy, held.modes.copy, held.fare_copy),
        (Kind::Move, held.modes.move_, held.fare_move),
        (Kind::Locked, held.modes.locked, Money::zero(held.fare_copy.currency())),
    ] {
        if named {
            let why_not = card.may_offer(kind, id, now).err();
            ways.push(HandingWay {
                kind,
                fare,
                why_not: why_not.map(|no| (no.code(), no.to_string())),
            });
        }
    }
    let unlock = match held.modes.locked {
        true => card.license_of(&held).and_then(|l| l.policy.unlock),
        false => None,
    };
    let rides = card.state().rides_with(&held);
    let zero = Money::zero(held.paid.currency());
    Some(Handing {
        license: id,
        title: card.offer_of(&held).map(|o| o.title).unwrap_or_default(),
        payee: held.payee,
        ways,
        unlock,
        teeth: held.generations.saturating_sub(held.generation),
        copies_left: held.copies_left,
        copies_made: card.copies_made(id),
        ride: Ride {
            sum: rides
                .iter()
                .fold(zero, |sum, slip| sum.plus(slip.amount).unwrap_or(sum)),
            slips: rides.len(),
            route: held.route,
        },
        paid: held.paid,
        since: held.since,
    })
}
