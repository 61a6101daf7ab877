//! Media: which of a publisher's offers may be paid with a medium, how many media are known for each, where media are ordered
//! whose ids are drawn here, and where the file of a batch is brought that was pressed with keys of one's own.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Multipart, Path, State, multipart::MultipartRejection},
    http::StatusCode,
    response::Response,
};
use copying::press::{Order, OrderOf};
use data_encoding::HEXLOWER;
use face::{Clock, Day, Page, Said};
use party::shop::{Deed, MEDIA_MAX, MediaCount, MediaOrder, MediaRefused, OnShelf, PressedFor};
use store::Fault;
use units::{Hash, OfferNo, PartyId};

use super::{
    frame::{At, Whose, on, page as frame, private, shown_as, told},
    staff::Staff,
    works::works_of,
};
use crate::{
    copying::console::{brought, file},
    forms::Fields,
    frame::{Problem, chance},
    pages::Visit,
    shop::{
        Stall,
        media::{TakenMedia, take},
        pages::Sign,
    },
};

/// An offer that media pay for.
pub(super) struct Sold {
    pub(super) title: String,
    pub(super) number: OfferNo,
    pub(super) count: MediaCount,
    /// Sealed for each buyer anew: nothing that could lie on a disc.
    pub(super) unique: bool,
}

/// What the page of a publisher's media shows.
pub(super) struct Shown<'a> {
    pub(super) sold: &'a [Sold],
    pub(super) orders: &'a [([u8; 16], MediaOrder)],
    /// What became of a file that was just brought, or of an order.
    pub(super) came: Option<&'a Result<TakenMedia, Problem>>,
    /// Of somebody who may bring one.
    pub(super) csrf: Option<&'a str>,
    /// Of the next order.
    pub(super) no: [u8; 16],
}

struct Ordered {
    when: Said,
    offer: String,
    count: Said,
    file: Option<String>,
    file_name: Said,
}

struct Line {
    title: String,
    offer: String,
    known: Said,
    used: Said,
}

#[derive(Template)]
#[template(path = "console/media.html")]
struct MediaPage<'a> {
    page: &'a Page,
    offers: Vec<Line>,
    orderable: Vec<(String, Said)>,
    orders: Vec<Ordered>,
    order: String,
    no: String,
    took: Option<Said>,
    refused: Option<Said>,
    action: Option<String>,
    csrf: &'a str,
}

/// Draws the page.
pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: &Shown<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let line = |one: &Sold| Line {
        title: one.title.clone(),
        offer: one.number.to_string(),
        known: words.console_media_known(one.count.known),
        used: words.console_media_used(one.count.used),
    };
    let ordered = |(no, order): &([u8; 16], MediaOrder)| Ordered {
        when: words.hand_moment(Day(order.at), Clock(order.at)),
        offer: order.offer.to_string(),
        count: words.console_media_known(u64::from(order.count)),
        file: it
            .csrf
            .map(|_| visit.to(&whose.at(&format!("/media/{}/order", HEXLOWER.encode(no))))),
        file_name: words.console_media_order_file_of(u64::from(order.count), order.offer.to_string()),
    };
    let orderable = it
        .sold
        .iter()
        .filter(|one| it.csrf.is_some() && !one.unique)
        .map(|one| {
            let number = one.number.to_string();
            let line = words.console_media_order_line(number.as_str(), one.title.as_str());
            (number, line)
        });
    let (sold, came, csrf) = (it.sold, it.came, it.csrf);
    MediaPage {
        page: &frame(sign, visit, staff, Some(whose), At::Media),
        offers: sold.iter().map(line).collect(),
        orderable: orderable.collect(),
        orders: it.orders.iter().map(ordered).collect(),
        order: visit.to(&whose.at("/media/order")),
        no: HEXLOWER.encode(&it.no),
        took: came
            .and_then(|came| came.as_ref().ok())
            .map(|took| words.console_media_took(u64::from(took.count), took.offer.as_str())),
        refused: came
            .and_then(|came| came.as_ref().err())
            .map(|no| words.console_media_no(no.code(), no.detail())),
        action: csrf.map(|_| visit.to(&whose.at("/media"))),
        csrf: csrf.unwrap_or_default(),
    }
    .render()
}

async fn show(
    shop: &Arc<Stall>,
    staff: &Staff,
    whose: &Whose,
    came: Option<Result<TakenMedia, Problem>>,
) -> Result<Response, Problem> {
    let works = works_of(shop, whose.id).await?;
    let offers: Vec<(String, OfferNo, bool)> = works
        .iter()
        .flat_map(|work| {
            work.offers
                .iter()
                .map(|offer| (work.title.clone(), offer.number, work.unique))
        })
        .collect();
    let publisher = whose.id;
    let (sold, orders) = shop
        .office
        .look::<_, Fault>(move |party, view, _| {
            let mut sold = Vec::new();
            for (title, number, unique) in &offers {
                if let Some(count) = party.media_of(view, *number)? {
                    sold.push(Sold {
                        title: title.clone(),
                        number: *number,
                        count,
                        unique: *unique,
                    });
                }
            }
            Ok((sold, party.media_orders(view, publisher)?))
        })
        .await?;
    let csrf = staff.is_let(whose.id, Deed::ChangeWorks).then_some(staff.csrf.as_str());
    let status = match &came {
        Some(Err(no)) => no.status(),
        _ => StatusCode::OK,
    };
    let it = Shown {
        sold: &sold,
        orders: &orders,
        came: came.as_ref(),
        csrf,
        no: chance::<16>().map_err(|no| Problem::by(&no))?,
    };
    let drawn = draw(&shop.sign, &staff.visit, Some(staff), whose, &it);
    Ok(shown_as(drawn, status))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeWorks).await?;
        show(&shop, &staff, &whose, None).await
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// A batch's file is brought.
pub(super) async fn bring(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        // Who may not hears so before anybody looks at what he sent; what is no such form has no token either.
        let (fields, file) = match form {
            Ok(form) => brought(form).await?,
            Err(_) => Default::default(),
        };
        staff.check(&shop, &fields)?;
        let came = take(&shop, Some(whose.id), file).await;
        show(&shop, &staff, &whose, Some(came)).await
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// SHA-256 over the file of this package, where this shop has it.
async fn digest(shop: &Stall, package: Hash) -> Result<Option<Hash>, Problem> {
    let shelf = shop.shelf.clone();
    let read = tokio::task::spawn_blocking(move || -> std::io::Result<Option<Hash>> {
        match shelf.get(package)? {
            Some(file) => Ok(Some(package::digest(file, &mut |_| ())?.0)),
            None => Ok(None),
        }
    });
    let unreadable = || Problem::by(&Fault::Disk("a package cannot be read".to_owned()));
    read.await.map_err(|_| unreadable())?.map_err(|_| unreadable())
}

/// The offer of an order: on this publisher's shelf, and its package one for all.
async fn orderable(shop: &Stall, publisher: PartyId, number: OfferNo) -> Result<OnShelf, Problem> {
    shop.office
        .look(move |party, view, _| {
            let shelf = party.offer(view, number)?.filter(|it| it.offer.publisher == publisher);
            let shelf = shelf.filter(|it| !it.work.unique);
            shelf.ok_or(MediaRefused::NoOffer(number))
        })
        .await
}

/// Draws the ids of `count` media of an offer, makes them known, and keeps the order for the press.
async fn draw_media(
    shop: &Stall,
    publisher: PartyId,
    no: [u8; 16],
    (number, count): (OfferNo, u32),
) -> Result<(), Problem> {
    if !usize::try_from(count).is_ok_and(|count| (1..=MEDIA_MAX).contains(&count)) {
        return Err(Problem::by(&MediaRefused::Count(
            usize::try_from(count).unwrap_or(usize::MAX),
        )));
    }
    let shelf = orderable(shop, publisher, number).await?;
    let whole = digest(shop, shelf.listing.package).await?;
    let of = PressedFor {
        by: publisher,
        content: shelf.offer.content,
        offer: number,
    };
    shop.office
        .commit(move |party, tx, now, seed| {
            let order = OrderOf {
                title: shelf.offer.title.clone(),
                content: shelf.offer.content,
                package: shelf.listing.package,
                price: shelf.offer.price,
                offer: number,
            };
            let order = Order::new(count, order, whole, seed);
            let media: Vec<[u8; 16]> = order.media().iter().map(|id| id.0).collect();
            let kept = MediaOrder {
                offer: number,
                count,
                file: order.bytes().into(),
                at: now,
            };
            party.order_media(tx, no, &of, &kept, &media)
        })
        .await
}

fn number_of(text: &str) -> Option<[u8; 16]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Media are ordered. The same form again orders nothing more.
pub(super) async fn order(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        staff.check(&shop, &fields)?;
        let text = |name: &str| fields.get(name).map(|text| text.trim()).unwrap_or_default();
        let no = number_of(text("no")).ok_or_else(Problem::nothing_here)?;
        let number = text("offer")
            .parse()
            .map(OfferNo)
            .map_err(|_| Problem::nothing_here())?;
        // What is no number is none of the right size either.
        let count = text("count").replace(',', "").parse().unwrap_or(0);
        match draw_media(&shop, whose.id, no, (number, count)).await {
            Ok(()) => Ok(on(&staff.visit, &whose.at("/media#ordered"))),
            Err(no) => show(&shop, &staff, &whose, Some(Err(no))).await,
        }
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// The file of an order, for the press.
pub(super) async fn order_file(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path((publisher, no)): Path<(String, String)>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        let no = number_of(&no).ok_or_else(Problem::nothing_here)?;
        let id = whose.id;
        let order = shop
            .office
            .look::<_, Fault>(move |party, view, _| party.media_order(view, id, no))
            .await?
            .ok_or_else(Problem::nothing_here)?;
        Ok(private(file(
            order.file.to_vec(),
            "attachment; filename=\"media.keyfare-press\"",
        )))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}
