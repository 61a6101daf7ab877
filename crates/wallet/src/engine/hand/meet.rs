//! Meet: two wallets reach each other, in another window or on the local network. Letters pass by themselves, and
//! whatever was torn before is finished first.

use std::net::SocketAddr;

use card::{Checked, Event};
use courier::{Letter, Peer, Stage};
use deal::Kind;
use units::{Again, DealId, Hash, LicenseId, Refusal};

use super::{ARRIVED_MAX, OfferRefused, Offered, Reply, keep};
use crate::{
    engine::{Outcome, QuoteRefused, TheCard, Wallet, locked, pay::Try},
    hand::{Near, PostRefused},
};

/// How long it may take to tell a giver that his offer is not wanted.
const TELLING: std::time::Duration = std::time::Duration::from_secs(3);

/// An offer that came over a network and waits for the holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// What it offers, checked.
    pub checked: Checked,
    /// What its giver is called here.
    pub from: Option<String>,
}

/// What a meeting has finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Met {
    /// Hand-overs of which the key has now come, or the money has come back.
    pub received: usize,
    /// Hand-overs of which the other card now has the key.
    pub given: usize,
}

/// Why the other wallet was not met. In order of precedence; nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum MeetRefused {
    /// Nobody of that name wants to be found.
    #[error("nobody called \"{0}\" is near: both wallets must be open to be found, on the same network")]
    Nobody(String),
    /// Being found was not begun.
    #[error("your wallet does not look around: let it be found first")]
    NotLooking,
    /// It does not answer, or says no.
    #[error(transparent)]
    Post(#[from] PostRefused),
    /// The offer was not made.
    #[error(transparent)]
    Offer(#[from] OfferRefused),
}

impl Refusal for MeetRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Nobody(_) => "nobody-near",
            Self::NotLooking => "not-looking",
            Self::Post(e) => e.code(),
            Self::Offer(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Nobody(_) | Self::NotLooking => Again::AfterYouAct,
            Self::Post(e) => e.again(),
            Self::Offer(e) => e.again(),
        }
    }
}

impl Wallet {
    /// The holder wants to be found for the next ten minutes. Answers his two words for this time, which are not the
    /// card's.
    pub async fn look_around(&self, near: Near) -> String {
        let words = near.words();
        *self.0.hands.near.lock().await = Some(near);
        words
    }
    /// And no longer; unless something is out that plays only while this wallet answers.
    pub async fn look_away(&self) {
        *self.0.hands.near.lock().await = None;
        self.be_there().await;
    }
    /// This wallet's words while it wants to be found, and which other wallets do.
    pub async fn neighbours(&self) -> Option<(String, Vec<Peer>)> {
        let (words, mut peers) = self.everybody_near().await?;
        peers.retain(|peer| !peer.is_player);
        Some((words, peers))
    }
    /// The same with players, which are there to be lent to.
    pub async fn everybody_near(&self) -> Option<(String, Vec<Peer>)> {
        let mut near = self.0.hands.near.lock().await;
        still_open(&mut near, self.now()).map(|n| (n.words(), n.peers()))
    }
    /// Waits until somebody new is near. Ends at once if this wallet does not look.
    pub async fn somebody_new(&self) {
        let watch = self.0.hands.near.lock().await.as_ref().map(Near::watch);
        if let Some(mut watch) = watch {
            watch.changed().await;
        }
    }
    pub(in crate::engine) async fn neighbour(&self, name: &str) -> Result<Reply, MeetRefused> {
        let near = self.0.hands.near.lock().await;
        let near = near.as_ref().ok_or(MeetRefused::NotLooking)?;
        let peer = near.peer(name).ok_or_else(|| MeetRefused::Nobody(name.to_owned()))?;
        Ok(Reply {
            address: peer.address,
            name: Some(peer.words),
        })
    }

    /// Where this wallet takes answers to letters for `to`: the port of its door on that network. The pages' own port answers on
    /// this machine alone, and is never named to another.
    pub(in crate::engine) async fn reply_port(&self, to: &Reply) -> Option<u16> {
        let here = to.address.ip().is_loopback();
        let mut near = self.0.hands.near.lock().await;
        let near = still_open(&mut near, self.now()).map(|near| near.port());
        near.filter(|_| to.name.is_some() || !here)
            .or_else(|| self.0.hands.post.door().filter(|_| here))
    }

    /// Lays an offer before the holder of the neighbour's wallet called `name`.
    pub async fn offer_near(&self, offered: &Offered, name: &str) -> Result<(), MeetRefused> {
        let to = self.neighbour(name).await?;
        self.offer_to(offered, to).await
    }

    /// Lays an offer before the holder of another wallet on this machine.
    pub async fn offer_window(&self, offered: &Offered, address: SocketAddr) -> Result<(), MeetRefused> {
        self.offer_to(offered, Reply { address, name: None }).await
    }

    async fn offer_to(&self, offered: &Offered, to: Reply) -> Result<(), MeetRefused> {
        let reply = self.reply_port(&to).await;
        self.0.hands.post.send(to.address, &offered.letter, reply).await?;
        Ok(())
    }

    /// An offer came in over a network: it is laid before the holder and nothing else happens.
    pub async fn offer_arrived(&self, offer: &[u8], from: Option<Reply>) -> Result<Hash, QuoteRefused> {
        let mut checked = self.read_offer(offer).await?;
        let open = checked.hash();
        // Whoever offers over a network can be asked for more than everybody may read: when it was bought, and for how
        // much. If it does not answer, the open offer is as good.
        if let Some(reply) = &from
            && let Ok(asked) = self.ask_peer(&checked, reply).await
        {
            checked = asked;
            self.0.hands.note_open(checked.hash(), open);
        }
        Ok(self.lay(checked, from))
    }

    /// Lays what came over a network before the holder.
    pub(super) fn lay(&self, checked: Checked, from: Option<Reply>) -> Hash {
        let hash = checked.hash();
        let name = from.as_ref().and_then(|r| r.name.clone());
        if let Some(reply) = from {
            self.note_reply(&checked, reply);
        }
        let mut arrived = locked(&self.0.hands.arrived);
        let now = self.now();
        arrived.retain(|a| a.checked.quote().until >= now && a.checked.hash() != hash);
        if arrived.len() >= ARRIVED_MAX {
            arrived.pop_front();
        }
        arrived.push_back(Arrived { checked, from: name });
        drop(arrived);
        self.0.hands.came.send_modify(|n| *n = n.wrapping_add(1));
        hash
    }

    async fn ask_peer(&self, open: &Checked, to: &Reply) -> Result<Checked, QuoteRefused> {
        let quote = open.quote();
        let (kind, offer, seed) = (quote.kind, quote.offer, self.seed());
        let asked = self
            .on_card(move |card| match kind {
                Kind::Move => card.ask_move(offer, &seed),
                _ => card.ask_copy(offer, &seed),
            })
            .await?;
        let answer = self.0.hands.post.ask(to.address, asked.bytes()).await;
        let answer = answer.map_err(|_| QuoteRefused::OtherParty)?;
        let now = self.now();
        let checked = self
            .on_card(move |card| card.read_quote(&answer, Some(&asked), None, now))
            .await?;
        let same = checked.quote().offer == quote.offer && checked.quote().price == quote.price;
        if same {
            Ok(checked)
        } else {
            Err(QuoteRefused::OtherParty)
        }
    }

    /// Offers that wait for the holder.
    pub fn arrived(&self) -> Vec<Arrived> {
        let now = self.now();
        let mut arrived = locked(&self.0.hands.arrived);
        arrived.retain(|a| a.checked.quote().until >= now);
        arrived.iter().cloned().collect()
    }
    /// The holder does not want it. Whoever laid it before him over a network is told so, once; of any other way there is nobody
    /// to tell, and nothing has changed for either.
    pub async fn decline(&self, quote: Hash) {
        self.put_away(quote);
        let open = locked(&self.0.hands.opens).remove(&quote).unwrap_or(quote);
        let Some(reply) = self.0.hands.reply(quote) else { return };
        let telling = self.0.hands.post.declined(reply.address, open);
        // Nobody waits long for this: it is a courtesy.
        match tokio::time::timeout(TELLING, telling).await {
            Ok(Ok(())) => {}
            _ => tracing::info!("the giver was not told that his offer is not wanted"),
        }
    }
    /// It waits no longer.
    pub(super) fn put_away(&self, quote: Hash) {
        locked(&self.0.hands.arrived).retain(|a| a.checked.hash() != quote);
    }
    /// A friend does not want what was offered here. Only what was offered is heard, and nothing follows from it but a line on its
    /// page: the offer stays good until its date.
    pub fn hear_declined(&self, quote: Hash) {
        if self.offered(quote).is_none() || self.is_declined(quote) {
            return;
        }
        keep(&self.0.hands.declined, quote);
        self.0.hands.came.send_modify(|n| *n = n.wrapping_add(1));
    }
    /// Has a friend said that he does not want this?
    pub fn is_declined(&self, quote: Hash) -> bool {
        locked(&self.0.hands.declined).contains(&quote)
    }

    /// Takes the package of a license that has come from the friend's wallet, if that still answers; else it is fetched as
    /// one that was bought is, and if that cannot be now, the library offers it.
    pub async fn take_package(&self, deal: DealId, license: LicenseId) {
        let header = self.license(license).await.map(|l| l.link.header);
        let quote = locked(&self.0.hands.closed).get(&deal).copied();
        let reply = quote.and_then(|quote| self.0.hands.reply(quote));
        if let (Some(header), Some(reply)) = (header, reply)
            && self.packages().file(header).is_none()
        {
            match self.0.hands.post.package(reply.address, header, 0).await {
                Ok(response) => match self.packages().take_in(header, response).await {
                    Ok(()) => return,
                    Err(no) => tracing::info!(code = no.code(), "the friend's copy of the file was not taken"),
                },
                Err(no) => tracing::info!(code = no.code(), "the file comes from elsewhere"),
            }
        }
        drop(self.fetch_soon(license).await);
    }

    /// One try to finish a deal with another card: over the network it was begun on, if it was.
    pub(in crate::engine) async fn try_across(&self, deal: DealId, quote: Hash, answer: Vec<u8>) -> Try {
        let Some(reply) = self.0.hands.reply(quote) else {
            return Try::Again("waiting for the other card: hold the two together again, or go online".to_owned());
        };
        let letter = Letter::new(Stage::Answer, answer);
        let port = self.reply_port(&reply).await;
        match self.0.hands.post.send(reply.address, &letter, port).await {
            Ok(key) => {
                let known = self.take_settle(deal, key).await;
                self.0.hands.note_closed(deal, quote);
                if matches!(known, Try::Known(Outcome::Given { .. })) {
                    self.say_done(deal, &reply).await;
                }
                locked(&self.0.hands.arrived).retain(|a| a.checked.hash() != quote);
                known
            }
            Err(no) => Try::Again(no.to_string()),
        }
    }

    /// Tells the other card that everything is here. What cannot be told now rides in the next report.
    async fn say_done(&self, deal: DealId, to: &Reply) {
        let Some(letter) = self.done_of(deal).await else { return };
        let giver = self.on_card(move |card| given_by(card, deal)).await;
        let Some(giver) = giver else { return };
        if self.0.hands.post.send(to.address, &letter, None).await.is_ok() {
            let seed = self.seed();
            // Whoever takes a `done` twice does nothing the second time.
            let _ = self.on_card(move |card| card.dones_taken(vec![giver], &seed)).await;
        }
    }

    /// The two wallets are together again: every open answer is sent to the other, and every key that it may lack. What is
    /// not for its card it says so of, and nothing has changed.
    pub async fn meet_near(&self, name: &str) -> Result<Met, MeetRefused> {
        let to = self.neighbour(name).await?;
        self.meet(to).await
    }

    /// The same with a wallet on this machine.
    pub async fn meet_window(&self, address: SocketAddr) -> Result<Met, MeetRefused> {
        self.meet(Reply { address, name: None }).await
    }

    async fn meet(&self, to: Reply) -> Result<Met, MeetRefused> {
        let mut met = Met::default();
        let (open, given) = self
            .on_card(|card| {
                let open = card.state().paid.iter().filter(|p| p.pay.quote.kind.between_cards());
                let open: Vec<_> = open.map(|p| (p.deal, deal::wire::quote_hash(&p.pay.quote))).collect();
                let given: Vec<_> = card
                    .state()
                    .given
                    .iter()
                    .map(|g| (g.deal, g.message.to_vec()))
                    .collect();
                (open, given)
            })
            .await;
        for (deal, quote) in open {
            let Some(answer) = self.answer_letter(deal).await else {
                continue;
            };
            let port = self.reply_port(&to).await;
            match self.0.hands.post.send(to.address, &answer, port).await {
                Ok(key) => {
                    self.0.hands.note_reply(quote, to.clone());
                    if let Try::Known(outcome) = self.take_settle(deal, key).await {
                        met.received = met.received.saturating_add(1);
                        if matches!(outcome, Outcome::Given { .. }) {
                            self.say_done(deal, &to).await;
                        }
                    }
                }
                Err(no @ PostRefused::Silent(_)) => return Err(no.into()),
                Err(_) => {}
            }
        }
        for (deal, key) in given {
            let letter = Letter::new(Stage::Key, key);
            match self.0.hands.post.send(to.address, &letter, None).await {
                Ok(done) if !done.is_empty() => {
                    // It answers with its `done`, so the record here goes at once.
                    if self.take_done(done).await.is_ok() {
                        met.given = met.given.saturating_add(1);
                    }
                }
                Ok(_) => met.given = met.given.saturating_add(1),
                Err(no @ PostRefused::Silent(_)) => return Err(no.into()),
                Err(no) => tracing::debug!(code = no.code(), %deal, "not for that card"),
            }
        }
        Ok(met)
    }
}

/// The door on the local network, shut when its time is over.
pub(super) fn still_open(near: &mut Option<Near>, now: units::Moment) -> Option<&mut Near> {
    if near.as_ref().is_some_and(|n| n.has_ended(now)) {
        *near = None;
    }
    near.as_mut()
}

/// Who gave in a deal that is closed.
pub(super) fn given_by(card: &TheCard, deal: DealId) -> Option<[u8; 16]> {
    let mut lines = card.image().history.iter().rev();
    let line = lines.find(|l| l.deal == Some(deal) && l.event == Event::Given)?;
    line.with.map(|with| with.0)
}
