//! Statement: what was booked to somebody within a month, for that person's eyes. Months are those of Greenwich, as every date on
//! the approver's pages is.

use std::{collections::BTreeMap, sync::Arc};

use approver::{Means, Move, Moved, Moves};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use carrier::Month;
use face::{Page, Said, ShortDay, Sum};
use store::Fault;
use units::{Moment, PartyId};

use super::{
    Counter, Sign,
    drawn::{At, frame, kind},
    pages::on,
    person::Who,
};
use crate::{
    frame::Problem,
    pages::{Visit, answer_private, month_name},
};

struct Row {
    at: Said,
    what: Said,
    account: Said,
    amount: Said,
    costs: bool,
}

#[derive(Template)]
#[template(path = "approver/statement.html")]
struct StatementPage<'a> {
    page: &'a Page,
    heading: Said,
    figures: [(Said, Said); 2],
    rows: Vec<Row>,
    before: (String, String),
    after: Option<(String, String)>,
    account: String,
}

/// What a statement is drawn from.
struct Drawn {
    month: Month,
    /// It is not over.
    runs: bool,
    moves: Moves,
    names: BTreeMap<PartyId, String>,
}

fn row(visit: &Visit, names: &BTreeMap<PartyId, String>, one: &Move) -> Row {
    let w = visit.words;
    let seller = |id: PartyId| names.get(&id).cloned().unwrap_or_else(|| id.short());
    let account = match one.means {
        Means::Credit => w.approval_means_credit(),
        Means::Value => w.approval_means_value(),
        Means::Points => w.approval_means_points(),
    };
    let what = match &one.what {
        Moved::Charged(Some(of)) => {
            w.approval_statement_charged(kind(visit, &of.what), seller(of.approval.seller).as_str())
        }
        Moved::Charged(None) => w.approval_statement_charged_forgotten(),
        Moved::GivenBack(of) => w.approval_statement_back(kind(visit, &of.what), seller(of.approval.seller).as_str()),
        Moved::Paid => w.approval_statement_paid(),
        Moved::Filled => w.approval_statement_filled(one.means.word()),
        Moved::Drained => w.approval_statement_drained(one.means.word()),
    };
    Row {
        at: w.show(ShortDay(one.at)),
        what,
        account,
        amount: w.show(Sum(one.amount)),
        costs: one.costs,
    }
}

fn draw(sign: &Sign, visit: &Visit, of: &Drawn) -> Result<String, askama::Error> {
    let w = visit.words;
    let name = |month| month_name(w.lang(), month);
    let link = |month: Month| (visit.to(&format!("/statement/{month}")), name(month));
    let closing = if of.runs {
        w.approval_statement_now()
    } else {
        w.approval_statement_closing()
    };
    StatementPage {
        page: &frame(sign, visit, At::Account),
        heading: w.approval_statement_title(name(of.month).as_str()),
        figures: [
            (w.approval_statement_opening(), w.show(Sum(of.moves.opening))),
            (closing, w.show(Sum(of.moves.closing))),
        ],
        rows: of.moves.moves.iter().map(|one| row(visit, &of.names, one)).collect(),
        before: link(of.month.previous()),
        after: (!of.runs).then(|| link(of.month.next())),
        account: visit.to("/"),
    }
    .render()
}

/// This month's.
pub(super) async fn now(state: State<Arc<Counter>>, visit: Visit, headers: HeaderMap) -> Result<Response, Problem> {
    shown(&state, &visit, &headers, None).await
}

/// A month's, by its name: 2026-11.
pub(super) async fn page(
    state: State<Arc<Counter>>,
    visit: Visit,
    Path(month): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let month = month.parse().map_err(|_| Problem::nothing_here())?;
    shown(&state, &visit, &headers, Some(month)).await
}

async fn shown(
    counter: &Counter,
    visit: &Visit,
    headers: &HeaderMap,
    wanted: Option<Month>,
) -> Result<Response, Problem> {
    let person = match counter.who(headers).await? {
        Who::Signed(person) => *person,
        Who::Half => return Ok(on(visit, "/second")),
        Who::Nobody => return Ok(on(visit, "/sign-in")),
    };
    let user = person.live.account;
    let found = counter
        .office
        .look::<_, Fault>(move |approver, view, now: Moment| {
            if approver.user(view, user)?.is_none() {
                return Ok(None);
            }
            let this = Month::of(now, 0);
            let month = wanted.map_or(this, |month| month.min(this));
            let moves = approver.moves(view, user, month.begins(0), month.ends(0))?;
            let known = party::Party::desk(approver).known(view)?;
            let sellers = moves.moves.iter().filter_map(|one| match &one.what {
                Moved::Charged(Some(of)) | Moved::GivenBack(of) => Some(of.approval.seller),
                _ => None,
            });
            let named = sellers.filter_map(|id| {
                let listed = known.ever_certified::<seal::role::Seller>(id)?;
                Some((id, listed.claims().name.clone()))
            });
            Ok(Some(Drawn {
                month,
                runs: month == this,
                names: named.collect(),
                moves,
            }))
        })
        .await?;
    // Whoever has a role here and buys nothing has no statement.
    let Some(found) = found else {
        return Ok(on(visit, "/desk"));
    };
    Ok(answer_private(draw(&counter.sign, visit, &found), StatusCode::OK))
}

/// A made-up one, for the stories.
pub(super) fn story(lang: face::Lang, moves: Vec<Move>, owed: (i64, i64)) -> Result<String, askama::Error> {
    use units::{Currency, Money};
    let yen = |n| Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY));
    let names = [(PartyId([4; 16]), "Lantern Records".to_owned())];
    let drawn = Drawn {
        month: Month::of(super::stories::NOW, 0),
        runs: false,
        moves: Moves {
            opening: yen(owed.0),
            closing: yen(owed.1),
            moves,
        },
        names: names.into(),
    };
    draw(&super::stories::sign(), &Visit::told(lang), &drawn)
}
