//! Honour: a slip is money once. Whoever brings it, however often, under whatever story.

use deal::{
    Slip,
    issuer::{Honour, SlipKnown},
    wire::{SlipInside, open_slip, slip_signed_by},
};
use minicbor::{Decode, Encode};
use seal::VerifyKey;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{CardNo, ContentId, DealId, Hash, Moment, Money, PartyId};

use super::{
    Issuer, Status,
    card::{BROUGHT_NO, CARDS, TAGS},
};
use crate::books::{self, Account, Leg, PostRefused, Posting, Sort, posting_id};

/// Money at the bank, from loads. Below zero means that own money of the issuer has left with it.
pub(super) const BANK: Sort = Sort::had("bank").free();
/// Shadow account of a card: what it loaded, less what it drew.
pub(super) const FLOAT: Sort = Sort::owed("shadow of card");
/// Owed for slips that were seen as copies and not yet brought.
pub(super) const DUE: Sort = Sort::owed("seen for");
/// Seen long ago and never brought: what nobody may collect any more, or nobody wanted (SD-13).
pub(super) const UNCLAIMED: Sort = Sort::owed("unclaimed");
/// Owed to a payee.
pub(super) const PAYEE: Sort = Sort::owed("payee");
/// A card's redemptions that wait.
pub(super) const HELD: Sort = Sort::owed("redeemed by card");
/// Honoured beyond a card's shadow account: what restored cards cost.
pub(super) const LOSS: Sort = Sort::had("loss by card");
/// Owed by a party: refund orders beyond what it was owed, slips it voided after they were honoured.
pub(super) const OWES: Sort = Sort::had("owed by");
/// On its way out through the bank.
pub(super) const OUT: Sort = Sort::owed("on its way out");

/// Where a slip stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(super) enum SlipState {
    /// Its payee was credited.
    #[n(0)]
    Honoured,
    /// It is no money.
    #[n(1)]
    Refused,
    /// A copy came; the original is still on its way.
    #[n(2)]
    Seen,
    /// A copy came, and for years nothing else.
    #[n(3)]
    Unclaimed,
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct SlipRow {
    #[n(0)]
    pub(super) state: SlipState,
    #[n(1)]
    pub(super) card: Option<CardNo>,
    #[n(2)]
    pub(super) pay_no: u64,
    #[n(3)]
    pub(super) amount: Money,
    #[n(4)]
    pub(super) payee: PartyId,
    #[n(5)]
    pub(super) title: ContentId,
    /// Who brought it, under which deal.
    #[n(6)]
    pub(super) by: Option<PartyId>,
    #[n(7)]
    pub(super) deal: DealId,
    #[n(8)]
    pub(super) at: Moment,
}
impl Value for SlipRow {}

/// Two slips of one card under one number: proof that it was put back.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Clone2 {
    #[n(0)]
    pub(super) first: Hash,
    #[n(1)]
    pub(super) second: Hash,
    #[n(2)]
    pub(super) at: Moment,
}
impl Value for Clone2 {}

pub(super) const SLIPS: Map<Hash, SlipRow> = Map::new(Table::new("issuer_slips"));
pub(super) const NUMBERS: Map<(CardNo, u64), Hash> = Map::new(Table::new("issuer_slip_numbers"));
pub(super) const BROUGHT: Map<(PartyId, u64), Hash> = Map::new(Table::new("issuer_brought"));
pub(super) const CLONES: Map<(CardNo, u64, Hash), Clone2> = Map::new(Table::new("issuer_clones"));

/// Copies, by the moment when nobody is waited for any more.
pub(super) const WAITING: Map<(Moment, Hash), ()> = Map::new(Table::new("issuer_waiting"));

/// A slip with what was found out about it. `inside` is nothing where it does not open, or was answered before.
#[derive(Debug)]
pub(super) struct OpenSlip {
    pub(super) id: Hash,
    inside: Option<SlipInside>,
    signed_by: Option<VerifyKey>,
}

/// Who brings a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    /// A seller, in the deal it was paid in, mostly before it gives.
    Seller(PartyId),
    /// A collector or centre that was given slips drawn elsewhere.
    Collector(PartyId),
    /// A card's report: a copy.
    Report,
    /// A slip a frozen card gives up for good: nobody else will bring it.
    GivenUp,
    /// The issuer itself: a redemption.
    Own,
}

impl Via {
    const fn party(self) -> Option<PartyId> {
        match self {
            Self::Seller(p) | Self::Collector(p) => Some(p),
            Self::Report | Self::GivenUp | Self::Own => None,
        }
    }
}

/// What a card's issuer holds for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shadow {
    /// Loaded, less drawn.
    pub float: Money,
    /// Redeemed and waiting.
    pub held: Money,
    /// Honoured beyond what it had.
    pub loss: Money,
}

/// Honouring has stopped, or the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stopped {
    #[error("the loss has reached its limit")]
    Series,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<PostRefused> for Stopped {
    fn from(no: PostRefused) -> Self {
        // The legs are cut to what accounts hold, so any refusal is damage.
        Self::Fault(no.into_fault())
    }
}

impl Issuer {
    /// What is held for a card.
    pub fn shadow(&self, view: &mut dyn View, card: CardNo) -> Result<Shadow, Fault> {
        let zero = Money::zero(self.desk.currency());
        Ok(Shadow {
            float: books::money(view, Account::of(FLOAT, card.0), zero)?,
            held: books::money(view, Account::of(HELD, card.0), zero)?,
            loss: books::money(view, Account::of(LOSS, card.0), zero)?,
        })
    }

    /// Judges one slip and books what follows. The same slip is answered the same for ever, with nothing more booked.
    pub(super) fn honour(
        &self,
        tx: &mut dyn Tx,
        slip: &Slip,
        deal: DealId,
        via: Via,
        now: Moment,
    ) -> Result<Honour, Stopped> {
        let opened = self.open_slip(tx, slip)?;
        self.honour_opened(tx, slip, &opened, deal, via, now)
    }

    /// The same for a slip that was opened beside the writer.
    pub(super) fn honour_opened(
        &self,
        tx: &mut dyn Tx,
        slip: &Slip,
        opened: &OpenSlip,
        deal: DealId,
        via: Via,
        now: Moment,
    ) -> Result<Honour, Stopped> {
        match SLIPS.get(tx, &opened.id)? {
            Some(row) => self.honour_known(tx, opened.id, row, deal, via, now),
            None => self.honour_new(tx, slip, opened, deal, via, now),
        }
    }

    /// Finds out about a slip what is dear: what its seal contains, and whether the tag in it signed it. One that is known
    /// already is answered from its row, and not opened again.
    pub(super) fn open_slip(&self, view: &mut dyn View, slip: &Slip) -> Result<OpenSlip, Fault> {
        let mut opened = OpenSlip {
            id: slip.id(),
            inside: None,
            signed_by: None,
        };
        if !SLIPS.has(view, &opened.id)? {
            opened.inside = open_slip(slip, self.keys.opener());
        }
        if let Some(inside) = &opened.inside
            && let Some(tag) = TAGS.get(view, &inside.tag)?
        {
            let signed = slip_signed_by(inside, self.desk.realm_id(), &tag.sign);
            opened.signed_by = signed.then_some(tag.sign);
        }
        Ok(opened)
    }

    fn honour_known(
        &self,
        tx: &mut dyn Tx,
        id: Hash,
        mut row: SlipRow,
        deal: DealId,
        via: Via,
        now: Moment,
    ) -> Result<Honour, Stopped> {
        match (row.state, via) {
            (SlipState::Refused, _) => Ok(Honour::Refused),
            // One slip pays one deal: a seller that brings it in another is being cheated, or cheats.
            (SlipState::Honoured, Via::Seller(by)) if row.by != Some(by) || row.deal != deal => Ok(Honour::Refused),
            (SlipState::Honoured, _) | (SlipState::Seen | SlipState::Unclaimed, Via::Report | Via::Own) => {
                Ok(Honour::Repeat)
            }
            (SlipState::Seen | SlipState::Unclaimed, Via::Seller(_) | Via::Collector(_) | Via::GivenUp) => {
                let from = match row.state {
                    SlipState::Unclaimed => Account::own(UNCLAIMED),
                    _ => Account::of(DUE, row.payee.0),
                };
                self.comes_in(tx, row.payee, row.amount, Some(row.state), via)?;
                let mut legs = Vec::new();
                self.credit(tx, &mut legs, from, row.payee, row.amount)?;
                self.post(tx, "presented", id, legs, now)?;
                row.state = SlipState::Honoured;
                row.by = via.party();
                row.deal = deal;
                SLIPS.put(tx, &id, &row)?;
                if let Some(by) = via.party() {
                    let number = BROUGHT_NO.next(tx)?;
                    BROUGHT.put(tx, &(by, number), &id)?;
                }
                Ok(Honour::Honoured)
            }
        }
    }

    fn honour_new(
        &self,
        tx: &mut dyn Tx,
        slip: &Slip,
        opened: &OpenSlip,
        deal: DealId,
        via: Via,
        now: Moment,
    ) -> Result<Honour, Stopped> {
        let id = opened.id;
        let drawn = self.drawn_by(tx, slip, opened)?;
        let first = match drawn {
            Some((card, pay_no)) => NUMBERS.get(tx, &(card, pay_no))?,
            None => None,
        };
        let known = SlipKnown {
            honoured: false,
            refused: false,
            genuine: drawn.is_some() && !self.too_late(tx, drawn, via)?,
            same_number: first.is_some(),
        };
        let (answer, clone) = deal::issuer::honour(known);
        let mut row = SlipRow {
            state: SlipState::Refused,
            card: drawn.map(|(card, _)| card),
            pay_no: drawn.map_or(0, |(_, n)| n),
            amount: slip.amount,
            payee: slip.payee,
            title: slip.title,
            by: via.party(),
            deal,
            at: now,
        };
        if let (Honour::Honoured, Some((card, pay_no))) = (answer, drawn) {
            match via {
                Via::Seller(_) => self.saw_payment(tx, card, pay_no, deal)?,
                Via::Collector(_) | Via::Report | Via::GivenUp => self.saw_number(tx, card, pay_no)?,
                Via::Own => {}
            }
            self.comes_in(tx, slip.payee, slip.amount, None, via)?;
            self.draw(tx, id, slip, card, via, now)?;
            // A seller's would have been refused, and the issuer's own is no payment.
            if !matches!(via, Via::Seller(_) | Via::Own) {
                self.spent_late(tx, card, slip.amount)?;
            }
            row.state = SlipState::Honoured;
            if via == Via::Report {
                row.state = SlipState::Seen;
                WAITING.put(tx, &(now.plus(self.config.unclaimed_after), id), &())?;
            }
            match first {
                Some(first) if clone => {
                    let proof = Clone2 {
                        first,
                        second: id,
                        at: now,
                    };
                    CLONES.put(tx, &(card, pay_no, id), &proof)?;
                }
                _ => NUMBERS.put(tx, &(card, pay_no), &id)?,
            }
            if let Some(by) = via.party() {
                let number = BROUGHT_NO.next(tx)?;
                BROUGHT.put(tx, &(by, number), &id)?;
            }
        }
        SLIPS.put(tx, &id, &row)?;
        if let (Honour::Honoured, Some((card, pay_no))) = (answer, drawn) {
            if clone {
                self.stop_copies(tx, card, pay_no, now)?;
            }
            if let Via::Seller(_) = via {
                self.seen_in(tx, id, deal, now)?;
            }
            self.settle_void(tx, card, pay_no, now)?;
        }
        Ok(match (answer, via) {
            (Honour::Honoured, Via::Report) => Honour::Repeat,
            _ => answer,
        })
    }

    /// What was seen years ago and never brought goes to the unclaimed account; a slip that comes even later is still paid
    /// out of it, once.
    pub(super) fn give_up_waiting(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Stopped> {
        for ((at, id), ()) in WAITING.range(tx, Keys::all().until(&now), 100)? {
            WAITING.delete(tx, &(at, id))?;
            let Some(mut row) = SLIPS.get(tx, &id)?.filter(|row| row.state == SlipState::Seen) else {
                continue;
            };
            let legs = vec![Leg {
                debit: Account::of(DUE, row.payee.0),
                credit: Account::own(UNCLAIMED),
                amount: row.amount,
            }];
            self.post(tx, "unclaimed", id, legs, now)?;
            self.unclaimed(tx, row.payee, row.amount)?;
            row.state = SlipState::Unclaimed;
            SLIPS.put(tx, &id, &row)?;
        }
        Ok(())
    }

    /// What is owed to payees for slips that were seen and not yet brought.
    pub fn outstanding(&self, view: &mut dyn View, payee: PartyId) -> Result<Money, Fault> {
        books::money(view, Account::of(DUE, payee.0), Money::zero(self.desk.currency()))
    }

    /// Which card drew it, under which number; nothing when it is not genuine: not sealed to us, by a tag this issuer never
    /// certified (whoever holds the certifier's key can make certificates, but no tags here), or another currency.
    fn drawn_by(&self, view: &mut dyn View, slip: &Slip, opened: &OpenSlip) -> Result<Option<(CardNo, u64)>, Fault> {
        let Some(inside) = &opened.inside else {
            return Ok(None);
        };
        let Some(tag) = TAGS.get(view, &inside.tag)? else {
            return Ok(None);
        };
        let signed = opened.signed_by == Some(tag.sign) || slip_signed_by(inside, self.desk.realm_id(), &tag.sign);
        let fits = slip.amount.currency() == self.desk.currency() && !slip.amount.is_zero();
        Ok((signed && fits).then_some((tag.card, inside.pay_no)))
    }

    /// Was it drawn by a card that was stopped before? Only a seller can tell in time: it asks before it gives. What comes
    /// by other ways was drawn before, as far as anybody knows.
    fn too_late(&self, view: &mut dyn View, drawn: Option<(CardNo, u64)>, via: Via) -> Result<bool, Fault> {
        let (Some((card, _)), Via::Seller(_)) = (drawn, via) else {
            return Ok(false);
        };
        Ok(CARDS.get(view, &card)?.is_none_or(|row| row.status == Status::Stopped))
    }

    /// Books a slip: out of the card's shadow account, then what it has waiting, then the issuer's own loss.
    fn draw(&self, tx: &mut dyn Tx, id: Hash, slip: &Slip, card: CardNo, via: Via, now: Moment) -> Result<(), Stopped> {
        let zero = Money::zero(self.desk.currency());
        let mut left = slip.amount;
        let mut legs = Vec::new();
        let take = |tx: &mut dyn Tx, legs: &mut Vec<Leg>, from: Account, part: Money| -> Result<(), Stopped> {
            if part.is_zero() {
                return Ok(());
            }
            match via {
                Via::Own => legs.push(Leg {
                    debit: from,
                    credit: Account::of(HELD, card.0),
                    amount: part,
                }),
                Via::Report => legs.push(Leg {
                    debit: from,
                    credit: Account::of(DUE, slip.payee.0),
                    amount: part,
                }),
                Via::Seller(_) | Via::Collector(_) | Via::GivenUp => self.credit(tx, legs, from, slip.payee, part)?,
            }
            Ok(())
        };
        for sort in [FLOAT, HELD] {
            // What is redeemed comes out of the shadow account alone: nobody is paid for money he does not have.
            if sort == HELD && via == Via::Own {
                continue;
            }
            let account = Account::of(sort, card.0);
            let part = books::money(tx, account, zero)?.min(left);
            take(tx, &mut legs, account, part)?;
            left = left.minus(part).unwrap_or(zero);
        }
        if !left.is_zero() && via != Via::Own {
            if books::total(tx, LOSS)?.saturating_add(left.minor()) > self.config.loss_max.minor() {
                return Err(Stopped::Series);
            }
            take(tx, &mut legs, Account::of(LOSS, card.0), left)?;
        }
        self.post(tx, "slip", id, legs, now)
    }

    /// Credits a payee out of `from`: first what the payee itself owes.
    fn credit(
        &self,
        view: &mut dyn View,
        legs: &mut Vec<Leg>,
        from: Account,
        payee: PartyId,
        amount: Money,
    ) -> Result<(), Fault> {
        let zero = Money::zero(self.desk.currency());
        let owes = Account::of(OWES, payee.0);
        let taken: i64 = legs.iter().filter(|l| l.credit == owes).map(|l| l.amount.minor()).sum();
        let open = books::balance(view, owes)?.saturating_sub(taken);
        let back = Money::new(open.clamp(0, amount.minor()), zero.currency()).unwrap_or(zero);
        let rest = amount.minus(back).unwrap_or(zero);
        for (credit, part) in [(owes, back), (Account::of(PAYEE, payee.0), rest)] {
            if !part.is_zero() {
                legs.push(Leg {
                    debit: from,
                    credit,
                    amount: part,
                });
            }
        }
        Ok(())
    }

    pub(super) fn post(
        &self,
        tx: &mut dyn Tx,
        what: &'static str,
        about: Hash,
        legs: Vec<Leg>,
        now: Moment,
    ) -> Result<(), Stopped> {
        if legs.is_empty() {
            return Ok(());
        }
        let posting = Posting {
            id: posting_id(what, &about.0),
            what,
            about,
            legs,
        };
        Ok(books::post(tx, &posting, now)?)
    }
}
