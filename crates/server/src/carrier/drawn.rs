//! Drawn: the carrier's pages from their figures.

use askama::Template;
use carrier::{Bill, Contract, Enterprise, Incoming, ItemKind, Lost, Month, Odd, Part, Progress, Trust};
use face::{Code, Day, Here, Lang, Page, Permille, Said, ShortDay, Shown, Sum, Words};
use units::{Currency, Moment, Money, PartyId};

use super::Sign;
use crate::pages::{Visit, month_name};

type Drawn = Result<String, askama::Error>;

/// The frame of a page.
pub(super) fn frame(sign: &Sign, visit: &Visit) -> Page {
    let words = visit.words;
    Page {
        words,
        name: sign.name.clone(),
        home: visit.to("/"),
        nav_name: words.bill_nav(),
        nav: vec![Here::new(visit.to("/data"), words.care_name(), false)],
        elsewhere: visit.elsewhere(),
        ours: false,
        foot: words.bill_foot(),
        foot_links: Vec::new(),
        dev: sign.dev,
    }
}

#[derive(Template)]
#[template(path = "carrier/front.html")]
struct Front<'a> {
    page: &'a Page,
}

/// What stands at the carrier's own address.
pub(super) fn front(sign: &Sign, visit: &Visit) -> Drawn {
    Front {
        page: &frame(sign, visit),
    }
    .render()
}

/// What a subscriber is asked.
pub(super) struct ConsentAsk {
    pub(super) who: Said,
    /// What agreeing allows, and up to which sum.
    pub(super) what: Said,
    pub(super) compare: Vec<Said>,
    pub(super) action: String,
}

#[derive(Template)]
#[template(path = "carrier/consent.html")]
struct ConsentPage<'a> {
    page: &'a Page,
    ask: Option<ConsentAsk>,
    done: Said,
}

/// May a merchant charge the bill?
pub(super) fn consent(sign: &Sign, visit: &Visit, ask: Option<ConsentAsk>, done: Said) -> Drawn {
    ConsentPage {
        page: &frame(sign, visit),
        ask,
        done,
    }
    .render()
}

struct TelephoneLine {
    what: Said,
    used: Said,
    amount: Said,
}

struct ContentLine {
    day: Said,
    what: Said,
    purchase: String,
    to: String,
    amount: Said,
}

#[derive(Template)]
#[template(path = "carrier/bill.html")]
struct BillPage<'a> {
    page: &'a Page,
    title: Said,
    period: Said,
    name: &'a str,
    address: &'a [String],
    number: Said,
    pay: (Said, Vec<Said>),
    total: Said,
    has_telephone: bool,
    telephone: Vec<TelephoneLine>,
    telephone_sum: Said,
    has_content: bool,
    content: Vec<ContentLine>,
    content_sum: Said,
    question: Said,
    sums: Vec<(Said, Said)>,
    foot: Said,
    data: Option<(String, String)>,
}

/// A moment as the clock on the carrier's wall shows it.
fn local(sign: &Sign, at: Moment) -> Moment {
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

/// A bill. `link`: the secret part of its address; nothing in a story.
pub(super) fn bill(sign: &Sign, visit: &Visit, bill: &Bill, contract: &Contract, link: Option<&str>) -> Drawn {
    let words = visit.words;
    let month = month_name(words.lang(), bill.month);
    let (begins, ends) = (bill.month.begins(sign.zone_minutes), bill.month.ends(sign.zone_minutes));
    let last = Moment(ends.0.saturating_sub(1));
    let example = bill
        .content
        .first()
        .map(|line| carrier::reference(line.of))
        .unwrap_or_default();
    BillPage {
        page: &frame(sign, visit),
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
        data: link.map(|link| (format!("/v1/bills/{link}/lines.csv"), format!("/v1/bills/{link}"))),
    }
    .render()
}

struct MonthLine {
    month: String,
    bills: u64,
    sum: Said,
    state: Said,
}

struct BillLine {
    number: String,
    href: String,
    total: Said,
    open: Said,
}

struct WaitLine {
    id: String,
    amount: Said,
    at: Said,
    says: String,
}

struct EnterpriseLine {
    name: String,
    no: String,
    trusted: bool,
}

/// What the console shows.
pub(super) struct Desk<'a> {
    pub(super) currency: Currency,
    pub(super) now: Moment,
    pub(super) months: &'a [(Month, Progress)],
    pub(super) bills: &'a [(String, Bill)],
    pub(super) suspense: &'a [Incoming],
    pub(super) odd: &'a [Odd],
    pub(super) lost: &'a [((String, u64), Lost)],
    pub(super) gaps: &'a [(String, u64, u64)],
    pub(super) enterprises: &'a [(PartyId, Enterprise)],
    pub(super) figures: &'a [(String, i64)],
    pub(super) refused: Option<String>,
}

#[derive(Template)]
#[template(path = "carrier/desk.html")]
struct DeskPage<'a> {
    page: &'a Page,
    refused: Option<String>,
    months: Vec<MonthLine>,
    next: String,
    bills: Vec<BillLine>,
    suspense: Vec<WaitLine>,
    odd: Vec<Said>,
    lost: Vec<(String, String)>,
    gaps: Vec<Said>,
    enterprises: Vec<EnterpriseLine>,
    figures: Vec<(String, String)>,
    base: String,
}

/// The console.
pub(super) fn desk(sign: &Sign, visit: &Visit, of: &Desk<'_>) -> Drawn {
    let words = visit.words;
    let sum = |minor: u64| {
        let minor = i64::try_from(minor).unwrap_or(i64::MAX);
        Sum(Money::new(minor, of.currency).unwrap_or(Money::zero(of.currency))).shown(words.lang())
    };
    let months = of.months.iter().map(|(month, run)| MonthLine {
        month: month.to_string(),
        bills: run.bills,
        sum: sum(run.total),
        state: match run.finished {
            Some(at) => words.carrier_desk_done(Day(local(sign, at))),
            None => words.carrier_desk_under_way(),
        },
    });
    let last_over = Month::of(of.now, sign.zone_minutes).previous();
    let next = match of.months.first() {
        Some((month, run)) if run.finished.is_none() => *month,
        Some((month, _)) => month.next(),
        None => last_over,
    };
    let bills = of.bills.iter().map(|(link, bill)| BillLine {
        number: bill.number.clone(),
        href: visit.to(&format!("/bill/{link}")),
        total: Sum(bill.total).shown(words.lang()),
        open: Sum(bill.open()).shown(words.lang()),
    });
    let suspense = of.suspense.iter().map(|entry| WaitLine {
        id: entry.id.to_string(),
        amount: Sum(entry.amount).shown(words.lang()),
        at: ShortDay(local(sign, entry.at)).shown(words.lang()),
        says: entry.reference.clone(),
    });
    let odd = of.odd.iter();
    let odd = odd.map(|entry| words.carrier_desk_odd(Sum(entry.amount), &entry.reference));
    let lost = of
        .lost
        .iter()
        .map(|((source, number), _)| (source.clone(), number.to_string()));
    let gaps = of.gaps.iter();
    let enterprises = of.enterprises.iter().map(|(_, row)| EnterpriseLine {
        name: row.name.clone(),
        no: row.no.map(|no| no.to_string()).unwrap_or_default(),
        trusted: row.trust == Trust::Trusted,
    });
    DeskPage {
        page: &frame(sign, visit),
        refused: of.refused.clone(),
        months: months.collect(),
        next: next.to_string(),
        bills: bills.collect(),
        suspense: suspense.collect(),
        odd: odd.collect(),
        lost: lost.collect(),
        gaps: gaps
            .map(|(source, from, until)| words.carrier_desk_gap(*from, source, *until))
            .collect(),
        enterprises: enterprises.collect(),
        figures: of
            .figures
            .iter()
            .map(|(name, sum)| (name.clone(), sum.to_string()))
            .collect(),
        base: visit.to("/desk"),
    }
    .render()
}
