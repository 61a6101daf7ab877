//! Tenders: do these payments make up that price? One rule, used by the receiver before it pays and by the giver before
//! it decides.

use units::{Again, Hash, Moment, Money, Refusal};

use crate::{Kind, Pay, Quote, Tender, Value, ValueKind};
use license::TenderKind;

/// Why payments do not make up a price. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TenderRefusal {
    /// Not taken here.
    #[error("this cannot be paid with a {0:?} here")]
    NotAccepted(TenderKind),
    /// Two payments of one kind that may come only once.
    #[error("only one payment in money for one purchase")]
    Twice,
    /// The same value twice in one payment.
    #[error("the same {0:?} twice in one payment; each is used once")]
    ValueTwice(ValueKind),
    /// A slip for somebody else, or for another work, than the quote says.
    #[error("the payment is made out to somebody else than the quote says")]
    OtherPayee,
    /// A value of another seller.
    #[error("the {0:?} \"{1}\" is not taken by this seller; use it where it comes from")]
    ValueOfOther(ValueKind, alloc::string::String),
    /// Another currency.
    #[error("another currency than the price's")]
    OtherCurrency,
    /// A value past its date.
    #[error("the {0:?} \"{1}\" has ended; choose another way to pay")]
    ValueEnded(ValueKind, alloc::string::String),
    /// A value for something else.
    #[error("the {0:?} \"{1}\" is for something else")]
    ValueForOther(ValueKind, alloc::string::String),
    /// A value that pays for nothing by itself.
    #[error("the {0:?} \"{1}\" cannot be spent here")]
    NotSpendable(ValueKind, alloc::string::String),
    /// A value worth more than what is left to pay: it would be lost, for values are spent whole.
    #[error(
        "the {kind:?} is worth {worth}, more than the {left} left to pay; it is spent whole, so choose another way to pay"
    )]
    WouldLose {
        /// Which kind.
        kind: ValueKind,
        /// What it is worth.
        worth: Money,
        /// What is left to pay.
        left: Money,
    },
    /// Too much or too little in sum.
    #[error("the payments cover {covered} of {price}")]
    NotThePrice {
        /// What was asked.
        price: Money,
        /// What the tenders cover.
        covered: Money,
    },
}

impl Refusal for TenderRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAccepted(_) => "tender-not-accepted",
            Self::Twice => "tender-twice",
            Self::ValueTwice(_) => "value-twice",
            Self::OtherPayee => "tender-other-payee",
            Self::ValueOfOther(..) => "value-other-seller",
            Self::OtherCurrency => "tender-other-currency",
            Self::ValueEnded(..) => "value-ended",
            Self::ValueForOther(..) => "value-for-other",
            Self::NotSpendable(..) => "value-not-spendable",
            Self::WouldLose { .. } => "value-worth-more",
            Self::NotThePrice { .. } => "tenders-not-the-price",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Whose values count for a price: the giver's own promises, and coupons of whoever the price is due to, which he gave for
/// fares that came home to him (SD-19). Every other one is good somewhere else, and nothing here.
pub(crate) fn counts_here(quote: &Quote, value: &Value) -> Result<(), TenderRefusal> {
    let own = value.maker.0 == quote.giver;
    let payees = value.kind == ValueKind::Coupon && value.maker == quote.payee;
    if own || payees {
        Ok(())
    } else {
        Err(TenderRefusal::ValueOfOther(value.kind, value.label.clone()))
    }
}

/// What of `left` one value covers (XD-9: a coupon reduces a price, a ticket pays for one thing, the others are fixed
/// amounts). `offer` is the hash of the signed offer that is being paid for.
pub(crate) fn value_covers(
    value: &Value,
    left: Money,
    offer: Option<Hash>,
    now: Moment,
) -> Result<Money, TenderRefusal> {
    let label = || value.label.clone();
    if value.until.is_some_and(|until| now > until) {
        return Err(TenderRefusal::ValueEnded(value.kind, label()));
    }
    if value.offer.is_some() && value.offer != offer {
        return Err(TenderRefusal::ValueForOther(value.kind, label()));
    }
    match value.kind {
        ValueKind::Account | ValueKind::Refund => Err(TenderRefusal::NotSpendable(value.kind, label())),
        ValueKind::Ticket => Ok(left),
        ValueKind::Receipt if value.offer.is_none() => Err(TenderRefusal::ValueForOther(value.kind, label())),
        ValueKind::Receipt => Ok(left),
        _ if value.worth.currency() != left.currency() => Err(TenderRefusal::OtherCurrency),
        ValueKind::Coupon => Ok(if value.worth < left { value.worth } else { left }),
        ValueKind::Cheque | ValueKind::Prepaid | ValueKind::Points if value.worth > left => {
            Err(TenderRefusal::WouldLose {
                kind: value.kind,
                worth: value.worth,
                left,
            })
        }
        ValueKind::Cheque | ValueKind::Prepaid | ValueKind::Points => Ok(value.worth),
    }
}

/// Do `tenders` make up exactly `price`? Values count first, in their order; money makes up the rest. A tender that pays
/// whatever is left (an approval, a medium) must be the only one besides values.
pub fn covered(
    price: Money,
    accepts: &[TenderKind],
    tenders: &[Tender],
    offer: Option<Hash>,
    now: Moment,
) -> Result<(), TenderRefusal> {
    let mut left = price;
    let mut moneys = 0u8;
    for tender in tenders {
        if !accepts.contains(&tender.kind()) {
            return Err(TenderRefusal::NotAccepted(tender.kind()));
        }
        if let Tender::Value(value, _) = tender {
            let part = value_covers(value, left, offer, now)?;
            left = left.minus(part).map_err(|_| TenderRefusal::OtherCurrency)?;
        }
    }
    for tender in tenders {
        let part = match tender {
            Tender::Value(..) => continue,
            Tender::Slip(slip) => slip.amount,
            Tender::Charge(_, amount, _) | Tender::Order(_, amount) => *amount,
            Tender::Approval(_) | Tender::Medium(..) => left,
        };
        moneys = moneys.saturating_add(1);
        if moneys > 1 {
            return Err(TenderRefusal::Twice);
        }
        if part.currency() != price.currency() {
            return Err(TenderRefusal::OtherCurrency);
        }
        left = left
            .minus(part)
            .map_err(|_| TenderRefusal::NotThePrice { price, covered: part })?;
    }
    if left.is_zero() {
        Ok(())
    } else {
        Err(TenderRefusal::NotThePrice {
            price,
            covered: price.minus(left).unwrap_or(price),
        })
    }
}

/// Do the tenders of a payment hold against its quote? What [`covered`] says of the sum, and also: no value twice (a void
/// would bring it back twice), every slip made out as the quote says (a card that lies could else pay its friend), and
/// for a load nothing but the orders and tokens a load takes.
pub fn pays(quote: &Quote, tenders: &[Tender], now: Moment) -> Result<(), TenderRefusal> {
    for (n, tender) in tenders.iter().enumerate() {
        match tender {
            Tender::Slip(slip) if (slip.payee, slip.route, slip.title) != (quote.payee, quote.route, quote.title) => {
                return Err(TenderRefusal::OtherPayee);
            }
            // What is owed is a license: nothing else waits on a card until somebody has paid for it.
            Tender::Charge(..) if quote.kind != Kind::Sale => {
                return Err(TenderRefusal::NotAccepted(tender.kind()));
            }
            Tender::Value(value, _) => {
                let same = |t: &Tender| matches!(t, Tender::Value(v, _) if (v.maker, v.id) == (value.maker, value.id));
                if tenders.iter().take(n).any(same) {
                    return Err(TenderRefusal::ValueTwice(value.kind));
                }
                if quote.kind == Kind::Load {
                    loads(value, now)?;
                } else {
                    counts_here(quote, value)?;
                }
            }
            _ => {}
        }
    }
    if quote.kind == Kind::Load {
        return Ok(());
    }
    covered(quote.price, &quote.accepts, tenders, quote.offer, now)
}

/// May a load take this value? Refund orders are money owed, accounts name where it comes from; all others stay values.
pub(crate) fn loads(value: &Value, now: Moment) -> Result<(), TenderRefusal> {
    if value.until.is_some_and(|until| now > until) {
        return Err(TenderRefusal::ValueEnded(value.kind, value.label.clone()));
    }
    match value.kind {
        ValueKind::Refund | ValueKind::Account => Ok(()),
        kind => Err(TenderRefusal::NotSpendable(kind, value.label.clone())),
    }
}

impl Pay {
    /// Do this payment's tenders hold? See [`pays`].
    pub fn tenders_hold(&self, now: Moment) -> Result<(), TenderRefusal> {
        pays(&self.quote, &self.tenders, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::String, vec::Vec};
    use license::Route;
    use units::{ContentId, Currency, PartyId, ValueId};

    fn yen(n: i64) -> Money {
        Money::new(n, Currency::JPY).unwrap()
    }
    fn slip(n: i64) -> Tender {
        Tender::Slip(Slip {
            amount: yen(n),
            payee: PartyId([1; 16]),
            title: ContentId([1; 16]),
            route: Route::Till,
            sealed: Vec::new().into(),
        })
    }
    use crate::Slip;
    fn value(kind: ValueKind, worth: i64, offer: Option<u8>) -> Tender {
        let offer = offer.map(|n| Hash([n; 32]));
        let value = Value {
            kind,
            maker: PartyId([2; 16]),
            id: ValueId([3; 16]),
            worth: yen(worth),
            offer,
            until: Some(Moment(100)),
            label: String::new(),
        };
        Tender::Value(value, Vec::new().into())
    }
    const ALL: &[TenderKind] = &[TenderKind::Slip, TenderKind::Value, TenderKind::Receipt];

    /// proves: XD-9 row-4
    #[test]
    fn each_kind_of_value_pays_by_its_own_rule() {
        let pay = |tenders: &[Tender]| {
            covered(yen(1000), ALL, tenders, Some(Hash([7; 32])), Moment(50)).map_err(|e| e.code())
        };
        use ValueKind::{Account, Cheque, Coupon, Points, Prepaid, Receipt, Refund, Ticket};
        assert_eq!(pay(&[slip(1000)]), Ok(()));
        assert_eq!(pay(&[slip(999)]), Err("tenders-not-the-price"));
        assert_eq!(pay(&[slip(1001)]), Err("tenders-not-the-price"));
        assert_eq!(pay(&[]), Err("tenders-not-the-price"));
        assert_eq!(pay(&[slip(500), slip(500)]), Err("tender-twice"));
        assert_eq!(pay(&[value(Coupon, 300, None), slip(700)]), Ok(()));
        assert_eq!(pay(&[slip(700), value(Coupon, 300, None)]), Ok(()));
        assert_eq!(pay(&[value(Coupon, 3000, None)]), Ok(()));
        assert_eq!(pay(&[value(Ticket, 0, None)]), Ok(()));
        assert_eq!(pay(&[value(Ticket, 0, Some(8))]), Err("value-for-other"));
        assert_eq!(pay(&[value(Receipt, 1000, Some(7))]), Ok(()));
        assert_eq!(pay(&[value(Receipt, 1000, None)]), Err("value-for-other"));
        for fixed in [Cheque, Prepaid, Points] {
            assert_eq!(pay(&[value(fixed, 400, None), slip(600)]), Ok(()));
            assert_eq!(pay(&[value(fixed, 1400, None)]), Err("value-worth-more"));
        }
        for never in [Account, Refund] {
            assert_eq!(pay(&[value(never, 1000, None)]), Err("value-not-spendable"));
        }
        let late = covered(yen(1000), ALL, &[value(Coupon, 1000, None)], None, Moment(101)).map_err(|e| e.code());
        assert_eq!(late, Err("value-ended"));
        let refused = covered(yen(1000), &[TenderKind::Value], &[slip(1000)], None, Moment(0)).map_err(|e| e.code());
        assert_eq!(refused, Err("tender-not-accepted"));
    }

    fn quote(kind: Kind, price: i64) -> Quote {
        Quote {
            kind,
            number: crate::Number::Card(0),
            giver: [2; 16],
            offer: Some(Hash([7; 32])),
            policy: None,
            title: ContentId([1; 16]),
            price: yen(price),
            accepts: ALL.to_vec(),
            payee: PartyId([1; 16]),
            generation: 0,
            rights: license::Rights::default(),
            route: Route::Till,
            facts: crate::Facts::default(),
            slips: 0,
            room: 0,
            credit: None,
            license: None,
            until: Moment(100),
            ask: None,
            links: None,
        }
    }

    /// proves: S16 S18
    #[test]
    fn a_payment_holds_against_its_quote_not_only_against_its_sum() {
        let pay = |quote: &Quote, tenders: &[Tender]| pays(quote, tenders, Moment(50)).map_err(|e| e.code());
        let sale = quote(Kind::Sale, 600);
        assert_eq!(pay(&sale, &[slip(600)]), Ok(()));
        let coupon = value(ValueKind::Coupon, 300, None);
        assert_eq!(pay(&sale, &[coupon.clone(), coupon.clone()]), Err("value-twice"));
        let Tender::Slip(own) = slip(600) else { return };
        let friend = Slip {
            payee: PartyId([9; 16]),
            ..own
        };
        assert_eq!(pay(&sale, &[Tender::Slip(friend)]), Err("tender-other-payee"));

        let load = quote(Kind::Load, 0);
        assert_eq!(pay(&load, &[]), Ok(()));
        assert_eq!(pay(&load, &[value(ValueKind::Refund, 300, None)]), Ok(()));
        assert_eq!(pay(&load, &[value(ValueKind::Account, 0, None)]), Ok(()));
        assert_eq!(pay(&load, &[coupon]), Err("value-not-spendable"));
    }

    /// proves: row-4 ST-26
    #[test]
    fn a_value_counts_where_it_comes_from_and_a_coupon_also_for_works_of_its_maker() {
        let maker = value(ValueKind::Coupon, 300, None);
        let Tender::Value(mine, _) = maker else { return };
        let of = |kind, maker: u8| {
            let value = Value {
                kind,
                maker: PartyId([maker; 16]),
                ..mine.clone()
            };
            let tenders = [Tender::Value(value, Vec::new().into()), slip(300)];
            pays(&quote(Kind::Sale, 600), &tenders, Moment(50)).map_err(|e| e.code())
        };
        use ValueKind::{Coupon, Points, Prepaid};
        // The seller is 2, the price is due to 1, and 9 is somebody else.
        for (kind, maker, said) in [
            (Coupon, 2, Ok(())),
            (Points, 2, Ok(())),
            (Coupon, 1, Ok(())),
            (Points, 1, Err("value-other-seller")),
            (Prepaid, 1, Err("value-other-seller")),
            (Coupon, 9, Err("value-other-seller")),
            (Points, 9, Err("value-other-seller")),
        ] {
            assert_eq!(of(kind, maker), said, "{kind:?} of {maker}");
        }
    }
}
