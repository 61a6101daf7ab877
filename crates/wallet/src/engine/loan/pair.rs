//! Pair: a wallet takes a player on, a player its wallet, each with its owner's PIN; and who is let in is edited the same way.

use courier::{Letter, Stage};
use units::{Hash, Tag};
use zeroize::Zeroizing;

use super::{KEPT_MAX, LoanRefused, letter_name};
use crate::engine::{MeetRefused, Reply, Wallet, locked};

/// What pairing letters are called: nobody has a title yet.
pub const PAIRING: &str = "Pairing";

impl Wallet {
    /// A player shows itself to be paired. Nothing of it is kept.
    pub async fn pairing_sheet(&self) -> Result<Letter, LoanRefused> {
        let (name, seed) = (self.device_name(), self.seed());
        let sheet = self.on_card(move |card| card.offer_pairing(&name, &seed)).await?;
        Ok(Letter::new(Stage::Pair, sheet.into_bytes()))
    }

    /// The holder takes a player on, with his PIN, and the wallet calls itself `name` there. Said again, it is the same pair.
    pub async fn pair_player(&self, sheet: &[u8], name: &str, pin: &str) -> Result<(Tag, Letter), LoanRefused> {
        self.not_put_back()?;
        let (sheet, name, pin) = (sheet.to_vec(), name.to_owned(), Zeroizing::new(pin.to_owned()));
        let (now, seed) = (self.now(), self.seed());
        let (pair, answer) = self
            .on_card(move |card| card.pair_player(&sheet, &name, &pin, now, &seed))
            .await?;
        Ok((pair, Letter::new(Stage::Paired, answer.into_bytes())))
    }

    /// The player's owner takes the wallet on, with his PIN.
    pub async fn pair_wallet(&self, answer: &[u8], pin: &str) -> Result<Tag, LoanRefused> {
        self.not_put_back()?;
        let (sealed, pin) = (answer.to_vec(), Zeroizing::new(pin.to_owned()));
        let (now, seed) = (self.now(), self.seed());
        let pair = self
            .on_card(move |card| card.pair_wallet(&sealed, &pin, now, &seed))
            .await?;
        let name = letter_name(&Letter::new(Stage::Paired, answer.to_vec()));
        let mut waiting = locked(&self.0.loans.pairing);
        let came = waiting.iter().position(|(known, ..)| *known == name);
        let from = came.and_then(|at| waiting.remove(at)).and_then(|(_, _, from)| from);
        drop(waiting);
        if let Some(from) = from {
            self.note_paired_at(pair, from.address);
        }
        Ok(pair)
    }

    /// The owner lets a paired device in, or no longer, with his PIN (ST-12). What is out on loan stays what it is.
    pub async fn allow(&self, pair: Tag, allowed: bool, pin: &str) -> Result<(), LoanRefused> {
        let (pin, seed) = (Zeroizing::new(pin.to_owned()), self.seed());
        Ok(self
            .on_card(move |card| card.list_device(pair, allowed, &pin, &seed))
            .await?)
    }

    /// A half of a pair waits for the owner, who brought it or who it came from; answers by which name.
    pub fn pairing_arrived(&self, answer: Vec<u8>, from: Option<Reply>) -> Hash {
        self.pairing_waits(Letter::new(Stage::Paired, answer), from)
    }

    /// The same of either half.
    pub fn pairing_waits(&self, letter: Letter, from: Option<Reply>) -> Hash {
        let name = letter_name(&letter);
        let mut waiting = locked(&self.0.loans.pairing);
        waiting.retain(|(known, ..)| *known != name);
        if waiting.len() >= KEPT_MAX {
            waiting.pop_front();
        }
        waiting.push_back((name, letter, from));
        name
    }

    /// Halves of pairs that wait for the owner, and what who brought them is called.
    pub fn pairings(&self) -> Vec<(Hash, Letter, Option<Reply>)> {
        locked(&self.0.loans.pairing).iter().cloned().collect()
    }

    /// One of them.
    pub fn pairing(&self, name: Hash) -> Option<(Letter, Option<Reply>)> {
        let waiting = locked(&self.0.loans.pairing);
        let found = waiting.iter().find(|(known, ..)| *known == name);
        found.map(|(_, letter, from)| (letter.clone(), from.clone()))
    }

    /// The owner does not want it.
    pub fn decline_pairing(&self, name: Hash) {
        locked(&self.0.loans.pairing).retain(|(known, ..)| *known != name);
    }

    /// What a player calls itself on the sheet it shows; not checked, to be read by people.
    pub async fn name_on_sheet(&self, sheet: &[u8]) -> Option<String> {
        let sheet = sheet.to_vec();
        self.on_card(move |card| {
            let parsed = seal::parse::<deal::pair::Pairing>(&sheet, seal::Kind::Pairing, card.realm()).ok()?;
            Some(parsed.claims().name.clone())
        })
        .await
    }

    /// The player nearby with these words.
    pub async fn player_near(&self, words: &str) -> Result<Reply, LoanRefused> {
        let here = self.everybody_near().await;
        let (_, peers) = here.ok_or(MeetRefused::NotLooking)?;
        let mut found = peers.into_iter().filter(|peer| peer.is_player && peer.words == words);
        // Of two with the same words neither is meant.
        let peer = found.next().filter(|_| found.next().is_none());
        let peer = peer.ok_or_else(|| MeetRefused::Nobody(words.to_owned()))?;
        Ok(Reply {
            address: peer.address,
            name: Some(peer.words),
        })
    }

    /// Takes on the player that answers at `to`: its half is fetched, the wallet's brought there. Its owner still has to agree.
    pub async fn pair_over(&self, to: &Reply, name: &str, pin: &str) -> Result<Tag, LoanRefused> {
        let sheet = self.0.hands.post.pairing(to.address).await?;
        let (pair, answer) = self.pair_player(&sheet, name, pin).await?;
        self.note_paired_at(pair, to.address);
        self.be_found_by(to).await;
        let port = self.reply_port(to).await;
        self.0.hands.post.send(to.address, &answer, port).await?;
        Ok(pair)
    }
}
