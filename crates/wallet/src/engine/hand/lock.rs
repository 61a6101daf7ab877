//! Lock: a locked copy for a friend's card (SD-24). It wishes one and is given it with its quote; once its holder has agreed it
//! is installed. Nothing is paid and nobody keeps a record, so any letter may be lost or said again.

use std::net::SocketAddr;

use card::{Asked, Checked, GiveRefusal, QuoteRefusal};
use courier::{Letter, Stage};
use deal::{
    Kind,
    wire::{self, Ask},
};
use minicbor::bytes::ByteVec;
use package::Header;
use seal::{NotSigned, cbor};
use units::{DealId, Hash, LicenseId, Share, Span};
use zeroize::Zeroizing;

use super::{MeetRefused, OfferRefused, Offered, Reply, keep};
use crate::{
    engine::{Outcome, PayRefused, QuoteRefused, Wallet, locked},
    packages::Readable,
};

/// What a letter with a locked copy holds: the wish it answers, the quote sealed to that wish, and the locked license. The
/// wish comes back so that its card need not remember what it asked; only that card can open what was sealed to it.
type Enclosed = (ByteVec, ByteVec, ByteVec);

impl Wallet {
    /// What this card says of itself to be given a locked copy of whatever a friend chooses. Good for as long as the
    /// number it names has not been used for something else.
    pub async fn wish(&self) -> Result<Letter, QuoteRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let seed = self.seed();
        let asked = self.on_card(move |card| card.ask_locked(None, &seed)).await?;
        Ok(Letter::new(Stage::Wish, asked.bytes()))
    }

    /// Keeps a wish, this card's own or a friend's, for the pages that show it. Answers its name there.
    pub fn keep_wish(&self, wish: Letter) -> Hash {
        let name = seal::hash(&wish.body);
        if self.kept_wish(name).is_none() {
            keep(&self.0.hands.wishes, (name, wish));
        }
        name
    }
    /// A wish that was kept.
    pub fn kept_wish(&self, name: Hash) -> Option<Letter> {
        let wishes = locked(&self.0.hands.wishes);
        wishes.iter().find(|(n, _)| *n == name).map(|(_, wish)| wish.clone())
    }

    /// Makes a locked copy of a license for the card that wished one. Free, and nothing changes on this card.
    pub async fn lock_for(&self, license: LicenseId, wish: Vec<u8>, good_for: Span) -> Result<Offered, OfferRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let header = self.header_to_cut(license).await?;
        let (now, seed) = (self.now(), self.seed());
        let offered = self
            .on_card(move |card| {
                let until = card.now(now).plus(good_for.min(card::QUOTE_MAX));
                let permit = card
                    .permit(Kind::Locked, Some(license), until)
                    .ok_or(OfferRefused::Kind)?;
                let quoted = card.quote(&wish, &permit, header.as_ref(), now, &seed)?;
                let copy = quoted.locked.ok_or(OfferRefused::Kind)?;
                let enclosed: Enclosed = (
                    wish.into(),
                    quoted.message.into_bytes().into(),
                    copy.into_bytes().into(),
                );
                Ok::<_, OfferRefused>(Offered {
                    quote: wire::quote_hash(&quoted.quote),
                    kind: Kind::Locked,
                    license,
                    title: quoted.title,
                    fare: quoted.quote.price,
                    until: quoted.quote.until,
                    letter: Letter::new(Stage::Locked, cbor::to_bytes(&enclosed)),
                })
            })
            .await?;
        keep(&self.0.hands.offered, offered.clone());
        Ok(offered)
    }

    /// The shape of the package, where a share of the work opens at once and has to be cut from the whole.
    async fn header_to_cut(&self, license: LicenseId) -> Result<Option<Header>, OfferRefused> {
        let held = self.license(license).await.ok_or(GiveRefusal::NoLicense)?;
        let arrives = held
            .policy
            .unlock
            .as_ref()
            .map_or(Share::Nothing, |unlock| unlock.arrives);
        if arrives == Share::Nothing {
            return Ok(None);
        }
        let (packages, package) = (self.packages().clone(), held.link.header);
        let read = tokio::task::spawn_blocking(move || packages.readable(package)).await;
        // Without it the card refuses where it needs it, and says that the package is needed.
        Ok(match read {
            Ok(Ok(Some(Readable::Sealed(package, _)))) => Some(package.front().header().clone()),
            Ok(Ok(Some(Readable::Opened(front, _)))) => Some(front.header().clone()),
            _ => None,
        })
    }

    /// Reads a locked copy that came by any way: for this card, genuine, and what the publisher's own terms say, or refused.
    /// It waits here for its holder.
    pub async fn read_locked(&self, body: &[u8]) -> Result<Checked, QuoteRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let malformed = |no| QuoteRefusal::Forged(NotSigned::Malformed(no));
        let (wish, quote, copy): Enclosed = cbor::from_bytes(body).map_err(malformed)?;
        let ask: Ask = cbor::from_bytes(&wish).map_err(malformed)?;
        if ask.kind != Kind::Locked {
            return Err(QuoteRefused::OtherParty);
        }
        let (asked, now) = (Asked { ask }, self.now());
        let checked = self
            .on_card(move |card| card.read_quote(&quote, Some(&asked), None, now))
            .await?;
        let name = checked.hash();
        locked(&self.0.hands.locked).retain(|(quote, _)| *quote != name);
        keep(&self.0.hands.locked, (name, copy.into()));
        Ok(checked)
    }

    /// A locked copy came in over a network: it is laid before the holder and nothing else happens.
    pub async fn locked_arrived(&self, body: &[u8], from: Option<Reply>) -> Result<Hash, QuoteRefused> {
        let checked = self.read_locked(body).await?;
        Ok(self.lay(checked, from))
    }

    /// Gives a locked copy to the neighbour's wallet called `name`: asks it for its wish, and lays the copy before its holder.
    pub async fn lock_near(&self, license: LicenseId, name: &str, good_for: Span) -> Result<Offered, MeetRefused> {
        let to = self.neighbour(name).await?;
        self.lock_to(license, to, good_for).await
    }

    /// The same with a wallet on this machine.
    pub async fn lock_window(
        &self,
        license: LicenseId,
        address: SocketAddr,
        good_for: Span,
    ) -> Result<Offered, MeetRefused> {
        self.lock_to(license, Reply { address, name: None }, good_for).await
    }

    async fn lock_to(&self, license: LicenseId, to: Reply, good_for: Span) -> Result<Offered, MeetRefused> {
        let wish = self.0.hands.post.wish(to.address).await?;
        let offered = self.lock_for(license, wish, good_for).await?;
        let reply = self.reply_port(&to).await;
        self.0.hands.post.send(to.address, &offered.letter, reply).await?;
        Ok(offered)
    }

    /// The holder agrees to a locked copy with his PIN: it is installed, and that is all (SD-8, SD-24).
    pub(in crate::engine) async fn install(
        &self,
        checked: &Checked,
        pin: Option<Zeroizing<String>>,
    ) -> Result<DealId, PayRefused> {
        let quote = checked.hash();
        let copy = {
            let waiting = locked(&self.0.hands.locked);
            waiting.iter().find(|(q, _)| *q == quote).map(|(_, copy)| copy.clone())
        };
        let (copy, pin) = (copy.ok_or(PayRefused::LockedGone)?, pin.ok_or(PayRefused::NeedsPin)?);
        let (checked, now, seed) = (checked.clone(), self.now(), self.seed());
        let license = self
            .on_card(move |card| {
                let confirmed = card.confirm(&checked, &pin, &seed.part("confirm"))?;
                let license = card.install_locked(&checked, confirmed, &copy, now, &seed.part("install"))?;
                Ok::<_, PayRefused>(license)
            })
            .await?;
        // As the card names it in its history: there is no payment that could number it.
        let deal = DealId(quote.0);
        let outcome = Outcome::Given {
            deal,
            license: Some(license),
            receipt: None,
        };
        locked(&self.0.outcomes).insert(deal, outcome);
        locked(&self.0.hands.locked).retain(|(q, _)| *q != quote);
        self.0.hands.note_closed(deal, quote);
        self.put_away(quote);
        Ok(deal)
    }
}
