//! Talk: the steps of a loan, letter by letter, on whichever side this device is. Each takes what came and answers what is to
//! be said.

use std::collections::HashMap;

use card::{Decided, Greeting, LendFailure, PairRefusal, Settled};
use courier::{Letter, Stage};
use deal::{
    Kind, VoidReason,
    lend::{LendRefusal, LendWish},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Seed, cbor};
use units::{DealId, LicenseId, Moment, Span, Tag};

use super::{KEPT_MAX, LoanRefused};
use crate::engine::{TheCard, Wallet, locked};

/// What a wallet begins with a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum LoanWant {
    /// To lend of this license: so many plays (none: all there are), for so long (none: as long as there is).
    #[n(0)]
    Lend {
        /// Of which.
        #[n(0)]
        license: LicenseId,
        /// How many plays.
        #[n(1)]
        plays: Option<u32>,
        /// How long.
        #[n(2)]
        period: Option<Span>,
    },
    /// To have a loan back: this one, or the first that is there.
    #[n(1)]
    Back {
        /// Which.
        #[n(0)]
        loan: Option<LicenseId>,
    },
}

/// A greeting that waits for its next letter.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Talk {
    #[n(0)]
    greeting: Greeting,
    /// What the wallet wants of it; none on the player.
    #[n(1)]
    want: Option<LoanWant>,
    /// The player's own greeting, once it came.
    #[n(2)]
    heard: Option<ByteVec>,
}

/// A wallet's welcome, and what comes with it.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Welcome {
    #[n(0)]
    hello: ByteVec,
    /// The offer of a loan.
    #[n(1)]
    quote: Option<ByteVec>,
    /// Or the loan that is wanted back; none: the first.
    #[n(2)]
    loan: Option<LicenseId>,
}

/// What a letter has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoanNews {
    /// One step further: the next letter goes.
    Step,
    /// This device does not let the other one in; the letter says so, signed.
    NotAllowed,
    /// Decided here: it is off this device.
    Gave(DealId),
    /// Not given: everything is where it was.
    Void(VoidReason),
    /// A loan has arrived, or is back: the license it is here.
    Here(LicenseId),
    /// Heard before.
    Again,
    /// Both sides have heard everything.
    Done,
}

/// What came of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanHeard {
    /// For the other side.
    pub say: Option<Letter>,
    /// In which pair, as far as the letter says.
    pub pair: Option<Tag>,
    /// About which work; empty where the letter does not say.
    pub title: String,
    /// What it has come to.
    pub news: LoanNews,
}

impl LoanHeard {
    fn of(news: LoanNews, say: Option<Letter>) -> Self {
        Self {
            say,
            pair: None,
            title: String::new(),
            news,
        }
    }
    fn in_pair(self, pair: Tag) -> Self {
        Self {
            pair: Some(pair),
            ..self
        }
    }
    fn about(self, title: String) -> Self {
        Self { title, ..self }
    }
}

impl Wallet {
    /// The wallet names itself to a player, wanting something.
    pub async fn begin_loan(&self, pair: Tag, want: LoanWant) -> Result<Letter, LoanRefused> {
        self.not_put_back()?;
        let seed = self.seed();
        let (greeting, say) = self.on_card(move |card| card.greet(pair, &seed)).await?;
        self.keep_talk(Talk {
            greeting,
            want: Some(want),
            heard: None,
        });
        Ok(Letter::new(Stage::Greet, say.into_bytes()))
    }

    /// Takes a letter of a loan, by any way.
    pub async fn hear_loan(&self, letter: &Letter) -> Result<LoanHeard, LoanRefused> {
        let body = letter.body.clone();
        match letter.stage {
            Stage::Greet => self.heard_greet(body).await,
            Stage::Greeted => self.heard_greeted(body).await,
            Stage::Lend | Stage::Welcome => self.heard_welcome(body).await,
            Stage::Return => self.heard_return(body).await,
            Stage::Take => self.heard_take(body).await,
            Stage::Lent => self.heard_lent(body).await,
            Stage::Arrived => self.heard_arrived(body).await,
            _ => Err(LoanRefused::NotALoan),
        }
    }

    /// The player hears a wallet name itself.
    async fn heard_greet(&self, body: Vec<u8>) -> Result<LoanHeard, LoanRefused> {
        self.not_put_back()?;
        let seed = self.seed();
        let (greeting, allowed, say) = self.on_card(move |card| card.greeted_by(&body, &seed)).await?;
        let pair = greeting.pair();
        let say = Some(Letter::new(Stage::Greeted, say.into_bytes()));
        if !allowed {
            return Ok(LoanHeard::of(LoanNews::NotAllowed, say).in_pair(pair));
        }
        self.keep_talk(Talk {
            greeting,
            want: None,
            heard: None,
        });
        Ok(LoanHeard::of(LoanNews::Step, say).in_pair(pair))
    }

    /// The wallet hears the player, checks its own list, and offers or asks.
    async fn heard_greeted(&self, body: Vec<u8>) -> Result<LoanHeard, LoanRefused> {
        self.not_put_back()?;
        let (talks, now, seed) = (self.talks(), self.now(), self.seed());
        let (talk, heard) = self
            .on_card(move |card| welcome(card, talks, &body, now, &seed))
            .await?;
        if let Some(talk) = talk {
            self.keep_talk(talk);
        }
        Ok(heard)
    }

    /// The player is let in: it takes what is offered, or offers back what is wanted.
    async fn heard_welcome(&self, body: Vec<u8>) -> Result<LoanHeard, LoanRefused> {
        self.not_put_back()?;
        let (talks, now, seed) = (self.talks(), self.now(), self.seed());
        let welcome: Welcome = cbor::from_bytes(&body).map_err(|_| LoanRefused::NotALoan)?;
        self.on_card(move |card| {
            let greeted = first(talks.into_iter().filter(|talk| talk.want.is_none()), |talk| {
                card.greeting_heard(&talk.greeting, &welcome.hello)
            })?;
            let pair = greeted.pair();
            let heard = match &welcome.quote {
                Some(quote) => {
                    let offer = card.read_loan(&greeted, quote)?;
                    take(card, &offer, now, &seed)?
                }
                None => {
                    let first = || card.borrowed_in(pair).next();
                    let loan = welcome.loan.or_else(first).ok_or(LoanRefused::NothingHere)?;
                    let title = title_of(card, loan);
                    let quote = card.give_back(&greeted, loan, now, &seed)?;
                    let say = Letter::new(Stage::Return, quote.into_bytes());
                    LoanHeard::of(LoanNews::Step, Some(say)).about(title)
                }
            };
            Ok(heard.in_pair(pair))
        })
        .await
    }

    /// The wallet takes back what the player offers.
    async fn heard_return(&self, body: Vec<u8>) -> Result<LoanHeard, LoanRefused> {
        self.not_put_back()?;
        let (talks, now, seed) = (self.talks(), self.now(), self.seed());
        self.on_card(move |card| {
            let mut last = LoanRefused::NotBegun;
            for talk in talks {
                let Some(theirs) = &talk.heard else { continue };
                let pair = talk.greeting.pair();
                let Ok(welcomed) = card.greeting_answered(talk.greeting.clone(), theirs) else {
                    continue;
                };
                let Some(greeted) = welcomed.greeted else { continue };
                match card.read_loan(&greeted, &body) {
                    Ok(offer) => return Ok(take(card, &offer, now, &seed)?.in_pair(pair)),
                    Err(no) => last = no.into(),
                }
            }
            Err(last)
        })
        .await
    }

    /// The side that hands over decides, once.
    async fn heard_take(&self, body: Vec<u8>) -> Result<LoanHeard, LoanRefused> {
        self.not_put_back()?;
        let (now, seed) = (self.now(), self.seed());
        let heard = self
            .on_card(move |card| {
                let lent = |settle: card::Outgoing| Some(Letter::new(Stage::Lent, settle.into_bytes()));
                Ok::<_, LoanRefused>(match card.decide(&body, now, &seed)? {
                    Decided::Given {
                        deal, title, settle, ..
                    } => LoanHeard::of(LoanNews::Gave(deal), lent(settle)).about(title),
                    Decided::Again { deal, settle } => {
                        let title = card.title_of(deal).unwrap_or_default().to_owned();
                        LoanHeard::of(LoanNews::Gave(deal), lent(settle)).about(title)
                    }
                    Decided::Void { deal, reason, settle } => {
                        let title = card.title_of(deal).unwrap_or_default().to_owned();
                        LoanHeard::of(LoanNews::Void(reason), lent(settle)).about(title)
                    }
                    Decided::SeeIssuer { .. } => return Err(LoanRefused::NotBegun),
                    Decided::Frozen => return Err(LoanRefused::Frozen),
                })
            })
            .await?;
        self.stir();
        Ok(heard)
    }

    /// What was handed over arrives.
    async fn heard_lent(&self, body: Vec<u8>) -> Result<LoanHeard, LoanRefused> {
        self.not_put_back()?;
        let (now, seed) = (self.now(), self.seed());
        let (heard, arrived) = self
            .on_card(move |card| {
                let done = |done: card::Outgoing| Some(Letter::new(Stage::Arrived, done.into_bytes()));
                Ok::<_, LoanRefused>(match card.settle(&body, now, &seed)? {
                    Settled::Given {
                        deal,
                        license: Some(license),
                        done: last,
                        ..
                    } => {
                        let pair = card.state().borrowed(license).map(|loan| loan.pair);
                        let title = card.title_of(deal).unwrap_or_default().to_owned();
                        let heard = LoanHeard::of(LoanNews::Here(license), done(last)).about(title);
                        (LoanHeard { pair, ..heard }, Some(license))
                    }
                    Settled::Given { done: last, .. } => (LoanHeard::of(LoanNews::Done, done(last)), None),
                    Settled::Void { deal, reason } => {
                        let title = card.title_of(deal).unwrap_or_default().to_owned();
                        (LoanHeard::of(LoanNews::Void(reason), None).about(title), None)
                    }
                    Settled::Again(last) => (LoanHeard::of(LoanNews::Again, done(last)), None),
                    Settled::Nothing | Settled::Contradicted { .. } => (LoanHeard::of(LoanNews::Again, None), None),
                    Settled::Frozen => return Err(LoanRefused::Frozen),
                })
            })
            .await?;
        if let Some(license) = arrived {
            self.loan_arrived(license, heard.pair);
        }
        self.stir();
        Ok(heard)
    }

    /// The last word.
    async fn heard_arrived(&self, body: Vec<u8>) -> Result<LoanHeard, LoanRefused> {
        let seed = self.seed();
        self.on_card(move |card| card.take_done(&body, &seed)).await?;
        Ok(LoanHeard::of(LoanNews::Done, None))
    }

    /// What this side has not heard the end of, to be said again: takings without an answer, and answers without a last word.
    pub async fn unfinished_loans(&self, only: Option<Tag>) -> Vec<Letter> {
        self.on_card(move |card| {
            let wanted = |pair: Tag| only.is_none_or(|only| only == pair);
            let state = card.state();
            let paid = state.paid.iter().filter(|paid| paid.pay.quote.kind == Kind::Lend);
            let paid = paid.filter(|paid| wanted(paid.pay.receiver));
            let take = paid.filter_map(|paid| Some(Letter::new(Stage::Take, card.pay_again(paid.deal)?.into_bytes())));
            let given = state.given.iter();
            let given = given.filter(|given| state.pair(given.receiver).is_some() && wanted(given.receiver));
            let lent = given.map(|given| Letter::new(Stage::Lent, given.message.to_vec()));
            take.chain(lent).collect()
        })
        .await
    }

    /// The same as one sheet, for the other device to ask for.
    pub async fn unfinished_loans_sheet(&self) -> Vec<u8> {
        let letters = self.unfinished_loans(None).await;
        let bytes = letters.iter().filter_map(|letter| letter.to_bytes().ok());
        cbor::to_bytes(&bytes.map(ByteVec::from).collect::<Vec<_>>())
    }

    fn talks(&self) -> Vec<Talk> {
        let mut talks = locked(&self.0.loans.talks);
        let talks = talks.get_or_insert_with(|| talks_in(self));
        talks.values().cloned().collect()
    }

    /// One greeting for each pair: the last.
    fn keep_talk(&self, talk: Talk) {
        let mut talks = locked(&self.0.loans.talks);
        let kept = talks.get_or_insert_with(|| talks_in(self));
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(talk.greeting.pair(), talk);
        let all: Vec<&Talk> = kept.values().collect();
        let bytes = cbor::to_bytes(&all);
        drop(talks);
        // Lost, the greeting begins again: nothing hangs on it.
        if let Err(error) = std::fs::write(self.home().greetings(), bytes) {
            tracing::info!(%error, "a greeting is not remembered");
        }
    }
}

fn talks_in(wallet: &Wallet) -> HashMap<Tag, Talk> {
    let bytes = std::fs::read(wallet.home().greetings()).unwrap_or_default();
    let talks: Vec<Talk> = cbor::from_bytes(&bytes).unwrap_or_default();
    let talks = talks.into_iter().take(KEPT_MAX);
    talks.map(|talk| (talk.greeting.pair(), talk)).collect()
}

/// The first greeting that this answers; else why the likeliest did not.
fn first<T>(
    talks: impl Iterator<Item = Talk>,
    answers: impl Fn(&Talk) -> Result<T, PairRefusal>,
) -> Result<T, LoanRefused> {
    let mut last = LoanRefused::NotBegun;
    for talk in talks {
        match answers(&talk) {
            Ok(found) => return Ok(found),
            Err(PairRefusal::NotMine) => {}
            Err(no) => last = no.into(),
        }
    }
    Err(last)
}

/// The wallet's answer to a player that has named itself.
fn welcome(
    card: &TheCard,
    talks: Vec<Talk>,
    body: &[u8],
    now: Moment,
    seed: &Seed,
) -> Result<(Option<Talk>, LoanHeard), LoanRefused> {
    let mut last = LoanRefused::NotBegun;
    for talk in talks {
        let Some(want) = talk.want else { continue };
        let welcomed = match card.greeting_answered(talk.greeting.clone(), body) {
            Ok(welcomed) => welcomed,
            Err(PairRefusal::NotMine) => continue,
            Err(no) => {
                last = no.into();
                continue;
            }
        };
        let pair = talk.greeting.pair();
        let mut sheet = Welcome {
            hello: welcomed.say.into_bytes().into(),
            quote: None,
            loan: None,
        };
        let Some(greeted) = welcomed.greeted else {
            let say = Letter::new(Stage::Welcome, cbor::to_bytes(&sheet));
            return Ok((None, LoanHeard::of(LoanNews::NotAllowed, Some(say)).in_pair(pair)));
        };
        let (stage, title) = match want {
            LoanWant::Lend { license, plays, period } => {
                let wish = LendWish { plays, period };
                let quote = card.lend(&greeted, license, wish, now, seed)?;
                sheet.quote = Some(quote.into_bytes().into());
                (Stage::Lend, title_of(card, license))
            }
            LoanWant::Back { loan } => {
                sheet.loan = loan;
                let of = loan.and_then(|name| card.lent().find(|(known, _)| **known == name).map(|(_, l)| l.of));
                (Stage::Welcome, of.map(|of| title_of(card, of)).unwrap_or_default())
            }
        };
        let say = Letter::new(stage, cbor::to_bytes(&sheet));
        let heard = LoanHeard::of(LoanNews::Step, Some(say)).in_pair(pair).about(title);
        let talk = Talk {
            heard: Some(body.to_vec().into()),
            ..talk
        };
        return Ok((Some(talk), heard));
    }
    Err(last)
}

/// Takes an offer up; one that is open already is said again in its place.
fn take(card: &mut TheCard, offer: &card::LoanOffer, now: Moment, seed: &Seed) -> Result<LoanHeard, LoanRefused> {
    let said = match card.borrow(offer, now, seed) {
        Ok((deal, said)) => (deal, said),
        Err(LendFailure::Refused(LendRefusal::AlreadyOpen)) => {
            let license = offer.quote().license;
            let same = |paid: &&deal::Paid| paid.pay.quote.kind == Kind::Lend && paid.pay.quote.license == license;
            let open = card.state().paid.iter().find(same).map(|paid| paid.deal);
            let open = open.and_then(|deal| Some((deal, card.pay_again(deal)?)));
            open.ok_or(LendFailure::Refused(LendRefusal::AlreadyOpen))?
        }
        Err(no) => return Err(no.into()),
    };
    let title = card.title_of(said.0).unwrap_or_default().to_owned();
    let say = Letter::new(Stage::Take, said.1.into_bytes());
    Ok(LoanHeard::of(LoanNews::Step, Some(say)).about(title))
}

fn title_of(card: &TheCard, license: LicenseId) -> String {
    let held = card.state().licenses.get(&license);
    let offer = held.and_then(|held| card.offer_of(held));
    offer.map(|offer| offer.title).unwrap_or_default()
}
