//! Receive: offers that came, the fee notice that nobody can skip (SD-8), and what became of it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use card::{Checked, Want};
use deal::{Kind, Side, VoidReason};
use face::{CardPage, Clock, Day, Fare, Key, Permille, Said, Sum, Teeth, Words};
use serde::Deserialize;
use units::{DealId, Hash, Refusal};

use super::{NearBy, Part, Shared, Visit, lock, unlock::can_unlock, visit};
use crate::{
    engine::{Notice, Outcome, PayRefused, Promise},
    pages::{
        Desk,
        problem::{Problem, WayOn, ways_on, why},
        text::plain,
        view::{drawn, drawn_as},
        visit::Token,
    },
};

#[derive(Template)]
#[template(path = "hand-receive.html")]
struct ReceiveView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    /// Quote, title, from whom.
    arrived: Vec<(String, String, Said)>,
    near: Option<NearBy>,
    have: Option<Said>,
}

#[derive(Deserialize)]
pub(super) struct Have {
    #[serde(default)]
    have: usize,
    #[serde(default)]
    of: usize,
}

/// Where offers come in.
pub(super) async fn list(
    State(desk): Shared,
    Path(key): Path<String>,
    Query(have): Query<Have>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/receive");
    let w = visit.words;
    let arrived = visit.wallet().arrived().into_iter().map(|arrived| {
        let title = plain(arrived.checked.title(), 120);
        let from = arrived.from.map_or_else(|| w.friend(), |name| w.receive_from(name));
        (desk.keep_quote(arrived.checked).to_string(), title, from)
    });
    let arrived = arrived.collect();
    let (page, near) = (visit.page(Part::Receive), visit.near().await);
    let have = (have.of > 0).then(|| w.take_have(have.have, have.of));
    drawn(render_list(&page, (visit.base(), visit.token()), arrived, near, have))
}

/// Draws it: quote, title and giver of each offer that came.
pub(super) fn render_list(
    page: &face::Page,
    (base, token): (&str, &str),
    arrived: Vec<(String, String, Said)>,
    near: Option<NearBy>,
    have: Option<Said>,
) -> Result<String, askama::Error> {
    ReceiveView {
        page,
        base,
        token,
        arrived,
        near,
        have,
    }
    .render()
}

#[derive(Template)]
#[template(path = "hand-fee.html")]
struct FeeView<'a> {
    card: &'a CardPage,
    base: &'a str,
    token: &'a str,
    /// Where its form goes, below the base.
    at: &'static str,
    /// A terminal asked: the page watches what it does, and a no is told to the card.
    watch: Option<&'a str>,
    quote: String,
    title: String,
    head: Said,
    key: Key,
    facts: Vec<(Said, Said)>,
    about: Vec<Said>,
    yes: Said,
    no: Said,
    question: Option<(Said, Said)>,
    tries: Said,
    locked: bool,
    /// Player and drive that are attached: the license may be bound to them.
    devices: Option<Said>,
    bound: bool,
    /// Why the card would refuse, and what can be done about it here.
    refused: Option<(Said, &'static [WayOn])>,
    error: Option<Said>,
}

fn find(desk: &Desk, quote: &str) -> Option<Checked> {
    desk.quote(quote.parse::<Hash>().ok()?)
        .filter(|c| c.quote().kind.between_cards())
}

/// The fee notice, on the card's own page.
pub(super) async fn notice(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/receive/{quote}"));
    match find(&desk, &quote) {
        Some(checked) => draw(&visit, &checked, None, false).await,
        None => visit.no(&Problem::not_found()),
    }
}

async fn draw(visit: &Visit, checked: &Checked, error: Option<Said>, bound: bool) -> Response {
    let notice = visit.wallet().notice(checked).await;
    let tries = visit.wallet().overview().await.tries;
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (card, to) = (visit.card().await, (visit.base(), visit.token()));
    let attached = visit.wallet().attached().await;
    let binding = Binding {
        devices: attached.map(|it| (it.player, it.drive)),
        bound,
    };
    drawn_as(
        status,
        render(&card, to, None, checked.hash(), notice, (tries, binding), error),
    )
}

/// What the license may be bound to, and whether that was ticked.
#[derive(Debug, Default)]
pub(in crate::pages) struct Binding {
    /// Numbers of the player and the drive that are attached.
    pub(in crate::pages) devices: Option<(String, String)>,
    /// Ticked.
    pub(in crate::pages) bound: bool,
}

/// Draws the notice. `watch`: of a quote that a terminal has shown to the card in its reader, in the state of this name.
pub(in crate::pages) fn render(
    card: &CardPage,
    (base, token): (&str, &str),
    watch: Option<&str>,
    quote: Hash,
    notice: Notice,
    (tries, binding): (u8, Binding),
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = card.words;
    let moves = notice.kind == Kind::Move;
    let fare = Fare(notice.fare);
    let (head, yes) = match (moves, notice.fare.is_zero()) {
        _ if let Some(unlock) = &notice.unlock => (lock::told(w, unlock.arrives, unlock.fee), w.lock_yes()),
        (false, false) => (w.fee_notice(Sum(notice.fare)), w.fee_yes(fare)),
        (false, true) => (w.fee_free(), w.fee_yes_free()),
        (true, false) => (w.fee_move(Sum(notice.fare)), w.fee_move_yes(fare)),
        (true, true) => (w.fee_move_free(), w.fee_move_yes(fare)),
    };
    let teeth = if moves { 0 } else { notice.teeth };
    let giver = notice.giver.clone().unwrap_or_else(|| w.friend().plain());
    let publisher = plain(&notice.publisher, 60);
    let question = (!notice.fare.is_zero()).then(|| {
        (
            w.fee_question(Sum(notice.fare)),
            w.fee_where(giver.as_str(), publisher.as_str()),
        )
    });
    let key = match &notice.unlock {
        Some(unlock) => Key::new(w.lang(), unlock.fee, Teeth::Upto(teeth)).due(),
        None => Key::new(w.lang(), notice.fare, Teeth::Upto(teeth)),
    };
    FeeView {
        card,
        base,
        token,
        at: if watch.is_some() { "/reader" } else { "/receive" },
        watch,
        quote: quote.to_string(),
        title: plain(&notice.title, 120),
        head,
        key: key.big().silent(),
        facts: facts(w, &notice),
        about: about(w, &notice, &giver, &publisher),
        yes,
        no: match (&notice.unlock, moves) {
            (Some(_), _) => w.lock_no(),
            (None, true) => w.fee_move_no(),
            (None, false) => w.fee_no(),
        },
        question,
        tries: w.fee_tries(tries),
        locked: notice.unlock.is_some(),
        devices: binding
            .devices
            .map(|(player, drive)| w.fee_bound_text(drive.as_str(), player.as_str())),
        bound: binding.bound,
        refused: notice
            .refused
            .map(|(code, text, _)| (unchanged(w, why(w, code, &text)), ways_on(code))),
        error,
    }
    .render()
}

/// A reason, and that nothing has changed: once.
fn unchanged(w: Words, why: Said) -> Said {
    let nothing = w.fee_refused();
    match why.plain().ends_with(&nothing.plain()) {
        true => why,
        false => w.conf_two(why, nothing),
    }
}

fn facts(w: Words, notice: &Notice) -> Vec<(Said, Said)> {
    let mut facts = Vec::new();
    if let Some(unlock) = &notice.unlock {
        facts.push((w.lock_now(), w.hand_you_pay_nothing()));
        facts.push((w.lock_later(), w.show(Sum(unlock.fee))));
        for (id, name) in &unlock.centres {
            let name = name.as_deref().map_or_else(|| id.to_string(), |name| plain(name, 60));
            facts.push((w.lock_where(), w.show(name)));
        }
        facts.push((w.fee_generation(), w.show(u64::from(notice.generation))));
        facts.push((w.fee_until(), w.hand_moment(Day(notice.until), Clock(notice.until))));
        return facts;
    }
    match notice.purse_after {
        Some(after) => facts.push((w.fee_purse_name(), w.fee_then(Sum(after), Sum(notice.purse)))),
        None => facts.push((w.fee_purse_name(), w.show(Sum(notice.purse)))),
    }
    facts.push((
        w.fee_escrow_name(),
        w.fee_then(Sum(notice.escrow_after), Sum(notice.escrow)),
    ));
    facts.push((w.fee_generation(), w.show(u64::from(notice.generation))));
    if notice.kind == Kind::Copy {
        facts.push((w.fee_deeper(), w.hand_generations(notice.teeth)));
    }
    facts.push((w.fee_until(), w.hand_moment(Day(notice.until), Clock(notice.until))));
    facts
}

/// What comes back for bringing fares home, and how.
pub(in crate::pages) fn promised(w: Words, promise: &Promise) -> Said {
    let (label, share, most) = (plain(&promise.label, 60), Permille(promise.permille), Sum(promise.most));
    match promise.coupon {
        true => w.conf_rebate_coupon(label, most, &promise.path, share),
        false => w.conf_rebate_money(label, most, &promise.path, share),
    }
}

/// Where the license comes from and what rides along.
fn about(w: Words, notice: &Notice, giver: &str, publisher: &str) -> Vec<Said> {
    let mut about = Vec::new();
    if notice.unlock.is_some() {
        return vec![w.lock_why(), w.lock_home(publisher)];
    }
    match (notice.carrier, notice.rides) {
        (Side::Giver, _) if !notice.fare.is_zero() => about.push(w.fee_by_giver()),
        (Side::Receiver, (1.., Some(rides))) => {
            let total = rides.plus(notice.fare).unwrap_or(notice.fare);
            about.push(w.fee_rides(Sum(notice.fare), giver, Sum(rides), Sum(total)));
        }
        (Side::Receiver, (slips @ 1.., None)) => about.push(w.fee_rides_some(giver, slips)),
        _ => {}
    }
    about.extend(notice.rebates.iter().map(|promise| promised(w, promise)));
    about.push(match (notice.bought.last, notice.bought.price) {
        (Some(at), Some(price)) => w.fee_from(Day(at), giver, Sum(price), publisher),
        (Some(at), None) => w.fee_from_date(Day(at), giver, publisher),
        _ => w.fee_publisher(publisher),
    });
    about
}

#[derive(Deserialize)]
pub(super) struct Agreed {
    token: String,
    pin: String,
    /// Ticked: for the player and the drive that are attached, and no others.
    #[serde(default)]
    bound: Option<String>,
}

/// The holder agrees with his PIN. The fare is set aside before this answers.
pub(super) async fn agree(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Agreed>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/receive/{quote}"));
    let wallet = visit.wallet();
    let bound = form.bound.is_some();
    let bind = match bound {
        false => license::Bind::Free,
        true => match wallet.own_bind().await {
            Ok(bind) => bind,
            Err(no) => return visit.refuse(&no),
        },
    };
    let want = Want {
        bind,
        ..Want::default()
    };
    let committed = match quote.parse::<Hash>() {
        Ok(hash) => desk.pay_once(wallet, hash, form.pin, want).await,
        Err(_) => None,
    };
    match committed {
        None => visit.no(&Problem::not_found()),
        Some(Ok(deal)) => match wallet.see_through(deal).await {
            // No way back is known: the answer is shown to the friend.
            Outcome::OnItsWay { .. } => visit.go(&format!("/letters/answer/{deal}")),
            outcome => {
                if let Outcome::Given {
                    license: Some(license), ..
                } = outcome
                {
                    // From the friend's wallet if it still answers, else from the shop, else the library offers it.
                    wallet.take_package(deal, license).await;
                }
                visit.go(&format!("/received/{deal}"))
            }
        },
        Some(Err(no @ (PayRefused::Pin(_) | PayRefused::NeedsPin))) => match find(&desk, &quote) {
            Some(checked) => {
                let error = why(visit.words, no.code(), &no.to_string());
                draw(&visit, &checked, Some(error), bound).await
            }
            None => visit.refuse(&no),
        },
        Some(Err(no)) => visit.refuse(&no),
    }
}

/// Not wanted.
pub(super) async fn away(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/receive");
    if let Ok(hash) = quote.parse::<Hash>() {
        visit.wallet().decline(hash).await;
    }
    visit.go("/receive")
}

#[derive(Template)]
#[template(path = "hand-received.html")]
struct ReceivedView<'a> {
    page: &'a face::Page,
    base: &'a str,
    deal: String,
    good: bool,
    text: Said,
    /// What may be behind it, and what to do.
    hint: Option<Said>,
    license: Option<String>,
    done: bool,
}

/// What became of it.
pub(super) async fn result(
    State(desk): Shared,
    Path((key, deal)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/received/{deal}"));
    let (wallet, w) = (visit.wallet(), visit.words);
    let known = match deal.parse::<DealId>() {
        Ok(id) => wallet.outcome(id).await.map(|outcome| (id, outcome)),
        Err(_) => None,
    };
    let Some((id, outcome)) = known else {
        return visit.no(&Problem::not_found());
    };
    // The giver's card may not give it: what is bound to devices goes on only to devices.
    let is_theirs = matches!(
        &outcome,
        Outcome::Returned {
            reason: Some(VoidReason::License),
            ..
        }
    );
    let hint = is_theirs.then(|| w.way_back_bound());
    let (good, text, license) = match outcome {
        Outcome::Given { license, .. } => {
            let shelf = match license {
                Some(id) => wallet.shelf(id).await,
                None => None,
            };
            let locked = shelf.as_ref().is_some_and(can_unlock);
            let title = shelf.map(|s| plain(s.title(), 120)).unwrap_or_default();
            let text = match locked {
                true => w.lock_done(title),
                false => w.way_done(title),
            };
            (true, text, license.map(|l| l.to_string()))
        }
        Outcome::Returned { .. } => {
            let history = wallet.history().await;
            let fare = history.iter().find(|l| l.deal == Some(id)).and_then(|l| l.amount);
            let zero = units::Money::zero(wallet.summary().await.spendable.currency());
            (false, w.way_back(Sum(fare.unwrap_or(zero))), None)
        }
        Outcome::OnItsWay { .. } => return visit.go(&format!("/letters/answer/{deal}")),
        Outcome::Frozen { .. } => return visit.go("/"),
    };
    let done = good && wallet.done_of(id).await.is_some();
    let page = visit.page(Part::Receive);
    drawn(render_result(
        &page,
        visit.base(),
        deal,
        (good, text, hint),
        license,
        done,
    ))
}

/// Draws what became of it.
pub(super) fn render_result(
    page: &face::Page,
    base: &str,
    deal: String,
    (good, text, hint): (bool, Said, Option<Said>),
    license: Option<String>,
    done: bool,
) -> Result<String, askama::Error> {
    ReceivedView {
        page,
        base,
        deal,
        good,
        text,
        hint,
        license,
        done,
    }
    .render()
}
