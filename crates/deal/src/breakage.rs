//! Breakages: the known ways to get the protocol wrong, each a switch in the very step it breaks.
//!
//! They exist only in builds with the feature `breakages`, which nothing but the model's tests asks for; elsewhere
//! [`on`] is the constant `false` and the compiler removes the wrong branch. A model that does not catch a breakage
//! checks nothing.

macro_rules! breakages {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// One way to get the protocol wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Breakage { $($(#[$doc])* $name),* }
        impl Breakage {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

breakages! {
    /// The receiver pays without leaving a record.
    PaysWithoutRecord,
    /// The giver gives without leaving a record.
    GivesWithoutRecord,
    /// The receiver's number is not raised.
    PayNoNotRaised,
    /// The giver's number is not raised when it gives.
    GiveNoNotRaised,
    /// A void is said without raising the number.
    VoidWithoutRaising,
    /// A giver says void of a deal that it gave and freed.
    VoidsFreed,
    /// A full `given` drops its oldest record.
    FullGivenDropsOldest,
    /// A clearance does not carry the floor.
    ClearanceWithoutFloor,
    /// The key leaves with the quote.
    KeyWithQuote,
    /// A locked copy opens before its fee was paid.
    LockedCopyOpens,
    /// A move leaves the key with the giver.
    MoveKeepsKey,
    /// A move takes the key from the giver when it quotes.
    MoveDisablesAtQuote,
    /// A move takes the key from the giver in a second write.
    MoveInTwoWrites,
    /// The receiver refunds itself without a void.
    RefundsItself,
    /// A settle is applied twice.
    SettleTwice,
    /// Slips that hop stay with the giver too.
    HopSlipsStay,
    /// The slips that hop are those the giver held when it quoted, whatever has left since.
    HopAsOfQuote,
    /// The cards disagree about the winner.
    WinnerDiffers,
    /// The fare is taken from escrow.
    FareFromEscrow,
    /// The limit of generations is not looked at.
    GenerationUnchecked,
    /// The generation is not raised.
    GenerationNotRaised,
    /// The collector books a repeated pay again.
    CollectorBooksRepeat,
    /// The card closes when a relay takes its pay.
    ClosesAtRelay,
    /// Nobody looks whether the purse suffices.
    NoFundsCheck,
    /// The fare goes into another publisher's escrow.
    OtherPublisher,
    /// A full `paid` overwrites its oldest record.
    FullPaidOverwrites,
    /// `done` frees all records of that peer.
    DoneFreesAll,
    /// The issuer rules void without the giver's report.
    RulesWithoutReport,
    /// A clearance removes records it does not list.
    ClearanceWipes,
    /// The fare is not the one that was agreed to.
    FareNotAgreed,
    /// Room for the license is not reserved.
    RoomNotReserved,
    /// `done` leaves before the key is installed.
    DoneBeforeKey,
    /// The receiver's slips are copied, not moved.
    SlipsCopied,
    /// A void does not bring the receiver's slips back.
    VoidKeepsSlips,
    /// A void that comes back is not kept as evidence.
    VoidNotKept,
    /// A report drops open payments.
    ReportDropsPaid,
    /// Room for slips that may return is not reserved.
    ReturnRoomNotReserved,
    /// More slips hop than the receiver has room for.
    HopBeyondRoom,
    /// The giver speaks before it writes.
    GiverSpeaksFirst,
    /// The receiver speaks before it writes.
    ReceiverSpeaksFirst,
    /// A server forgets that it said void.
    ServerForgetsVoid,
    /// A surrendered license stays usable.
    SurrenderKeepsKey,
    /// A void loses the surrendered license.
    VoidLosesLicense,
    /// Room for a surrendered license that may come back is not reserved.
    LicenseReturnNotReserved,
    /// A refund order is taken twice.
    RefundOrderTwice,
    /// A refund is paid at once and as an order.
    RefundTwice,
    /// A value stays on the card when it pays.
    ValueStays,
    /// A void loses the value.
    VoidLosesValue,
    /// A used value is not marked as used.
    ValueNotMarked,
    /// A receipt is taken twice.
    ReceiptTwice,
    /// A shop voids a deal whose slip it presented.
    VoidsPresented,
    /// A shop presents a slip without binding the order to its deal.
    OrderNotBound,
    /// The issuer honours a slip twice.
    HonoursTwice,
    /// A resume keeps the old numbers.
    ResumeKeepsNumbers,
    /// A resume keeps the old number as giver.
    ResumeKeepsGiveNo,
    /// A resume keeps the purse of the restored image.
    ResumeKeepsPurse,
    /// A resume comes before the old certificates have ended.
    ResumeTooEarly,
    /// A resume leaves single-copy keys usable.
    ResumeKeepsKeys,
    /// A resume comes before the reports have come.
    ResumeBeforeReports,
    /// A loan leaves its plays on the card too.
    LendCopiesPlays,
    /// Plays are given as quoted, whatever was played since.
    LendAsOfQuote,
    /// A return leaves its plays at the player too.
    ReturnLeavesPlays,
    /// A license may be moved while plays of it are lent.
    LentMayMove,
    /// A refused charge is cleared without the payer's signed refusal.
    ClearWithoutRefusal,
    /// A payer forgets that it refused a charge.
    PayerForgetsRefusal,
    /// A payer bills a repeated charge again.
    PayerBillsAgain,
    /// A charge leaves with `pay`, not at the close.
    ChargeWithPay,
    /// A license that is owing may be moved.
    OwingMoves,
    /// A payer's refusal opens the license.
    RefusalOpens,
}

#[cfg(feature = "breakages")]
static CURRENT: core::sync::atomic::AtomicU8 = core::sync::atomic::AtomicU8::new(u8::MAX);

/// Is this breakage switched on?
#[cfg(feature = "breakages")]
pub fn on(breakage: Breakage) -> bool {
    CURRENT.load(core::sync::atomic::Ordering::Relaxed) == breakage as u8
}

/// Is this breakage switched on? Never, in this build.
#[cfg(not(feature = "breakages"))]
#[inline(always)]
pub const fn on(_: Breakage) -> bool {
    false
}

/// Switches one breakage on for the whole process, or all off.
#[cfg(feature = "breakages")]
pub fn set(breakage: Option<Breakage>) {
    CURRENT.store(
        breakage.map_or(u8::MAX, |b| b as u8),
        core::sync::atomic::Ordering::Relaxed,
    );
}
