//! Rule: ends deals whose two sides cannot meet, from what both have reported.

use deal::{
    Number, Pay, Tender, VoidReason,
    issuer::{GiverKnown, Ruling, rule_known},
    wire::{PaySheet, open_sealed},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::Kind;
use store::{Fault, Map, Table, Tx, Value, View};
use units::{CardNo, DealId, Moment, Tag};

use super::{
    Issuer, PayRefused,
    card::{CARDS, Status, TAGS, TagRow},
    excuse::By,
    honour::{SLIPS, SlipState},
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
    /// Its slip has come in, so it was given, and the card has had what it paid for: another copy of it closed the deal. No
    /// void is due, and a way back need not wait for one.
    Drawn,
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
        self.saw_payment(tx, card, pay.pay_no, deal)?;
        let reported = self.reported(tx, &giver, give_no, now)?;
        let known = GiverKnown {
            give_no,
            archived: archived.is_some(),
            slip_seen: self.slip_seen(tx, &pay)?,
            reported,
        };
        match (rule_known(known), archived) {
            (Ruling::Forward, Some(archived)) => Ok(Ruled::By(archived.settle)),
            (Ruling::Void, _) => {
                // Kept by whom it was said for: should the slip turn up all the same, the giver is charged, not the payer.
                self.note_void(tx, card, pay.pay_no, deal, By::Card(giver.card))?;
                let open = OpenPay::kept(realm, signed)?;
                let void = self.voice().void(&open, VoidReason::Ruled, now);
                let settle = ByteVec::from(self.voice().settle(deal, &void)?);
                RULINGS.put(tx, &deal, &settle)?;
                Ok(Ruled::By(settle))
            }
            _ if known.slip_seen => Ok(Ruled::Drawn),
            _ => Ok(Ruled::Open),
        }
    }

    /// Has the slip of this payment come in, from a witness or from whoever carried it home?
    fn slip_seen(&self, view: &mut dyn View, pay: &Pay) -> Result<bool, Fault> {
        let slips = pay.tenders.iter().filter_map(|tender| match tender {
            Tender::Slip(slip) => Some(slip.id()),
            _ => None,
        });
        for id in slips {
            if SLIPS.get(view, &id)?.is_some_and(|row| row.state != SlipState::Refused) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How far the giver has reported. One that is dead (stopped, or without any certificate for long) cannot decide under
    /// a tag whose certificate has ended; once the reports due have come, what it did not report it did not give.
    fn reported(&self, view: &mut dyn View, tag: &TagRow, give_no: u64, now: Moment) -> Result<Option<u64>, Fault> {
        let Some(row) = CARDS.get(view, &tag.card)? else {
            return Ok(None);
        };
        let gone = row.status == Status::Stopped || now > row.certificates_end.plus(self.config.dead_after);
        if gone && now > tag.until.plus(self.config.reports_due) {
            return Ok(Some(give_no.saturating_add(1).max(row.reported.unwrap_or(0))));
        }
        Ok(row.reported)
    }

    /// Keeps what a card reported to have given. What is there stays.
    pub(super) fn archive(
        &self,
        tx: &mut dyn Tx,
        giver: CardNo,
        given: &[(DealId, Tag, u64, ByteVec)],
        now: Moment,
    ) -> Result<(), Fault> {
        for (deal, receiver, give_no, settle) in given {
            let archived = Archived {
                giver,
                give_no: *give_no,
                receiver: *receiver,
                settle: settle.clone(),
            };
            // A ruling stands: what turns up after it names its giver by being there, and is delivered at his cost. What is for
            // a lost card goes to the one in its place.
            if ARCHIVE.insert(tx, deal, &archived)? {
                self.came_late(tx, *deal, *receiver, settle)?;
            }
            self.saw_gift(tx, giver, *give_no, *deal, now)?;
        }
        Ok(())
    }
}
