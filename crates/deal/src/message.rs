//! What the messages of a deal say. The signed and sealed forms around these bodies are in [`crate::wire`].

use alloc::vec::Vec;
use license::{Bind, Rights, Route, TenderKind};
use minicbor::{Decode, Encode, bytes::ByteVec};
use units::{ContentId, DealId, Hash, LicenseId, Moment, Money, OrderId, PartyId, Tag, ValueId};

use crate::Held;

/// What a deal is about. The giver's side is in parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// Money into the purse (issuer).
    #[n(0)]
    Load,
    /// Money out of the purse, to the holder's account (issuer).
    #[n(1)]
    Redeem,
    /// A license against its price (seller).
    #[n(2)]
    Sale,
    /// A further license against its fare (card).
    #[n(3)]
    Copy,
    /// The license itself changes hands (card).
    #[n(4)]
    Move,
    /// A locked license, free (card).
    #[n(5)]
    Locked,
    /// The keys a locked license lacks (support centre).
    #[n(6)]
    Unlock,
    /// Slips to their payee (collector).
    #[n(7)]
    Collect,
    /// What a refused charge left owing (seller).
    #[n(8)]
    Clear,
    /// Plays lent to a player (wallet's card).
    #[n(9)]
    Lend,
    /// A license handed back for a refund (seller).
    #[n(10)]
    Surrender,
    /// Money for a receipt, the goods to follow (seller).
    #[n(11)]
    PayOnly,
}

impl Kind {
    /// Does a license arrive with `settle`?
    pub const fn brings_license(self) -> bool {
        matches!(self, Self::Sale | Self::Copy | Self::Move | Self::Unlock)
    }
    /// May a value arrive with `settle`: a refund order, a receipt, a rebate?
    pub const fn brings_value(self) -> bool {
        matches!(self, Self::Surrender | Self::PayOnly | Self::Collect)
    }
    /// Is it between two cards?
    pub const fn between_cards(self) -> bool {
        matches!(self, Self::Copy | Self::Move | Self::Locked | Self::Lend)
    }
}

/// The giver's number for the deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Number {
    /// A card's `give_no`.
    #[n(0)]
    Card(#[n(0)] u64),
    /// A server's order id.
    #[n(1)]
    Order(#[n(0)] OrderId),
}

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Side {
    /// The side that pays and commits first.
    #[n(0)]
    Receiver,
    /// The side that decides.
    #[n(1)]
    Giver,
}

/// What the route rules look at (SD-15, SD-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct Facts {
    /// Last purchase from this publisher; `None` is older than any date.
    #[n(0)]
    pub last: Option<Moment>,
    /// How many purchases from this publisher.
    #[n(1)]
    pub count: u32,
    /// Knows a network provider.
    #[n(2)]
    pub provider: bool,
    /// What the last purchase cost, for the other holder's eyes (SD-9); no rule looks at it.
    #[n(3)]
    pub price: Option<Money>,
}

impl Facts {
    /// What `route` looks at, and nothing else: an open quote is read by anyone.
    pub const fn only_for(self, route: Route) -> Self {
        let mut facts = Self { price: None, ..self };
        if matches!(route, Route::Chain | Route::Till | Route::Count) {
            facts.last = None;
        }
        if matches!(route, Route::Chain | Route::Till | Route::Latest) {
            facts.count = 0;
        }
        if !matches!(route, Route::Provider) {
            facts.provider = false;
        }
        facts
    }
}

/// A signed fare cheque, drawn on the payer's card, payable to one payee, spent never: it only travels home.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Slip {
    /// How much.
    #[n(0)]
    pub amount: Money,
    /// To whom.
    #[n(1)]
    pub payee: PartyId,
    /// For which work; zero for money to the issuer.
    #[n(2)]
    pub title: ContentId,
    /// By which rule it travels.
    #[n(3)]
    pub route: Route,
    /// Payer's tag, number and signature, sealed to the issuer. Unique per slip.
    #[n(4)]
    pub sealed: ByteVec,
}

impl Slip {
    /// The slip's name for ever: SHA-256 of its canonical bytes.
    pub fn id(&self) -> Hash {
        seal::hash(&seal::cbor::to_bytes(self))
    }
}

/// Kinds of value that are not money (XD-9). None of them ever becomes money, save a refund order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ValueKind {
    /// Reduces a price by up to its worth.
    #[n(0)]
    Coupon,
    /// Pays for one thing, whatever it costs.
    #[n(1)]
    Ticket,
    /// A fixed amount.
    #[n(2)]
    Cheque,
    /// A fixed amount, bought before.
    #[n(3)]
    Prepaid,
    /// Points, counted in money's worth.
    #[n(4)]
    Points,
    /// The maker owes this amount, to be taken in a load: the one value that becomes money.
    #[n(5)]
    Refund,
    /// Paid already: pays for exactly one offer, once.
    #[n(6)]
    Receipt,
    /// A bank's token for an account or card number, never the number itself; names where a load is debited and is not
    /// used up by it.
    #[n(7)]
    Account,
}

/// A single-use object signed by its maker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Value {
    /// What it is.
    #[n(0)]
    pub kind: ValueKind,
    /// Who signed it and takes it.
    #[n(1)]
    pub maker: PartyId,
    /// Its name, unique with its maker.
    #[n(2)]
    pub id: ValueId,
    /// What it is worth; a ticket or an account is worth nothing by itself.
    #[n(3)]
    pub worth: Money,
    /// The offer it is for, if only for one.
    #[n(4)]
    pub offer: Option<Hash>,
    /// Last moment of use.
    #[n(5)]
    pub until: Option<Moment>,
    /// A few words for its holder, at most 60 characters.
    #[n(6)]
    pub label: alloc::string::String,
}

impl Value {
    /// Does it leave the card when it pays? An account is only named, and named again by the next load.
    pub const fn is_used_up(&self) -> bool {
        !matches!(self.kind, ValueKind::Account)
    }
}

/// One way of paying, as committed to in `pay`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Tender {
    /// Electronic money.
    #[n(0)]
    Slip(#[n(0)] Slip),
    /// A value; the second field is the maker's signed form.
    #[n(1)]
    Value(#[n(0)] Value, #[n(1)] ByteVec),
    /// A charge: its id, how much, and who shall pay it.
    #[n(2)]
    Charge(#[n(0)] [u8; 16], #[n(1)] Money, #[n(2)] PartyId),
    /// An approval.
    #[n(3)]
    Approval(#[n(0)] units::ApprovalId),
    /// A medium.
    #[n(4)]
    Medium(#[n(0)] [u8; 16], #[n(1)] Hash),
    /// An order paid elsewhere.
    #[n(5)]
    Order(#[n(0)] OrderId, #[n(1)] Money),
}

impl Tender {
    /// Its kind, as offers and quotes list it.
    pub const fn kind(&self) -> TenderKind {
        match self {
            Self::Slip(_) => TenderKind::Slip,
            Self::Value(v, _) if matches!(v.kind, ValueKind::Receipt) => TenderKind::Receipt,
            Self::Value(..) => TenderKind::Value,
            Self::Charge(..) => TenderKind::Charge,
            Self::Approval(_) => TenderKind::Approval,
            Self::Medium(..) => TenderKind::Medium,
            Self::Order(..) => TenderKind::Order,
        }
    }
}

/// The giver's answer to an ask: what one deal would be. Promises nothing beyond its date and its number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Quote {
    /// What about.
    #[n(0)]
    pub kind: Kind,
    /// The giver's number for it.
    #[n(1)]
    pub number: Number,
    /// The giver: a party id or a tag.
    #[n(2)]
    pub giver: [u8; 16],
    /// Hash of the signed offer, if about one.
    #[n(3)]
    pub offer: Option<Hash>,
    /// Hash of the signed policy, if about a work.
    #[n(4)]
    pub policy: Option<Hash>,
    /// The work; zero if about none.
    #[n(5)]
    pub title: ContentId,
    /// What leaves the receiver, in all.
    #[n(6)]
    pub price: Money,
    /// With what it may be paid.
    #[n(7)]
    pub accepts: Vec<TenderKind>,
    /// To whom the slip is payable.
    #[n(8)]
    pub payee: PartyId,
    /// Generation of the license that arrives.
    #[n(9)]
    pub generation: u8,
    /// Its rights.
    #[n(10)]
    pub rights: Rights,
    /// Where the fare goes.
    #[n(11)]
    pub route: Route,
    /// The giver's facts.
    #[n(12)]
    pub facts: Facts,
    /// Slips the giver holds that would come along.
    #[n(13)]
    pub slips: u16,
    /// Room the giver has for slips.
    #[n(14)]
    pub room: u16,
    /// Money that arrives (load), or is refunded (surrender).
    #[n(15)]
    pub credit: Option<Money>,
    /// The license in question (surrender, unlock).
    #[n(16)]
    pub license: Option<LicenseId>,
    /// Last moment to pay.
    #[n(17)]
    pub until: Moment,
    /// Hash of the ask it answers; `None`: an open quote.
    #[n(18)]
    pub ask: Option<Hash>,
    /// How many links the license that arrives has; `None`: so few that every card has room for them.
    #[n(19)]
    pub links: Option<u16>,
}

/// The receiver's commitment: after this has been written, the giver alone decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Pay {
    /// The quote it takes up.
    #[n(0)]
    pub quote: Quote,
    /// The receiver's tag for this deal.
    #[n(1)]
    pub receiver: Tag,
    /// The receiver's number.
    #[n(2)]
    pub pay_no: u64,
    /// The receiver's facts.
    #[n(3)]
    pub facts: Facts,
    /// Who carries the escrow on.
    #[n(4)]
    pub winner: Side,
    /// What is paid.
    #[n(5)]
    pub tenders: Vec<Tender>,
    /// Devices the license shall be bound to.
    #[n(6)]
    pub bind: Bind,
    /// Slips that travel from the receiver (giver wins, collect).
    #[n(7)]
    pub slips: Vec<Slip>,
    /// Room the receiver has reserved for slips of the giver.
    #[n(8)]
    pub room: u16,
}

/// Why a giver said no, for ever, to one payment. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum VoidReason {
    /// Its number has passed: another deal came first, or the giver cancelled.
    #[n(0)]
    Passed,
    /// The quote had ended.
    #[n(1)]
    QuoteEnded,
    /// A certificate had ended or was revoked.
    #[n(2)]
    Certificate,
    /// The license is no longer there, or may not be given.
    #[n(3)]
    License,
    /// Generations or copies are used up.
    #[n(4)]
    Limit,
    /// The giver's records are full.
    #[n(5)]
    Full,
    /// There is no room for the slips.
    #[n(6)]
    Room,
    /// The cards computed different winners.
    #[n(7)]
    Winner,
    /// What was paid is not the price, or not what may be paid with.
    #[n(8)]
    Tender,
    /// The issuer does not honour the money.
    #[n(9)]
    NotHonoured,
    /// Sold out.
    #[n(10)]
    SoldOut,
    /// No longer on sale.
    #[n(11)]
    Withdrawn,
    /// Not to be refunded any more.
    #[n(12)]
    NoRefund,
    /// The account the money should come from has too little.
    #[n(13)]
    NotCovered,
    /// The issuer ruled it void.
    #[n(14)]
    Ruled,
    /// Whoever was to permit the purchase did not.
    #[n(15)]
    NotPermitted,
    /// Permission did not come in time.
    #[n(16)]
    PermitLate,
    /// A coupon, voucher or the like in it was used before.
    #[n(17)]
    ValueUsed,
    /// A coupon, voucher or the like in it is for another seller.
    #[n(18)]
    ValueElsewhere,
}

impl VoidReason {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Passed => "void-passed",
            Self::QuoteEnded => "void-quote-ended",
            Self::Certificate => "void-certificate",
            Self::License => "void-license",
            Self::Limit => "void-limit",
            Self::Full => "void-giver-full",
            Self::Room => "void-no-room",
            Self::Winner => "void-winner",
            Self::Tender => "void-tender",
            Self::NotHonoured => "void-not-honoured",
            Self::SoldOut => "void-sold-out",
            Self::Withdrawn => "void-withdrawn",
            Self::NoRefund => "void-no-refund",
            Self::NotCovered => "void-not-covered",
            Self::Ruled => "void-ruled",
            Self::NotPermitted => "void-not-permitted",
            Self::PermitLate => "void-permit-late",
            Self::ValueUsed => "void-value-used",
            Self::ValueElsewhere => "void-value-elsewhere",
        }
    }
    /// For people: what happened, and what to do.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Passed => "another deal came first; ask again",
            Self::QuoteEnded => "the quote had ended; ask again",
            Self::Certificate => "a card's certificate had ended; go online once and ask again",
            Self::License => "the license can no longer be given",
            Self::Limit => "this license may make no more copies",
            Self::Full => "the other card has too many unfinished deals; it must go online once",
            Self::Room => "a card has no room for the fares; send fares home first",
            Self::Winner => "the two cards do not agree who carries the fares; ask again",
            Self::Tender => "what was paid is not the price asked; nothing was taken",
            Self::NotHonoured => "the money issuer did not honour the payment; nothing was taken",
            Self::SoldOut => "sold out; nothing was taken",
            Self::Withdrawn => "no longer on sale; nothing was taken",
            Self::NoRefund => "it can no longer be handed back; your license is as it was",
            Self::NotCovered => "the bank account has too little; nothing was taken",
            Self::Ruled => "the money issuer settled it: nothing was given and your money is back",
            Self::NotPermitted => "your approval was not honoured; nothing was charged",
            Self::PermitLate => "the approval came too late and is void; nothing was charged and your limit is back",
            Self::ValueUsed => "a coupon or voucher in it was used already; nothing was taken, pay without it",
            Self::ValueElsewhere => {
                "a coupon or voucher in it is not for this seller; nothing was taken, use it where it is from"
            }
        }
    }
}

/// What the receiver gets when a deal is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct Gift {
    /// A license, ready to be installed.
    #[n(0)]
    pub license: Option<Held>,
    /// The giver's slips, and the way home for them.
    #[n(1)]
    pub slips: Vec<Slip>,
    /// Money into the purse.
    #[n(2)]
    pub credit: Option<Money>,
    /// Values with their makers' signed forms: a receipt, a refund order, a rebate.
    #[n(3)]
    pub values: Vec<(Value, ByteVec)>,
    /// The seller's word that it was bought: what the card's facts are made of.
    #[n(4)]
    pub bought: Option<crate::fact::Bought>,
}

/// How a card's holder agreed to a payment, as the card signs it in `pay` (docs/threats.md, row-80): a terminal cannot tell
/// the other side that it was otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Agreed {
    /// With his PIN, on his own screen.
    #[n(0)]
    OwnScreen,
    /// With his PIN, typed at somebody else's terminal.
    #[n(1)]
    Terminal,
    /// Not asked: nothing leaves but fares on their way home.
    #[n(2)]
    NotAsked,
}

/// The giver's decision.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, written at once: a box would only cost"
)]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Outcome {
    /// Done: here is what was paid for.
    #[n(0)]
    Given(#[n(0)] Gift),
    /// Not done, for ever: everything goes back.
    #[n(1)]
    Void(#[n(0)] VoidReason),
}

/// The giver's signed word about one deal, the same however often it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Settle {
    /// Which deal.
    #[n(0)]
    pub deal: DealId,
    /// The receiver's number in it.
    #[n(1)]
    pub pay_no: u64,
    /// The decision.
    #[n(2)]
    pub outcome: Outcome,
}
