//! Redeem: whoever settles asks permission, and says later that it settled or gave up. Decided once, by the row alone (PA-6 to
//! PA-9).

use deal::approval::{NotPermitted, Redeem, RedeemOutcome, RedeemWord, Redeemed};
use ledger::PostRefused;
use seal::{Audience, Kind, NotSigned, NotTrusted, role};
use store::{Fault, Tx, View};
use units::{Again, Moment, Money, Refusal};

use party::errand::Step;

use crate::{
    Approver, End, Issued, State,
    issued::{self, ISSUED},
    money::damage,
    recall::FORGOTTEN,
};

/// Why a word about an approval was not taken at all, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedeemRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("this was not signed by whom it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Neither a seller nor a settlement server.
    #[error("only certified sellers and settlement servers are answered: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// Signed under another name.
    #[error("whoever settles speaks for itself alone")]
    OtherSender,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for RedeemRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "redeem-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "redeem-for-another",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
impl From<RedeemRefused> for party::Refused {
    fn from(no: RedeemRefused) -> Self {
        Self::by(&no)
    }
}

impl Approver {
    /// Takes a word about an approval. May be repeated for ever, with the same answer.
    pub(crate) fn redeem(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Step, RedeemRefused> {
        party::epoch::require::<RedeemRefused>(tx)?;
        let redeem = self.read_redeem(tx, body)?;
        let outcome = match ISSUED.get(tx, &redeem.approval)? {
            // A stranger hears of somebody else's approval what everybody hears of none (row-62).
            Some(issued) if issued.approval.settles == redeem.by => self.decide_redeem(tx, issued, &redeem, now)?,
            _ => self.of_forgotten(tx, &redeem)?,
        };
        let said = Redeemed {
            word: redeem.word,
            approval: redeem.approval,
            deal: redeem.deal,
            outcome,
        };
        let to = Audience::from(redeem.by);
        let signed = seal::sign(self.keys.signer(), Kind::Redeemed, self.desk.realm_id(), to, &said);
        Ok(Step::Answer(signed))
    }

    /// Charged without anybody's account: an approval this approver forgot, and was reminded of.
    fn of_forgotten(&self, view: &mut dyn View, redeem: &Redeem) -> Result<RedeemOutcome, Fault> {
        let known = FORGOTTEN
            .get(view, &redeem.approval)?
            .filter(|it| it.settles == redeem.by);
        Ok(match known {
            Some(it) if it.deal != redeem.deal => RedeemOutcome::Refused(NotPermitted::Used),
            Some(it) if redeem.word == RedeemWord::Settled => RedeemOutcome::Charged(it.part),
            Some(_) if redeem.word == RedeemWord::Permit => RedeemOutcome::Permitted,
            Some(_) => RedeemOutcome::Refused(NotPermitted::Used),
            None => RedeemOutcome::Refused(NotPermitted::Unknown),
        })
    }

    fn read_redeem(&self, view: &mut dyn View, body: &[u8]) -> Result<Redeem, RedeemRefused> {
        let known = self.desk.known(view)?;
        let parsed = seal::parse::<Redeem>(body, Kind::Redeem, self.desk.realm_id())?;
        let paper = &parsed.claims().certificate;
        let claims = known
            .trust
            .check_ever::<role::Seller>(paper)
            .map(|v| v.claims().clone())
            .or_else(|_| {
                known
                    .trust
                    .check_ever::<role::Settler>(paper)
                    .map(|v| v.claims().clone())
            })?;
        let redeem = parsed.verify(&claims.sign, self.keys.audience())?;
        if redeem.by.0 != claims.subject {
            return Err(RedeemRefused::OtherSender);
        }
        Ok(redeem)
    }

    fn decide_redeem(
        &self,
        tx: &mut dyn Tx,
        mut issued: Issued,
        redeem: &Redeem,
        now: Moment,
    ) -> Result<RedeemOutcome, Fault> {
        let no = |why| Ok(RedeemOutcome::Refused(why));
        let said = &issued.approval;
        let same = (said.quote, said.amount, said.seller, said.tag)
            == (redeem.quote, redeem.amount, redeem.seller, redeem.tag);
        if !same {
            return no(NotPermitted::Differs);
        }
        let deal = redeem.deal;
        match (redeem.word, issued.state) {
            (RedeemWord::Permit, State::Open) if now > said.until => no(NotPermitted::Expired),
            (RedeemWord::Permit, State::Open) if said.from.is_some_and(|from| now < from) => {
                no(NotPermitted::Condition)
            }
            (RedeemWord::Permit, State::Open) => {
                issued.state = State::Permitted(deal);
                issued::put(tx, &issued)?;
                Ok(RedeemOutcome::Permitted)
            }
            (RedeemWord::Permit, State::Permitted(by) | State::Charged(by, _)) if by == deal => {
                Ok(RedeemOutcome::Permitted)
            }
            (RedeemWord::Settled, State::Permitted(by)) if by == deal => {
                let part = self.part_of(issued.approval.amount);
                self.charge(tx, &issued, part, now)?;
                issued.state = State::Charged(deal, part);
                issued.charged = Some(now);
                issued::put(tx, &issued)?;
                Ok(RedeemOutcome::Charged(part))
            }
            (RedeemWord::Settled, State::Charged(by, part)) if by == deal => Ok(RedeemOutcome::Charged(part)),
            // Before it was permitted, and for the sale it was permitted to: the limit is back, once (PA-8).
            (RedeemWord::Abandon, State::Open) => self.end(tx, issued, End::Abandoned, Some(deal), now),
            (RedeemWord::Abandon, State::Permitted(by)) if by == deal => {
                self.end(tx, issued, End::Abandoned, Some(deal), now)
            }
            (RedeemWord::Abandon, State::Ended(..)) => Ok(RedeemOutcome::Returned),
            (_, State::Ended(End::Expired, _)) => no(NotPermitted::Expired),
            (_, State::Ended(..)) => no(NotPermitted::Cancelled),
            (_, State::Permitted(_) | State::Charged(..)) => no(NotPermitted::Used),
            // Settled without a permission: nothing is charged for it.
            (RedeemWord::Settled, State::Open) => no(NotPermitted::Condition),
        }
    }

    /// Ends an approval and gives the limit back.
    pub(crate) fn end(
        &self,
        tx: &mut dyn Tx,
        mut issued: Issued,
        how: End,
        deal: Option<units::DealId>,
        now: Moment,
    ) -> Result<RedeemOutcome, Fault> {
        match self.books(tx, now).release(issued.approval.id) {
            Ok(()) => {}
            Err(PostRefused::Fault(fault)) => return Err(fault),
            Err(other) => return Err(damage(&other)),
        }
        issued.state = State::Ended(how, deal);
        issued::put(tx, &issued)?;
        Ok(RedeemOutcome::Returned)
    }

    pub(crate) fn charge(&self, tx: &mut dyn Tx, issued: &Issued, part: Money, now: Moment) -> Result<(), Fault> {
        let said = &issued.approval;
        let mut books = self.books(tx, now);
        match books.charge(said.id, issued.user, issued.means, said.amount, part, said.settles.0) {
            Ok(()) => Ok(()),
            Err(PostRefused::Fault(fault)) => Err(fault),
            Err(other) => Err(damage(&other)),
        }
    }

    /// This approver's part of a sale, rounded down: what is left over is the seller's.
    pub(crate) fn part_of(&self, amount: Money) -> Money {
        let part = i128::from(amount.minor()).saturating_mul(i128::from(self.config.part_permille.min(1000))) / 1000;
        Money::new(i64::try_from(part).unwrap_or(0), amount.currency()).unwrap_or(Money::zero(amount.currency()))
    }
}
