//! Work: what somebody decides on: preview, licenses with their terms, what a friend would pay, the free file, who sells it.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use data_encoding::BASE64URL_NOPAD;
use face::{Bytes, Code, Day, Fare, Page, Permille, Said, Sum};
use license::OfferSheet;
use minicbor::bytes::ByteVec;
use party::shop::WindowWork;
use seal::cbor;
use store::Fault;
use units::{ContentId, PartyId};

use super::{
    Sign, answer, refused,
    tile::{cover_of, file},
};
use crate::{
    content::preview::{self, Shown},
    frame::{Named, Problem},
    shop::{
        Stall,
        visit::{At, Visit},
        window::{self, Standing},
        words::{self, Handing},
    },
};

/// Of a text's preview, so many characters stand on the page.
const TEXT_MAX: usize = 1_500;

/// A preview as it is shown.
#[derive(Debug, Clone)]
pub(super) struct PreviewView {
    pub src: String,
    pub is_sound: bool,
    pub is_film: bool,
    /// The beginning of a text.
    pub text: Option<String>,
}

impl PreviewView {
    /// The preview of a work; `bytes` are those of a text, to be read on the page itself.
    pub fn of(work: &WindowWork, bytes: Option<&[u8]>) -> Option<Self> {
        let (_, how) = preview::named(&work.preview_type)?;
        let text = bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let text = text.map(|text| shortened(&text)).filter(|text| !text.is_empty());
        Some(Self {
            src: format!("/v1/previews/{}", work.content),
            is_sound: how == Shown::Sound,
            is_film: how == Shown::Film,
            text: text.filter(|_| how == Shown::Text),
        })
    }
}

impl PreviewView {
    /// Is there something to see or hear that is not the cover itself?
    const fn is_beside_cover(&self) -> bool {
        self.is_sound || self.is_film || self.text.is_some()
    }
}

/// The beginning of a text, ended at a word.
fn shortened(text: &str) -> String {
    let text = text.trim();
    let Some((end, _)) = text.char_indices().nth(TEXT_MAX) else {
        return text.to_owned();
    };
    let start = text.get(..end).unwrap_or_default();
    let last = start
        .rfind(char::is_whitespace)
        .filter(|at| *at > end / 2)
        .unwrap_or(end);
    format!("{} \u{2026}", start.get(..last).unwrap_or(start).trim_end())
}

/// An offer as people read it.
#[derive(Debug, Clone)]
pub(super) struct OfferView {
    pub id: u64,
    pub license: Said,
    pub price: Said,
    pub lines: Vec<Said>,
    pub friend: Said,
    pub left: Option<Said>,
    pub sold_out: Option<Said>,
    pub buy: String,
    pub buy_text: Said,
    pub buy_what: Said,
    pub refund: Said,
    pub tax: Said,
    pub tax_name: Said,
    pub tenders: Vec<Said>,
    pub number: Said,
    /// Whose number it is: the enterprise in it.
    pub enterprise: Option<Said>,
    pub until: Said,
}

#[derive(Template)]
#[template(path = "shop/work.html")]
struct WorkPage<'a> {
    page: &'a Page,
    title: &'a str,
    subtitle: Option<&'a str>,
    comment: Option<&'a str>,
    /// Who performs it and who made it.
    credits: Vec<(Said, &'a [String])>,
    cover: String,
    /// The same for those who do not see it.
    cover_text: Said,
    by: Said,
    published: Said,
    since: Said,
    choose: Option<Said>,
    preview: Option<PreviewView>,
    offers: Vec<OfferView>,
    file: Option<(String, Said)>,
    help: String,
    facts: Vec<(Said, Said)>,
    /// Of an album.
    tracks: &'a [String],
}

/// A work with its offers, read at one moment.
pub(super) struct Chosen {
    pub work: WindowWork,
    pub offers: Vec<Standing>,
    pub text: Option<Vec<u8>>,
}

/// A work with its offers.
pub(crate) async fn work(
    State(shop): State<Arc<Stall>>,
    visit: Result<Visit, core::convert::Infallible>,
    content: Result<Named<ContentId>, Problem>,
) -> Response {
    let Ok(visit) = visit;
    let found = async {
        let Named(content) = content?;
        let read = shop.office.look::<_, Fault>(move |shop, view, now| {
            let Some(work) = shop.in_window(view, content)?.filter(|work| work.is_ready) else {
                return Ok(None);
            };
            let is_text = preview::named(&work.preview_type).is_some_and(|(_, how)| how == Shown::Text);
            let text = if is_text {
                shop.preview(view, work.package)?.map(|(_, bytes)| bytes)
            } else {
                None
            };
            let offers = window::standing(shop, view, &work, now)?;
            Ok(Some(Chosen { work, offers, text }))
        });
        read.await?.ok_or_else(Problem::nothing_here)
    };
    match found.await {
        Ok(chosen) => answer(draw(&shop.sign, &visit, &chosen), StatusCode::OK),
        Err(no) => refused(&shop.sign, &visit, &no),
    }
}

/// Draws a work.
pub(super) fn draw(sign: &Sign, visit: &Visit, chosen: &Chosen) -> Result<String, askama::Error> {
    let Chosen { work, offers, text } = chosen;
    let words = visit.words;
    let page = sign.page(visit, At::Elsewhere);
    let code = |text: String| words.show(Code(text));
    let publisher = visit.to(&format!("/publishers/{}", work.publisher));
    let said = work.credits.clone().unwrap_or_default();
    let first = offers.iter().find(|one| one.left != Some(0)).map(|one| one.offer.price);
    WorkPage {
        title: &work.title,
        subtitle: said.subtitle.as_deref(),
        comment: said.comment.as_deref(),
        cover_text: said
            .cover
            .as_deref()
            .map_or_else(|| words.work_cover(&work.title), Said::of),
        credits: credits(words, &said),
        cover: cover_of(work),
        by: words.kind_by(words::kind_word(work.kind), &work.publisher_name),
        published: words.work_by(face::Link(&publisher, Said::of(&work.publisher_name))),
        since: words.work_since(Day(work.since)),
        choose: first.map(|price| words.front_choose(Sum(price))),
        preview: PreviewView::of(work, text.as_deref()).filter(PreviewView::is_beside_cover),
        offers: offers
            .iter()
            .map(|one| offer_view(sign, visit, &work.title, one))
            .collect(),
        file: file(words, work).map(|file| (file.href, words.work_file_get(Bytes(work.package_len)))),
        help: visit.to("/help#wallet"),
        facts: vec![
            (words.work_seller_name(), Said::of(&sign.name)),
            (words.work_seller_id(), code(sign.id.to_string())),
            (words.work_seller_at(), code(sign.address.clone())),
            (words.work_publisher(), Said::of(&work.publisher_name)),
            (words.publisher_certified(), code(work.publisher.to_string())),
            (words.work_content(), code(work.content.to_string())),
        ],
        tracks: work.tracks.as_deref().unwrap_or_default(),
        page: &page,
    }
    .render()
}

/// Who performs a work, and who made it.
fn credits(words: face::Words, said: &package::Credits) -> Vec<(Said, &[String])> {
    let performers = (words.work_performers(), said.performers());
    let creator = (words.work_creator(), said.creator.as_slice());
    [performers, creator]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .collect()
}

fn offer_view(sign: &Sign, visit: &Visit, title: &str, standing: &Standing) -> OfferView {
    let words = visit.words;
    let offer = &standing.offer;
    let license = words::license(words, offer);
    let sold_out = offer.edition.filter(|_| standing.left == Some(0));
    OfferView {
        id: offer.number.0,
        price: words::price(words, offer.price),
        lines: words::rights(words, offer),
        friend: Handing::from(&standing.policy).friend().said(words),
        left: offer
            .edition
            .zip(standing.left)
            .filter(|(_, left)| *left > 0)
            .map(|(size, left)| words.offer_left(left, size)),
        sold_out: sold_out.map(|size| words.work_sold_out(size)),
        buy: buy_link(&sign.wallet, sign.id, &standing.sheet),
        buy_text: if offer.price.is_zero() {
            words.offer_buy_free()
        } else {
            words.offer_buy(Fare(offer.price))
        },
        buy_what: words.offer_buy_what(&license, title),
        refund: words::refund(words, offer),
        tax: words.show(Sum(offer.price.tax_contained(offer.tax_permille.into()))),
        tax_name: words.offer_tax(Permille(offer.tax_permille)),
        tenders: words::tenders(words, offer),
        number: words.show(Code(offer.number.to_string())),
        enterprise: deal::enterprise::enterprise_of(offer.number).map(|no| words.show(Code(no.to_string()))),
        until: words.show(Day(offer.until)),
        license,
    }
}

/// Where "Buy" leads: the holder's own wallet, with the seller and the signed offer behind the hash mark, which no server is
/// ever sent.
pub fn buy_link(wallet: &str, seller: PartyId, sheet: &OfferSheet) -> String {
    let words = cbor::to_bytes(&(seller, ByteVec::from(cbor::to_bytes(sheet))));
    format!(
        "{}/confirm#{}",
        wallet.trim_end_matches('/'),
        BASE64URL_NOPAD.encode(&words)
    )
}
