//! The operator's page of records (ST-5): what was given against charges and has not been paid for, what has waited too long,
//! money that came in and belongs to nothing, and the one press that brings the two together.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use face::{Code, Here, Page, Said, ShortDay, Sum};
use party::{
    Party,
    shop::{AssignRefused, HadPaid, Settled, SettledBy, TakenBack, Unmatched, Unsettled, Whole, WhyUnmatched},
};
use store::Fault;
use units::{Money, OrderId, Refusal, TransferId};

use super::{
    Stall,
    pages::Sign,
    visit::{At, Visit},
};
use crate::{forms::Fields, frame::Problem, pages::answer_private};

/// So many rows of each list stand on the page, those first that people look at first; all of them are in `/v1/records`.
const SHOWN: usize = 100;

/// A record that waits for its money.
pub(crate) struct Open {
    pub(crate) charge: [u8; 16],
    pub(crate) was: Unsettled,
    /// For too long?
    pub(crate) late: bool,
    /// Was it here, and taken back by the bank?
    pub(crate) reopened: bool,
}

/// What the page is drawn from.
pub(crate) struct Ledger {
    /// Everything that waits, and how much of it for too long; everything that is nobody's.
    pub(crate) waiting: Whole,
    pub(crate) late: usize,
    pub(crate) nobodys: Whole,
    /// Records of the amounts of money that is nobody's, by minor units.
    pub(crate) fits: BTreeMap<i64, Vec<([u8; 16], Unsettled)>>,
    /// What has waited longest, that first.
    pub(crate) open: Vec<Open>,
    /// What is settled, and what its payer gave back of it.
    pub(crate) settled: Vec<([u8; 16], Settled, Money)>,
    pub(crate) unmatched: Vec<(TransferId, Unmatched)>,
    pub(crate) taken_back: Vec<(TransferId, TakenBack)>,
    /// How its payers are called.
    pub(crate) names: Vec<(units::PartyId, String)>,
    pub(crate) refused: Option<Said>,
}

struct OpenRow {
    charge: String,
    short: String,
    offer: String,
    payer: String,
    at: Said,
    amount: Said,
    late: bool,
    reopened: bool,
}

struct SettledRow {
    short: String,
    offer: String,
    at: Said,
    amount: Said,
    by: Said,
    back: Option<Said>,
}

struct MoneyRow {
    id: String,
    amount: Said,
    at: Said,
    says: String,
    why: Said,
    /// Records of exactly this amount: charge, and how it is called in the list.
    fits: Vec<(String, Said)>,
}

/// Money that the bank took back.
struct BackRow {
    amount: Said,
    at: Said,
    says: String,
    had_paid: Said,
}

#[derive(Template)]
#[template(path = "shop/records.html")]
struct View<'a> {
    page: &'a Page,
    action: String,
    refused: Option<Said>,
    figures: Vec<(Said, Said, bool)>,
    open: Vec<OpenRow>,
    settled: Vec<SettledRow>,
    money: Vec<MoneyRow>,
    back: Vec<BackRow>,
}

/// Draws it.
pub(crate) fn draw(sign: &Sign, visit: &Visit, of: &Ledger) -> Result<String, askama::Error> {
    let w = visit.words;
    let show = |money: Money| w.show(Sum(money));
    let day = |at| w.show(ShortDay(at));
    let name = |id: &units::PartyId| {
        let known = of.names.iter().find(|(known, _)| known == id);
        known.map_or_else(|| id.short(), |(_, name)| name.clone())
    };
    let short = |charge: &[u8; 16]| OrderId(*charge).to_string().chars().take(8).collect::<String>();
    let open = of.open.iter().map(|one| OpenRow {
        charge: OrderId(one.charge).to_string(),
        short: short(&one.charge),
        offer: one.was.number.to_string(),
        payer: name(&one.was.payer),
        at: day(one.was.at),
        amount: show(one.was.amount),
        late: one.late,
        reopened: one.reopened,
    });
    let back = of.taken_back.iter().map(|(_, row)| BackRow {
        amount: show(row.amount),
        at: day(row.at),
        says: row.reference.clone(),
        had_paid: {
            let charge = match row.had_paid {
                HadPaid::Record(charge) => short(&charge),
                _ => String::new(),
            };
            w.records_had_paid(Code(charge), row.had_paid.word())
        },
    });
    let settled = of.settled.iter().map(|(charge, settled, back)| SettledRow {
        short: short(charge),
        offer: settled.was.number.to_string(),
        at: w.records_from_to(day(settled.was.at), day(settled.at)),
        amount: show(settled.was.amount),
        by: w.records_by(match settled.by {
            SettledBy::Transfer(_) => "transfer",
            SettledBy::Cleared(_) => "cleared",
            SettledBy::HandedBack(_) => "handed-back",
            SettledBy::GivenBack(_) => "given-back",
        }),
        back: (!back.is_zero()).then(|| w.records_back(Sum(*back))),
    });
    let money = of.unmatched.iter().map(|(id, row)| MoneyRow {
        id: id.to_string(),
        amount: show(row.amount),
        at: day(row.at),
        says: row.reference.clone(),
        why: w.records_why(row.why.code()),
        fits: of
            .fits
            .get(&row.amount.minor())
            .into_iter()
            .flatten()
            .map(|(charge, was)| {
                let said = w.records_fit(Code(short(charge)), day(was.at), was.number.to_string());
                (OrderId(*charge).to_string(), said)
            })
            .collect(),
    });
    let mut page = sign.page(visit, At::Elsewhere);
    page.nav = vec![
        Here::new(visit.to("/records"), w.records_title(), true),
        Here::new(visit.to("/"), w.shop_works(), false),
    ];
    View {
        page: &page,
        action: visit.to("/records/assign"),
        refused: of.refused.clone(),
        figures: vec![
            (
                w.records_unsettled(),
                w.records_count(of.waiting.count, Sum(of.waiting.sum)),
                false,
            ),
            (w.records_late(), w.show(of.late as u64), of.late > 0),
            (
                w.records_unmatched(),
                w.records_count(of.nobodys.count, Sum(of.nobodys.sum)),
                of.nobodys.count > 0,
            ),
        ],
        open: open.collect(),
        settled: settled.collect(),
        money: money.collect(),
        back: back.collect(),
    }
    .render()
}

async fn show(stall: &Stall, visit: &Visit, no: Option<&Problem>) -> Result<Response, Problem> {
    let refused = no.map(|no| visit.words.refused_why(no.code(), no.detail().to_owned()));
    let of = stall
        .office
        .look::<_, Fault>(move |shop, view, now| {
            let known = shop.desk().known(view)?;
            let late = now.less(shop.config().overdue);
            let all = shop.overview(view, SHOWN, now)?;
            let mut open = Vec::new();
            for (charge, was) in all.open {
                open.push(Open {
                    charge,
                    late: was.at < late,
                    reopened: shop.is_reopened(view, charge)?,
                    was,
                });
            }
            let mut settled = Vec::new();
            for (charge, row) in all.settled {
                let back = shop.given_back(view, charge)?;
                settled.push((charge, row, back));
            }
            let names = known.parties().map(|one| (one.id, one.name.clone())).collect();
            Ok(Ledger {
                waiting: all.waiting,
                late: all.late,
                nobodys: all.nobodys,
                fits: all.fits,
                open,
                settled,
                unmatched: all.unmatched,
                taken_back: all.taken_back,
                names,
                refused: refused.clone(),
            })
        })
        .await?;
    let status = no.map_or(StatusCode::OK, Problem::status);
    Ok(answer_private(draw(&stall.sign, visit, &of), status))
}

/// The page.
pub(super) async fn page(
    State(stall): State<Arc<Stall>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    stall.operators.check_page(&headers)?;
    show(&stall, &visit, None).await.map_err(IntoResponse::into_response)
}

/// This money is for that record.
pub(super) async fn assign(
    State(stall): State<Arc<Stall>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    stall.operators.check_form(&headers)?;
    let transfer = fields.get("transfer").and_then(|text| text.parse::<TransferId>().ok());
    let charge = fields.get("charge").and_then(|text| text.parse::<OrderId>().ok());
    let done = match transfer.zip(charge) {
        Some((transfer, charge)) => {
            stall
                .office
                .commit(move |shop, tx, now, _| shop.assign(tx, transfer, charge.0, now))
                .await
        }
        None => Err(Problem::nothing_here()),
    };
    Ok(match done {
        Ok(()) => Redirect::to(&visit.to("/records")).into_response(),
        Err(no) => show(&stall, &visit, Some(&no)).await.into_response(),
    })
}

/// The page in its states, with made-up figures, for stories: nothing yet; everything well; something to look at.
pub(crate) fn told(lang: face::Lang, sign: &Sign, busy: bool, odd: bool) -> Result<String, askama::Error> {
    use units::{Currency, DealId, Moment, OfferNo, PartyId, Tag};
    /// 20 November 2026.
    const NOW: Moment = Moment(1_795_132_800_000);
    let yen = |n: i64| Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY));
    let days = |n: u64| NOW.less(units::Span::days(n));
    let was = |n: u8, amount, ago| Unsettled {
        deal: DealId([n; 32]),
        at: days(ago),
        number: OfferNo(2_000_000_000 + u64::from(n)),
        address: Tag([n; 16]),
        payer: PartyId([8; 16]),
        amount: yen(amount),
    };
    let waits = |n: u8, amount, ago| Open {
        charge: [n; 16],
        was: was(n, amount, ago),
        late: false,
        reopened: false,
    };
    let back = |n: u8, amount, reference: &str, had_paid| {
        let row = TakenBack {
            amount: yen(amount),
            reference: reference.to_owned(),
            at: days(1),
            had_paid,
        };
        (TransferId([n; 16]), row)
    };
    let closed = |n: u8, amount, by| {
        let settled = Settled {
            was: was(n, amount, 9),
            at: days(2),
            by,
        };
        let back = match by {
            SettledBy::GivenBack(_) => yen(amount),
            SettledBy::Transfer(_) => yen(300),
            _ => yen(0),
        };
        ([n; 16], settled, back)
    };
    let money = |n: u8, amount, reference: &str, why| {
        let row = Unmatched {
            amount: yen(amount),
            reference: reference.to_owned(),
            at: days(1),
            why,
        };
        (TransferId([n; 16]), row)
    };
    let none = Whole { count: 0, sum: yen(0) };
    let mut of = Ledger {
        waiting: none,
        late: 0,
        nobodys: none,
        fits: BTreeMap::new(),
        open: Vec::new(),
        settled: Vec::new(),
        unmatched: Vec::new(),
        taken_back: Vec::new(),
        names: vec![(PartyId([8; 16]), "Seto Mobile".to_owned())],
        refused: None,
    };
    if busy {
        of.open = vec![waits(1, 1000, 3), waits(2, 1800, 1)];
        of.settled = vec![
            closed(4, 1000, SettledBy::Transfer(TransferId([4; 16]))),
            closed(5, 1800, SettledBy::Cleared(DealId([5; 32]))),
            closed(6, 1000, SettledBy::HandedBack(DealId([6; 32]))),
            closed(7, 1800, SettledBy::GivenBack(TransferId([7; 16]))),
        ];
    }
    if odd {
        let (mut late, mut again) = (waits(3, 1000, 60), waits(10, 1800, 20));
        (late.late, again.reopened) = (true, true);
        of.open.splice(0..0, [late, again]);
        of.taken_back = vec![
            back(1, 1800, "0a0a0a0a0a0a0a0a", HadPaid::Record([10; 16])),
            back(2, 300, "HARBOUR LIGHTS", HadPaid::Nobody),
            back(3, 540, "CHARGEBACK 7731", HadPaid::Unknown),
        ];
        of.unmatched = vec![
            money(7, 1000, "HARBOUR LIGHTS", WhyUnmatched::NoRecord),
            money(8, 700, "0404040404040404", WhyUnmatched::OtherAmount),
            money(9, 1800, "0505050505050505", WhyUnmatched::SettledBefore),
        ];
        let no = AssignRefused::OtherAmount {
            came: yen(1000),
            due: yen(1800),
        };
        of.refused = Some(face::Words(lang).refused_why(no.code(), no.to_string()));
    }
    let whole = |amounts: Vec<i64>| Whole {
        count: amounts.len(),
        sum: yen(amounts.iter().sum()),
    };
    of.waiting = whole(of.open.iter().map(|one| one.was.amount.minor()).collect());
    of.late = of.open.iter().filter(|one| one.late).count();
    of.nobodys = whole(of.unmatched.iter().map(|(_, row)| row.amount.minor()).collect());
    for one in &of.open {
        let fits = of.fits.entry(one.was.amount.minor()).or_default();
        fits.push((one.charge, one.was.clone()));
    }
    draw(sign, &Visit::told(lang), &of)
}
