//! Goods: what a machine's hatch gives for a license of its shop: a cup, a can, a bag (ST-15).
//!
//! A vending machine is a shop whose offers stand for goods in its slots. The license is the paper for one piece; the piece
//! itself falls once. A piece is *reserved* with the first write of a payment, before any money is asked about, and is *owed*
//! with the very write that decides the sale. From there it goes one way:
//!
//! ```text
//!   left ─ pay ─► reserved ─ given ─► owed ─ next_drop ─► dropping(n) ─► out
//!    ▲               │ void            │                        └──────► stuck
//!    └───────────────┴── handed back ──┘                                   └─ handed back
//! ```
//!
//! What a charge shall pay for stays reserved after it was given: a charge may be refused, and goods that fell do not come
//! back. Whoever shall pay says so, and his signed word ([`Shop::hear_word`]), or the money itself, makes the piece owed. A
//! refusal, or nothing for a while, lets the piece go; what is paid for after that takes another, or waits for one
//! ([`Piece::Missing`]).
//!
//! The hatch counts what it has given in a register of its own, which keeps its value without power. Each drop has a number,
//! one above that register, written before the hatch is told; told the same number again it does nothing. So whenever power
//! is lost, disk and register together say whether the piece is out, and no piece falls twice. What neither of them knows any
//! more, after a copy of the disk was put in its place, people find out (`doubt.rs`).
//!
//! Nothing falls for nobody: a drop that could not be made while its buyer stood there waits until he says that he is back.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, DealId, Moment, OfferNo, Refusal, Span};

use super::{Shop, doubt::is_quoted_before_doubt, reconcile::FORGOTTEN, sales::BY_TIME};
use crate::{decided, mechanism::Jam};

/// What gives goods. It has one register that survives a loss of power: the number of the last drop, and how that ended.
pub trait Hatch {
    /// The number of the last drop it has made, ever.
    fn register(&self) -> Result<u64, Jam>;
    /// Makes drop `number` from this slot and says how it ended. Told a number that is not above its register, it does
    /// nothing and says how the last one ended.
    fn drop_from(&mut self, slot: u32, number: u64) -> Result<Fell, Jam>;
}

/// How a drop ended, by the hatch's own light barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fell {
    /// The piece came out.
    Out,
    /// Nothing came out: the slot is stuck or empty.
    Stuck,
}

/// The goods behind an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Goods {
    /// The slot they lie in.
    #[n(0)]
    pub slot: u32,
    /// Pieces nobody has paid for.
    #[n(1)]
    pub left: u32,
    /// Pieces ever filled in, less those taken out by hand.
    #[n(2)]
    pub filled: u32,
    /// The slot does not give: nothing is sold from it until people have seen to it.
    #[n(3)]
    pub stuck: bool,
}
impl Value for Goods {}

/// How a piece that is sold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Piece {
    /// Sold, and in its slot.
    #[n(0)]
    Owed,
    /// The hatch is told to give it, as this drop.
    #[n(1)]
    Dropping(#[n(0)] u64),
    /// Out.
    #[n(2)]
    Out(#[n(0)] u64),
    /// It did not come out.
    #[n(3)]
    Stuck(#[n(0)] u64),
    /// Handed back: it is not owed any more. True: it had got stuck, and is not for sale again.
    #[n(4)]
    Back(#[n(0)] bool),
    /// Sold before this machine was restored: nobody here remembers whether it fell. People decide.
    #[n(5)]
    Unknown,
    /// Paid for after its piece was let go, and the slot was empty then: it waits until the slot is filled and its buyer is
    /// here, or its paper comes back.
    #[n(6)]
    Missing,
    /// Nobody here remembers that it fell; people found that it did.
    #[n(7)]
    Fell,
}

/// A piece that is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Sold {
    /// The offer.
    #[n(0)]
    pub number: OfferNo,
    /// Its slot.
    #[n(1)]
    pub slot: u32,
    /// How it stands.
    #[n(2)]
    pub piece: Piece,
    /// When it was sold, or its buyer said last that he is here.
    #[n(3)]
    pub here: Moment,
}
impl Value for Sold {}

/// A piece a payment under way has reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Reserved {
    #[n(0)]
    pub(super) number: OfferNo,
    /// What became of the sale was forgotten by a restore: no piece is kept for it, and whether one fell people find out.
    #[n(1)]
    pub(super) forgotten: bool,
    /// Given against a charge that nobody has answered for.
    #[n(2)]
    awaits: Option<Awaits>,
}
impl Value for Reserved {}

impl Reserved {
    /// Does a piece lie there for it?
    pub(super) fn has_piece(self) -> bool {
        !self.forgotten && self.awaits != Some(Awaits::LetGo)
    }
}

/// How a piece stands that a charge shall pay for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
enum Awaits {
    /// It is kept for its buyer so long.
    #[n(0)]
    Until(#[n(0)] Moment),
    /// Refused, or not answered in time: its piece is for sale again.
    #[n(1)]
    LetGo,
}

/// How long a piece is kept for a charge that nobody answers for: a wallet has the word of its payer within seconds.
const KEPT: Span = Span::minutes(10);

/// The drop the hatch was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub(super) struct Last {
    #[n(0)]
    pub(super) number: u64,
    /// Until it has ended.
    #[n(1)]
    pub(super) deal: Option<DealId>,
    /// When this disk was last found to be older than what it stands beside.
    #[n(2)]
    pub(super) doubted: Option<Moment>,
}
impl Value for Last {}

pub(super) const GOODS: Map<OfferNo, Goods> = Map::new(Table::new("shop_goods"));
pub(super) const RESERVED: Map<DealId, Reserved> = Map::new(Table::new("shop_goods_reserved"));
pub(super) const SOLD: Map<DealId, Sold> = Map::new(Table::new("shop_goods_sold"));
/// What is owed, by when its buyer was here last.
pub(super) const OWED: Map<(Moment, DealId), ()> = Map::new(Table::new("shop_goods_owed"));
/// How many of the last sales are looked at.
const RECENT: usize = 20;
pub(super) const LAST: Map<u8, Last> = Map::new(Table::new("shop_goods_last"));

/// Why a slot was not filled, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillRefused {
    /// The machine is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// No such offer.
    #[error("there is no offer of that number here; publish it first")]
    NoOffer,
    /// Another article lies in that slot.
    #[error("slot {0} is that of offer {1}; choose another")]
    SlotTaken(u32, OfferNo),
    /// More out than is in it.
    #[error("{0} pieces lie there that nobody has paid for; take out at most these")]
    Fewer(u32),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for FillRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoOffer => "offer-unknown",
            Self::SlotTaken(..) => "slot-taken",
            Self::Fewer(_) => "slot-fewer",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
crate::refused::refusals!(FillRefused);

/// Why nothing falls now. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DropRefused {
    /// The machine is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DropRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(DropRefused);

pub(super) fn damaged(why: &str) -> Fault {
    Fault::Corrupt {
        table: GOODS.table().name(),
        why: why.to_owned(),
    }
}

impl Shop {
    /// People have put pieces into a slot, or taken some out (a negative number), and seen that it gives.
    pub fn fill(&self, tx: &mut dyn Tx, number: OfferNo, slot: u32, pieces: i32) -> Result<Goods, FillRefused> {
        crate::epoch::require::<FillRefused>(tx)?;
        if self.offer(tx, number)?.is_none() {
            return Err(FillRefused::NoOffer);
        }
        if let Some((other, _)) = self
            .goods(tx)?
            .into_iter()
            .find(|(no, g)| g.slot == slot && *no != number)
        {
            return Err(FillRefused::SlotTaken(slot, other));
        }
        let before = GOODS.get(tx, &number)?.unwrap_or(Goods {
            slot,
            left: 0,
            filled: 0,
            stuck: false,
        });
        let more = |count: u32| count.checked_add_signed(pieces);
        let (Some(left), Some(filled)) = (more(before.left), more(before.filled)) else {
            return Err(FillRefused::Fewer(before.left));
        };
        let goods = Goods {
            slot,
            left,
            filled,
            stuck: false,
        };
        GOODS.put(tx, &number, &goods)?;
        Ok(goods)
    }

    /// Everything this machine has slots for.
    pub fn goods(&self, view: &mut dyn View) -> Result<Vec<(OfferNo, Goods)>, Fault> {
        GOODS.range(view, Keys::all(), usize::MAX)
    }

    /// How many pieces of an offer can be sold now; nothing for an offer without goods.
    pub fn goods_left(&self, view: &mut dyn View, number: OfferNo) -> Result<Option<u32>, Fault> {
        let goods = GOODS.get(view, &number)?;
        Ok(goods.map(|goods| if goods.stuck { 0 } else { goods.left }))
    }

    /// The piece a deal bought.
    pub fn sold_piece(&self, view: &mut dyn View, deal: DealId) -> Result<Option<Sold>, Fault> {
        SOLD.get(view, &deal)
    }

    /// All pieces that were sold, in no order: for the operator's desk.
    pub fn sold_pieces(&self, view: &mut dyn View) -> Result<Vec<(DealId, Sold)>, Fault> {
        SOLD.range(view, Keys::all(), usize::MAX)
    }

    /// The newest piece of an offer sold since then, among the last few sales: what the machine's screen follows.
    pub fn sold_since(
        &self,
        view: &mut dyn View,
        number: OfferNo,
        since: Moment,
    ) -> Result<Option<(DealId, Sold)>, Fault> {
        let keys = Keys::from(&(since, DealId([0; 32]))).newest_first();
        for ((_, deal), ()) in BY_TIME.range(view, keys, RECENT)? {
            if let Some(sold) = SOLD.get(view, &deal)?.filter(|sold| sold.number == number) {
                return Ok(Some((deal, sold)));
            }
        }
        Ok(None)
    }

    /// The piece that waits for the buyer who has this code from his wallet.
    pub fn piece_of_code(&self, view: &mut dyn View, code: &str) -> Result<Option<DealId>, Fault> {
        let mut found = None;
        SOLD.each::<Fault>(view, Keys::all(), |_, deal, sold| {
            if matches!(sold.piece, Piece::Owed | Piece::Missing) && deal::pickup_code(deal) == code {
                found = Some(deal);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The buyer is here: what he is owed falls next.
    pub fn is_here(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<Option<Sold>, DropRefused> {
        crate::epoch::require::<DropRefused>(tx)?;
        let Some(mut sold) = SOLD.get(tx, &deal)? else {
            return Ok(None);
        };
        if sold.piece == Piece::Missing && self.take_piece(tx, sold.number)? {
            sold.piece = Piece::Owed;
            sold.here = now;
            OWED.put(tx, &(now, deal), &())?;
            SOLD.put(tx, &deal, &sold)?;
        }
        if sold.piece == Piece::Owed && now > sold.here {
            OWED.delete(tx, &(sold.here, deal))?;
            sold.here = now;
            OWED.put(tx, &(now, deal), &())?;
            SOLD.put(tx, &deal, &sold)?;
        }
        Ok(Some(sold))
    }

    /// What the hatch is to do now, its register being this: number, slot. One drop at a time: while it has not ended, the same.
    /// Durable before the hatch is told. A register that is ahead of this disk remembers drops that the disk has forgotten:
    /// then nothing falls before people have looked.
    pub fn next_drop(&self, tx: &mut dyn Tx, register: u64, now: Moment) -> Result<Option<(u64, u32)>, DropRefused> {
        crate::epoch::require::<DropRefused>(tx)?;
        let last = LAST.get(tx, &0)?.unwrap_or_default();
        if register > last.number {
            self.doubt_goods(tx, register, now)?;
            return Ok(None);
        }
        if let Some(deal) = last.deal {
            let sold = SOLD.get(tx, &deal)?.ok_or_else(|| damaged("a drop of nothing"))?;
            return Ok(Some((last.number, sold.slot)));
        }
        let since = Keys::from(&(now.less(self.config.attended), DealId([0; 32])));
        let Some(((here, deal), ())) = OWED.range(tx, since, 1)?.into_iter().next() else {
            return Ok(None);
        };
        let mut sold = SOLD.get(tx, &deal)?.ok_or_else(|| damaged("a piece owed of no sale"))?;
        let number = last.number.saturating_add(1);
        sold.piece = Piece::Dropping(number);
        OWED.delete(tx, &(here, deal))?;
        SOLD.put(tx, &deal, &sold)?;
        let next = Last {
            number,
            deal: Some(deal),
            ..last
        };
        LAST.put(tx, &0, &next)?;
        Ok(Some((number, sold.slot)))
    }

    /// The hatch has ended this drop. Told twice, it changes nothing.
    pub fn dropped(&self, tx: &mut dyn Tx, number: u64, fell: Fell) -> Result<(), DropRefused> {
        crate::epoch::require::<DropRefused>(tx)?;
        let last = LAST.get(tx, &0)?.unwrap_or_default();
        let Some(deal) = last.deal.filter(|_| last.number == number) else {
            return Ok(());
        };
        let mut sold = SOLD.get(tx, &deal)?.ok_or_else(|| damaged("a drop of nothing"))?;
        sold.piece = match fell {
            Fell::Out => Piece::Out(number),
            Fell::Stuck => Piece::Stuck(number),
        };
        SOLD.put(tx, &deal, &sold)?;
        LAST.put(tx, &0, &Last { deal: None, ..last })?;
        if fell == Fell::Stuck
            && let Some(mut goods) = GOODS.get(tx, &sold.number)?
        {
            goods.stuck = true;
            GOODS.put(tx, &sold.number, &goods)?;
        }
        Ok(())
    }

    /// The first write of a payment takes a piece for it. False: there is none. What was paid, or promised, before a restore is
    /// given in any case: whether it fell, people find out.
    pub(super) fn reserve_piece(
        &self,
        tx: &mut dyn Tx,
        (deal, quoted): (DealId, Moment),
        number: OfferNo,
    ) -> Result<bool, Fault> {
        if !GOODS.has(tx, &number)? {
            return Ok(true);
        }
        let forgotten = FORGOTTEN.has(tx, &deal)? || is_quoted_before_doubt(tx, quoted)?;
        if !forgotten && !self.take_piece(tx, number)? {
            return Ok(false);
        }
        let reserved = Reserved {
            number,
            forgotten,
            awaits: None,
        };
        RESERVED.put(tx, &deal, &reserved)?;
        Ok(true)
    }

    /// Takes a piece out of those that are for sale. False: there is none.
    pub(super) fn take_piece(&self, tx: &mut dyn Tx, number: OfferNo) -> Result<bool, Fault> {
        let Some(mut goods) = GOODS.get(tx, &number)?.filter(|goods| goods.left > 0 && !goods.stuck) else {
            return Ok(false);
        };
        goods.left = goods.left.saturating_sub(1);
        GOODS.put(tx, &number, &goods)?;
        Ok(true)
    }

    /// The sale is decided against a charge: its piece stays reserved until whoever shall pay has said so.
    pub(super) fn keep_piece(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Fault> {
        match RESERVED.get(tx, &deal)? {
            // Whether what a restore forgot has fallen, people find out.
            Some(reserved) if reserved.forgotten => self.owe_piece(tx, deal, now),
            Some(mut reserved) => {
                reserved.awaits = Some(Awaits::Until(now.plus(KEPT)));
                RESERVED.put(tx, &deal, &reserved)
            }
            None => Ok(()),
        }
    }

    /// The charge of this sale is paid: its piece is owed. One that was let go takes another; without one it waits.
    pub(super) fn owe_kept_piece(&self, tx: &mut dyn Tx, deal: DealId, here: Moment) -> Result<(), Fault> {
        let Some(reserved) = RESERVED.get(tx, &deal)? else {
            return Ok(());
        };
        let is_kept = reserved.forgotten || reserved.awaits != Some(Awaits::LetGo);
        if is_kept || self.take_piece(tx, reserved.number)? {
            return self.owe_piece(tx, deal, here);
        }
        let goods = GOODS
            .get(tx, &reserved.number)?
            .ok_or_else(|| damaged("a piece of no slot"))?;
        let sold = Sold {
            number: reserved.number,
            slot: goods.slot,
            piece: Piece::Missing,
            here,
        };
        RESERVED.delete(tx, &deal)?;
        SOLD.put(tx, &deal, &sold)
    }

    /// Its charge is refused, or was not answered in time: the piece is for sale again. What pays for it later takes another.
    pub(super) fn let_piece_go(&self, tx: &mut dyn Tx, deal: DealId) -> Result<(), Fault> {
        let Some(mut reserved) = RESERVED.get(tx, &deal)? else {
            return Ok(());
        };
        if !matches!(reserved.awaits, Some(Awaits::Until(_))) {
            return Ok(());
        }
        let had_piece = reserved.has_piece();
        reserved.awaits = Some(Awaits::LetGo);
        RESERVED.put(tx, &deal, &reserved)?;
        if had_piece {
            self.put_back(tx, reserved.number)?;
        }
        Ok(())
    }

    /// Lets go what was kept long enough.
    pub(super) fn let_pieces_go(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let mut late = Vec::new();
        RESERVED.each::<Fault>(tx, Keys::all(), |_, deal, reserved| {
            if matches!(reserved.awaits, Some(Awaits::Until(until)) if until < now) {
                late.push(deal);
            }
            Ok(())
        })?;
        for deal in late {
            self.let_piece_go(tx, deal)?;
        }
        Ok(())
    }

    /// Could the piece of this sale still be given, if it were paid for now?
    pub(super) fn piece_can_come(&self, view: &mut dyn View, deal: DealId) -> Result<bool, Fault> {
        match RESERVED.get(view, &deal)? {
            Some(reserved) if reserved.awaits == Some(Awaits::LetGo) && !reserved.forgotten => {
                Ok(self.goods_left(view, reserved.number)?.unwrap_or_default() > 0)
            }
            _ => Ok(true),
        }
    }

    /// Nothing came of the payment: its piece is for sale again.
    pub(super) fn free_piece(&self, tx: &mut dyn Tx, deal: DealId) -> Result<(), Fault> {
        let Some(reserved) = RESERVED.get(tx, &deal)? else {
            return Ok(());
        };
        RESERVED.delete(tx, &deal)?;
        if reserved.has_piece() {
            self.put_back(tx, reserved.number)
        } else {
            Ok(())
        }
    }

    /// The sale is decided: the piece is owed.
    pub(super) fn owe_piece(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Fault> {
        let Some(reserved) = RESERVED.get(tx, &deal)? else {
            return Ok(());
        };
        RESERVED.delete(tx, &deal)?;
        let goods = GOODS
            .get(tx, &reserved.number)?
            .ok_or_else(|| damaged("a piece of no slot"))?;
        let sold = Sold {
            number: reserved.number,
            slot: goods.slot,
            piece: if reserved.forgotten {
                Piece::Unknown
            } else {
                Piece::Owed
            },
            here: now,
        };
        SOLD.put(tx, &deal, &sold)?;
        if sold.piece == Piece::Owed {
            OWED.put(tx, &(now, deal), &())?;
        }
        Ok(())
    }

    /// May the paper for a piece come back? What fell may not, and what may have fallen neither.
    pub(super) fn piece_comes_back(&self, view: &mut dyn View, deal: DealId) -> Result<bool, Fault> {
        let sold = SOLD.get(view, &deal)?;
        Ok(sold.is_none_or(|sold| matches!(sold.piece, Piece::Owed | Piece::Stuck(_) | Piece::Missing)))
    }

    /// Its paper came back, in this very write: it is not owed any more.
    pub(super) fn take_piece_back(&self, tx: &mut dyn Tx, deal: DealId) -> Result<(), Fault> {
        let Some(mut sold) = SOLD.get(tx, &deal)? else {
            return self.free_piece(tx, deal);
        };
        let was_owed = OWED.delete(tx, &(sold.here, deal))?;
        if was_owed {
            self.put_back(tx, sold.number)?;
        }
        // What nobody remembers is not counted among the pieces of its slot.
        let is_in_slot = was_owed || matches!(sold.piece, Piece::Missing | Piece::Unknown | Piece::Fell);
        sold.piece = Piece::Back(!is_in_slot);
        SOLD.put(tx, &deal, &sold)
    }

    pub(super) fn put_back(&self, tx: &mut dyn Tx, number: OfferNo) -> Result<(), Fault> {
        let mut goods = GOODS.get(tx, &number)?.ok_or_else(|| damaged("a piece of no slot"))?;
        goods.left = goods.left.saturating_add(1);
        GOODS.put(tx, &number, &goods)
    }
}

/// Pieces against sales: everything that does not add up, in words.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut gone = std::collections::BTreeMap::<OfferNo, u32>::new();
    let mut count = |number: OfferNo| {
        let sum = gone.entry(number).or_default();
        *sum = sum.saturating_add(1);
    };
    RESERVED.each::<Fault>(view, Keys::all(), |view, deal, reserved| {
        if reserved.has_piece() {
            count(reserved.number);
        }
        let is_given = decided::of(view, deal)?.map(|decided| decided.given());
        let should = reserved.awaits.is_some().then_some(true);
        if is_given != should {
            found.push(format!(
                "a piece is reserved for deal {deal}, whose decision says otherwise"
            ));
        }
        Ok(())
    })?;
    let last = LAST.get(view, &0)?.unwrap_or_default();
    SOLD.each::<Fault>(view, Keys::all(), |view, deal, sold| {
        if !matches!(
            sold.piece,
            Piece::Back(false) | Piece::Unknown | Piece::Missing | Piece::Fell
        ) {
            count(sold.number);
        }
        if !decided::of(view, deal)?.is_some_and(|decided| decided.given()) {
            found.push(format!("deal {deal} has a piece and was not given"));
        }
        if OWED.has(view, &(sold.here, deal))? != (sold.piece == Piece::Owed) {
            found.push(format!(
                "the piece of deal {deal} is {:?}, and the queue says otherwise",
                sold.piece
            ));
        }
        if matches!(sold.piece, Piece::Dropping(_)) != (last.deal == Some(deal)) {
            found.push(format!(
                "the piece of deal {deal} is {:?}, and the last drop says otherwise",
                sold.piece
            ));
        }
        Ok(())
    })?;
    GOODS.each::<Fault>(view, Keys::all(), |_, number, goods| {
        let sum = goods
            .left
            .saturating_add(gone.get(&number).copied().unwrap_or_default());
        if sum != goods.filled {
            found.push(format!(
                "offer {number}: {} pieces were filled in, and {sum} are known of",
                goods.filled
            ));
        }
        Ok(())
    })
}
