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
use crate::pages::{figures::bar, problem::why, text::plain, view::html, visit::Token};

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
    let (wallet, w) = (visit.wallet(), visit.words);
    let overview = wallet.overview().await;
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
    let went = wallet.went_home().into_iter().map(|went| {
        let name = went
            .name
            .as_deref()
            .map_or_else(|| went.payee.short(), |n| plain(n, 60));
        w.escrow_sent(name, Sum(went.sum), Clock(went.at))
    });
    let going = overview.going.iter().map(|(_, sum)| w.escrow_going(Sum(*sum)));
    html(&EscrowView {
        page: &visit.page(Part::Escrow),
        base: &visit.at.page.base,
        token: &visit.at.page.token,
        bar: bar(&overview),
        carried: carried.collect(),
        going: going.collect(),
        went: went.collect(),
        stays,
    })
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
