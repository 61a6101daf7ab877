//! Approve: a purchase that somebody else permits (system E). The shop settles it itself, or hands it to a settlement server
//! of its own choice; either way the sale waits for one word, as a slip does for the issuer's, and given follows settled.
//!
//! What comes in with such a payment is an approval's number, a tag that is used once, and what the shop quoted itself: the
//! sale has no buyer, unless the publisher's signed terms let this seller know its buyers again.

use deal::{
    Tender,
    approval::{RedeemWord, SettledFor, ToSettle, Wanted, quote_of},
};
use minicbor::bytes::ByteVec;
use seal::{Kind, Seed, cbor, role};
use store::{Fault, Map, Table, Tx, View};
use units::{ApprovalId, DealId, Moment, Money, PartyId};

use super::{OnShelf, PayRefused, Shop, Then, present::Pending};
use crate::{
    beside::Unsaid,
    decided,
    door::OpenPay,
    errand::{self, ErrandId, Reply, Step, Verb},
    say::order_of,
    settlement::{Progress, Settlements, Why},
};

/// Sales that wait for a permission.
pub(super) const APPROVING: Map<DealId, Pending> = Map::new(Table::new("shop_approving"));
/// Why sales with an approval came to nothing: a code, for the shop's own people.
pub(super) const DECLINED: Map<DealId, String> = Map::new(Table::new("shop_declined"));

/// How many sales one round of chores takes up whose time is over.
const ROUND: usize = 200;

fn then(deal: DealId, word: RedeemWord) -> Vec<u8> {
    cbor::to_bytes(&Then::Approver(deal, word))
}

/// What a work is to somebody who must not know its title.
pub(super) const fn kind_in_a_word(kind: license::WorkKind) -> &'static str {
    use license::WorkKind;
    match kind {
        WorkKind::Mixed => "mixed",
        WorkKind::Text => "text",
        WorkKind::Picture => "picture",
        WorkKind::Sound => "sound",
        WorkKind::Video => "video",
        WorkKind::Program => "program",
    }
}

/// The approval a payment brings: its number and its signed form.
pub(super) fn approval_of(open: &OpenPay) -> Option<(ApprovalId, &[u8])> {
    let named = open.pay().tenders.iter().find_map(|t| match t {
        Tender::Approval(id) => Some(*id),
        _ => None,
    })?;
    Some((named, open.sheet().approval.as_deref().map_or(&[], |bytes| bytes)))
}

fn lost() -> Fault {
    Fault::Corrupt {
        table: "shop_approving",
        why: "a sale under way lacks what it was about".to_owned(),
    }
}

impl Shop {
    /// Who owes this shop what was approved: the settlement server, where there is one, or the approver.
    pub(super) fn owed_by(&self, approver: PartyId) -> PartyId {
        self.config.settles.unwrap_or(approver)
    }

    /// The shop's own settlements (PA-11).
    pub(super) const fn settlements(&self) -> Settlements<'_> {
        Settlements {
            keys: &self.keys,
            desk: &self.desk,
            config: self.config.settlement,
            then,
        }
    }

    /// The sale as whoever settles it may know it: from this shop's own record, not from the terminal's word.
    fn wanted(&self, open: &OpenPay, shelf: &OnShelf, amount: Money) -> Wanted {
        let pay = open.pay();
        Wanted {
            deal: open.deal(),
            quote: quote_of(&pay.quote),
            amount,
            what: kind_in_a_word(shelf.work.kind).to_owned(),
            quantity: 1,
            seller: self.id(),
            tag: pay.receiver,
        }
    }

    /// Does the approval of this payment hold, as far as this shop can tell? For a shop that settles itself: wholly.
    pub(super) fn approval_holds(
        &self,
        view: &mut dyn View,
        open: &OpenPay,
        shelf: &OnShelf,
        amount: Money,
        now: Moment,
    ) -> Result<Result<(), Why>, Fault> {
        use crate::settlement::NotSettled;
        let Some((id, signed)) = approval_of(open) else {
            return Ok(Ok(()));
        };
        let named = seal::parse::<deal::approval::Approval>(signed, Kind::Approval, self.desk.realm_id());
        let Ok(named) = named.map(|parsed| parsed.claims().clone()) else {
            return Ok(Err(Why::Not(NotSettled::Forged)));
        };
        if named.id != id {
            return Ok(Err(Why::Not(NotSettled::Differs)));
        }
        if self.config.settles.is_some() {
            return Ok(Ok(()));
        }
        let wanted = self.wanted(open, shelf, amount);
        Ok(match self.settlements().check(view, &wanted, signed)? {
            Ok(approval) if now > approval.until => Err(Why::Not(NotSettled::Expired)),
            Ok(_) => Ok(()),
            Err(no) => Err(Why::Not(no)),
        })
    }

    /// Writes the sale down as waiting, and asks whoever decides.
    pub(super) fn approve(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        shelf: &OnShelf,
        (amount, serial): (Money, Option<u32>),
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        let deal = open.deal();
        let pending = Pending {
            pay: ByteVec::from(open.signed().to_vec()),
            serial,
        };
        APPROVING.put(tx, &deal, &pending)?;
        let (_, signed) = approval_of(open).ok_or_else(lost)?;
        let wanted = self.wanted(open, shelf, amount);
        match self.config.settles {
            None => {
                let progress = self.settlements().begin(tx, &wanted, signed, now)?;
                self.progress(tx, deal, progress, now, seed)
            }
            Some(server) => {
                let body = ToSettle {
                    sale: wanted,
                    approval: ByteVec::from(signed.to_vec()),
                    by: self.id(),
                    certificate: ByteVec::from(self.keys.certificate().to_vec()),
                };
                let letter = self.voice().letter(Kind::Settlement, server, &body);
                let then = cbor::to_bytes(&Then::Settles(deal));
                let errand = errand::post(tx, handed(deal), server, Verb::Settle, letter, then, now)?;
                Ok(Step::Errand(errand).into())
            }
        }
    }

    /// The same payment again, while it waits: the same question.
    pub(super) fn approve_again(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        if self.config.settles.is_some()
            && let Some(errand) = errand::again(tx, handed(deal))?
        {
            return Ok(Step::Errand(errand).into());
        }
        let progress = self.settlements().again(tx, deal, now)?;
        self.progress(tx, deal, progress, now, seed)
    }

    /// The approver has answered, or not (this shop settles itself).
    pub(super) fn approver_said(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        word: RedeemWord,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let settlements = self.settlements();
        let progress = match word {
            RedeemWord::Permit => settlements.permitted(tx, deal, reply, now)?,
            word => settlements.told(tx, deal, word, reply, now)?,
        };
        let unsaid = self.progress(tx, deal, progress, now, seed)?;
        settlements.charged(tx, deal, now)?;
        Ok(unsaid)
    }

    /// The settlement server has answered, or not.
    pub(super) fn server_said(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let id = handed(deal);
        let Some(said) = self.word_of_server(tx, deal, reply)? else {
            return Ok(Step::NotYet(errand::later(tx, id, now)?).into());
        };
        errand::finish(tx, id)?;
        let Some(pending) = APPROVING.get(tx, &deal)? else {
            return Ok(Step::Answer(Vec::new()).into());
        };
        match said.refused {
            None => self.give_approved(tx, deal, &pending, now, seed),
            Some(code) => {
                let reason = if said.late {
                    deal::VoidReason::PermitLate
                } else {
                    deal::VoidReason::NotPermitted
                };
                self.decline(tx, deal, &pending, &code, reason, now)
            }
        }
    }

    fn word_of_server(&self, view: &mut dyn View, deal: DealId, reply: Reply<'_>) -> Result<Option<SettledFor>, Fault> {
        let (Reply::Answer(bytes), Some(server)) = (reply, self.config.settles) else {
            return Ok(None);
        };
        let known = self.desk.known(view)?;
        let Some(settler) = known.ever_certified::<role::Settler>(server) else {
            return Ok(None);
        };
        let said = seal::parse::<SettledFor>(bytes, Kind::Settlement, self.desk.realm_id())
            .and_then(|s| s.verify(settler.sign(), self.keys.audience()));
        Ok(said.ok().filter(|said| said.deal == deal))
    }

    fn progress(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        progress: Progress,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        let pending = match (&progress, APPROVING.get(tx, &deal)?) {
            (Progress::Ask(errand), _) => return Ok(Step::Errand(errand.clone()).into()),
            (Progress::Waits(span), _) => return Ok(Step::NotYet(*span).into()),
            // Decided before: nothing further is said on this way.
            (_, None) => return Ok(Step::Answer(Vec::new()).into()),
            (_, Some(pending)) => pending,
        };
        match progress {
            Progress::No(why) => self.decline(tx, deal, &pending, why.code(), why.void(), now),
            _ => self.give_approved(tx, deal, &pending, now, seed),
        }
    }

    fn give_approved(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        pending: &Pending,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        let shelf = match open.pay().quote.offer {
            Some(hash) => self.listed(tx, hash)?.ok_or_else(lost)?,
            None => return Err(lost().into()),
        };
        let paid = self.tenders(tx, &open)?.map_err(|_| lost())?;
        let made = self.make_gift(&open, &shelf, pending.serial, now, seed)?;
        APPROVING.delete(tx, &deal)?;
        self.give(tx, &open, &shelf, paid, &made, now)
    }

    fn decline(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        pending: &Pending,
        code: &str,
        reason: deal::VoidReason,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        APPROVING.delete(tx, &deal)?;
        self.free_values(tx, &open)?;
        decided::free(tx, order_of(&open).unwrap_or_default(), deal)?;
        if let (Some(serial), Some(offer)) = (pending.serial, open.pay().quote.offer)
            && let Some(shelf) = self.listed(tx, offer)?
        {
            self.give_number_back(tx, shelf.offer.number, serial)?;
        }
        DECLINED.put(tx, &deal, &code.to_owned())?;
        self.void(tx, &open, reason, now)
    }

    /// Abandons what waited for a permission longer than it may. What is said of it follows from the record.
    pub(super) fn give_up_waiting(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), PayRefused> {
        for deal in self.settlements().due(tx, now, ROUND)? {
            let progress = self.settlements().again(tx, deal, now)?;
            let _ = self.progress(tx, deal, progress, now, seed)?;
        }
        Ok(())
    }

    /// Why a sale with an approval came to nothing, if it did: a stable code.
    pub fn declined(&self, view: &mut dyn View, deal: DealId) -> Result<Option<String>, Fault> {
        declined(view, deal)
    }

    /// Sales that wait for a permission.
    pub fn approving(&self, view: &mut dyn View) -> Result<u64, Fault> {
        let mut count = 0_u64;
        APPROVING.each::<Fault>(view, store::Keys::all(), |_, _, _| {
            count = count.saturating_add(1);
            Ok(())
        })?;
        Ok(count)
    }
}

/// Why a sale with an approval came to nothing, in a shop's own store.
pub fn declined(view: &mut dyn View, deal: DealId) -> Result<Option<String>, Fault> {
    DECLINED.get(view, &deal)
}

fn handed(deal: DealId) -> ErrandId {
    ErrandId::of("settle", &deal.0)
}

/// What was written beside an errand, read back: for the audit.
pub(super) fn is_asked(view: &mut dyn View, deal: DealId) -> Result<bool, Fault> {
    let handed = errand::again(view, handed(deal))?.is_some();
    Ok(handed || crate::settlement::of(view, deal)?.is_some())
}
