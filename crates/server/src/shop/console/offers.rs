//! Offers: the ways to buy a work that is on sale: another one beside them, other terms for one of them, and the end of one. All
//! of it is signed as publishing is, with the publisher's own keys, and holds for new licenses only.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form as Posted,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use face::{Page, Said};
use party::{
    PartyKeys,
    desk::Known,
    shop::{Deed, OnShelf, Work},
};
use publisher::{OnSale, Publisher, Seller, Terms};
use seal::role;
use store::Fault;
use units::{ContentId, Currency, Hash, Moment, OfferNo, PartyId};

use super::{
    drafts::{Choice, mode_choices, route_choices, share_choices, wrong_said},
    form::{Form, Wrong},
    frame::{At, Whose, on, page as frame, shown, shown_as, told},
    jobs::{same_terms, unlock},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::{Problem, seed},
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// The word that stands for an offer that is not there yet.
const NEW: &str = "new";
/// Numbers tried before a free one is given up.
const ATTEMPTS: u8 = 32;

/// A work on sale with everything that signing for it takes, read at one moment.
struct Held {
    keys: PartyKeys,
    known: Arc<Known>,
    seller: Vec<u8>,
    key: package::ContentKey,
    work: Work,
    preview: Vec<u8>,
    /// Those that stand on the shelf.
    offers: Vec<OnShelf>,
    /// A number for another one.
    free: OfferNo,
    now: Moment,
}

/// Reads the work of this publisher with this package. Nothing: it is not his, not there, or made anew for each buyer.
fn held(
    party: &party::shop::Shop,
    view: &mut dyn store::View,
    (publisher, package): (PartyId, Hash),
    form: &Form,
    now: Moment,
) -> Result<Option<Held>, Fault> {
    let found = (
        party.key_for_version(view, publisher, package)?,
        party.work(view, package)?,
        party.preview(view, package)?,
        party.tenant_keys(view, publisher)?,
    );
    let (Some(key), Some(work), Some((_, preview)), Some(keys)) = found else {
        return Ok(None);
    };
    let Some(row) = party.in_window(view, work.content)? else {
        return Ok(None);
    };
    let mut offers = Vec::new();
    for number in row.numbers {
        let one = party.offer(view, number)?;
        offers.extend(one.filter(|one| one.listing.withdrawn.is_none()));
    }
    Ok(Some(Held {
        keys,
        known: party::Party::desk(party).known(view)?,
        seller: party.certificate().to_vec(),
        free: free_number(party, view, (publisher, work.content), form)?,
        key,
        work,
        preview,
        offers,
        now,
    }))
}

/// A number for another offer of a work: the same for the same form, so that pressing twice makes one offer.
fn free_number(
    party: &party::shop::Shop,
    view: &mut dyn store::View,
    (publisher, content): (PartyId, ContentId),
    form: &Form,
) -> Result<OfferNo, Fault> {
    let text: Vec<String> = form.fields().into_iter().map(|(n, v)| format!("{n}={v}")).collect();
    let number = |attempt: u8| {
        let hash = seal::hash_parts(&[b"offer", &content.0, text.join("\n").as_bytes(), &[attempt]]).0;
        let part = u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]]);
        deal::enterprise::of_no_enterprise(part)
    };
    let mut free = number(0);
    for attempt in 1..ATTEMPTS {
        let there = party.offer(view, free)?;
        if there.is_none_or(|there| there.offer.publisher == publisher && there.offer.content == content) {
            break;
        }
        free = number(attempt);
    }
    Ok(free)
}

/// Signs these terms for a work and puts them on the shelf.
fn sign(it: &Held, package: Hash, terms: &Terms, hint: String, seed: &seal::Seed) -> Result<Vec<u8>, Problem> {
    let certifiers: Vec<Vec<u8>> = it.known.certifiers().iter().take(3).map(|c| c.to_vec()).collect();
    let vault = it.keys.derive("publisher/keys", &[]);
    let publisher = Publisher {
        signer: it.keys.signer(),
        certificate: it.keys.certificate(),
        certifiers: &certifiers,
        secret: &vault,
        trust: &it.known.trust,
        converter: None,
        reader: None,
    };
    let first = it.offers.first();
    let work = OnSale {
        content: it.work.content,
        title: it.work.title.clone(),
        media_type: first.map(|one| one.offer.media_type.clone()).unwrap_or_default(),
        package,
        package_len: it.work.package_len,
        key: &it.key,
        key_id: it.work.key_id,
        kind: it.work.kind,
        preview_type: it.work.preview_type.clone(),
        preview: it.preview.clone(),
        tracks: it.work.tracks.clone(),
    };
    let seller = Seller {
        certificate: it.seller.clone(),
        hint,
    };
    Ok(publisher::offer(&publisher, &work, terms, &seller, it.now, seed)?)
}

async fn bring(shop: &Arc<Stall>, it: Held, package: Hash, terms: &Terms) -> Result<(), Problem> {
    let (hint, drawn, terms) = (shop.sign.address.clone(), seed()?, terms.clone());
    let signing = tokio::task::spawn_blocking(move || sign(&it, package, &terms, hint, &drawn));
    let bundle = signing.await.map_err(|_| Problem::by(&Fault::Panicked))??;
    shop.office
        .commit(move |party, tx, now, seed| party.publish(tx, &bundle, now, seed))
        .await?;
    Ok(())
}

/// Puts terms on the shelf for a package that is there.
pub(super) async fn put(shop: &Arc<Stall>, publisher: PartyId, package: Hash, terms: &Terms) -> Result<(), Problem> {
    let it = shop
        .office
        .look::<_, Fault>(move |party, view, now| held(party, view, (publisher, package), &Form::fresh(""), now))
        .await?;
    bring(shop, it.ok_or_else(Problem::nothing_here)?, package, terms).await
}

/// The terms a form means: for another offer beside those there are, or instead of `one`. What the form does not ask about stays
/// as it is.
fn terms_of(it: &Held, one: Option<&OnShelf>, form: &Form) -> Result<Terms, Wrong> {
    let currency = Currency::new(&it.known.trust.realm().currency).map_err(|_| Wrong::Number)?;
    let number = one.map_or(it.free, |one| one.offer.number);
    let mut terms = form.terms(number, currency, |fee| unlock(&it.known, fee, it.now), it.now)?;
    let Some(before) = one.or(it.offers.first()) else {
        return Ok(terms);
    };
    let old = same_terms(before, std::slice::from_ref(before));
    (terms.copies, terms.hardware_only, terms.as_file) = (old.copies, old.hardware_only, old.as_file);
    (terms.players, terms.payee, terms.knows_buyers) = (old.players, old.payee, old.knows_buyers);
    let (Some(new), Some(was)) = (terms.offers.first_mut(), old.offers.first()) else {
        return Ok(terms);
    };
    let wanted = std::mem::replace(&mut new.tenders, was.tenders.clone());
    for kind in publisher::CHOSEN {
        new.takes(kind, wanted.contains(&kind));
    }
    if new.refund.days == was.refund.days {
        new.refund = was.refund;
    }
    if one.is_some() {
        new.rights.until = was.rights.until;
    }
    Ok(terms)
}

#[derive(Template)]
#[template(path = "console/offer.html")]
struct OfferPage<'a> {
    page: &'a Page,
    heading: Said,
    title: &'a str,
    wrong: Option<Said>,
    no_home: Option<Said>,
    form: &'a Form,
    shares: Vec<Choice>,
    modes: Vec<Choice>,
    routes: Vec<Choice>,
    currency: String,
    action: String,
    back: String,
    is_new: bool,
    csrf: &'a str,
}

/// What the page of an offer shows.
pub(super) struct Shown<'a> {
    pub(super) content: ContentId,
    pub(super) title: &'a str,
    /// The offer; nothing: a new one.
    pub(super) number: Option<OfferNo>,
    pub(super) form: &'a Form,
    pub(super) wrong: Option<Wrong>,
    pub(super) currency: String,
    pub(super) has_home: bool,
    pub(super) csrf: &'a str,
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: &Shown<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let work = whose.at(&format!("/works/{}", it.content));
    let word = it.number.map_or(NEW.to_owned(), |number| number.to_string());
    OfferPage {
        page: &frame(sign, visit, staff, Some(whose), At::Works),
        heading: match it.number {
            Some(_) => words.console_offer_change(),
            None => words.console_offer_new(),
        },
        title: it.title,
        wrong: it.wrong.map(|wrong| wrong_said(words, wrong, &it.currency)),
        no_home: (!it.has_home).then(|| words.console_keeper_no_home()),
        form: it.form,
        shares: share_choices(words, it.form),
        modes: mode_choices(words, it.form),
        routes: route_choices(words, it.form),
        currency: it.currency.clone(),
        action: visit.to(&format!("{work}/offers/{word}")),
        back: visit.to(&work),
        is_new: it.number.is_none(),
        csrf: it.csrf,
    }
    .render()
}

/// Which offer of which work an address means.
struct Which {
    whose: Whose,
    content: ContentId,
    number: Option<OfferNo>,
}

async fn which(
    shop: &Stall,
    staff: &Staff,
    (publisher, content, offer): &(String, String, String),
) -> Result<Which, Problem> {
    let whose = staff.over(shop, publisher, Deed::ChangeWorks).await?;
    let gone = |_| Problem::nothing_here();
    Ok(Which {
        whose,
        content: content.parse().map_err(gone)?,
        number: match offer.as_str() {
            NEW => None,
            number => Some(number.parse().map_err(|_| Problem::nothing_here())?),
        },
    })
}

/// Reads what an address means; a form, where somebody has typed already.
async fn read(shop: &Stall, which: &Which, typed: Option<&Form>) -> Result<(Held, Hash, bool), Problem> {
    let (publisher, content) = (which.whose.id, which.content);
    let form = typed.cloned().unwrap_or_else(|| Form::fresh(""));
    let read = shop
        .office
        .look::<_, Fault>(move |party, view, now| {
            let row = party.in_window(view, content)?;
            let Some(row) = row.filter(|row| row.publisher == publisher && row.is_on_sale(now)) else {
                return Ok(None);
            };
            let tenant = party.tenant(view, publisher)?;
            if !tenant.is_some_and(|tenant| tenant.keys_here()) {
                return Ok(None);
            }
            let known = party::Party::desk(party).known(view)?;
            let has_home = known.certified::<role::Collector>(publisher, now).is_some();
            let it = held(party, view, (publisher, row.package), &form, now)?;
            Ok(it.map(|it| (it, row.package, has_home)))
        })
        .await?;
    let (it, package, has_home) = read.ok_or_else(Problem::nothing_here)?;
    let is_there = which
        .number
        .is_none_or(|number| it.offers.iter().any(|one| one.offer.number == number));
    is_there
        .then_some((it, package, has_home))
        .ok_or_else(Problem::nothing_here)
}

fn drawn(
    shop: &Stall,
    staff: &Staff,
    which: &Which,
    (it, has_home): (&Held, bool),
    (form, wrong): (&Form, Option<Wrong>),
) -> Result<String, askama::Error> {
    let shown = Shown {
        content: which.content,
        title: &it.work.title,
        number: which.number,
        form,
        wrong,
        currency: it.known.trust.realm().currency.clone(),
        has_home,
        csrf: &staff.csrf,
    };
    draw(&shop.sign, &staff.visit, Some(staff), &which.whose, &shown)
}

/// The form of an offer: as it stands, or as the cheapest stands for another one.
pub(super) async fn page(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(path): Path<(String, String, String)>,
) -> Response {
    let made = async {
        let which = which(&shop, &staff, &path).await?;
        let (it, _, has_home) = read(&shop, &which, None).await?;
        let mut offers = it.offers.iter();
        let one = match which.number {
            Some(number) => offers.find(|one| one.offer.number == number),
            None => offers.min_by_key(|one| one.offer.price.minor()),
        };
        let form = one.map_or_else(|| Form::fresh(""), Form::of);
        Ok(shown(drawn(&shop, &staff, &which, (&it, has_home), (&form, None))))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// Puts an offer on sale as the form says: another one, or other terms under the same number.
pub(super) async fn change(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(path): Path<(String, String, String)>,
    Posted(fields): Posted<Fields>,
) -> Response {
    let made = async {
        let which = which(&shop, &staff, &path).await?;
        staff.check(&shop, &fields)?;
        let form = Form::typed(&fields);
        let (it, package, has_home) = read(&shop, &which, Some(&form)).await?;
        let one = it.offers.iter().find(|one| Some(one.offer.number) == which.number);
        let terms = match terms_of(&it, one, &form) {
            Ok(terms) => terms,
            Err(wrong) => {
                let page = drawn(&shop, &staff, &which, (&it, has_home), (&form, Some(wrong)));
                return Ok(shown_as(page, StatusCode::UNPROCESSABLE_ENTITY));
            }
        };
        bring(&shop, it, package, &terms).await?;
        let said = if which.number.is_some() {
            "offer-changed"
        } else {
            "offer-added"
        };
        let to = which.whose.at(&format!("/works/{}?said={said}", which.content));
        Ok(on(&staff.visit, &to))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// Stops selling an offer; the others stay.
pub(super) async fn stop(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(path): Path<(String, String, String)>,
    Posted(fields): Posted<Fields>,
) -> Response {
    let made = async {
        let which = which(&shop, &staff, &path).await?;
        staff.check(&shop, &fields)?;
        let number = which.number.ok_or_else(Problem::nothing_here)?;
        let (publisher, content) = (which.whose.id, which.content);
        let done = shop
            .office
            .commit::<_, Fault>(move |party, tx, now, _| {
                let row = party.in_window(tx, content)?;
                if !row.is_some_and(|row| row.numbers.contains(&number)) {
                    return Ok(None);
                }
                party.stop_offer(tx, publisher, number, now)
            })
            .await?;
        done.ok_or_else(Problem::nothing_here)?;
        let to = which.whose.at(&format!("/works/{content}?said=offer-stopped"));
        Ok(on(&staff.visit, &to))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}
