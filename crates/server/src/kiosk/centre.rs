//! Centre: what a kiosk asks of the shop it orders from, and how it understands the answers. The centre says what there is; a
//! screen only shows it, and the visitor's card checks it once more.

use deal::{Number, wire::QuoteSheet};
use party::{Party as _, kiosk::KioskOrder};
use seal::{Audience, Kind, cbor, role};
use store::Fault;
use units::{DealId, OfferNo, PartyId};

use super::Hall;
use crate::{
    frame::Problem,
    peers::Heard,
    shop::{Work, Works},
};

/// How many works one screen shows.
pub(super) const PAGE: u32 = 8;

impl Hall {
    /// The shop this kiosk orders from, by number and name.
    pub(super) async fn centre_name(&self) -> Option<(PartyId, String)> {
        let centre = self.centre?;
        let (name, _) = self.office.who(centre).await?;
        Some((centre, name))
    }

    async fn get(&self, word: &str, query: Option<&str>) -> Option<Vec<u8>> {
        match self.office.get_from(self.centre?, word, query).await {
            Heard::Answer(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }

    /// A page of works; nothing: the centre does not answer.
    pub(super) async fn works(&self, page: u32) -> Option<Works> {
        let query = format!("page={page}&size={PAGE}");
        serde_json::from_slice(&self.get("works", Some(&query)).await?).ok()
    }

    /// One work.
    pub(super) async fn work(&self, content: &str) -> Option<Work> {
        // Only what reads as a number of a work becomes part of an address.
        let content: units::ContentId = content.parse().ok()?;
        serde_json::from_slice(&self.get(&format!("works/{content}"), None).await?).ok()
    }

    /// An order for this offer, as the centre quotes it; not written down yet.
    pub(super) async fn quote(&self, screen: u16, number: OfferNo) -> Option<KioskOrder> {
        let sheet = self.get(&format!("offers/{number}"), None).await?;
        let signed = self.get(&format!("offers/{number}/open"), None).await?;
        let read = self.read(&signed).await.ok()??;
        let offer = license::OfferSheet::parse(&sheet).ok()?;
        let title = self
            .office
            .look::<_, Fault>(move |machine, view, now| {
                let known = machine.desk().known(view)?;
                Ok(offer.check(&known.trust, now).ok().map(|on_sale| on_sale.offer.title))
            })
            .await
            .ok()??;
        let Number::Order(order) = read.number else { return None };
        Some(KioskOrder {
            screen,
            number,
            title,
            price: read.price,
            sheet: sheet.into(),
            quote: signed.into(),
            order,
            until: read.until,
            deal: None,
        })
    }

    /// The centre's own quote, if this is one.
    async fn read(&self, signed: &[u8]) -> Result<Option<deal::Quote>, Problem> {
        let (Some(centre), signed) = (self.centre, signed.to_vec()) else {
            return Ok(None);
        };
        self.office
            .look::<_, Fault>(move |machine, view, now| {
                let known = machine.desk().known(view)?;
                let read = || -> Option<deal::Quote> {
                    let sheet: QuoteSheet = cbor::from_bytes(&signed).ok()?;
                    let seller = known.trust.check::<role::Seller>(&sheet.certificate, now).ok()?;
                    let realm = machine.desk().realm_id();
                    let quote: deal::Quote = seal::parse(&sheet.quote, Kind::Quote, realm)
                        .ok()?
                        .verify(seller.sign(), Audience::Anyone)
                        .ok()?;
                    (seller.subject() == centre.0 && quote.giver == centre.0).then_some(quote)
                };
                Ok(read())
            })
            .await
    }

    /// Was it paid, as the centre says it?
    pub(super) async fn fate(&self, order: &KioskOrder) -> Option<DealId> {
        let bytes = self.get(&format!("orders/{}", order.order), None).await?;
        let fate: crate::shop::Fate = serde_json::from_slice(&bytes).ok()?;
        fate.deal?.parse().ok()
    }
}
