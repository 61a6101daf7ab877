//! Vouchers: values this shop promises to whoever types a code: coupons, vouchers of an amount, points, tickets (ST-26).
//!
//! A code holds 80 bits and is taken once. Only its digest is kept; the code itself follows from this shop's secret, so the
//! same sheet can be printed again. Whoever takes it shows a random number of its own: the same code with the same number
//! is the same answer again, with another one it is used (row-8).
//!
//! What is promised and not spent stands in the books from the moment it is made until it is spent or has ended: "vouchers
//! out" and "vouchers promised", by who bears them.

use deal::{Tender, Value, ValueKind};
use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Fault, Keys, Map, Table, Tx, Value as Row, View};
use units::{Again, Hash, Moment, Money, OfferNo, PartyId, Refusal, ValueId};

use super::{
    PayRefused, Shop, ValueRefused,
    tenders::{ISSUED, USED},
};
use crate::{
    books::{self, Account, Leg, Posting, Sort, posting_id},
    door::OpenPay,
};

/// The most codes that are made at once.
pub const VOUCHERS_MAX: u32 = 1000;
/// Batches that are ended in one go.
const ROUND: usize = 64;

/// What is promised, and to be kept.
const PROMISED: Sort = Sort::owed("vouchers promised");
/// Against that: what it would take off prices.
const OUT: Sort = Sort::had("vouchers out");

/// Under which a batch is kept: random, drawn with the form, so that the same form again makes nothing more.
pub type VoucherNo = [u8; 16];

/// What each one takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// An amount.
    Amount(Money),
    /// This part of the offer's price, in thousandths.
    Part(u16),
}

/// A batch to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVouchers {
    /// Which kind of value.
    pub kind: ValueKind,
    /// What each is worth.
    pub off: Off,
    /// Good for this offer only.
    pub offer: Option<OfferNo>,
    /// Until when; for ever.
    pub until: Option<Moment>,
    /// What it is called.
    pub label: String,
    /// How many.
    pub count: u32,
    /// The publisher who makes and bears them, for an offer of his own; nobody: this shop.
    pub by: Option<PartyId>,
}

/// A batch that was made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Vouchers {
    /// Which kind of value.
    #[n(0)]
    pub kind: ValueKind,
    /// What each is worth.
    #[n(1)]
    pub worth: Money,
    /// Good for this offer only.
    #[n(2)]
    pub offer: Option<Hash>,
    /// Until when.
    #[n(3)]
    pub until: Option<Moment>,
    /// What it is called.
    #[n(4)]
    pub label: String,
    /// How many.
    #[n(5)]
    pub count: u32,
    /// How many were taken onto cards.
    #[n(6)]
    pub taken: u32,
    /// How many were spent.
    #[n(7)]
    pub spent: u32,
    /// Who bears them; nobody: this shop.
    #[n(8)]
    pub by: Option<PartyId>,
    /// When they were made.
    #[n(9)]
    pub at: Moment,
    /// Over, and out of the books.
    #[n(10)]
    pub ended: bool,
}
impl Row for Vouchers {}

impl Vouchers {
    /// What all of them together would take off, at most.
    pub fn total(&self) -> Money {
        times(self.worth, self.count).unwrap_or(self.worth)
    }
    /// What is promised and not spent.
    pub fn promised(&self) -> Money {
        let left = if self.ended {
            0
        } else {
            self.count.saturating_sub(self.spent)
        };
        times(self.worth, left).unwrap_or(self.worth)
    }
}

fn times(worth: Money, count: u32) -> Option<Money> {
    let minor = worth.minor().checked_mul(i64::from(count))?;
    Money::new(minor, worth.currency()).ok()
}

/// One code, by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Code {
    #[cbor(n(0), with = "minicbor::bytes")]
    of: VoucherNo,
    /// By whom it was taken: the digest of a number that only that wallet has.
    #[n(1)]
    taken: Option<Hash>,
}
impl Row for Code {}

/// The batch a value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Of {
    #[cbor(n(0), with = "minicbor::bytes")]
    batch: VoucherNo,
}
impl Row for Of {}

pub(super) const VOUCHERS: Map<VoucherNo, Vouchers> = Map::new(Table::new("shop_vouchers"));
pub(super) const BY_MAKER: Map<(PartyId, Moment, VoucherNo), ()> = Map::new(Table::new("shop_vouchers_by_maker"));
pub(super) const CODES: Map<Hash, Code> = Map::new(Table::new("shop_codes"));
pub(super) const OF_VALUE: Map<ValueId, Of> = Map::new(Table::new("shop_vouchers_of_value"));
pub(super) const ENDS: Map<(Moment, VoucherNo), ()> = Map::new(Table::new("shop_vouchers_end"));

/// Why no vouchers were made, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VouchersRefused {
    /// None, or too many at once.
    #[error("1 to {VOUCHERS_MAX} codes are made at once, not {0}")]
    Count(u32),
    /// No such offer, or somebody else's.
    #[error("name an offer of this publisher's own that is on sale here")]
    Offer,
    /// A part of a price that is none.
    #[error("a part of a price is more than nothing and at most all of it, of one offer")]
    Part,
    /// Not a value this shop makes.
    #[error(transparent)]
    Value(#[from] ValueRefused),
    /// Their date is over.
    #[error("vouchers end after they begin; name a later day")]
    Until,
    /// More money than an amount can be.
    #[error("all of them together are worth more than an amount can be; make fewer")]
    Total,
    /// The same number was used for others.
    #[error("other vouchers were made under this number; begin a new form")]
    Other,
    /// The books refuse: a bug or damage.
    #[error("the shop's books do not take these vouchers ({0}); nothing has changed")]
    Books(books::PostRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

crate::refused::books!(VouchersRefused);

impl Refusal for VouchersRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Count(_) => "vouchers-count",
            Self::Offer => "vouchers-offer",
            Self::Part => "vouchers-part",
            Self::Value(no) => no.code(),
            Self::Until => "vouchers-until",
            Self::Total => "vouchers-total",
            Self::Other => "vouchers-other",
            Self::Books(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Value(no) => no.again(),
            Self::Books(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// Why a code brought nothing, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakeRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not a code.
    #[error("a code has 16 letters and digits; look at it again")]
    Malformed,
    /// None of this shop's.
    #[error("this code is none of this shop's; look at it again, and at which shop it is for")]
    Unknown,
    /// Taken by somebody else.
    #[error("this code was taken onto a card already; each is good once")]
    Used,
    /// Past its date.
    #[error("this code ended at {0}")]
    Ended(Moment),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for TakeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed => "code-malformed",
            Self::Unknown => "code-unknown",
            Self::Used => "code-used",
            Self::Ended(_) => "code-ended",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Malformed | Self::Unknown => Again::AfterYouAct,
            Self::Used | Self::Ended(_) => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}

crate::refused::refusals!(VouchersRefused, TakeRefused);

/// Letters of codes: none that is taken for another (Crockford's).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_BYTES: usize = 10;

/// The code of these bits, in groups that can be read aloud.
fn write_code(bytes: [u8; CODE_BYTES]) -> String {
    let bits = bytes.iter().fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    let mut text = String::with_capacity(19);
    for n in 0..16_u32 {
        if n > 0 && n % 4 == 0 {
            text.push('-');
        }
        let letter = usize::try_from(bits >> (75 - 5 * n) & 31).unwrap_or(0);
        text.push(char::from(LETTERS.get(letter).copied().unwrap_or(b'0')));
    }
    text
}

/// The bits of a code as somebody typed it: small letters, spaces and dashes as he likes, O for 0, I and L for 1.
pub fn read_code(text: &str) -> Option<[u8; CODE_BYTES]> {
    let (mut bits, mut count) = (0_u128, 0_u32);
    for letter in text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–'))
    {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = LETTERS.iter().position(|l| char::from(*l) == letter)?;
        count = count.saturating_add(1);
        if count > 16 {
            return None;
        }
        bits = bits << 5 | u128::try_from(value).ok()?;
    }
    let bytes = bits.to_be_bytes();
    bytes.get(16 - CODE_BYTES..)?.try_into().ok().filter(|_| count == 16)
}

impl Shop {
    fn digest(&self, code: [u8; CODE_BYTES]) -> Hash {
        seal::hash_parts(&[b"voucher", &self.id().0, &code])
    }

    fn code(&self, no: VoucherNo, n: u32) -> [u8; CODE_BYTES] {
        let secret = self.keys.derive("voucher", &[&no, &n.to_be_bytes()]);
        let mut code = [0; CODE_BYTES];
        code.copy_from_slice(&secret.expose()[..CODE_BYTES]);
        code
    }

    /// What would be made: shown before it is. Changes nothing.
    pub fn plan_vouchers(
        &self,
        view: &mut dyn View,
        new: &NewVouchers,
        now: Moment,
    ) -> Result<Vouchers, VouchersRefused> {
        if !(1..=VOUCHERS_MAX).contains(&new.count) {
            return Err(VouchersRefused::Count(new.count));
        }
        let shelf = match new.offer {
            Some(number) => Some(self.offer(view, number)?.ok_or(VouchersRefused::Offer)?),
            None => None,
        };
        let of = shelf.as_ref().map(|shelf| (shelf.offer.publisher, shelf.offer.payee));
        if new.by.is_some_and(|by| of != Some((by, by))) {
            return Err(VouchersRefused::Offer);
        }
        let worth = match (new.off, &shelf) {
            (Off::Amount(worth), _) => worth,
            (Off::Part(permille @ 1..=1000), Some(shelf)) => part_of(shelf.offer.price, permille),
            (Off::Part(_), _) => return Err(VouchersRefused::Part),
        };
        self.may_make(new.kind, worth, &new.label)?;
        if new.until.is_some_and(|until| until <= now) {
            return Err(VouchersRefused::Until);
        }
        times(worth, new.count).ok_or(VouchersRefused::Total)?;
        Ok(Vouchers {
            kind: new.kind,
            worth,
            offer: shelf.map(|shelf| shelf.hash),
            until: new.until,
            label: new.label.trim().to_owned(),
            count: new.count,
            taken: 0,
            spent: 0,
            by: new.by,
            at: now,
            ended: false,
        })
    }

    /// Makes a batch. The same number with the same content again changes nothing.
    pub fn make_vouchers(
        &self,
        tx: &mut dyn Tx,
        no: VoucherNo,
        new: &NewVouchers,
        now: Moment,
    ) -> Result<Vouchers, VouchersRefused> {
        crate::epoch::require::<ValueRefused>(tx)?;
        if let Some(was) = VOUCHERS.get(tx, &no)? {
            let same = (was.kind, was.count, was.by, was.until) == (new.kind, new.count, new.by, new.until)
                && was.label == new.label.trim();
            return if same { Ok(was) } else { Err(VouchersRefused::Other) };
        }
        let made = self.plan_vouchers(tx, new, now)?;
        for n in 0..made.count {
            let digest = self.digest(self.code(no, n));
            CODES.put(tx, &digest, &Code { of: no, taken: None })?;
        }
        VOUCHERS.put(tx, &no, &made)?;
        BY_MAKER.put(tx, &(made.by.unwrap_or(self.id()), now, no), &())?;
        if let Some(until) = made.until {
            ENDS.put(tx, &(until, no), &())?;
        }
        let legs = vec![Leg {
            debit: self.promise(OUT, &made),
            credit: self.promise(PROMISED, &made),
            amount: made.total(),
        }];
        book(tx, "vouchers", &no, legs, now)?;
        Ok(made)
    }

    fn promise(&self, sort: Sort, of: &Vouchers) -> Account {
        Account::of(sort, of.by.unwrap_or(self.id()).0)
    }

    /// The codes of a batch, to be printed.
    pub fn voucher_codes(&self, view: &mut dyn View, no: VoucherNo) -> Result<Vec<String>, Fault> {
        let count = VOUCHERS.get(view, &no)?.map_or(0, |made| made.count);
        Ok((0..count).map(|n| write_code(self.code(no, n))).collect())
    }

    /// One batch.
    pub fn vouchers(&self, view: &mut dyn View, no: VoucherNo) -> Result<Option<Vouchers>, Fault> {
        VOUCHERS.get(view, &no)
    }

    /// The batches of whoever bears them, newest first, at most `limit`.
    pub fn vouchers_of(
        &self,
        view: &mut dyn View,
        by: PartyId,
        limit: usize,
    ) -> Result<Vec<(VoucherNo, Vouchers)>, Fault> {
        let mut out = Vec::new();
        for ((_, _, no), ()) in BY_MAKER.range(view, Keys::under(&by).newest_first(), limit)? {
            out.extend(VOUCHERS.get(view, &no)?.map(|made| (no, made)));
        }
        Ok(out)
    }

    /// Takes a code: the value it is, for a card. `claim` is the wallet's own random number.
    pub fn take_voucher(
        &self,
        tx: &mut dyn Tx,
        code: &str,
        claim: [u8; 16],
        now: Moment,
    ) -> Result<(Value, ByteVec), TakeRefused> {
        crate::epoch::require::<TakeRefused>(tx)?;
        let digest = self.digest(read_code(code).ok_or(TakeRefused::Malformed)?);
        let mut row = CODES.get(tx, &digest)?.ok_or(TakeRefused::Unknown)?;
        let mut made = VOUCHERS.get(tx, &row.of)?.ok_or(TakeRefused::Unknown)?;
        let by = seal::hash_parts(&[b"voucher claim", &claim]);
        let value = self.value_of(&made, digest);
        match row.taken {
            Some(was) if was == by => return Ok((value.clone(), self.voice().value(&value))),
            Some(_) => return Err(TakeRefused::Used),
            None => {}
        }
        if let Some(until) = made.until.filter(|until| now > *until) {
            return Err(TakeRefused::Ended(until));
        }
        row.taken = Some(by);
        made.taken = made.taken.saturating_add(1);
        CODES.put(tx, &digest, &row)?;
        VOUCHERS.put(tx, &row.of, &made)?;
        OF_VALUE.put(tx, &value.id, &Of { batch: row.of })?;
        self.note_value(tx, &value)?;
        let signed = self.voice().value(&value);
        Ok((value, signed))
    }

    fn value_of(&self, made: &Vouchers, digest: Hash) -> Value {
        let name = seal::hash_parts(&[b"value of a code", &digest.0]);
        Value {
            kind: made.kind,
            maker: self.id(),
            id: ValueId::from_slice(&name.0[..16]).unwrap_or_default(),
            worth: made.worth,
            offer: made.offer,
            until: made.until,
            label: made.label.clone(),
        }
    }

    /// Is this a value that its publisher bears?
    pub(super) fn publisher_bears(&self, view: &mut dyn View, id: ValueId) -> Result<bool, Fault> {
        let Some(of) = OF_VALUE.get(view, &id)? else {
            return Ok(false);
        };
        Ok(VOUCHERS.get(view, &of.batch)?.is_some_and(|made| made.by.is_some()))
    }

    /// A payment is given: what it spent is promised no more.
    pub(super) fn keep_promises(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment) -> Result<(), PayRefused> {
        for tender in &open.pay().tenders {
            let Tender::Value(value, _) = tender else { continue };
            let Some(of) = OF_VALUE.get(tx, &value.id)?.filter(|_| value.maker == self.id()) else {
                continue;
            };
            let Some(mut made) = VOUCHERS.get(tx, &of.batch)? else {
                continue;
            };
            made.spent = made.spent.saturating_add(1);
            VOUCHERS.put(tx, &of.batch, &made)?;
            if !made.ended {
                let legs = self.kept(&made, made.worth);
                book(tx, "voucher spent", &value.id.0, legs, now)?;
            }
        }
        Ok(())
    }

    fn kept(&self, made: &Vouchers, amount: Money) -> Vec<Leg> {
        vec![Leg {
            debit: self.promise(PROMISED, made),
            credit: self.promise(OUT, made),
            amount,
        }]
    }

    /// What has passed its date is promised no more.
    pub(super) fn end_vouchers(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), PayRefused> {
        for (key, ()) in ENDS.range(tx, Keys::all(), ROUND)? {
            if key.0 >= now {
                break;
            }
            ENDS.delete(tx, &key)?;
            let Some(mut made) = VOUCHERS.get(tx, &key.1)?.filter(|made| !made.ended) else {
                continue;
            };
            let legs = self.kept(&made, made.promised());
            made.ended = true;
            VOUCHERS.put(tx, &key.1, &made)?;
            book(tx, "vouchers ended", &key.1, legs, now)?;
        }
        Ok(())
    }
}

/// A part of a price, rounded down.
fn part_of(price: Money, permille: u16) -> Money {
    let part = i128::from(price.minor()).saturating_mul(i128::from(permille)) / 1000;
    Money::new(i64::try_from(part).unwrap_or(0), price.currency()).unwrap_or(Money::zero(price.currency()))
}

fn book(
    tx: &mut dyn Tx,
    what: &'static str,
    about: &[u8],
    mut legs: Vec<Leg>,
    now: Moment,
) -> Result<(), books::PostRefused> {
    // A ticket is worth no amount: nothing to book.
    legs.retain(|leg| !leg.amount.is_zero());
    if legs.is_empty() {
        return Ok(());
    }
    let posting = Posting {
        id: posting_id(what, about),
        what,
        about: seal::hash(about),
        legs,
    };
    books::post(tx, &posting, now)
}

/// Codes against batches, values against what was taken, and the books against all of it.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut promised = 0_i64;
    let mut batches = std::collections::BTreeMap::new();
    VOUCHERS.each::<Fault>(view, Keys::all(), |_, no, made| {
        promised = promised.saturating_add(made.promised().minor());
        batches.insert(no, (made, 0_u32, 0_u32, 0_u32));
        Ok(())
    })?;
    CODES.each::<Fault>(view, Keys::all(), |_, _, code| {
        if let Some((_, codes, taken, _)) = batches.get_mut(&code.of) {
            *codes = codes.saturating_add(1);
            *taken = taken.saturating_add(u32::from(code.taken.is_some()));
        } else {
            found.push("a code belongs to no vouchers".to_owned());
        }
        Ok(())
    })?;
    OF_VALUE.each::<Fault>(view, Keys::all(), |view, id, of| {
        let used = match USED.get(view, &id)? {
            Some(deal) => super::sales::SALES.has(view, &deal)?,
            None => false,
        };
        if let Some((_, _, _, spent)) = batches.get_mut(&of.batch) {
            *spent = spent.saturating_add(u32::from(used));
        }
        if !ISSUED.has(view, &id)? {
            found.push(format!("value {id} was given for a code and is not known"));
        }
        Ok(())
    })?;
    for (made, codes, taken, spent) in batches.values() {
        if (made.count, made.taken, made.spent) != (*codes, *taken, *spent) {
            found.push(format!(
                "vouchers \"{}\": {} made, {} taken, {} spent; counted {codes}, {taken}, {spent}",
                made.label, made.count, made.taken, made.spent
            ));
        }
    }
    for (what, sort) in [("promised", PROMISED), ("out", OUT)] {
        let booked = books::total(view, sort)?;
        if booked != promised {
            found.push(format!("vouchers {what}: {booked} booked, {promised} counted"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-8
    #[test]
    fn a_code_is_eighty_bits_and_is_read_as_people_type_it() {
        let bits = [0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf];
        let code = write_code(bits);
        assert_eq!(code, "0123-4567-89AB-CDEF");
        for typed in [
            "0123-4567-89AB-CDEF",
            " 0123 4567 89ab cdef ",
            "oi23-4567-89ab-cdef",
            "Ol23456789abcdef",
        ] {
            assert_eq!(read_code(typed), Some(bits), "{typed}");
        }
        for not in [
            "",
            "0123-4567-89AB-CDE",
            "0123-4567-89AB-CDEFG",
            "0123-4567-89AB-CDE!",
            "U123-4567-89AB-CDEF",
        ] {
            assert_eq!(read_code(not), None, "{not}");
        }
        assert_eq!(read_code(&write_code([0xff; 10])), Some([0xff; 10]));
    }
}
