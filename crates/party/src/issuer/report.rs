//! Report: a card tells its issuer everything unfinished; what was archived it may forget, and new tags it may use.

use deal::{
    Evidence, Resume,
    issuer::{self as rules, Seen, Waits},
    wire::{ClearanceSheet, ReportSheet, open_sealed, sign_and_seal},
};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind, Seed, cbor};
use store::{Fault, Tx};
use units::{Again, CardNo, DealId, Hash, Moment, PartyId, Refusal};

use super::{
    CardRow, Issuer, PayRefused, Status, StopFor, Then,
    card::CARDS,
    honour::{Stopped, Via},
    rule::Ruled,
};
use crate::{
    door::NotRead,
    errand::{self, ErrandId, Verb},
};

/// Why a report was not taken in, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// No card of this issuer.
    #[error("this card is not known here; ask the issuer that made it")]
    NoCard,
    /// A step inside went wrong.
    #[error(transparent)]
    Pay(#[from] PayRefused),
    /// No tick of the clock has come yet.
    #[error("the issuer does not know the time yet; ask again in a moment")]
    NoTime,
    /// The answer cannot be sealed.
    #[error("the answer cannot be sealed to this card")]
    NoReader,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Stopped> for ReportRefused {
    fn from(stopped: Stopped) -> Self {
        Self::Pay(PayRefused::from(stopped))
    }
}

impl Refusal for ReportRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::NoCard => "card-unknown",
            Self::Pay(no) => no.code(),
            Self::NoTime => "issuer-without-time",
            Self::NoReader => "answer-not-sealable",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::NoCard | Self::NoReader => Again::Never,
            Self::Pay(no) => no.again(),
            Self::NoTime => Again::Later,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(ReportRefused);

/// What a card is told was seen of it: more than it knows, if it is proven to be an old copy.
fn shown(row: &CardRow, report: &deal::Report) -> Seen {
    let mut seen = row.seen;
    if row.put_back && !report.frozen && seen.epoch == report.epoch {
        seen.pay_no = seen.pay_no.max(report.pay_no.saturating_add(1));
    }
    seen
}

/// Is this another report under the number of the latest one? Two copies of a card that go on side by side show the same
/// numbers, and not the same words.
fn told_twice(row: &mut CardRow, report: &deal::Report, hash: Hash) -> bool {
    let number = (report.epoch, report.give_no);
    match row.last_report {
        Some((epoch, give_no, last)) if (epoch, give_no) == number => last != hash && !report.frozen,
        Some((epoch, give_no, _)) if (epoch, give_no) > number => false,
        _ => {
            row.last_report = Some((report.epoch, report.give_no, hash));
            false
        }
    }
}

impl Issuer {
    /// Takes in a sealed report and answers with a sealed clearance. Lost, repeated and old ones do no harm: what was seen
    /// only grows.
    pub fn report(&self, tx: &mut dyn Tx, sealed: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, ReportRefused> {
        crate::epoch::require::<ReportRefused>(tx)?;
        let signed = open_sealed(self.keys.opener(), Kind::Report, sealed).map_err(|_| NotRead::NotOpened)?;
        let parsed = seal::parse::<ReportSheet>(&signed, Kind::Report, self.desk.realm_id()).map_err(NotRead::from)?;
        let card = parsed.claims().report.card;
        let mut row = CARDS.get(tx, &card)?.ok_or(ReportRefused::NoCard)?;
        let sheet = parsed.verify(&row.sign, self.keys.audience()).map_err(NotRead::from)?;
        let report = &sheet.report;

        self.archive(tx, card, &report.given, now)?;
        row.reported = Some(row.reported.map_or(report.give_no, |f| f.max(report.give_no)));
        self.take_evidence(tx, card, &report.evidence, now)?;
        self.take_claims(tx, report.claims.as_deref().unwrap_or_default())?;
        let (rulings, ruled) = self.rule_all(tx, card, &report.paid, now)?;
        self.pass_on(tx, &sheet.dones, now)?;
        self.shown_meanwhile(tx, card, &mut row)?;
        row.put_back |= told_twice(&mut row, report, seal::hash(&signed));
        row.put_back |= self.shows_too_much(tx, card, &row, report)?;
        let (resume, resume_from) = self.way_back(tx, card, &mut row, &sheet, ruled, now)?;
        self.shown_meanwhile(tx, card, &mut row)?;
        // What a card shows is remembered after the way back was judged by what was seen before.
        if !row.seen.is_ahead_of(report) {
            row.seen = Seen {
                pay_no: report.pay_no,
                give_no: report.give_no,
                epoch: report.epoch,
            };
        }
        let tags = self.new_tags(tx, card, &mut row, &sheet, now)?;
        CARDS.put(tx, &card, &row)?;
        let (late, inherited) = self.late_for(tx, card, report.give_no, now)?;
        let clearance = ClearanceSheet {
            clearance: rules::clear(report, seal::hash(&signed)),
            seen: shown(&row, report),
            rulings,
            resume,
            resume_from,
            news: self.news(tx, &tags, now)?.ok_or(ReportRefused::NoTime)?,
            profile: self.config.limits(row.class).profile.clone(),
            stopped: self.stopped_as_lost(tx, card, &row, now)?,
            late,
            inherited,
        };
        sign_and_seal(
            self.keys.signer(),
            Kind::Clearance,
            self.desk.realm_id(),
            Audience::from(card),
            &row.seal,
            &clearance,
            &seed.part("clearance"),
        )
        .map_err(|_| ReportRefused::NoReader)
    }

    /// Since when a card is stopped as lost, for the card to hear: it opens nothing from then on.
    fn stopped_as_lost(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        row: &CardRow,
        now: Moment,
    ) -> Result<Option<Moment>, Fault> {
        if (row.status, row.stopped_for) != (Status::Stopped, Some(StopFor::Lost)) {
            return Ok(None);
        }
        Ok(Some(self.loss_of(tx, card)?.map_or(now, |loss| loss.stopped)))
    }

    /// What was found out about the card while its own report was read: evidence may have shown more of it, or that it was
    /// copied.
    fn shown_meanwhile(&self, tx: &mut dyn Tx, card: CardNo, row: &mut CardRow) -> Result<(), Fault> {
        if let Some(since) = CARDS.get(tx, &card)? {
            if row.seen.epoch == since.seen.epoch {
                row.seen.pay_no = row.seen.pay_no.max(since.seen.pay_no);
            }
            row.put_back |= since.put_back;
            if since.status == Status::Stopped {
                row.status = Status::Stopped;
                row.stopped_for = since.stopped_for;
            }
        }
        Ok(())
    }

    /// Does the card show more money than it can have? Every payment that was seen of it had left its purse when it made
    /// this report, if the report shows a higher number; loads that are under way only make its shadow account larger.
    fn shows_too_much(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        row: &CardRow,
        report: &deal::Report,
    ) -> Result<bool, Fault> {
        let current = report.epoch == row.seen.epoch && !row.seen.is_ahead_of(report) && !report.frozen;
        Ok(current && report.purse > self.shadow(tx, card)?.float)
    }

    /// Certifies the tags asked for, as far as this card may have more: an active card, in its present epoch.
    fn new_tags(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        row: &mut CardRow,
        sheet: &ReportSheet,
        now: Moment,
    ) -> Result<Vec<units::Tag>, Fault> {
        let report = &sheet.report;
        let may = row.status == Status::Active && !report.frozen && !shown(row, report).is_ahead_of(report);
        if !may {
            return Ok(Vec::new());
        }
        let room = self.config.limits(row.class).tags.saturating_sub(report.tags);
        let asked = sheet
            .tags
            .get(..sheet.tags.len().min(usize::from(room)))
            .unwrap_or_default();
        if !self.certify_tags(tx, card, row, asked, now)? {
            return Ok(Vec::new());
        }
        Ok(asked.iter().map(|t| t.tag).collect())
    }

    /// Rulings on everything open; and whether everything that needs one has one.
    fn rule_all(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        paid: &[(DealId, u64, ByteVec)],
        now: Moment,
    ) -> Result<(Vec<ByteVec>, bool), ReportRefused> {
        let mut rulings = Vec::new();
        let mut all = true;
        for (deal, _, signed) in paid {
            match self.rule(tx, card, *deal, signed, now)? {
                Ruled::By(settle) => rulings.push(settle),
                // A server decides by its own clock: once the certificates have ended it can only say no.
                Ruled::Server | Ruled::Drawn | Ruled::NotYours => {}
                Ruled::Open => all = false,
            }
        }
        Ok((rulings, all))
    }

    /// The way back of a card that says it is frozen: now, or when to ask again.
    fn way_back(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        row: &mut CardRow,
        sheet: &ReportSheet,
        ruled: bool,
        now: Moment,
    ) -> Result<(Option<Resume>, Option<Moment>), ReportRefused> {
        let report = &sheet.report;
        let given = row
            .resume
            .as_ref()
            .filter(|r| Some(r.epoch) == report.epoch.checked_add(1));
        if !report.frozen || row.status == Status::Stopped {
            return Ok((None, None));
        }
        if let Some(resume) = given {
            return Ok((Some(resume.clone()), None));
        }
        if report.epoch < row.seen.epoch {
            return Ok((None, None));
        }
        row.status = Status::Frozen;
        // Slips a frozen card gives up go home without it: each is passed on once, whoever else has a copy of it.
        for slip in &report.escrow {
            self.honour(tx, slip, DealId::default(), Via::GivenUp, now)?;
        }
        self.shown_meanwhile(tx, card, row)?;
        if row.status == Status::Stopped {
            return Ok((None, None));
        }
        let seen = Seen {
            pay_no: row.seen.pay_no.max(report.pay_no),
            give_no: row.seen.give_no.max(report.give_no),
            epoch: report.epoch,
        };
        let waits = Waits {
            ruled,
            certificates_end: row.certificates_end,
            reports_due: self.config.reports_due,
            tags: u64::from(self.config.limits(row.class).tags),
        };
        match rules::resume(card, seen, self.shadow(tx, card)?.float, waits, now) {
            Err(from) => Ok((None, Some(from))),
            Ok(resume) => {
                row.status = Status::Active;
                row.put_back = false;
                row.seen = Seen {
                    pay_no: resume.pay_no,
                    give_no: resume.give_no,
                    epoch: resume.epoch,
                };
                row.resume = Some(resume.clone());
                // Written at once: what is read again below must not bring back that it was put back.
                CARDS.put(tx, &card, row)?;
                Ok((Some(resume), None))
            }
        }
    }

    fn take_evidence(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        evidence: &[Evidence],
        now: Moment,
    ) -> Result<(), ReportRefused> {
        for piece in evidence {
            match piece {
                Evidence::Slip(deal, slip) => {
                    self.honour(tx, slip, *deal, Via::Report, now)?;
                    self.seen_in(tx, slip.id(), *deal, now)?;
                }
                Evidence::Void(deal, pay_no, message) => {
                    self.take_void(tx, card, (*deal, *pay_no), message, now)?;
                    self.saw_refund(tx, card, *deal, message)?;
                }
                // Kept by the card until it is cleared; two contradicting words of one giver are for people to judge.
                Evidence::Contradiction(..) => {}
            }
        }
        Ok(())
    }

    /// Words a card could not deliver to servers: passed on, sealed as they are.
    fn pass_on(&self, tx: &mut dyn Tx, dones: &[([u8; 16], ByteVec)], now: Moment) -> Result<(), Fault> {
        let known = self.desk.known(tx)?;
        for (giver, message) in dones {
            let to = PartyId(*giver);
            if known.party(to).is_none() || to == self.id() {
                continue;
            }
            let id = ErrandId::of("done", &seal::hash(message).0);
            let then = cbor::to_bytes(&Then::Nothing);
            errand::post(tx, id, to, Verb::Done, message.to_vec(), then, now)?;
        }
        Ok(())
    }
}
