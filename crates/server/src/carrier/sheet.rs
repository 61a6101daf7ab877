//! Sheet: what stands on a bill, in words, once for its page and for its PDF.

use carrier::{Bill, Contract, ItemKind, Part};
use face::{Code, Day, Lang, Permille, Said, ShortDay, Shown, Sum, Words};
use units::{Moment, Money};

use super::Sign;
use crate::pages::month_name;

/// A line of the telephone.
pub(super) struct TelephoneLine {
    pub(super) what: Said,
    pub(super) used: Said,
    pub(super) amount: Said,
}

/// A line of content.
pub(super) struct ContentLine {
    pub(super) day: Said,
    pub(super) what: Said,
    pub(super) purchase: String,
    pub(super) to: String,
    pub(super) amount: Said,
}

/// A bill in words.
pub(super) struct Sheet<'a> {
    /// Its number, as files are named by it.
    pub(super) bill: &'a str,
    pub(super) title: Said,
    pub(super) period: Said,
    pub(super) name: &'a str,
    pub(super) address: &'a [String],
    pub(super) number: Said,
    /// What is to be done about it: a head and lines.
    pub(super) pay: (Said, Vec<Said>),
    pub(super) total: Said,
    pub(super) has_telephone: bool,
    pub(super) telephone: Vec<TelephoneLine>,
    pub(super) telephone_sum: Said,
    pub(super) has_content: bool,
    pub(super) content: Vec<ContentLine>,
    pub(super) content_sum: Said,
    pub(super) question: Said,
    pub(super) sums: Vec<(Said, Said)>,
    pub(super) foot: Said,
}

impl<'a> Sheet<'a> {
    /// The words of a bill.
    pub(super) fn of(sign: &Sign, words: Words, bill: &'a Bill, contract: &'a Contract) -> Self {
        let month = month_name(words.lang(), bill.month);
        let (begins, ends) = (bill.month.begins(sign.zone_minutes), bill.month.ends(sign.zone_minutes));
        let last = Moment(ends.0.saturating_sub(1));
        let example = bill
            .content
            .first()
            .map(|line| carrier::reference(line.of))
            .unwrap_or_default();
        Self {
            bill: &bill.number,
            title: match bill.part {
                Part::Together => words.bill_title(&month),
                Part::Telephone => words.bill_title_telephone(&month),
                Part::Content => words.bill_title_content(&month),
            },
            period: words.bill_period(
                Day(local(sign, begins)),
                Code(bill.number.clone()),
                Day(local(sign, last)),
            ),
            name: &contract.name,
            address: &contract.address,
            number: words.bill_line(Code(contract.number.clone())),
            pay: pay(sign, words, bill),
            total: Sum(bill.total).shown(words.lang()),
            has_telephone: bill.part != Part::Content,
            telephone: telephone(words, bill),
            telephone_sum: Sum(bill.telephone_sum).shown(words.lang()),
            has_content: bill.part != Part::Telephone,
            content: content(sign, words, bill),
            content_sum: net(words, bill),
            question: words.bill_question(Code(example)),
            sums: sums(words, bill),
            foot: foot(sign, words, bill),
        }
    }
}

/// A moment as the clock on the carrier's wall shows it.
pub(super) fn local(sign: &Sign, at: Moment) -> Moment {
    let shift = i64::from(sign.zone_minutes).saturating_mul(60_000);
    Moment(at.0.saturating_add_signed(shift))
}

fn telephone(words: Words, bill: &Bill) -> Vec<TelephoneLine> {
    let month = month_name(words.lang(), bill.month);
    let lines = bill.telephone.iter().map(|line| {
        let (what, used) = match &line.kind {
            ItemKind::Calls(seconds) => (
                words.bill_calls(),
                words.bill_time(seconds / 3600, seconds / 60 % 60, seconds % 60),
            ),
            ItemKind::Packets(count) => (words.bill_packets(), words.bill_packet_count(*count)),
            ItemKind::Basic(plan) => (words.bill_basic(plan), words.bill_whole_month(&month)),
            ItemKind::Service(name) => (name.shown(words.lang()), words.bill_whole_month(&month)),
        };
        TelephoneLine {
            what,
            used,
            amount: Sum(line.amount).shown(words.lang()),
        }
    });
    lines.collect()
}

/// Below zero: what is taken off.
fn taken_off(words: Words, amount: Money) -> Said {
    let mut said = Said::default();
    said.text("\u{2212}");
    Sum(amount).show(words.lang(), &mut said);
    said
}

fn content(sign: &Sign, words: Words, bill: &Bill) -> Vec<ContentLine> {
    let lines = bill.content.iter().map(|line| {
        let what = if line.what.bytes().all(|b| b.is_ascii_digit()) {
            words.bill_offer(&line.what)
        } else {
            line.what.shown(words.lang())
        };
        ContentLine {
            day: ShortDay(local(sign, line.at)).shown(words.lang()),
            what: if line.back { words.bill_refund(what) } else { what },
            purchase: carrier::reference(line.of),
            to: line.name.clone(),
            amount: if line.back {
                taken_off(words, line.amount)
            } else {
                Sum(line.amount).shown(words.lang())
            },
        }
    });
    lines.collect()
}

/// What is to be done about a bill: its head and lines.
fn pay(sign: &Sign, words: Words, bill: &Bill) -> (Said, Vec<Said>) {
    if bill.total.is_zero() {
        let lines = (!bill.carried_out.is_zero()).then(|| words.bill_nothing_text(Sum(bill.carried_out)));
        return (words.bill_nothing(), lines.into_iter().collect());
    }
    if bill.open().is_zero() {
        return (words.bill_settled(), vec![words.bill_settled_text()]);
    }
    // The last day: a moment before the due one.
    let due = local(sign, Moment(bill.due.0.saturating_sub(1)));
    let mut lines = vec![words.bill_reference(Code(bill.number.clone()))];
    if !bill.paid.is_zero() {
        lines.insert(0, words.bill_part_paid(Sum(bill.paid), Sum(bill.total)));
    }
    (words.bill_pay_by(Day(due)), lines)
}

fn sums(words: Words, bill: &Bill) -> Vec<(Said, Said)> {
    let lang = words.lang();
    let mut out = Vec::new();
    if bill.part != Part::Content {
        out.push((words.bill_sum_telephone(), Sum(bill.telephone_sum).shown(lang)));
    } else {
        out.push((words.bill_telephone(), words.bill_telephone_apart()));
    }
    match bill.part {
        Part::Telephone => out.push((words.bill_sum_content(), words.bill_content_apart())),
        _ => out.push((words.bill_sum_content(), net(words, bill))),
    }
    if !bill.carried_in.is_zero() {
        out.push((words.bill_carried_in(), taken_off(words, bill.carried_in)));
    }
    if !bill.carried_out.is_zero() {
        out.push((words.bill_carried_out(), Sum(bill.carried_out).shown(lang)));
    }
    out
}

/// What was bought, less what was given back.
fn net(words: Words, bill: &Bill) -> Said {
    match bill.bought.minus(bill.refunded) {
        Ok(net) => Sum(net).shown(words.lang()),
        Err(_) => taken_off(words, bill.refunded.minus(bill.bought).unwrap_or(bill.refunded)),
    }
}

fn foot(sign: &Sign, words: Words, bill: &Bill) -> Said {
    let mut said = words.bill_tax(Permille(bill.tax_permille), Sum(bill.tax));
    let gap = if words.lang() == Lang::En { " " } else { "" };
    if !sign.tax_number.is_empty() {
        said.text(gap);
        words.bill_tax_number(&sign.tax_number).show(words.lang(), &mut said);
    }
    said.text(gap);
    words
        .bill_issued(Day(local(sign, bill.issued)))
        .show(words.lang(), &mut said);
    said
}
