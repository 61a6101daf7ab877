//! Medium: paying with a disc or a stick: its number is typed from the label, the license is bound to the player and the drive
//! that are attached, and the PIN agrees to it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use card::Checked;
use face::{CardPage, Lang, Said, Story, Sum, Words};
use serde::Deserialize;
use units::{Hash, PartyId, Refusal};

use super::{
    confirm::{self, About as Sale, find},
    money::pin_said,
    problem::{Problem, why},
    stories::made,
    text::plain,
    view::drawn_as,
    visit::{Shared, Visit, visit},
};
use crate::engine::PayRefused;

/// How it is named as a way to pay.
pub(super) const WAY: &str = "medium";

#[derive(Template)]
#[template(path = "medium.html")]
struct MediumView<'a> {
    card: &'a CardPage,
    base: &'a str,
    token: &'a str,
    ask: Said,
    about: &'a Sale,
    facts: Vec<(Said, Said)>,
    /// The numbers of player and drive; without both there is nothing to bind to.
    devices: Option<(String, String)>,
    /// What was typed.
    medium: String,
    tries: Said,
    blocked: bool,
    error: Option<Said>,
}

/// What the page shows of a quote and of this wallet.
struct About<'a> {
    sale: Sale,
    devices: Option<(String, String)>,
    medium: &'a str,
    tries: u8,
}

fn draw(
    card: &CardPage,
    (base, token): (&str, &str),
    about: About<'_>,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = card.words;
    MediumView {
        card,
        base,
        token,
        ask: w.wallet_medium_ask(about.sale.seller.as_str()),
        facts: facts(w, &about.sale),
        about: &about.sale,
        devices: about.devices,
        medium: plain(about.medium, 60),
        tries: w.wallet_tries(u64::from(about.tries)),
        blocked: about.tries == 0,
        error,
    }
    .render()
}

/// The same as on the page where money is agreed to: what the medium pays, to whom, and who learns what.
fn facts(w: Words, sale: &Sale) -> Vec<(Said, Said)> {
    let mut facts = vec![(w.approval_fact_amount(), w.show(Sum(sale.sum)))];
    facts.extend(confirm::of_seller(w, sale));
    facts.push((w.conf_learns(), w.conf_learns_what()));
    facts.extend(confirm::of_deal(w, sale));
    facts
}

async fn page(visit: &Visit, checked: &Checked, medium: &str, error: Option<Said>) -> Response {
    let wallet = visit.wallet();
    let attached = wallet.attached().await;
    let mut sale = Sale::of(visit.words, checked);
    sale.rebates = confirm::rebates(visit, checked).await;
    let about = About {
        sale,
        devices: attached.map(|it| (it.player, it.drive)),
        medium,
        tries: wallet.overview().await.tries,
    };
    let status = match &error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let card = visit.card().await;
    drawn_as(status, draw(&card, (visit.base(), visit.token()), about, error))
}

/// The page.
pub(super) async fn show(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/confirm/{quote}/medium"));
    match find(&desk, &quote).filter(crate::engine::takes_media) {
        Some(checked) => page(&visit, &checked, "", None).await,
        None => visit.no(&Problem::not_found()),
    }
}

#[derive(Deserialize)]
pub(super) struct Agreed {
    token: String,
    pin: String,
    medium: String,
}

/// The holder agrees with his PIN.
pub(super) async fn pay(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Agreed>,
) -> Response {
    let at = format!("/confirm/{quote}/medium");
    let visit = visit!(&desk, &key, Some(&form.token), &headers, at);
    let (wallet, w) = (visit.wallet(), visit.words);
    let (Some(checked), Ok(hash)) = (find(&desk, &quote), quote.parse::<Hash>()) else {
        return visit.no(&Problem::not_found());
    };
    let want = match wallet.with_medium(&checked, &form.medium).await {
        Ok(want) => want,
        Err(no) => {
            let said = why(w, no.code(), &no.to_string());
            return page(&visit, &checked, &form.medium, Some(said)).await;
        }
    };
    match desk.pay_once(wallet, hash, form.pin, want).await {
        None => visit.no(&Problem::not_found()),
        Some(Ok(deal)) => {
            desk.wanted_prompt(PartyId(checked.quote().giver));
            desk.seeing.begin(wallet, deal);
            visit.go(&format!("/deals/{deal}"))
        }
        Some(Err(PayRefused::Pin(pin))) => page(&visit, &checked, &form.medium, Some(pin_said(w, &pin))).await,
        Some(Err(no)) => visit.refuse(&no),
    }
}

fn story(lang: Lang, attached: bool, tries: u8, error: Option<Said>) -> Result<String, askama::Error> {
    let about = About {
        sale: made::asked(lang).0,
        devices: attached.then(|| {
            (
                "mzxw6-ytboi-mzxw6-ytboi-mzxw6-y".into(),
                "onswg-4tfoq-onswg-4tfoq-onswg-4".into(),
            )
        }),
        medium: if error.is_some() { "mzxw6-ytbo1" } else { "" },
        tries,
    };
    draw(&made::card(lang, false), made::TO, about, error)
}

/// Its stories.
pub(super) const STORIES: &[Story] = &[
    Story {
        name: "confirm-medium",
        page: "Confirm payment",
        state: "with a medium",
        draw: |lang| story(lang, true, 3, None),
    },
    Story {
        name: "confirm-medium-number",
        page: "Confirm payment",
        state: "not a medium's number",
        draw: |lang| {
            let no = crate::engine::MediumRefused::NotANumber;
            story(lang, true, 3, Some(why(Words(lang), no.code(), &no.to_string())))
        },
    },
    Story {
        name: "confirm-medium-nowhere",
        page: "Confirm payment",
        state: "no player and no drive to bind it to",
        draw: |lang| story(lang, false, 3, None),
    },
    Story {
        name: "confirm-medium-blocked",
        page: "Confirm payment",
        state: "with a medium, PIN blocked",
        draw: |lang| story(lang, true, 0, None),
    },
];
