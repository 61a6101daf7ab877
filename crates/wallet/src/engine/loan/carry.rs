//! Carry: a loan over a short-range link, from one tap: whatever was torn between the two is finished first, then the letters
//! pass by themselves.

use std::net::SocketAddr;

use courier::{Letter, Stage};
use futures::{StreamExt, stream::FuturesUnordered};
use minicbor::bytes::ByteVec;
use seal::cbor;
use units::{LicenseId, Moment, Refusal, Tag};

use super::{LoanHeard, LoanNews, LoanRefused, LoanWant};
use crate::{
    engine::{Reply, Wallet, locked},
    hand::PostRefused,
};

/// As many loans as one call takes back.
const LOANS_MAX: usize = 64;

/// How long a wallet may take to say that it is there: its card signs, and writes nothing.
const THERE: std::time::Duration = std::time::Duration::from_secs(5);

/// What came of a loan or a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaned {
    /// In which pair.
    pub pair: Tag,
    /// Of which work.
    pub title: String,
    /// How many deals that were torn before were finished on the way.
    pub finished: usize,
}

/// By which letter the other side answers one.
const fn answered_by(stage: Stage) -> Option<Stage> {
    Some(match stage {
        Stage::Greet => Stage::Greeted,
        Stage::Lend | Stage::Return => Stage::Take,
        Stage::Welcome => Stage::Return,
        Stage::Take => Stage::Lent,
        Stage::Lent => Stage::Arrived,
        _ => return None,
    })
}

impl Wallet {
    /// Lends to a paired player, or has something back from it. `at`: where it is; else where it answered last, or nearby.
    pub async fn loan(&self, pair: Tag, want: LoanWant, at: Option<SocketAddr>) -> Result<Loaned, LoanRefused> {
        let mut last = LoanRefused::NotFound;
        for place in self.places_of(pair, at).await {
            self.be_found_by(&place).await;
            match self.loan_at(pair, want, &place).await {
                Ok(done) => {
                    self.note_paired_at(pair, place.address);
                    self.be_there().await;
                    return Ok(done);
                }
                // Somebody else, or nobody: the next one may be it.
                Err(no) if is_elsewhere(&no) && at.is_none() => {
                    if !matches!(last, LoanRefused::Meet(_)) {
                        last = no;
                    }
                }
                Err(no) => return Err(no),
            }
        }
        Err(last)
    }

    async fn places_of(&self, pair: Tag, at: Option<SocketAddr>) -> Vec<Reply> {
        let place = |address| Reply { address, name: None };
        if let Some(address) = at {
            return vec![place(address)];
        }
        let mut places: Vec<Reply> = self.paired_at(pair).map(place).into_iter().collect();
        let near = self.everybody_near().await.map(|(_, peers)| peers).unwrap_or_default();
        places.extend(near.into_iter().filter(|peer| peer.is_player).map(|peer| Reply {
            address: peer.address,
            name: Some(peer.words),
        }));
        places
    }

    async fn loan_at(&self, pair: Tag, want: LoanWant, to: &Reply) -> Result<Loaned, LoanRefused> {
        let finished = self.finish_loans_at(pair, to).await?;
        let greet = self.begin_loan(pair, want).await?;
        let mut title = String::new();
        self.exchange(greet, to, &mut title).await?;
        Ok(Loaned { pair, title, finished })
    }

    /// Whatever is open between this device and the one at `to`, finished by saying it again. Answers how many.
    pub async fn finish_loans_at(&self, pair: Tag, to: &Reply) -> Result<usize, LoanRefused> {
        let mut finished = 0_usize;
        let mut letters = self.unfinished_loans(Some(pair)).await;
        let theirs = self.0.hands.post.unfinished(to.address).await?;
        let theirs: Vec<ByteVec> = cbor::from_bytes(&theirs).unwrap_or_default();
        for bytes in theirs.iter().take(LOANS_MAX) {
            let Ok(letter) = Letter::from_bytes(bytes) else {
                continue;
            };
            // Sealed to another device, or heard before: nothing has changed.
            if let Ok(heard) = self.hear_loan(&letter).await {
                letters.extend(heard.say);
            }
        }
        for letter in letters {
            match self.exchange(letter, to, &mut String::new()).await {
                Ok(()) | Err(LoanRefused::Void(_)) => finished = finished.saturating_add(1),
                Err(no @ LoanRefused::Meet(_)) if no.again() == units::Again::Later => return Err(no),
                Err(no) => tracing::debug!(code = no.code(), "not for that device"),
            }
        }
        Ok(finished)
    }

    /// Says one letter after the other until there is nothing left to say.
    async fn exchange(&self, first: Letter, to: &Reply, title: &mut String) -> Result<(), LoanRefused> {
        let mut letter = first;
        loop {
            let port = self.reply_port(to).await;
            let answer = self.0.hands.post.send(to.address, &letter, port).await?;
            let Some(stage) = answered_by(letter.stage).filter(|_| !answer.is_empty()) else {
                return Ok(());
            };
            let LoanHeard {
                say,
                title: about,
                news,
                ..
            } = self.hear_loan(&Letter::new(stage, answer)).await?;
            if !about.is_empty() {
                *title = about;
            }
            let refused = match news {
                LoanNews::NotAllowed => Some(card::PairRefusal::NotListedHere.into()),
                LoanNews::Void(reason) => Some(LoanRefused::Void(reason)),
                _ => None,
            };
            if let Some(no) = refused {
                // Whoever refuses says so; whether it is heard changes nothing.
                if let Some(say) = say {
                    let _ = self.0.hands.post.send(to.address, &say, None).await;
                }
                return Err(no);
            }
            match say {
                Some(next) => letter = next,
                None => return Ok(()),
            }
        }
    }

    /// A player asks this wallet to come for a loan. Whatever it asks, only what was lent can come back.
    pub async fn called_back(&self, loan: &[u8], from: SocketAddr) -> Result<(), LoanRefused> {
        let name = <[u8; 16]>::try_from(loan).map_err(|_| LoanRefused::NotALoan)?;
        let loan = LicenseId(name);
        let lent = self
            .on_card(move |card| {
                card.lent()
                    .find(|(known, _)| **known == loan)
                    .map(|(_, lent)| lent.pair)
            })
            .await;
        let pair = lent.ok_or(LoanRefused::NothingHere)?;
        let wallet = self.clone();
        tokio::spawn(async move {
            let want = LoanWant::Back { loan: Some(loan) };
            if let Err(no) = wallet.loan(pair, want, Some(from)).await {
                tracing::info!(code = no.code(), "a loan was not taken back");
            }
        });
        Ok(())
    }

    /// The player asks the wallet a loan came from to take it back: it comes by itself if it is there.
    pub async fn call_for(&self, loan: LicenseId) -> Result<(), LoanRefused> {
        let pair = self
            .on_card(move |card| card.state().borrowed(loan).map(|borrowed| borrowed.pair))
            .await
            .ok_or(LoanRefused::NothingHere)?;
        let mut last = None;
        for address in self.wallets_of(pair).await {
            let port = self.reply_port(&Reply { address, name: None }).await;
            match self.0.hands.post.call(address, loan.0.to_vec(), port).await {
                Ok(()) => return Ok(()),
                // What the wallet says where it was met last counts for more than what strangers say.
                Err(no) => last = last.or(Some(no)),
            }
        }
        Err(last.map_or(LoanRefused::NotFound, LoanRefused::from))
    }

    /// Where the wallet of a pair may be: where it answered last, then every wallet that is found near by. It has another door each
    /// time it is started.
    async fn wallets_of(&self, pair: Tag) -> Vec<SocketAddr> {
        let mut all: Vec<SocketAddr> = self.paired_at(pair).into_iter().collect();
        let near = self.everybody_near().await.map(|(_, peers)| peers).unwrap_or_default();
        for peer in near.into_iter().filter(|peer| !peer.is_player) {
            if !all.contains(&peer.address) {
                all.push(peer.address);
            }
        }
        all
    }

    /// The wallet says that it is there, for a loan of its own (ST-23).
    pub async fn say_there(&self, asked: Vec<u8>) -> Result<Vec<u8>, LoanRefused> {
        self.not_put_back()?;
        let now = self.now();
        Ok(self
            .on_card(move |card| card.say_there(&asked, now))
            .await?
            .into_bytes())
    }

    /// Has the wallet say that it is there, where the license asks for it: before a play begins, and while it goes on.
    /// Answers how often it must be asked; nothing: never.
    pub async fn wallet_is_there(&self, license: LicenseId) -> Option<units::Span> {
        let every = self.on_card(move |card| card.answers_every(license)).await?;
        let now = self.now();
        let until = locked(&self.0.loans.asked).get(&license).copied();
        if until.is_none_or(|until| now.plus(units::Span(every.0 / 2)) > until)
            && let Err(no) = self.ask_there(license, now.plus(every)).await
        {
            tracing::info!(code = no.code(), "the wallet of a loan does not answer");
        }
        Some(every)
    }

    async fn ask_there(&self, loan: LicenseId, until: Moment) -> Result<(), LoanRefused> {
        let pair = self
            .on_card(move |card| card.state().borrowed(loan).map(|borrowed| borrowed.pair))
            .await
            .ok_or(LoanRefused::NotFound)?;
        // Where it answered last first; then everybody near at once, so that no stranger keeps the play waiting.
        let (remembered, others) = {
            let met = self.paired_at(pair);
            let all = self.wallets_of(pair).await;
            all.into_iter().partition::<Vec<_>, _>(|at| Some(*at) == met)
        };
        let mut last = LoanRefused::NotFound;
        for places in [remembered, others] {
            match self.ask_there_at(loan, &places).await {
                Ok(Some(address)) => {
                    self.note_paired_at(pair, address);
                    locked(&self.0.loans.asked).insert(loan, until);
                    return Ok(());
                }
                Ok(None) => {}
                Err(no) => last = no,
            }
        }
        Err(last)
    }

    /// Asks one question at all these places; answers where the wallet of the loan has said, signed, that it is there.
    async fn ask_there_at(&self, loan: LicenseId, places: &[SocketAddr]) -> Result<Option<SocketAddr>, LoanRefused> {
        if places.is_empty() {
            return Ok(None);
        }
        let seed = self.seed();
        let asked = self.on_card(move |card| card.ask_there(loan, &seed)).await?;
        let mut asking: FuturesUnordered<_> = places.iter().map(|at| self.hear_there(*at, asked.clone())).collect();
        let mut last = None;
        while let Some(answer) = asking.next().await {
            match answer {
                Ok(address) => return Ok(Some(address)),
                Err(no) => last = Some(no),
            }
        }
        last.map_or(Ok(None), Err)
    }

    async fn hear_there(&self, address: SocketAddr, asked: Vec<u8>) -> Result<SocketAddr, LoanRefused> {
        let there = tokio::time::timeout(THERE, self.0.hands.post.there(address, asked));
        let there = there.await.map_err(|_| PostRefused::Silent("no answer in time"))??;
        let now = self.now();
        self.on_card(move |card| card.hear_there(&there, now)).await?;
        Ok(address)
    }

    /// A loan is here: its file comes from the wallet that lent it, if that has it and this device has not.
    pub(super) fn loan_arrived(&self, license: LicenseId, pair: Option<Tag>) {
        let Some(address) = pair.and_then(|pair| self.paired_at(pair)) else {
            return;
        };
        let wallet = self.clone();
        tokio::spawn(async move {
            let Some(header) = wallet.license(license).await.map(|l| l.link.header) else {
                return;
            };
            if wallet.packages().file(header).is_some() {
                return;
            }
            match wallet.0.hands.post.package(address, header, 0).await {
                Ok(response) => {
                    if let Err(no) = wallet.packages().take_in(header, response).await {
                        tracing::info!(code = no.code(), "the wallet's copy of the file was not taken");
                    }
                }
                Err(no) => tracing::info!(code = no.code(), "the file comes from elsewhere"),
            }
        });
    }
}

/// Did somebody else answer, or nobody?
fn is_elsewhere(no: &LoanRefused) -> bool {
    match no {
        LoanRefused::Meet(super::MeetRefused::Post(PostRefused::Refused { code, .. })) => {
            matches!(code.as_str(), "not-paired" | "not-found" | "pair-other-side")
        }
        LoanRefused::Meet(_) => true,
        _ => false,
    }
}
