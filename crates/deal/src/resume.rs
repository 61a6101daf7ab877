//! Resume: the way back for a card that was restored from an old copy of itself.

use minicbor::{Decode, Encode};
use units::{CardNo, Money};

use crate::{
    Entry, State, Status,
    breakage::{Breakage, on},
};

/// The issuer's signed word to a frozen card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Resume {
    /// Which card.
    #[n(0)]
    pub card: CardNo,
    /// One more than the card's epoch.
    #[n(1)]
    pub epoch: u64,
    /// Next number as receiver: beyond everything ever seen.
    #[n(2)]
    pub pay_no: u64,
    /// Next number as giver, and floor.
    #[n(3)]
    pub give_no: u64,
    /// The shadow balance.
    #[n(4)]
    pub purse: Money,
}

impl State {
    /// Takes the issuer's resume, once: for the next epoch only, with numbers that never go back.
    pub fn resume(&self, resume: &Resume) -> Option<Entry> {
        let next = resume.epoch == self.epoch.checked_add(1)?;
        let forward = resume.pay_no >= self.pay_no && resume.give_no >= self.give_no;
        (self.frozen && next && forward).then(|| Entry::Resumed(resume.clone()))
    }

    pub(crate) fn apply_resumed(&mut self, resume: &Resume) {
        self.frozen = false;
        self.epoch = resume.epoch;
        if !on(Breakage::ResumeKeepsNumbers) {
            self.pay_no = resume.pay_no;
        }
        if !on(Breakage::ResumeKeepsNumbers) && !on(Breakage::ResumeKeepsGiveNo) {
            self.give_no = resume.give_no;
        }
        self.floor = self.give_no;
        if !on(Breakage::ResumeKeepsPurse) {
            self.purse = resume.purse;
        }
        // The report has brought records and slips to the issuer, which passes each on once.
        for paid in core::mem::take(&mut self.paid) {
            self.keep_terms(&paid);
        }
        self.given.clear();
        self.escrow.clear();
        self.evidence.clear();
        self.tags.clear();
        for held in self.licenses.values_mut() {
            if held.may_leave() && !on(Breakage::ResumeKeepsKeys) {
                held.status = Status::OnHold;
            }
        }
    }
}
