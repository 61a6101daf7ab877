//! Cash: what a card's wallet says to a deposit machine, and what the machine answers (ST-8). None of it is signed: it moves
//! no money. What moves money is the machine's word to the issuer and the card's own payment; here they agree on the number
//! of an order, which only the card, its issuer and this machine know.
//!
//! A deposit centre on line (ST-20) is the same without a tray: instead of notes there is somebody's account, or the telephone
//! bill, and a password that proves whose.

use alloc::string::String;
use core::fmt;

use minicbor::{Decode, Encode};
use units::{Moment, Money, OrderId};

/// Where a wallet names an amount.
pub const NAME_AT: &str = "/v1/deposit/name";
/// Where it looks how its order stands.
pub const LOOK_AT: &str = "/v1/deposit/look";
/// Where it says that the machine may go on with what lies in the tray.
pub const LOAD_AT: &str = "/v1/deposit/load";
/// Where it wants the notes back.
pub const BACK_AT: &str = "/v1/deposit/back";

/// Where a wallet asks a deposit centre to load against an account that a password proves. Looking and taking back are as at a
/// machine.
pub const ONLINE_AT: &str = "/v1/deposit/online";

/// A load is asked of a deposit centre. Order and moment are those of the card's quote to load it. The same again changes
/// nothing.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CashOnline {
    /// The number of the issuer's quote.
    #[n(0)]
    pub order: OrderId,
    /// How much is to be loaded.
    #[n(1)]
    pub amount: Money,
    /// Until when that quote is good.
    #[n(2)]
    pub until: Moment,
    /// Under what name the centre knows its person: a telephone number at a carrier.
    #[n(3)]
    pub name: String,
    /// That person's password there.
    #[n(4)]
    pub password: String,
}

/// Prints neither name nor password.
impl fmt::Debug for CashOnline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CashOnline({})", self.order)
    }
}

/// An amount is named. Order and moment are those of the card's quote to load it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CashNamed {
    /// The number of the issuer's quote.
    #[n(0)]
    pub order: OrderId,
    /// How much is to be loaded.
    #[n(1)]
    pub amount: Money,
    /// Until when that quote is good.
    #[n(2)]
    pub until: Moment,
    /// What is in the purse, if its holder lets the machine show it.
    #[n(3)]
    pub purse: Option<Money>,
    /// What the machine's screen shows: whoever names an amount stands before it.
    #[n(4)]
    pub code: String,
}

/// An order, spoken of again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CashAsked {
    /// Which.
    #[n(0)]
    pub order: OrderId,
}

/// How an order stands at the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CashStand {
    /// Notes may come.
    #[n(0)]
    Open,
    /// The issuer is told of them: the card may pay.
    #[n(1)]
    Promised,
    /// They are the machine's: the money is in the purse.
    #[n(2)]
    Kept,
    /// They are given back, or about to be.
    #[n(3)]
    Returned,
}

/// What the machine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CashTray {
    /// Which order.
    #[n(0)]
    pub order: OrderId,
    /// What was named.
    #[n(1)]
    pub amount: Money,
    /// What lies in the tray.
    #[n(2)]
    pub counted: Money,
    /// How it stands.
    #[n(3)]
    pub stand: CashStand,
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    #[test]
    fn what_wallet_and_machine_say_reads_back() {
        let yen = |n| Money::new(n, Currency::JPY).unwrap();
        let named = CashNamed {
            order: OrderId([7; 16]),
            amount: yen(2000),
            until: Moment(9),
            purse: Some(yen(1000)),
            code: "ABCD2345".into(),
        };
        let read: CashNamed = seal::cbor::from_bytes(&seal::cbor::to_bytes(&named)).unwrap();
        assert_eq!(read, named);
        let tray = CashTray {
            order: named.order,
            amount: yen(2000),
            counted: yen(500),
            stand: CashStand::Open,
        };
        let bytes = seal::cbor::to_bytes(&tray);
        assert_eq!(seal::cbor::from_bytes::<CashTray>(&bytes).unwrap(), tray);
        assert!(seal::cbor::from_bytes::<CashAsked>(&bytes).is_err());
        let online = CashOnline {
            order: named.order,
            amount: yen(2000),
            until: Moment(9),
            name: "aiko".into(),
            password: "a ferry at nine".into(),
        };
        let bytes = seal::cbor::to_bytes(&online);
        assert_eq!(seal::cbor::from_bytes::<CashOnline>(&bytes).unwrap(), online);
        let printed = alloc::format!("{online:?}");
        assert!(!printed.contains("aiko") && !printed.contains("ferry"));
    }
}
