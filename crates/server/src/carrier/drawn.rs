//! Drawn: the carrier's pages from their figures.

use askama::Template;
use carrier::{Bill, Contract, Enterprise, Incoming, Lost, Month, Odd, Progress, Trust};
use face::{Day, Here, Page, Said, ShortDay, Shown, Sum};
use units::{Currency, Moment, Money, PartyId};

use super::{
    Sign,
    sheet::{Sheet, local},
};
use crate::pages::Visit;

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

#[derive(Template)]
#[template(path = "carrier/bill.html")]
struct BillPage<'a> {
    page: &'a Page,
    sheet: Sheet<'a>,
    data: Option<Data>,
}

/// The bill in other forms: where they are.
struct Data {
    pdf: String,
    csv: String,
    json: String,
}

/// A bill. `link`: the secret part of its address; nothing in a story.
pub(super) fn bill(sign: &Sign, visit: &Visit, bill: &Bill, contract: &Contract, link: Option<&str>) -> Drawn {
    BillPage {
        page: &frame(sign, visit),
        sheet: Sheet::of(sign, visit.words, bill, contract),
        data: link.map(|link| Data {
            pdf: visit.to(&format!("/bill/{link}/bill.pdf")),
            csv: format!("/v1/bills/{link}/lines.csv"),
            json: format!("/v1/bills/{link}"),
        }),
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
    is_one_refused: bool,
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
        is_one_refused: of.enterprises.iter().any(|(_, row)| row.trust != Trust::Trusted),
        figures: of
            .figures
            .iter()
            .map(|(name, sum)| (name.clone(), sum.to_string()))
            .collect(),
        base: visit.to("/desk"),
    }
    .render()
}
