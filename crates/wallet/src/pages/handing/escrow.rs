//! Escrow: whose money this card carries, why its holder cannot spend it, and how it goes home.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use face::{Clock, Fare, MoneyBar, Said, Sum};
use units::Refusal;

use super::{Part, Shared, visit};
use crate::{
    engine::{Overview, WentHome},
    pages::{figures::bar, problem::why, text::plain, view::drawn, visit::Token},
};

#[derive(Template)]
#[template(path = "hand-escrow.html")]
struct EscrowView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    bar: Option<MoneyBar>,
    /// Fare pill, for whom, and of which works.
    carried: Vec<(Said, Said, Vec<Said>)>,
    going: Vec<Said>,
    went: Vec<Said>,
    stays: Vec<Said>,
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    draw(&visit!(&desk, &key, None, &headers, "/escrow"), Vec::new()).await
}

async fn draw(visit: &super::Visit, stays: Vec<Said>) -> Response {
    let overview = visit.wallet().overview().await;
    let (page, went) = (visit.page(Part::Escrow), visit.wallet().went_home());
    drawn(render(&page, (visit.base(), visit.token()), &overview, went, stays))
}

/// Draws it.
pub(super) fn render(
    page: &face::Page,
    (base, token): (&str, &str),
    overview: &Overview,
    went: Vec<WentHome>,
    stays: Vec<Said>,
) -> Result<String, askama::Error> {
    let w = page.words;
    let carried = overview.carried.iter().map(|one| {
        let name = one.name.as_deref().map_or_else(|| one.payee.short(), |n| plain(n, 60));
        let works = one.works.iter().map(|work| {
            let title = work
                .name
                .as_deref()
                .map_or_else(|| w.escrow_work_gone().plain(), |t| plain(t, 120));
            w.escrow_works(work.slips, title)
        });
        (w.show(Fare(one.sum)), w.escrow_for(name), works.collect())
    });
    let went = went.into_iter().flat_map(|went| {
        let name = went
            .name
            .as_deref()
            .map_or_else(|| went.payee.short(), |n| plain(n, 60));
        let back = went
            .rebates
            .iter()
            .map(|(label, sum)| w.escrow_rebate(plain(label, 60), Sum(*sum)));
        let mut lines = vec![w.escrow_sent(name, Sum(went.sum), Clock(went.at))];
        lines.extend(back);
        lines
    });
    let going = overview.going.iter().map(|(_, sum)| w.escrow_going(Sum(*sum)));
    EscrowView {
        page,
        base,
        token,
        bar: bar(overview),
        carried: carried.collect(),
        going: going.collect(),
        went: went.collect(),
        stays,
    }
    .render()
}

/// Now.
pub(super) async fn send(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/escrow");
    let collected = visit.wallet().send_fares_home().await;
    let stays: Vec<Said> = collected
        .iter()
        .filter_map(|one| one.no.as_ref())
        .map(|no| visit.words.escrow_stays(why(visit.words, no.told(), &no.to_string())))
        .collect();
    if stays.is_empty() {
        visit.go("/escrow")
    } else {
        draw(&visit, stays).await
    }
}
