//! Say: composes what a party answers, always the same way: signed by its keys, sealed to one reader.

use deal::{
    Number, Quote, Value, VoidReason,
    wire::{Ask, GiftSheet, OutcomeSheet, QuoteSheet, SettleSheet, seal_signed},
};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind, Seed, cbor};
use units::{Again, DealId, Moment, OrderId, RealmId, Refusal};

use crate::{decided::Decided, desk::Desk, door::OpenPay, keys::PartyKeys};

/// The reader's key is no key: nothing can be sealed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer cannot be sealed to the key in the message; make a new one")]
pub struct NoReader;

impl Refusal for NoReader {
    fn code(&self) -> &'static str {
        "answer-not-sealable"
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}
crate::refused::refusals!(NoReader);

/// A party's voice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice<'a> {
    pub(crate) keys: &'a PartyKeys,
    pub(crate) realm: RealmId,
}

impl<'a> Voice<'a> {
    /// The voice of a party with these keys, in its realm.
    pub(crate) const fn of(keys: &'a PartyKeys, desk: &Desk) -> Self {
        Self {
            keys,
            realm: desk.realm_id(),
        }
    }

    fn certificate(&self) -> ByteVec {
        ByteVec::from(self.keys.certificate().to_vec())
    }

    fn sheet(&self, quote: &Quote, purchase: Option<ByteVec>) -> Vec<u8> {
        let signed = seal::sign(self.keys.signer(), Kind::Quote, self.realm, Audience::Anyone, quote);
        cbor::to_bytes(&QuoteSheet {
            quote: ByteVec::from(signed),
            certificate: self.certificate(),
            terms: None,
            ahead: None,
            purchase,
            claim: None,
        })
    }

    /// The quote that answers `ask`, sealed to its one-time key.
    pub(crate) fn quote(
        &self,
        quote: &Quote,
        purchase: Option<ByteVec>,
        ask: &Ask,
        seed: &Seed,
    ) -> Result<Vec<u8>, NoReader> {
        seal_signed(
            &ask.seal,
            Kind::Quote,
            &self.sheet(quote, purchase),
            &seed.part("quote"),
        )
        .map_err(|_| NoReader)
    }

    /// An open quote: for anyone who finds it.
    pub(crate) fn open_quote(&self, quote: &Quote) -> Vec<u8> {
        self.sheet(quote, None)
    }

    /// A value of this party's making.
    pub(crate) fn value(&self, value: &Value) -> ByteVec {
        ByteVec::from(seal::sign(
            self.keys.signer(),
            Kind::Value,
            self.realm,
            Audience::Anyone,
            value,
        ))
    }

    /// The decision on a payment, to be written before it is said.
    pub(crate) fn decide(&self, open: &OpenPay, outcome: OutcomeSheet, now: Moment) -> Decided {
        let void = match &outcome {
            OutcomeSheet::Void(reason) => Some(*reason),
            OutcomeSheet::Given(_) => None,
        };
        let sheet = SettleSheet {
            deal: open.deal(),
            pay_no: open.pay().pay_no,
            outcome,
            certificate: self.certificate(),
        };
        Decided {
            void,
            order: order_of(open).unwrap_or_default(),
            at: now,
            sheet: ByteVec::from(cbor::to_bytes(&sheet)),
            done: None,
            receiver: open.pay().receiver,
            sign: open.certificate().sign,
            seal: *open.seal(),
        }
    }

    /// A decision in words: signed, and sealed to the receiver with a seed that follows from what is sealed. A function of
    /// the record and this party's secret, and of nothing else; after the record is durable.
    pub(crate) fn settle(&self, deal: DealId, decided: &Decided) -> Result<Vec<u8>, NoReader> {
        let to = Audience::from(decided.receiver);
        let signed = seal::sign(
            self.keys.signer(),
            Kind::Settle,
            self.realm,
            to,
            &Encoded(&decided.sheet),
        );
        let secret = self.keys.derive("settle/seal", &[&deal.0, &seal::hash(&signed).0]);
        seal_signed(&decided.seal, Kind::Settle, &signed, &Seed::new(*secret.expose())).map_err(|_| NoReader)
    }

    /// A yes.
    pub(crate) fn given(&self, open: &OpenPay, gift: GiftSheet, now: Moment) -> Decided {
        self.decide(open, OutcomeSheet::Given(gift), now)
    }

    /// A no, for ever.
    pub(crate) fn void(&self, open: &OpenPay, reason: VoidReason, now: Moment) -> Decided {
        self.decide(open, OutcomeSheet::Void(reason), now)
    }

    /// A signed message to one party.
    pub(crate) fn letter<T: minicbor::Encode<()>>(&self, kind: Kind, to: units::PartyId, body: &T) -> Vec<u8> {
        seal::sign(self.keys.signer(), kind, self.realm, Audience::from(to), body)
    }
}

/// A message that was encoded before, as it was written down.
struct Encoded<'a>(&'a [u8]);
impl<C> minicbor::Encode<C> for Encoded<'_> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.writer_mut().write_all(self.0).map_err(minicbor::encode::Error::write)
    }
}

/// The order a payment is about; a server's quote always names one.
pub(crate) fn order_of(open: &OpenPay) -> Option<OrderId> {
    match open.pay().quote.number {
        Number::Order(order) => Some(order),
        Number::Card(_) => None,
    }
}
