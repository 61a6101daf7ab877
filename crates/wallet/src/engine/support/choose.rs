//! Choose: which work a request is about, what its log says is wrong, who reads it and who sold it.

use deal::support::Trouble;
use seal::role;
use serde::Deserialize;
use units::{ContentId, DealId, LicenseId, PartyId};

use super::SupportRefused;
use crate::{
    carry::{Listed, Whereabouts},
    engine::Wallet,
    player::{LogLine, Step},
};

/// What a request is about.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) title: String,
    pub(super) content: ContentId,
    pub(super) publisher: PartyId,
    pub(super) license: Option<LicenseId>,
    pub(super) deal: Option<DealId>,
    pub(super) seller: Option<PartyId>,
    /// Centres the publisher's policy names.
    pub(super) centres: Vec<PartyId>,
}

/// A party with the certificate that matters here.
#[derive(Debug, Clone)]
pub(super) struct Certified {
    pub(super) id: PartyId,
    pub(super) name: String,
    pub(super) certificate: Vec<u8>,
}

/// A work in a shop's window, as far as it is needed here.
#[derive(Deserialize)]
struct Shown {
    content: String,
    title: String,
    publisher_id: String,
}

#[derive(Deserialize)]
struct Window {
    works: Vec<Shown>,
}

/// What is wrong with a work, by the last line of its log that says why not.
pub(super) fn trouble(lines: &[LogLine], about: &About) -> Trouble {
    if about.deal.is_some() {
        return Trouble::NoAnswer;
    }
    let of_work = || lines.iter().filter(|l| l.content.parse() == Ok(about.content));
    let Some(last) = of_work().rev().find(|l| l.code.is_some()) else {
        return if about.license.is_some() {
            Trouble::Other
        } else {
            Trouble::Lost
        };
    };
    let code = last.code.as_deref().unwrap_or_default();
    let heard = of_work().any(|l| l.play == last.play && matches!(l.step, Step::Played | Step::HandedOut));
    match code {
        "license-key-does-not-open" | "key-withheld" => Trouble::Key,
        "no-license" => Trouble::Lost,
        _ if ["package-", "kept-", "front-", "stretch-"]
            .iter()
            .any(|p| code.starts_with(p)) =>
        {
            if heard || last.play.is_none() {
                Trouble::Package
            } else {
                Trouble::Counted
            }
        }
        _ => Trouble::Other,
    }
}

/// The code the holder was shown last for a work.
pub(super) fn code(lines: &[LogLine], content: ContentId) -> Option<String> {
    let of_work = lines.iter().rev().filter(|l| l.content.parse() == Ok(content));
    of_work
        .filter_map(|l| l.code.clone())
        .find(|c| deal::support::is_code(c))
}

/// Bytes of a query.
fn escaped(text: &str) -> String {
    let byte = |b: u8| {
        if b.is_ascii_alphanumeric() {
            (b as char).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    text.bytes().map(byte).collect()
}

fn certified<R: role::Mark>(known: &Whereabouts, id: PartyId, now: units::Moment) -> Option<Certified> {
    let listed: &Listed = known.with_role::<R>(now).find(|p| p.id == id)?;
    let certificate = known.certificate::<R>(id, now)?;
    Some(Certified {
        id,
        name: listed.name.clone(),
        certificate,
    })
}

impl Wallet {
    /// The work of this name: on the card, in an open payment, or in a shop's window.
    pub(super) async fn about(&self, what: &str) -> Result<About, SupportRefused> {
        let wanted = what.trim().to_lowercase();
        let library = self.library().await;
        let found = library.iter().find(|shelf| {
            let (id, content) = (shelf.held.id.to_string(), shelf.held.title.to_string());
            id == wanted || content == wanted || shelf.title().to_lowercase() == wanted
        });
        if let Some(shelf) = found {
            return Ok(About {
                title: shelf.title().to_owned(),
                content: shelf.held.title,
                publisher: shelf.held.publisher,
                license: Some(shelf.held.id),
                deal: None,
                seller: Some(shelf.held.seller),
                centres: shelf.license.as_ref().map(|l| centres(&l.policy)).unwrap_or_default(),
            });
        }
        let open = self
            .on_card({
                let wanted = wanted.clone();
                move |card| {
                    let mut open = card.open_deals();
                    let found = open.find(|(p, title)| p.deal.to_string() == wanted || title.to_lowercase() == wanted);
                    found.map(|(p, title)| (p.deal, title.to_owned(), p.pay.quote.title, PartyId(p.pay.quote.giver)))
                }
            })
            .await;
        let mut about = self.in_window(&wanted, what).await;
        if let (Some(about), Some((deal, title, content, giver))) = (&mut about, open)
            && about.content == content
        {
            about.deal = Some(deal);
            about.title = title;
            about.seller = Some(giver);
        }
        about.ok_or_else(|| SupportRefused::NoWork(what.to_owned()))
    }

    /// The work of this name in the window of a shop of this realm.
    async fn in_window(&self, wanted: &str, what: &str) -> Option<About> {
        let known = self.0.carrier.directory(false).await.ok()?;
        let sellers: Vec<PartyId> = known.with_role::<role::Seller>(self.now()).map(|p| p.id).collect();
        for seller in sellers {
            let path = format!("/v1/works?q={}", escaped(what.trim()));
            let Ok(bytes) = self.0.carrier.get(seller, &path).await else {
                continue;
            };
            let Ok(window) = serde_json::from_slice::<Window>(&bytes) else {
                continue;
            };
            let fits = |w: &&Shown| w.title.to_lowercase() == wanted || w.content == wanted;
            let Some(work) = window.works.iter().find(fits) else {
                continue;
            };
            if let (Ok(content), Ok(publisher)) = (work.content.parse(), work.publisher_id.parse()) {
                return Some(About {
                    title: work.title.chars().filter(|c| !c.is_control()).take(200).collect(),
                    content,
                    publisher,
                    license: None,
                    deal: None,
                    seller: Some(seller),
                    centres: Vec::new(),
                });
            }
        }
        None
    }

    /// Works of this publisher that this card holds licenses of.
    pub(super) async fn works_of(&self, publisher: PartyId) -> Vec<ContentId> {
        self.on_card(move |card| {
            let licenses = card.state().licenses.values();
            licenses.filter(|h| h.publisher == publisher).map(|h| h.title).collect()
        })
        .await
    }

    /// The desk of a publisher: one its policy names, or one that says it helps with its works.
    pub(super) async fn desk_for(&self, about: &About) -> Result<Certified, SupportRefused> {
        let known = self.0.carrier.directory(false).await?;
        let now = self.now();
        let listed = known.with_role::<role::Support>(now).map(|p| p.id);
        let mut candidates: Vec<PartyId> = about.centres.clone();
        candidates.extend(listed.filter(|id| !about.centres.contains(id)));
        for id in candidates {
            let Some(desk) = certified::<role::Support>(&known, id, now) else {
                continue;
            };
            let path = format!("/v1/serves/{}", about.publisher);
            if self.0.carrier.get(id, &path).await.is_ok() {
                return Ok(desk);
            }
        }
        Err(SupportRefused::Nobody)
    }

    pub(super) async fn seller_listed(&self, id: PartyId) -> Result<Certified, SupportRefused> {
        let known = self.0.carrier.directory(false).await?;
        certified::<role::Seller>(&known, id, self.now()).ok_or_else(|| crate::carry::CarryRefusal::Unknown(id).into())
    }
}

fn centres(policy: &license::Policy) -> Vec<PartyId> {
    policy.unlock.as_ref().map(|u| u.centres.clone()).unwrap_or_default()
}
