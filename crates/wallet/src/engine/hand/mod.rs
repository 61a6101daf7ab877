//! Hand: a holder hands a license on to a friend's card, and receives one from it. No shop and no network is needed.
//!
//! Both sides are steps of the card, with a letter between any two of them; how a letter crosses (a file, a code, another
//! window, a neighbour) makes no difference to either:
//!
//! ```text
//!   giver                             friend
//!   offer()      -- offer  -->        read_offer(), notice(): the holder sees the fare
//!                                     commit() with his PIN: the fare is set aside, durably
//!   decide()     <-- answer --        answer_letter()
//!                -- key    -->        take_key(): the license is here
//!   take_done()  <-- done   --        done_letter()
//! ```
//!
//! A locked copy needs no answer and no key, and so no record: the friend's card says first to which number of its own.
//!
//! ```text
//!   lock_for()   <-- wish   --        wish()
//!                -- locked -->        read_locked(), notice(): free now, arrives locked, unlocking costs so much
//!                                     commit() with his PIN: it is installed
//! ```
//!
//! Nothing here remembers what is unfinished: the two cards' own records do. What is kept in memory is whom to ask first.

mod give;
mod lock;
mod meet;
mod receive;
mod stay;
mod way;

pub use give::{Gave, Handing, HandingWay, OfferRefused, Offered, Ride, TakeRefused};
pub use meet::{Arrived, MeetRefused, Met};
pub use receive::{Notice, Unlocking};
pub(super) use way::crossings;
pub use way::{Crossing, Side};

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::Mutex,
};

use card::Permit;
use courier::Letter;
use units::{DealId, Hash, Moment};

use super::locked;
use crate::hand::{Near, Post};

/// Offers and friends that are remembered at once; the oldest goes.
const KEPT_MAX: usize = 64;
/// Offers of others that wait for the holder; more are refused until he has looked.
const ARRIVED_MAX: usize = 16;

/// What one process remembers of hand-overs. All of it can be lost without harm.
#[derive(Default)]
pub(crate) struct Hands {
    /// Offers made here, by their quote.
    offered: Mutex<VecDeque<Offered>>,
    /// What the holder of this card has agreed to give, for friends who ask over a network.
    permits: Mutex<VecDeque<Permit>>,
    /// Offers that came over a network, and wait for the holder.
    arrived: Mutex<VecDeque<Arrived>>,
    /// Wishes for locked copies, this card's own and friends', by their hash.
    wishes: Mutex<VecDeque<(Hash, Letter)>>,
    /// Locked copies that wait for their holder to agree, by their quote.
    locked: Mutex<VecDeque<(Hash, Vec<u8>)>>,
    /// The open offer that stands behind a quote which its giver made for this card.
    opens: Mutex<HashMap<Hash, Hash>>,
    /// Offers made here of which a friend has said that he does not want them.
    declined: Mutex<VecDeque<Hash>>,
    /// Where the other card of a quote answers.
    replies: Mutex<HashMap<Hash, Reply>>,
    /// What was given in this process, so that its page can be shown again.
    keys: Mutex<HashMap<DealId, Hash>>,
    /// What was said to answers, so that their pages can be shown again: a refusal stands in no record of the card.
    gave: Mutex<VecDeque<Gave>>,
    /// Since when an offer is out that nobody has taken up, and until when it is good.
    waits: Mutex<Option<(Moment, Moment)>>,
    /// Tells whoever waits that an answer or an offer has come.
    came: tokio::sync::watch::Sender<u64>,
    /// Quotes of deals that were closed over a network, so that the file can be asked of the same friend.
    closed: Mutex<HashMap<DealId, Hash>>,
    pub(crate) near: tokio::sync::Mutex<Option<Near>>,
    /// Does this program go on running? One that ends after a command opens no door.
    stays: std::sync::atomic::AtomicBool,
    pub(crate) post: Post,
}

/// The other side of a hand-over, as far as it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Where it takes letters.
    pub address: SocketAddr,
    /// What it is called here: its two words.
    pub name: Option<String>,
}

impl Hands {
    pub(crate) fn reply(&self, quote: Hash) -> Option<Reply> {
        locked(&self.replies).get(&quote).cloned()
    }
    fn note_open(&self, quote: Hash, open: Hash) {
        let mut opens = locked(&self.opens);
        if opens.len() >= KEPT_MAX {
            opens.clear();
        }
        opens.insert(quote, open);
    }
    /// A deal was closed over a network, about this quote.
    fn note_closed(&self, deal: DealId, quote: Hash) {
        let mut closed = locked(&self.closed);
        if closed.len() >= KEPT_MAX {
            closed.clear();
        }
        closed.insert(deal, quote);
    }
    pub(crate) fn note_reply(&self, quote: Hash, reply: Reply) {
        let mut replies = locked(&self.replies);
        if replies.len() >= KEPT_MAX {
            replies.clear();
        }
        replies.insert(quote, reply);
    }
}

/// Puts one more at the end, and lets the oldest go.
fn keep<T>(list: &Mutex<VecDeque<T>>, one: T) {
    let mut list = locked(list);
    if list.len() >= KEPT_MAX {
        list.pop_front();
    }
    list.push_back(one);
}
