//! Deals: what became of a payment: here, back, or still on its way; and where the card stands.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    response::Response,
};
use card::{Event, Line};
use deal::{Kind, VoidReason};
use face::{MoneyBar, Said, Sum, Words};
use units::{DealId, Span};

use super::{
    figures, history,
    home::when,
    library::Names,
    problem::{Problem, why},
    telephone,
    text::plain,
    view::drawn,
    visit::{Part, Shared, visit},
};
use crate::engine::{Outcome, Overview, Wallet};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is being asked for just now.
    Asking,
    Done,
    Back,
    OnItsWay,
    Frozen,
}

impl Fate {
    /// Its name, for whoever waits for one.
    const fn name(&self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Done => "done",
            Self::Back => "back",
            Self::OnItsWay => "on-its-way",
            Self::Frozen => "frozen",
        }
    }
}

/// How often the page looks again by itself while the seller is asked, in seconds.
const LOOK: &str = "1";
/// From when on it is said that he is slow.
const SLOW: Span = Span::seconds(5);

/// A deal, ready to be drawn.
pub(super) struct Told {
    pub(super) fate: Fate,
    pub(super) text: Said,
    pub(super) why: Option<Said>,
    /// Its receipt: the number, and where the seller shows it.
    pub(super) receipt: Option<(u64, Option<String>)>,
    /// A license that came: its id and title.
    pub(super) license: Option<(String, String)>,
    pub(super) deal: String,
    /// By what a machine that sold it knows its buyer again.
    pub(super) pickup: Option<String>,
    /// What is owed for it.
    pub(super) owed: Option<telephone::Owed>,
}

#[derive(Template)]
#[template(path = "result.html")]
struct ResultView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    told: &'a Told,
    bar: Option<MoneyBar>,
}

/// What follows a deal: the file of a new license begins to come, a refund is taken.
pub(super) async fn after_deal(wallet: &Wallet, outcome: &Outcome) {
    let Outcome::Given { license, .. } = outcome else {
        return;
    };
    // What somebody else shall pay is asked for at once; what is not answered now is asked again by itself.
    wallet.send_charges().await;
    match license {
        // If it does not come now, the library offers it.
        Some(id) => drop(wallet.fetch_soon(*id).await),
        None => wallet.take_refunds().await,
    }
}

/// The page. Looking asks once more, if it is open.
pub(super) async fn show(
    State(desk): Shared,
    Path((key, deal)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/deals/{deal}"));
    let wallet = visit.wallet();
    let known = match deal.parse::<DealId>() {
        Ok(id) => wallet.outcome(id).await.map(|outcome| (id, outcome)),
        Err(_) => None,
    };
    let Some((id, outcome)) = known else {
        return visit.no(&Problem::not_found());
    };
    let asks = desk.seeing.goes_on(id).await;
    let outcome = match asks {
        true => outcome,
        // It may have been decided while it was waited for.
        false => wallet.outcome(id).await.unwrap_or(outcome),
    };
    if !asks && matches!(outcome, Outcome::OnItsWay { .. }) {
        wallet.stir();
    }
    let (overview, lines) = (wallet.overview().await, wallet.history().await);
    let title = match &outcome {
        Outcome::Given { license: Some(id), .. } => wallet.shelf(*id).await.map(|s| plain(s.title(), 120)),
        _ => None,
    };
    let names = Names::of(&visit).await;
    let mut told = tell(visit.words, (id, &outcome), title, &overview, &lines, &names);
    if let Outcome::Given { license: Some(id), .. } = &outcome {
        told.owed = telephone::of_license(visit.words, wallet, *id).await;
    }
    if asks {
        let seller = lines
            .iter()
            .find(|line| line.deal == Some(id))
            .and_then(|line| line.with);
        let open = overview.under_way.iter().find(|open| open.deal == id);
        let slow = open.is_some_and(|open| wallet.now().since(open.since) >= SLOW);
        let name = seller.map(|seller| names.name(seller)).unwrap_or_default();
        told = asking(visit.words, id, &name, slow.then_some(told.text));
    }
    let page = visit.page(Part::Card);
    let bar = figures::bar(&overview);
    let mut response = drawn(draw(&page, visit.base(), visit.token(), &told, bar));
    if asks {
        let header = HeaderName::from_static("refresh");
        response.headers_mut().insert(header, HeaderValue::from_static(LOOK));
    }
    response
}

/// The seller is asked. `slow`: what is said when he has not answered for some time.
pub(super) fn asking(w: Words, id: DealId, seller: &str, slow: Option<Said>) -> Told {
    Told {
        fate: Fate::Asking,
        text: w.deal_asking(seller),
        why: slow,
        receipt: None,
        license: None,
        deal: id.to_string(),
        pickup: None,
        owed: None,
    }
}

/// Draws it.
pub(super) fn draw(
    page: &face::Page,
    base: &str,
    token: &str,
    told: &Told,
    bar: Option<MoneyBar>,
) -> Result<String, askama::Error> {
    ResultView {
        page,
        base,
        token,
        told,
        bar,
    }
    .render()
}

fn tell(
    w: Words,
    (id, outcome): (DealId, &Outcome),
    title: Option<String>,
    overview: &Overview,
    lines: &[Line],
    names: &Names,
) -> Told {
    let mut of_it = lines.iter().filter(|line| line.deal == Some(id));
    let page = of_it.find_map(|line| history::receipt(line, names));
    let paid = lines
        .iter()
        .find(|line| line.deal == Some(id) && line.event == Event::Paid);
    let mut told = Told {
        fate: Fate::Done,
        text: w.deal_done(),
        why: None,
        receipt: None,
        license: None,
        deal: id.to_string(),
        pickup: None,
        owed: None,
    };
    match outcome {
        Outcome::Given { license, receipt, .. } => {
            told.receipt = receipt.map(|number| (number, page.clone()));
            let is_sale = paid.is_some_and(|line| line.kind == Some(Kind::Sale));
            told.pickup = (is_sale && receipt.is_some()).then(|| deal::pickup_code(id));
            told.text = given(w, paid, title.as_deref());
            told.license = license.map(|id| id.to_string()).zip(title);
        }
        Outcome::Returned { reason, .. } => {
            told.fate = Fate::Back;
            told.text = match paid
                .filter(|line| !matches!(line.kind, Some(Kind::Load | Kind::Surrender)))
                .and_then(|line| line.amount)
            {
                Some(sum) => w.deal_returned_why(Sum(sum)),
                None => w.deal_returned_none(),
            };
            told.why = reason.map(|reason: VoidReason| why(w, reason.code(), reason.text()));
        }
        Outcome::OnItsWay { .. } => {
            told.fate = Fate::OnItsWay;
            let open = figures::open(w, overview)
                .into_iter()
                .find(|open| open.go.ends_with(&told.deal));
            told.text = open.map_or_else(|| w.way_lead(), |open| open.text);
        }
        Outcome::Frozen { .. } => {
            told.fate = Fate::Frozen;
            told.text = match overview.stopped {
                Some(at) => w.lost_own(when(w, at)),
                None => w.deal_frozen(),
            };
        }
    }
    told
}

fn given(w: Words, paid: Option<&Line>, title: Option<&str>) -> Said {
    let Some(line) = paid else {
        return title.map_or_else(|| w.deal_done(), |title| w.way_done(title));
    };
    match (line.kind, line.amount, title) {
        (Some(Kind::Load), Some(sum), _) => w.deal_loaded(Sum(sum)),
        (Some(Kind::Redeem), Some(sum), _) => w.deal_out(Sum(sum)),
        (Some(Kind::Surrender), Some(sum), _) => w.deal_back(Sum(sum)),
        (Some(Kind::Clear), Some(sum), _) => w.deal_cleared(Sum(sum), plain(&line.title, 120)),
        (Some(Kind::Unlock), _, Some(title)) => w.deal_unlocked(title),
        (_, _, Some(title)) => w.way_done(title),
        _ => w.deal_done(),
    }
}
