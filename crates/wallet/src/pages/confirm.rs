//! Confirm: the one page on which money is agreed to. Every word of it comes from the checked quote that will be signed, and
//! from a dry run of the very step that will pay.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use card::{Checked, QuoteRefusal, Want};
use data_encoding::BASE64URL_NOPAD;
use deal::{Kind, PayRefusal, Value};
use face::{CardPage, Fare, Permille, Said, Sum, Words};
use license::TenderKind;
use minicbor::bytes::ByteVec;
use serde::Deserialize;
use units::{Hash, Money, PartyId, Refusal, ValueId};

pub(super) use super::deals::after_deal;
use super::{
    Desk, approve,
    binding::{Ticked, Ticks},
    handing::receive::promised,
    home::when,
    medium,
    money::pin_said,
    problem::{Problem, why},
    terms,
    text::plain,
    values,
    view::drawn_as,
    visit::{Shared, Visit, visit},
};
use crate::engine::{Agreement, ByBill, PayRefused, Promise, QuoteRefused, by_bill};

#[derive(Deserialize)]
pub(super) struct Link {
    offer: String,
}

/// What a link carries: whom to ask. Nothing else of it is believed, and no address is among it.
enum Asking {
    /// A shop, about the publisher's signed offer.
    Offer(PartyId, Vec<u8>),
    /// The same, quoted already: an open quote that a kiosk shows (ST-19).
    Quoted(PartyId, Vec<u8>, Vec<u8>),
    /// A deposit machine: no offer, cash, and the code of its screen.
    Cash(PartyId, String),
}

/// Letters and digits, a few: it goes into an address.
fn is_code(text: &str) -> bool {
    text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn read_link(text: &str) -> Option<Asking> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    if let Ok((seller, sheet, quote)) = seal::cbor::from_bytes::<(PartyId, ByteVec, ByteVec)>(&bytes) {
        return Some(if sheet.is_empty() {
            let code = String::from_utf8(quote.to_vec()).ok();
            Asking::Cash(seller, code.filter(|code| is_code(code))?)
        } else {
            Asking::Quoted(seller, sheet.to_vec(), quote.to_vec())
        });
    }
    let (party, sheet): (PartyId, ByteVec) = seal::cbor::from_bytes(&bytes).ok()?;
    Some(if sheet.is_empty() {
        Asking::Cash(party, String::new())
    } else {
        Asking::Offer(party, sheet.to_vec())
    })
}

/// Asks the seller, and leads to the confirm page. Pays nothing. The page key in the path is its form token: whoever can
/// name it is one of our pages.
pub(super) async fn ask(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/");
    let Some(asking) = read_link(&link.offer) else {
        let text = "this link carries no offer; start again from the shop";
        return visit.no(&Problem::new(StatusCode::BAD_REQUEST, "link-malformed", text));
    };
    let (seller, quoted) = match asking {
        Asking::Cash(machine, code) => return visit.go(&format!("/cash/{machine}?code={code}")),
        Asking::Offer(seller, sheet) => (seller, (sheet, None)),
        Asking::Quoted(seller, sheet, quote) => (seller, (sheet, Some(quote))),
    };
    if !desk.may_prompt(seller) {
        let text = "this seller has asked too often; wait a minute, then start again from the shop";
        return visit.no(&Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-prompts", text));
    }
    let answer = match &quoted {
        (sheet, None) => visit.wallet().quote_sale(seller, sheet).await,
        (sheet, Some(quote)) => visit.wallet().read_open(seller, sheet, quote.clone()).await,
    };
    match answer {
        Ok(checked) => visit.go(&format!("/confirm/{}", desk.keep_quote_of(checked, quoted.0))),
        Err(no) => visit.no(&not_quoted(visit.words, &no)),
    }
}

#[derive(Deserialize)]
pub(super) struct First {
    token: String,
}

/// Asks for the same to be paid first: a receipt comes, and gets the work later, once (ST-9). Pays nothing.
pub(super) async fn first(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<First>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/confirm/{quote}"));
    let sheet = quote.parse().ok().and_then(|hash| desk.sheet(hash));
    let Some((checked, sheet)) = find(&desk, &quote).zip(sheet) else {
        return visit.no(&Problem::not_found());
    };
    let seller = PartyId(checked.quote().giver);
    match visit.wallet().quote_pay_only(seller, &sheet).await {
        Ok(checked) => visit.go(&format!("/confirm/{}", desk.keep_quote(checked))),
        Err(no) => visit.no(&not_quoted(visit.words, &no)),
    }
}

/// Why there is nothing to agree to. An amount that changed under way is named, as it was and as it is.
pub(super) fn not_quoted(w: Words, no: &QuoteRefused) -> Problem {
    let problem = Problem::of(no);
    match no {
        QuoteRefused::Quote(QuoteRefusal::PriceChanged { offered, asked }) => {
            problem.saying(w.conf_changed(Sum(*asked), Sum(*offered)))
        }
        _ => problem,
    }
}

/// What else than money is chosen: the maker and the id of a value.
#[derive(Deserialize, Default)]
pub(super) struct Chosen {
    #[serde(default)]
    with: String,
}

fn value_named(text: &str) -> Option<(PartyId, ValueId)> {
    let (maker, id) = text.split_once('.')?;
    Some((maker.parse().ok()?, id.parse().ok()?))
}

fn name_of(value: &Value) -> String {
    format!("{}.{}", value.maker, value.id)
}

/// How a payer's bill is named as a way to pay.
fn bill_of(payer: PartyId) -> String {
    format!("bill.{payer}")
}

/// What the card pays with, by the name of a way to pay.
fn wanted(with: &str, checked: &Checked) -> Want {
    match with.strip_prefix("bill.").and_then(|id| id.parse().ok()) {
        Some(payer) => by_bill(payer, checked.quote().price.currency()),
        None => want(value_named(with)),
    }
}

fn want(chosen: Option<(PartyId, ValueId)>) -> Want {
    Want {
        values: chosen.into_iter().collect(),
        ..Want::default()
    }
}

/// The page.
pub(super) async fn show(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    Query(chosen): Query<Chosen>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/confirm/{quote}"));
    match find(&desk, &quote) {
        Some(_) if chosen.with == medium::WAY => visit.go(&format!("/confirm/{quote}/medium")),
        Some(checked) if approve::is_chosen(&chosen.with) => {
            approve::page(&desk, &visit, &checked, &chosen.with, None).await
        }
        Some(checked) => page(&desk, &visit, &checked, (&chosen.with, &Ticked::default()), None).await,
        None => visit.no(&Problem::not_found()),
    }
}

pub(super) fn find(desk: &Desk, quote: &str) -> Option<Checked> {
    desk.quote(quote.parse::<Hash>().ok()?)
        .filter(|checked| !checked.quote().kind.between_cards())
}

/// Draws the page from the checked quote and a dry run. Without a choice it is paid the first way that can succeed.
async fn page(
    desk: &Desk,
    visit: &Visit,
    checked: &Checked,
    (wished, ticked): (&str, &Ticked),
    error: Option<Said>,
) -> Response {
    let chosen = value_named(wished);
    let mut agreement = visit.wallet().agreement(checked, &wanted(wished, checked)).await;
    let mut with = agreement
        .ways
        .iter()
        .find(|way| chosen == Some((way.value.maker, way.value.id)));
    if wished.is_empty() && matches!(agreement.would, Err(PayRefusal::PurseTooSmall { .. })) {
        // The first other way that can succeed: a value, else somebody's bill.
        let can = |bill: &&ByBill| bill.would.is_ok() && !bill.not_paid;
        let (way, bill) = (
            agreement.ways.first().cloned(),
            agreement.bills.iter().find(can).cloned(),
        );
        let other = match (&way, &bill) {
            (Some(way), _) => Some(want(Some((way.value.maker, way.value.id)))),
            (None, Some(bill)) => Some(by_bill(bill.payer.id, checked.quote().price.currency())),
            (None, None) => None,
        };
        if let Some(other) = other {
            agreement = visit.wallet().agreement(checked, &other).await;
            with = way.and_then(|way| agreement.ways.iter().find(|one| one.value == way.value));
        }
    }
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let mut about = About::of(visit.words, checked);
    if about.kind == Kind::Sale {
        about.on = Some(ticked.ticks(visit).await);
    }
    let takes_receipts = checked.quote().accepts.contains(&TenderKind::Receipt) && !about.sum.is_zero();
    about.first = about.kind == Kind::Sale && takes_receipts && desk.sheet(checked.hash()).is_some();
    about.rebates = rebates(visit, checked).await;
    let with = with.map(|way| way.value.clone());
    let card = visit.card().await;
    drawn_as(
        status,
        draw(
            &card,
            (visit.base(), visit.token()),
            &about,
            &agreement,
            with.as_ref(),
            error,
        ),
    )
}

/// What the quote says, as the page shows it.
#[derive(Debug, Clone)]
pub(super) struct About {
    /// Asked by a terminal, for the card in its reader: in the state of this name.
    pub(super) watch: Option<String>,
    pub(super) quote: String,
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) seller: String,
    pub(super) publisher: Option<String>,
    pub(super) art: String,
    /// What is asked for; what comes back, if something is handed back.
    pub(super) sum: Money,
    pub(super) until: units::Moment,
    pub(super) terms: Vec<Said>,
    /// The tax in the price and its rate, in thousandths of the price without it.
    pub(super) tax: Option<(Money, u16)>,
    pub(super) refund: Option<Said>,
    /// What the publisher gives back for fares of copies that are brought home (SD-19).
    pub(super) rebates: Vec<Promise>,
    /// The seller's number in its realm, as its certificate has it.
    pub(super) certified: Option<String>,
    /// What it may be bound to, where that can be chosen.
    pub(super) on: Option<Ticks>,
    /// May it be paid first, and got later with the receipt?
    pub(super) first: bool,
}

impl About {
    pub(super) fn of(w: Words, checked: &Checked) -> Self {
        let quote = checked.quote();
        let sale = checked
            .on_sale()
            .filter(|_| matches!(quote.kind, Kind::Sale | Kind::PayOnly));
        Self {
            watch: None,
            quote: checked.hash().to_string(),
            kind: quote.kind,
            title: plain(checked.title(), 120),
            seller: plain(checked.giver_name(), 60),
            publisher: checked.on_sale().map(|s| plain(&s.publisher_name, 60)),
            art: checked.on_sale().map(|s| terms::art(&s.offer)).unwrap_or_default(),
            sum: match quote.kind {
                Kind::Surrender => quote.credit.unwrap_or(quote.price),
                _ => quote.price,
            },
            until: quote.until,
            terms: sale
                .map(|s| terms::of_offer(w, &s.offer, &s.policy))
                .unwrap_or_default(),
            tax: sale.map(|s| {
                let rate = s.offer.tax_permille;
                (s.offer.price.tax_contained(u32::from(rate)), rate)
            }),
            refund: sale.map(|s| terms::refund(w, &s.offer)),
            rebates: Vec::new(),
            certified: sale.map(|_| PartyId(quote.giver).to_string()),
            on: None,
            first: false,
        }
    }
    fn ask(&self, w: Words) -> [Said; 3] {
        match self.kind {
            Kind::Surrender => [
                w.conf_back_ask(Sum(self.sum), &self.title),
                w.conf_back_no(),
                w.conf_back_once(),
            ],
            Kind::Unlock => [
                w.conf_unlock_ask(Sum(self.sum), &self.title),
                w.conf_unlock_no(),
                w.pay_once(),
            ],
            _ if self.sum.is_zero() => [
                w.conf_free_ask(&self.seller, &self.title),
                w.conf_free_no(),
                w.pay_once(),
            ],
            _ => [w.pay_ask(Sum(self.sum), &self.seller), w.pay_no(), w.pay_once()],
        }
    }
    /// The button, with what will be asked for.
    fn yes(&self, w: Words, due: Money) -> Said {
        match self.kind {
            Kind::Surrender => w.conf_back_yes(),
            Kind::Unlock => w.conf_unlock_yes(Fare(due)),
            _ if self.sum.is_zero() => w.conf_free_yes(),
            _ => w.pay_yes(Fare(due)),
        }
    }
}

/// Another way to pay.
struct Another {
    with: String,
    text: Said,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmView<'a> {
    card: &'a CardPage,
    base: &'a str,
    token: &'a str,
    about: &'a About,
    ask: Said,
    yes: Said,
    no: Said,
    once: Said,
    facts: Vec<(Said, Said)>,
    /// Who was to pay this, and did not.
    instead: Option<Said>,
    another: Vec<Another>,
    /// Those who have said beforehand that they do not pay this seller.
    not_paid: Vec<Said>,
    /// The value or the bill that is chosen.
    with: String,
    tries: Said,
    blocked: bool,
    /// Set when the card would refuse, with a way on: no button then.
    refused: Option<(Said, Option<(String, Said)>)>,
    error: Option<Said>,
}

/// Draws the page.
pub(super) fn draw(
    card: &CardPage,
    (base, token): (&str, &str),
    about: &About,
    agreement: &Agreement,
    with: Option<&Value>,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = card.words;
    let [ask, no, once] = about.ask(w);
    let zero = Money::zero(agreement.purse.currency());
    let due = match &agreement.would {
        // All of it leaves somebody else's hands first.
        Ok(_) if agreement.by.is_some() => about.sum,
        Ok(dry) => dry.fare.unwrap_or(zero),
        Err(_) => about.sum,
    };
    let once = if about.kind == Kind::PayOnly {
        w.conf_first_once()
    } else {
        once
    };
    let once = match &agreement.by {
        Some((payer, plays)) => w.tel_conf_until(plain(&payer.name, 60), *plays),
        None => once,
    };
    ConfirmView {
        card,
        base,
        token,
        about,
        ask,
        yes: about.yes(w, due),
        no,
        once,
        facts: facts(w, about, agreement, with, due),
        instead: agreement
            .instead
            .as_ref()
            .map(|payer| w.tel_conf_clear(plain(payer, 60))),
        another: another(w, agreement, with, about.sum),
        with: match &agreement.by {
            Some((payer, _)) => bill_of(payer.id),
            None => with.map(name_of).unwrap_or_default(),
        },
        not_paid: not_paid(w, agreement),
        tries: w.wallet_tries(u64::from(agreement.tries)),
        blocked: agreement.tries == 0,
        refused: agreement
            .would
            .as_ref()
            .err()
            .map(|no| refused(w, no, about, agreement)),
        error,
    }
    .render()
}

fn value_said(w: Words, value: &Value) -> Said {
    w.conf_with_value(values::word(value.kind), plain(&value.label, 60))
}

/// From where it is paid, what is left, and what the seller learns.
fn facts(w: Words, about: &About, agreement: &Agreement, with: Option<&Value>, due: Money) -> Vec<(Said, Said)> {
    let (back, purse) = (about.kind == Kind::Surrender, agreement.purse);
    let mut facts = of_seller(w, about);
    let by = agreement
        .by
        .as_ref()
        .map(|(payer, _)| (plain(&payer.name, 60), payer.is_bank));
    let paid_with = |(payer, is_bank): (String, bool)| match is_bank {
        true => w.tel_debit_with(payer),
        false => w.tel_conf_with(payer),
    };
    match with {
        _ if by.is_some() => facts.extend(by.clone().map(|by| (w.conf_with(), paid_with(by)))),
        Some(value) if due.is_zero() => facts.push((w.conf_with(), value_said(w, value))),
        Some(value) => facts.push((w.conf_with(), w.conf_with_rest(Sum(due), value_said(w, value)))),
        None if back => facts.push((w.conf_purse_now(), w.show(Sum(purse)))),
        None => facts.push((w.conf_from(), w.conf_from_purse(Sum(purse)))),
    }
    let after = match (back, &agreement.would) {
        (true, _) => purse.plus(about.sum).ok(),
        (false, Ok(dry)) => Some(dry.purse),
        (false, Err(_)) => None,
    };
    facts.extend(after.map(|after| (w.conf_after(), w.show(Sum(after)))));
    facts.push((
        w.conf_learns(),
        match by {
            Some((payer, true)) => w.tel_debit_learns(payer),
            Some((payer, false)) => w.tel_conf_learns(payer),
            None => w.conf_learns_what(),
        },
    ));
    facts.extend(of_deal(w, about));
    facts
}

/// Said before anything is paid, whoever pays: who sells, under which number, and the tax in the price.
pub(super) fn of_seller(w: Words, about: &About) -> Vec<(Said, Said)> {
    let mut facts = Vec::new();
    if let Some(certified) = &about.certified {
        facts.push((w.work_seller_id(), w.show(face::Code(certified.clone()))));
    }
    if let Some(publisher) = &about.publisher {
        facts.push((w.conf_publisher(), w.show(publisher)));
    }
    if let Some((tax, rate)) = about.tax.filter(|(tax, _)| !tax.is_zero()) {
        facts.push((w.offer_tax(Permille(rate)), w.show(Sum(tax))));
    }
    facts
}

/// And the way back, what comes back for fares, and until when the quote is good.
pub(super) fn of_deal(w: Words, about: &About) -> Vec<(Said, Said)> {
    let refund = about.refund.iter().map(|refund| (w.conf_refund(), refund.clone()));
    let rebates = about.rebates.iter().map(|it| (w.conf_rebate(), promised(w, it)));
    let mut facts: Vec<(Said, Said)> = refund.chain(rebates).collect();
    facts.push((w.conf_until(), when(w, about.until)));
    facts
}

/// What comes back for bringing home fares of copies of what is sold here, if its publisher says so.
pub(super) async fn rebates(visit: &Visit, checked: &Checked) -> Vec<Promise> {
    let sale = checked.on_sale().filter(|_| checked.quote().kind == Kind::Sale);
    match sale {
        Some(sale) if sale.policy.modes.copy && !sale.policy.fare_copy.is_zero() => {
            visit.wallet().promised(sale.policy.payee).await
        }
        _ => Vec::new(),
    }
}

fn another(w: Words, agreement: &Agreement, with: Option<&Value>, sum: Money) -> Vec<Another> {
    let approved = agreement.approvers.iter().map(|approver| Another {
        with: approve::name_of(approver),
        text: w.wallet_approval_way(Sum(sum), plain(&approver.name, 60)),
    });
    let zero = Money::zero(sum.currency());
    let others = agreement.ways.iter().filter(|way| Some(&way.value) != with);
    let mut another: Vec<Another> = others
        .map(|way| Another {
            with: name_of(&way.value),
            text: w.conf_way_value(Sum(way.rest.unwrap_or(zero)), value_said(w, &way.value)),
        })
        .collect();
    let bills = agreement
        .bills
        .iter()
        .filter(|bill| bill.would.is_ok() && !bill.not_paid);
    let chosen = agreement.by.as_ref().map(|(payer, _)| payer.id);
    let bills = bills.filter(|bill| Some(bill.payer.id) != chosen);
    another.extend(bills.map(|bill| Another {
        with: bill_of(bill.payer.id),
        text: match bill.payer.is_bank {
            true => w.tel_debit_way(plain(&bill.payer.name, 60), Sum(sum)),
            false => w.tel_conf_way(plain(&bill.payer.name, 60), Sum(sum)),
        },
    }));
    if with.is_some() || chosen.is_some() {
        another.push(Another {
            with: "purse".to_owned(),
            text: w.conf_way_purse(Sum(sum)),
        });
    }
    another.extend(approved);
    another.extend(agreement.media.then(|| Another {
        with: medium::WAY.to_owned(),
        text: w.wallet_medium_way(Sum(sum)),
    }));
    another
}

/// Who said beforehand that it does not pay this seller (ST-25).
fn not_paid(w: Words, agreement: &Agreement) -> Vec<Said> {
    let told = agreement.bills.iter().filter(|bill| bill.not_paid);
    told.map(|bill| w.tel_conf_not_paid(plain(&bill.payer.name, 60)))
        .collect()
}

/// Why the card would refuse, with its figures, and what can be done about it here.
fn refused(w: Words, no: &PayRefusal, about: &About, agreement: &Agreement) -> (Said, Option<(String, Said)>) {
    let way = |path: &str, said: Said| Some((path.to_owned(), said));
    match no {
        PayRefusal::PurseTooSmall { missing, .. } => {
            let mut said = w.conf_short(Sum(agreement.purse), Sum(*missing));
            if !agreement.escrow.is_zero() {
                said = w.conf_two(said, w.conf_short_escrow(Sum(agreement.escrow)));
            }
            // Whoever loads for this payment comes back to it.
            (said, way(&format!("/load?then={}", about.quote), w.money_load()))
        }
        PayRefusal::AboveOwnLimit { amount, limit } => (
            w.conf_own_limit(Sum(*amount), Sum(*limit)),
            way("/limits", w.conf_limits()),
        ),
        PayRefusal::AboveOwnDay { amount, spent, limit } => (
            w.conf_own_day(Sum(*amount), Sum(*limit), Sum(*spent)),
            way("/limits", w.conf_limits()),
        ),
        PayRefusal::AboveLimit { amount, limit } => {
            (w.conf_limit(Sum(*amount), Sum(*limit)), way("/limits", w.conf_limits()))
        }
        PayRefusal::LicensesFull(_) => (said(w, no), way("/library?room=1", w.conf_make_room())),
        PayRefusal::AlreadyOpen => (said(w, no), way("/on-its-way", w.conf_way_on())),
        _ => (said(w, no), None),
    }
}

fn said(w: Words, no: &PayRefusal) -> Said {
    why(w, no.told(), &no.to_string())
}

#[derive(Deserialize)]
pub(super) struct Agreed {
    token: String,
    pin: String,
    #[serde(default)]
    with: String,
    #[serde(flatten)]
    ticked: Ticked,
}

/// The holder agrees with his PIN.
pub(super) async fn pay(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Agreed>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/confirm/{quote}"));
    let wallet = visit.wallet();
    let checked = find(&desk, &quote);
    let seller = checked.as_ref().map(|checked| PartyId(checked.quote().giver));
    let want = if approve::is_chosen(&form.with) {
        match approve::want(&desk, &visit, &quote).await {
            Ok(want) => want,
            Err(response) => return response,
        }
    } else {
        let want = checked.map(|checked| wanted(&form.with, &checked)).unwrap_or_default();
        Want {
            bind: form.ticked.bind(&visit).await,
            ..want
        }
    };
    let committed = match quote.parse::<Hash>() {
        Ok(hash) => desk.pay_once(wallet, hash, form.pin, want).await,
        Err(_) => None,
    };
    match committed {
        None => visit.no(&Problem::not_found()),
        Some(Ok(deal)) => {
            if let Some(seller) = seller {
                desk.wanted_prompt(seller);
            }
            desk.seeing.begin(wallet, deal);
            visit.go(&format!("/deals/{deal}"))
        }
        Some(Err(no)) => again(&desk, &visit, &quote, (&form.with, &form.ticked), &no).await,
    }
}

/// Nothing was paid: the same page again, with what to do.
async fn again(
    desk: &Arc<Desk>,
    visit: &Visit,
    quote: &str,
    (wished, ticked): (&str, &Ticked),
    no: &PayRefused,
) -> Response {
    let Some(checked) = find(desk, quote) else {
        return visit.refuse(no);
    };
    let error = match no {
        PayRefused::Pin(pin) => pin_said(visit.words, pin),
        PayRefused::NeedsPin => why(visit.words, no.code(), &no.to_string()),
        other => return visit.refuse(other),
    };
    if approve::is_chosen(wished) {
        return approve::page(desk, visit, &checked, wished, Some(error)).await;
    }
    page(desk, visit, &checked, (wished, ticked), Some(error)).await
}
