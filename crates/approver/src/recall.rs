//! Recall: an approver that was put back asks everybody who settles what became of its approvals, and only then decides again.
//!
//! What it knows it charges or gives back as it was. What it forgot is told with its own signature under it: a permission it
//! does not remember with the permission, an approval it does not remember with both. The latter it owes that seller, and
//! whom it was for nobody can say, because no seller knows: the approver's loss, in a line of its books of its own.

use deal::approval::{Approval, RedeemOutcome, RedeemWord, Redeemed};
use ledger::PostRefused;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{ApprovalId, DealId, Moment, Money, PartyId};

use party::{
    Reply, Step, Verb, epoch,
    errand::{self, Errand, ErrandId},
    settlement::{RecallAsk, RecallPage, RecallRow},
};

use crate::{
    Approver, End, State,
    approver::Then,
    issued::{self, ISSUED},
    money::damage,
};

/// How far the answers of somebody who settles have come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Asked {
    /// The last sale that was looked at.
    #[n(0)]
    after: Option<DealId>,
    /// All was told.
    #[n(1)]
    done: bool,
}
impl Value for Asked {}

/// A charge of an approval that was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Forgotten {
    /// The sale.
    #[n(0)]
    pub deal: DealId,
    /// Whom it is owed to.
    #[n(1)]
    pub settles: PartyId,
    /// How much the sale was.
    #[n(2)]
    pub amount: Money,
    /// Of it this approver's part.
    #[n(3)]
    pub part: Money,
    /// When it was recalled.
    #[n(4)]
    pub at: Moment,
}
impl Value for Forgotten {}

pub(crate) const ASKED: Map<PartyId, Asked> = Map::new(Table::new("approver_recalls"));
pub(crate) const FORGOTTEN: Map<ApprovalId, Forgotten> = Map::new(Table::new("approver_forgotten"));

impl Approver {
    /// Begins finding out, or goes on with it: everybody who settles is asked. True: all have told, and this approver
    /// decides again; its driver then says [`epoch::settle`] to the store.
    pub fn recall(&self, tx: &mut dyn Tx, now: Moment) -> Result<bool, Fault> {
        if !epoch::is_restored(tx)? {
            return Ok(true);
        }
        let known = self.desk.known(tx)?;
        if known.number == 0 {
            return Ok(false);
        }
        let mut open = false;
        for listed in known.parties() {
            let settles = known.ever_certified::<role::Seller>(listed.id).is_some()
                || known.ever_certified::<role::Settler>(listed.id).is_some();
            if !settles {
                continue;
            }
            let asked = ASKED.get(tx, &listed.id)?;
            if asked.as_ref().is_none_or(|asked| !asked.done) {
                open = true;
                self.ask_to_recall(tx, listed.id, asked.and_then(|asked| asked.after), now)?;
            }
        }
        if !open {
            self.recalled(tx, now)?;
        }
        Ok(!open)
    }

    fn recalled(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        for (id, _) in ASKED.range(tx, Keys::all(), usize::MAX)? {
            // The next restore begins from the beginning.
            ASKED.delete(tx, &id)?;
        }
        epoch::accept(tx, now)
    }

    fn ask_to_recall(
        &self,
        tx: &mut dyn Tx,
        whom: PartyId,
        after: Option<DealId>,
        now: Moment,
    ) -> Result<Errand, Fault> {
        let ask = RecallAsk {
            by: self.keys.id(),
            after,
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        ASKED.put(tx, &whom, &Asked { after, done: false })?;
        let to = seal::Audience::from(whom);
        let body = seal::sign(self.keys.signer(), Kind::Record, self.desk.realm_id(), to, &ask);
        let mut about = whom.0.to_vec();
        about.extend(after.iter().flat_map(|deal| deal.0));
        let errand = ErrandId::of("recall", &about);
        let then = cbor::to_bytes(&Then::Recall(whom));
        errand::post(tx, errand, whom, Verb::Recall, body, then, now)
    }

    /// Somebody who settles has told a page, or not.
    pub(crate) fn told(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        whom: PartyId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, Fault> {
        if !epoch::is_restored(tx)? {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        }
        let page = match (reply, self.page(tx, whom, reply)?) {
            (_, Some(page)) => page,
            // It settles nothing: machines and collectors are certified like shops.
            (Reply::Refused("not-found" | "verb-unknown"), None) => RecallPage {
                rows: Vec::new(),
                after: None,
            },
            _ => return Ok(Step::NotYet(errand::later(tx, errand, now)?)),
        };
        errand::finish(tx, errand)?;
        for row in &page.rows {
            self.remember(tx, whom, row, now)?;
        }
        if page.after.is_some() {
            return Ok(Step::Errand(self.ask_to_recall(tx, whom, page.after, now)?));
        }
        let done = Asked {
            after: None,
            done: true,
        };
        ASKED.put(tx, &whom, &done)?;
        self.recall(tx, now)?;
        Ok(Step::Answer(Vec::new()))
    }

    fn page(&self, view: &mut dyn View, whom: PartyId, reply: Reply<'_>) -> Result<Option<RecallPage>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(view)?;
        let seller = known.ever_certified::<role::Seller>(whom).map(|v| v.claims().sign);
        let Some(key) = seller.or_else(|| known.ever_certified::<role::Settler>(whom).map(|v| v.claims().sign)) else {
            return Ok(None);
        };
        let page = seal::parse::<RecallPage>(bytes, Kind::Record, self.desk.realm_id())
            .and_then(|s| s.verify(&key, self.keys.audience()));
        Ok(page.ok())
    }

    /// Takes in what became of one approval. Whoever speaks of one that names another hears no more than silence.
    fn remember(&self, tx: &mut dyn Tx, whom: PartyId, row: &RecallRow, now: Moment) -> Result<(), Fault> {
        let Some(mut known) = ISSUED.get(tx, &row.approval)? else {
            return self.owe_forgotten(tx, whom, row, now);
        };
        let ours = match known.state {
            State::Open => true,
            State::Permitted(by) => by == row.deal,
            State::Charged(..) | State::Ended(..) => false,
        };
        if !ours || known.approval.settles != whom {
            return Ok(());
        }
        if row.word == RedeemWord::Settled {
            if known.state == State::Open && !self.permitted(whom, row) {
                // Never permitted: the seller hears so when it says that it settled.
                return Ok(());
            }
            let part = self.part_of(known.approval.amount);
            self.charge(tx, &known, part, now)?;
            known.state = State::Charged(row.deal, part);
            known.charged = Some(now);
            return issued::put(tx, &known);
        }
        self.end(tx, known, End::Abandoned, Some(row.deal), now).map(drop)
    }

    /// What this approver itself once signed for somebody, if that is what is shown.
    fn own<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
        &self,
        shown: Option<&ByteVec>,
        kind: Kind,
        whom: PartyId,
    ) -> Option<T> {
        let parsed = seal::parse::<T>(shown?, kind, self.desk.realm_id()).ok()?;
        let own = self.keys.signer().verify_key();
        parsed.verify(&own, seal::Audience::from(whom)).ok()
    }

    /// Does the row bring this approver's own permission for its sale?
    fn permitted(&self, whom: PartyId, row: &RecallRow) -> bool {
        let own = self.own::<Redeemed>(row.permit.as_ref(), Kind::Redeemed, whom);
        own.is_some_and(|said| {
            (said.word, said.approval, said.deal) == (RedeemWord::Permit, row.approval, row.deal)
                && said.outcome == RedeemOutcome::Permitted
        })
    }

    fn owe_forgotten(&self, tx: &mut dyn Tx, whom: PartyId, row: &RecallRow, now: Moment) -> Result<(), Fault> {
        if row.word != RedeemWord::Settled || !self.permitted(whom, row) || FORGOTTEN.has(tx, &row.approval)? {
            return Ok(());
        }
        let own = self.own::<Approval>(row.signed.as_ref(), Kind::Approval, whom);
        let Some(said) = own.filter(|said| said.id == row.approval && said.settles == whom) else {
            return Ok(());
        };
        let part = self.part_of(said.amount);
        match self.books(tx, now).forgotten(said.id, said.amount, part, whom.0) {
            Ok(()) => {}
            Err(PostRefused::Fault(fault)) => return Err(fault),
            Err(other) => return Err(damage(&other)),
        }
        let forgotten = Forgotten {
            deal: row.deal,
            settles: whom,
            amount: said.amount,
            part,
            at: now,
        };
        FORGOTTEN.put(tx, &said.id, &forgotten)
    }

    /// Charges of approvals that a restored approver had forgotten: for people to look at, at most `limit`.
    pub fn forgotten(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(ApprovalId, Forgotten)>, Fault> {
        FORGOTTEN.range(view, Keys::all(), limit)
    }
}
