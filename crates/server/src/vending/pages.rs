//! The machine's screen: choose, pay on one's own wallet, take it. And its stock, for the operator's people.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use party::shop::{DoubtRefused, DropRefused, FillRefused, Goods, OnShelf, Piece, Shop, Sold, WordRefused};
use serde::Deserialize;
use store::{Fault, View};
use units::{Moment, OfferNo, Span};

use super::{
    Front,
    drawn::{self, Article, Chosen, InDoubt, Paid, Told},
    stories,
};
use crate::{
    frame::{Message, Named, Problem},
    pages::{Visit, answer_private, told},
    shop::buy_link,
    touch::{self, LOOK, Waits},
};

/// A screen finds what was bought at it just now, and never what somebody bought earlier.
const JUST_NOW: Span = Span::seconds(90);

fn article(
    shop: &Shop,
    view: &mut dyn View,
    number: OfferNo,
    goods: Goods,
) -> Result<Option<(Article, OnShelf)>, Fault> {
    let Some(on_shelf) = shop.offer(view, number)? else {
        return Ok(None);
    };
    let article = Article {
        number,
        slot: goods.slot,
        title: on_shelf.offer.title.clone(),
        price: on_shelf.offer.price,
        left: if goods.stuck { 0 } else { goods.left },
        filled: goods.filled,
        is_stuck: goods.stuck,
    };
    Ok(Some((article, on_shelf)))
}

async fn articles(front: &Front) -> Result<Vec<Article>, Problem> {
    let all = front.office.look::<_, Fault>(|shop, view, now| {
        let mut all = Vec::new();
        for (number, goods) in shop.goods(view)? {
            if let Some((article, on_shelf)) = article(shop, view, number, goods)?
                && on_shelf.is_on_sale(now)
            {
                all.push(article);
            }
        }
        all.sort_by_key(|article| article.slot);
        Ok(all)
    });
    all.await
}

/// What there is.
pub(super) async fn front(State(front): State<Arc<Front>>, visit: Visit) -> Result<Response, Problem> {
    let all = articles(&front).await?;
    let now = front.office.clock.now();
    let drawn = drawn::choose(&front.sign, &visit, &all, now);
    Ok(touch::screen(drawn, StatusCode::OK, Some((15, visit.to("/k")))))
}

/// One article, and the way to the wallet. Leads on by itself when it was bought.
pub(super) async fn choose(
    State(front): State<Arc<Front>>,
    visit: Visit,
    Named(number): Named<OfferNo>,
    Query(waits): Query<Waits>,
) -> Result<Response, Problem> {
    let now = front.office.clock.now();
    let path = format!("/k/choose/{number}");
    if waits.since == 0 || waits.until == 0 {
        return Ok(Redirect::to(&visit.to(&format!("{path}?{}", waits.more(now)))).into_response());
    }
    // Who looks for what was bought is not asked who he is, and his address may say anything.
    let since = Moment(waits.since).max(now.less(JUST_NOW));
    let found = front
        .office
        .look::<_, Fault>(move |shop, view, _| {
            let sold = match shop.sold_since(view, number, since)? {
                Some((deal, _)) => shop.sale(view, deal)?.map(|sale| sale.receipt),
                None => None,
            };
            let goods = shop.goods(view)?.into_iter().find(|(no, _)| *no == number);
            let chosen = match goods {
                Some((_, goods)) => article(shop, view, number, goods)?,
                None => None,
            };
            Ok((sold, chosen))
        })
        .await?;
    if let Some(receipt) = found.0 {
        return Ok(Redirect::to(&visit.to(&format!("/k/out/{receipt}"))).into_response());
    }
    // After that: who has paid at the last moment is still led to what he bought.
    if waits.is_over(now) {
        return Ok(Redirect::to(&visit.to("/k")).into_response());
    }
    let Some((article, on_shelf)) = found.1 else {
        return Err(Problem::nothing_here());
    };
    let chosen = Chosen {
        link: buy_link(&front.sign.wallet, front.office.party.id(), &on_shelf.sheet()),
        operator: front.operator_name.clone(),
        ends_in: waits.ends_in(now),
        more: visit.to(&format!("{path}?{}", waits.more(now))),
        article,
    };
    let drawn = drawn::pay(&front.sign, &visit, &chosen);
    let again = visit.to(&format!("{path}?{}", waits.query()));
    Ok(touch::screen(drawn, StatusCode::OK, Some((LOOK, again))))
}

/// A sale by its receipt, which says nothing to anybody: the number of its deal, by which its buyer is known again, stands on
/// no screen.
async fn found(front: &Front, receipt: u64) -> Result<Option<(Sold, Told)>, Problem> {
    front
        .office
        .look::<_, Fault>(move |shop, view, now| {
            let Some((deal, sale)) = shop.receipt(view, receipt)? else {
                return Ok(None);
            };
            let Some(sold) = shop.sold_piece(view, deal)? else {
                return Ok(None);
            };
            let is_here = now.since(sold.here) <= shop.config().attended;
            let told = Told {
                receipt,
                title: sale.title,
                price: sale.price,
                piece: sold.piece,
                is_here,
                paid: if sale.paid.charged.is_some() {
                    Paid::Bill
                } else if sale.paid.money == sale.price {
                    Paid::Card
                } else {
                    Paid::Other
                },
            };
            Ok(Some((sold, told)))
        })
        .await
}

/// What became of a sale: coming, out, waiting, stuck.
pub(super) async fn out(
    State(front): State<Arc<Front>>,
    visit: Visit,
    Path(receipt): Path<String>,
) -> Result<Response, Problem> {
    let known = match receipt.parse::<u64>() {
        Ok(receipt) => found(&front, receipt).await?,
        Err(_) => None,
    };
    let Some((sold, told)) = known else {
        let drawn = drawn::no_sale(&front.sign, &visit);
        return Ok(touch::screen(drawn, StatusCode::NOT_FOUND, Some((20, visit.to("/k")))));
    };
    let drawn = drawn::out(&front.sign, &visit, &told);
    let again = match sold.piece {
        Piece::Owed if !told.is_here => (20, visit.to("/k")),
        Piece::Owed | Piece::Dropping(_) => (1, visit.to(&format!("/k/out/{receipt}"))),
        _ => (20, visit.to("/k")),
    };
    Ok(touch::screen(drawn, StatusCode::OK, Some(again)))
}

/// Somebody says that he has paid for what is still inside.
pub(super) async fn ask_code(State(front): State<Arc<Front>>, visit: Visit) -> Response {
    let drawn = drawn::ask_code(&front.sign, &visit, None);
    touch::screen(drawn, StatusCode::OK, Some((60, visit.to("/k"))))
}

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
}

/// The buyer is here, or here again: he has the code that his wallet shows.
pub(super) async fn here(
    State(front): State<Arc<Front>>,
    visit: Visit,
    Form(form): Form<Code>,
) -> Result<Response, Problem> {
    let again = Some((60, visit.to("/k")));
    if !front.tries.may(front.office.clock.now()) {
        let drawn = drawn::ask_code(&front.sign, &visit, Some(visit.words.vend_code_wait()));
        return Ok(touch::screen(drawn, StatusCode::TOO_MANY_REQUESTS, again));
    }
    let code: String = form.code.chars().filter(char::is_ascii_digit).collect();
    let deal = front
        .office
        .look::<_, Fault>(move |shop, view, _| shop.piece_of_code(view, &code))
        .await?;
    let Some(deal) = deal else {
        let drawn = drawn::ask_code(&front.sign, &visit, Some(visit.words.vend_code_wrong()));
        return Ok(touch::screen(drawn, StatusCode::NOT_FOUND, again));
    };
    front.tries.was_right();
    let sale = front
        .office
        .commit::<_, DropRefused>(move |shop, tx, now, _| {
            shop.is_here(tx, deal, now)?;
            Ok(shop.sale(tx, deal)?)
        })
        .await?;
    let receipt = sale.map(|sale| sale.receipt).unwrap_or_default();
    Ok(Redirect::to(&visit.to(&format!("/k/out/{receipt}"))).into_response())
}

/// A wallet shows what the payer of its charge has said: on this word goods are given that a bill shall pay for.
pub(super) async fn charged(State(front): State<Arc<Front>>, message: Message) -> Result<StatusCode, Problem> {
    front
        .office
        .commit::<_, WordRefused>(move |shop, tx, now, _| shop.hear_word(tx, &message.0, now))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The stock, for the operator's people.
pub(super) async fn stock(
    State(front): State<Arc<Front>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Response> {
    front.operators.check_page(&headers)?;
    let drawn = draw_stock(&front, &visit, None).await?;
    Ok(answer_private(drawn, StatusCode::OK))
}

async fn draw_stock(
    front: &Front,
    visit: &Visit,
    error: Option<face::Said>,
) -> Result<Result<String, askama::Error>, Response> {
    let all = articles(front).await.map_err(IntoResponse::into_response)?;
    let in_doubt = in_doubt(front).await.map_err(IntoResponse::into_response)?;
    Ok(drawn::stock(&front.sign, visit, &all, &in_doubt, error))
}

/// The pieces of which nobody here knows whether they fell.
async fn in_doubt(front: &Front) -> Result<Vec<InDoubt>, Problem> {
    let all = front.office.look::<_, Fault>(|shop, view, _| {
        let mut all = Vec::new();
        for (receipt, sold) in shop.goods_in_doubt(view)? {
            if let Some((_, sale)) = shop.receipt(view, receipt)? {
                all.push(InDoubt {
                    receipt,
                    slot: sold.slot,
                    title: sale.title,
                });
            }
        }
        Ok(all)
    });
    all.await
}

#[derive(Deserialize)]
pub(super) struct Found {
    receipt: u64,
    fell: bool,
}

/// People have found out whether a piece fell.
pub(super) async fn settle(
    State(front): State<Arc<Front>>,
    visit: Visit,
    headers: HeaderMap,
    Form(form): Form<Found>,
) -> Result<Response, Response> {
    front.operators.check_form(&headers)?;
    let did = front
        .office
        .commit::<_, DoubtRefused>(move |shop, tx, _, _| {
            let (deal, _) = shop.receipt(tx, form.receipt)?.ok_or(DoubtRefused::NoDoubt)?;
            shop.settle_doubt(tx, deal, form.fell)
        })
        .await;
    after(&front, &visit, did.map(drop)).await
}

/// The stock again; with why not, if it was refused.
async fn after(front: &Front, visit: &Visit, did: Result<(), Problem>) -> Result<Response, Response> {
    match did {
        Ok(()) => Ok(Redirect::to(&visit.to("/k/stock")).into_response()),
        Err(no) => {
            let said = visit.words.refused_why(no.code(), no.detail().to_owned());
            let drawn = draw_stock(front, visit, Some(said)).await?;
            Ok(answer_private(drawn, no.status()))
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Filled {
    number: String,
    slot: u32,
    pieces: i32,
}

/// Pieces were put in, or taken out.
pub(super) async fn fill(
    State(front): State<Arc<Front>>,
    visit: Visit,
    headers: HeaderMap,
    Form(form): Form<Filled>,
) -> Result<Response, Response> {
    front.operators.check_form(&headers)?;
    let number: OfferNo = form
        .number
        .parse()
        .map_err(|_| Problem::nothing_here().into_response())?;
    let did = front
        .office
        .commit::<_, FillRefused>(move |shop, tx, _, _| shop.fill(tx, number, form.slot, form.pieces))
        .await;
    after(&front, &visit, did.map(drop)).await
}

/// The stories of these screens.
pub(super) async fn stories(State(front): State<Arc<Front>>, visit: Visit) -> Result<Response, Problem> {
    if !front.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = front.sign.page(&visit, "/k");
    let drawn = face::stories(&frame, &visit.to("/k/stories"), stories::STORIES);
    Ok(answer_private(drawn, StatusCode::OK))
}

/// One of them.
pub(super) async fn story(
    State(front): State<Arc<Front>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(stories::STORIES, &name, front.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}
