//! Rule: ends deals whose two sides cannot meet, from what both have reported.

use deal::{
    Number, VoidReason,
    issuer::{Ruling, rule},
    wire::{PaySheet, open_sealed},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::Kind;
use store::{Fault, Map, Table, Tx, Value};
use units::{CardNo, DealId, Moment, Tag};

use super::{
    Issuer, PayRefused,
    card::{CARDS, TAGS},
};
use crate::{decided, door::OpenPay};

/// A giver card's own decision, as it reported it: sealed to the receiver, so all that is known of it is that it is there.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Archived {
    #[n(0)]
    pub(super) giver: CardNo,
    #[n(1)]
    pub(super) give_no: u64,
    #[n(2)]
    pub(super) receiver: Tag,
    #[n(3)]
    pub(super) settle: ByteVec,
}
impl Value for Archived {}

pub(super) const ARCHIVE: Map<DealId, Archived> = Map::new(Table::new("issuer_archive"));
/// Voids this issuer ruled: the same bytes for ever.
pub(super) const RULINGS: Map<DealId, ByteVec> = Map::new(Table::new("issuer_rulings"));

/// What is known about one open payment.
pub(super) enum Ruled {
    /// Ended by this sealed `settle`.
    By(ByteVec),
    /// The giver is a server: it answers for itself, for ever.
    Server,
    /// The giver has not reported yet.
    Open,
    /// Not a payment of this card.
    NotYours,
}

impl Issuer {
    /// Rules on one payment that `card` reported as open.
    pub(super) fn rule(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        deal: DealId,
        signed: &[u8],
        now: Moment,
    ) -> Result<Ruled, PayRefused> {
        let realm = self.desk.realm_id();
        // A card keeps its payments as it sent them; those to this issuer come sealed to it.
        let opened = open_sealed(self.keys.opener(), Kind::Pay, signed);
        let signed = opened.as_deref().unwrap_or(signed);
        let Ok(parsed) = seal::parse::<PaySheet>(signed, Kind::Pay, realm) else {
            return Ok(Ruled::NotYours);
        };
        let pay = parsed.claims().pay.clone();
        let Some(tag) = TAGS.get(tx, &pay.receiver)? else {
            return Ok(Ruled::NotYours);
        };
        let audience = parsed.audience();
        let genuine = parsed.verify(&tag.sign, audience).is_ok() && audience == seal::Audience::One(pay.quote.giver);
        if tag.card != card || !genuine || deal::wire::deal_id(signed) != deal {
            return Ok(Ruled::NotYours);
        }
        let Number::Card(give_no) = pay.quote.number else {
            // The issuer's own decisions are here; other servers keep theirs.
            let own = decided::of(tx, deal)?;
            return Ok(match own {
                Some(own) => Ruled::By(self.voice().settle(deal, &own)?.into()),
                None => Ruled::Server,
            });
        };
        if let Some(ruled) = RULINGS.get(tx, &deal)? {
            return Ok(Ruled::By(ruled));
        }
        let Some(giver) = TAGS.get(tx, &Tag(pay.quote.giver))? else {
            return Ok(Ruled::NotYours);
        };
        let archived = ARCHIVE
            .get(tx, &deal)?
            .filter(|a| a.giver == giver.card && a.give_no == give_no);
        let reported = CARDS.get(tx, &giver.card)?.and_then(|row| row.reported);
        match (rule(give_no, archived.is_some(), reported), archived) {
            (Ruling::Forward, Some(archived)) => Ok(Ruled::By(archived.settle)),
            (Ruling::Void, _) => {
                let open = OpenPay::kept(realm, signed)?;
                let void = self.voice().void(&open, VoidReason::Ruled, now);
                let settle = ByteVec::from(self.voice().settle(deal, &void)?);
                RULINGS.put(tx, &deal, &settle)?;
                Ok(Ruled::By(settle))
            }
            _ => Ok(Ruled::Open),
        }
    }

    /// Keeps what a card reported to have given. What is there stays.
    pub(super) fn archive(
        &self,
        tx: &mut dyn Tx,
        giver: CardNo,
        given: &[(DealId, Tag, u64, ByteVec)],
    ) -> Result<(), Fault> {
        for (deal, receiver, give_no, settle) in given {
            let archived = Archived {
                giver,
                give_no: *give_no,
                receiver: *receiver,
                settle: settle.clone(),
            };
            // A ruling stands: what turns up after it is too late, and names its giver by being there.
            ARCHIVE.insert(tx, deal, &archived)?;
        }
        Ok(())
    }
}
