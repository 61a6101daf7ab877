//! Telephone: what somebody else pays for the holder: who may, what is on its way to the bill, and what was refused and how
//! to pay it (ST-4, ST-13).

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use deal::charge::WhyRefused;
use face::{Code, Said, Sum, Words};
use serde::Deserialize;
use units::{LicenseId, PartyId};

use super::{
    Desk,
    problem::Problem,
    text::plain,
    view::drawn,
    visit::{Part, Shared, Token, Visit, visit},
};
use crate::engine::{CreditNow, Due, Payer, Wallet};

/// Something owed, ready to be drawn.
#[derive(Debug, Clone)]
pub(super) struct Owed {
    pub(super) license: String,
    pub(super) head: Said,
    pub(super) text: Vec<Said>,
    /// Set when it was refused: the button that pays it.
    pub(super) pay: Option<Said>,
}

/// What is said of something owed.
pub(super) fn owed(w: Words, due: &Due) -> Owed {
    let (payer, seller) = (plain(&due.payer, 60), plain(&due.seller, 60));
    let (title, sum) = (plain(&due.owing.title, 120), Sum(due.owing.amount));
    let license = due.owing.license.to_string();
    if due.owing.refused {
        let why = due.why.map_or("none", WhyRefused::code);
        return Owed {
            license,
            head: w.tel_refused(payer, sum, title),
            text: vec![w.tel_refused_why(why), w.tel_refused_do(seller, sum)],
            pay: Some(w.tel_pay(sum)),
        };
    }
    let plays = due.owing.plays_left.unwrap_or(0);
    Owed {
        license,
        head: w.tel_waits(payer.as_str(), sum, title),
        text: vec![w.tel_waits_text(payer, plays)],
        pay: None,
    }
}

/// The same in one sentence, for pages about something else.
pub(super) fn in_short(w: Words, due: &Due) -> Said {
    let (payer, title) = (plain(&due.payer, 60), plain(&due.owing.title, 120));
    let sum = Sum(due.owing.amount);
    match due.owing.refused {
        true => w.tel_refused_short(payer, sum, title),
        false => w.tel_waits_short(payer, sum, title),
    }
}

/// What is owed for one license.
pub(super) async fn of_license(w: Words, wallet: &Wallet, license: LicenseId) -> Option<Owed> {
    let all = wallet.owed().await;
    let due = all.iter().find(|due| due.owing.license == license)?;
    Some(owed(w, due))
}

/// A carrier, ready to be drawn.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) chosen: bool,
    pub(super) is_bank: bool,
    pub(super) key: Said,
}

#[derive(Template)]
#[template(path = "telephone.html")]
struct View<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    owed: Vec<Owed>,
    waits: bool,
    credit: Said,
    carriers: Vec<Line>,
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/bill");
    let wallet = visit.wallet();
    let (due, credit) = (wallet.owed().await, wallet.credit().await);
    let mut carriers = Vec::new();
    for payer in wallet.payers().await {
        let key = wallet.contract_key(payer.id).await;
        carriers.push((payer, key));
    }
    let page = visit.page(Part::Telephone);
    drawn(draw(&page, visit.base(), visit.token(), (&due, credit), &carriers))
}

/// Draws it.
pub(super) fn draw(
    page: &face::Page,
    base: &str,
    token: &str,
    (due, credit): (&[Due], CreditNow),
    carriers: &[(Payer, String)],
) -> Result<String, askama::Error> {
    let w = page.words;
    let line = |(payer, key): &(Payer, String)| Line {
        id: payer.id.to_string(),
        name: plain(&payer.name, 60),
        chosen: payer.chosen,
        is_bank: payer.is_bank,
        key: w.show(Code(key.clone())),
    };
    let (count, sum) = (credit.count, credit.sum);
    View {
        page,
        base,
        token,
        owed: due.iter().map(|one| owed(w, one)).collect(),
        waits: due.iter().any(|one| !one.owing.refused),
        credit: w.tel_credit(count.0, Sum(sum.1), u64::from(count.1), Sum(sum.0)),
        carriers: carriers.iter().map(line).collect(),
    }
    .render()
}

/// Says every open charge once more, now.
pub(super) async fn ask(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/bill");
    visit.wallet().send_charges().await;
    visit.go("/bill")
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    token: String,
    payer: String,
    #[serde(default)]
    pays: bool,
}

/// The holder lets a carrier pay for him, or no longer.
pub(super) async fn choose(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Chosen>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/bill");
    let Ok(payer) = form.payer.parse::<PartyId>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().choose_payer(payer, form.pays).await {
        Ok(()) => visit.go("/bill"),
        Err(no) => visit.refuse(&no),
    }
}

/// Asks the seller what a refused charge left owing, and leads to the confirm page.
pub(super) async fn clear(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/bill");
    let Ok(license) = id.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    asked(&desk, &visit, license).await
}

async fn asked(desk: &Desk, visit: &Visit, license: LicenseId) -> Response {
    match visit.wallet().quote_clear(license).await {
        Ok(checked) => visit.go(&format!("/confirm/{}", desk.keep_quote(checked))),
        Err(no) => visit.refuse(&no),
    }
}
