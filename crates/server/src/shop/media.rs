//! Media over HTTP: a publisher's press brings the file of a batch, and each medium of it pays one order of the offer it names
//! (CM-3). The file is signed by the publisher and sealed to this shop, so it needs no other word and may be brought again.

use std::sync::Arc;

use axum::extract::State;
use copying::batch::{Batch, NotABatch, Pressed};
use party::{
    Party,
    shop::{MEDIA_MAX, MediaRefused, PressedFor, Shop},
};
use serde::{Deserialize, Serialize};
use store::{Fault, Tx};
use units::{Again, Moment, OfferNo, PartyId, Refusal};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Stall;
use crate::{
    frame::{Json, Message, Problem, problem::Document},
    verbs::Binary,
};

/// Media that pay here now.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TakenMedia {
    /// Their batch.
    pub batch: String,
    /// How many.
    pub count: u32,
    /// The offer each of them pays for.
    pub offer: String,
}

/// Why no media were taken in, in order of precedence. Nothing has changed.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    /// The file does not hold.
    #[error(transparent)]
    NotABatch(#[from] NotABatch),
    /// They pay for nothing here.
    #[error("this batch names no offer: its keys come from copy management; press media for a shop with --offer")]
    NoOffer,
    /// Pressed by another publisher than whose page this is.
    #[error("another publisher pressed these; sign in for that one")]
    OtherPublisher,
    /// The shop's rules.
    #[error(transparent)]
    Media(#[from] MediaRefused),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for NotTaken {
    fn code(&self) -> &'static str {
        match self {
            Self::NotABatch(_) => "batch-not-genuine",
            Self::NoOffer => "batch-without-offer",
            Self::OtherPublisher => "batch-other-publisher",
            Self::Media(no) => no.code(),
            Self::Fault(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotABatch(_) | Self::NoOffer | Self::OtherPublisher => Again::AfterYouAct,
            Self::Media(no) => no.again(),
            Self::Fault(no) => no.again(),
        }
    }
}

fn read(
    shop: &Shop,
    tx: &mut dyn Tx,
    file: &[u8],
    whose: Option<PartyId>,
    now: Moment,
) -> Result<(Batch, OfferNo), NotTaken> {
    let known = shop.desk().known(tx)?;
    let (batch, by) = Batch::receive(file, shop.id(), shop.opener(), &known.trust, now)?;
    let Pressed::Media(content) = &batch.what else {
        return Err(NotTaken::NoOffer);
    };
    let offer = content.offer.ok_or(NotTaken::NoOffer)?;
    if whose.is_some_and(|whose| whose != by) {
        return Err(NotTaken::OtherPublisher);
    }
    // Counted before ids are derived: a file of one line could name four billion.
    let count = usize::try_from(batch.count).unwrap_or(usize::MAX);
    if count > MEDIA_MAX {
        return Err(MediaRefused::Count(count).into());
    }
    let media: Vec<[u8; 16]> = (0..batch.count)
        .filter_map(|n| batch.medium(n))
        .map(|id| id.0)
        .collect();
    let of = PressedFor {
        by,
        content: content.content,
        offer,
    };
    shop.take_pressed(tx, &of, &media)?;
    Ok((batch, offer))
}

/// Takes in a batch's file; on a publisher's own page only what that publisher pressed.
pub(super) async fn take(shop: &Stall, whose: Option<PartyId>, file: bytes::Bytes) -> Result<TakenMedia, Problem> {
    let (batch, offer) = shop
        .office
        .commit(move |party, tx, now, _| read(party, tx, &file, whose, now))
        .await?;
    Ok(TakenMedia {
        batch: batch.id.to_string(),
        count: batch.count,
        offer: offer.to_string(),
    })
}

/// Makes pressed media known: each pays one order of the offer that its batch names. The same file again changes nothing.
#[utoipa::path(post, path = "/v1/media", tag = "publishing", request_body(content = Binary, content_type = "application/cbor"),
    responses((status = 200, body = TakenMedia),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn media(State(shop): State<Arc<Stall>>, Message(file): Message) -> Result<Json<TakenMedia>, Problem> {
    Ok(Json(take(&shop, None, file).await?))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new().routes(routes!(media))
}
