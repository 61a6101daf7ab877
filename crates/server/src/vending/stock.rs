//! Stock: articles come onto the shelf from the machine's configuration, and their pieces into its slots.
//!
//! An article is a work like any other: its operator publishes, for this machine alone, the paper that says what one piece of
//! it is. What is made here is made once; a machine that dies in between goes on from what is there.

use std::{path::PathBuf, sync::Arc};

use deal::enterprise::{EnterpriseNo, numbered};
use license::{RefundRule, TenderKind};
use party::{Party as _, PartyKeys, desk::Known, shop::FillRefused};
use publisher::{Publisher, Seller, Terms, Work};
use seal::Seed;
use store::Fault;
use tokio::sync::watch;
use units::{Again, Moment, Money, OfferNo, Refusal, Span};

use crate::{
    config::Article,
    frame::{Problem, seed},
    shop::{Stall, publish::bring},
};

/// How long an article's offer stands.
const STANDS: Span = Span::days(3650);
/// How long a piece that never came out can be handed back.
const BACK_DAYS: u16 = 30;

/// What is to be put on sale.
pub(super) struct Articles {
    /// The operator's, as publisher.
    pub(super) keys: PartyKeys,
    /// The machine's certificate.
    pub(super) certificate: Vec<u8>,
    /// Where articles are made.
    pub(super) dir: PathBuf,
    /// The upper digits of its offers' numbers.
    pub(super) enterprise: u32,
    pub(super) articles: Vec<Article>,
}

/// Why an article is not on sale. Nothing was sold of it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotMade(String);

impl Refusal for NotMade {
    fn code(&self) -> &'static str {
        "article-not-made"
    }
    fn again(&self) -> Again {
        Again::Later
    }
}

fn not_made(why: impl core::fmt::Display) -> Problem {
    Problem::by(&NotMade(why.to_string()))
}

/// The number of what lies in a slot.
fn number_of(enterprise: u32, slot: u32) -> Option<OfferNo> {
    numbered(EnterpriseNo(enterprise), slot)
}

/// Puts everything on sale that is not yet, again and again until it is done.
pub(super) async fn put_on_sale(stall: Arc<Stall>, articles: Articles, mut stopped: watch::Receiver<bool>) {
    let mut informed = stall.office.informed();
    let go_on = tokio::select! {
        told = informed.wait_for(|informed| *informed) => told.is_ok(),
        _ = stopped.wait_for(|stop| *stop) => false,
    };
    if !go_on {
        return;
    }
    let articles = Arc::new(articles);
    for article in &articles.articles {
        loop {
            match put_one(&stall, &articles, article).await {
                Ok(()) => break,
                Err(no) => tracing::warn!(
                    target: "keyfare::vending", slot = article.slot, code = no.code(), "an article is not on sale yet"
                ),
            }
            let pause = std::time::Duration::from_secs(2);
            if tokio::time::timeout(pause, stopped.wait_for(|stop| *stop))
                .await
                .is_ok()
            {
                return;
            }
        }
    }
}

async fn put_one(stall: &Arc<Stall>, all: &Arc<Articles>, article: &Article) -> Result<(), Problem> {
    let number = number_of(all.enterprise, article.slot).ok_or_else(|| not_made("no such enterprise or slot"))?;
    let there = stall
        .office
        .look::<_, Fault>(move |shop, view, _| Ok((shop.offer(view, number)?, shop.goods_left(view, number)?)))
        .await?;
    if there.0.is_none_or(|on_shelf| !on_shelf.work.is_ready()) {
        let known = stall
            .office
            .look::<_, Fault>(|shop, view, now| Ok((shop.desk().known(view)?, now)))
            .await?;
        let (made, seed) = (all.clone(), seed()?);
        let (article, hint) = (article.clone(), stall.sign.address.clone());
        let making = tokio::task::spawn_blocking(move || make(&made, &article, number, hint, &known.0, known.1, &seed));
        let (header, package, bundle) = making.await.map_err(|_| Problem::by(&Fault::Panicked))??;
        bring(stall, bundle, header, package).await?;
    }
    if there.1.is_none() {
        let (slot, pieces) = (article.slot, i32::try_from(article.pieces).unwrap_or(i32::MAX));
        stall
            .office
            .commit::<_, FillRefused>(move |shop, tx, _, _| shop.fill(tx, number, slot, pieces))
            .await?;
    }
    Ok(())
}

fn terms(price: Money, number: OfferNo, now: Moment) -> Terms {
    let mut terms = Terms::sale(number, price, now.plus(STANDS));
    terms.tax_permille = 100;
    for offer in &mut terms.offers {
        offer.tenders.extend([TenderKind::Charge, TenderKind::Receipt]);
        // Only what never came out is taken back; the machine sees to that.
        offer.refund = RefundRule {
            days: BACK_DAYS,
            unplayed: false,
            permille: 1000,
        };
    }
    terms
}

type Made = (units::Hash, PathBuf, Vec<u8>);

fn make(
    all: &Articles,
    article: &Article,
    number: OfferNo,
    hint: String,
    known: &Known,
    now: Moment,
    seed: &Seed,
) -> Result<Made, Problem> {
    let dir = all.dir.join(article.slot.to_string());
    std::fs::create_dir_all(&dir).map_err(not_made)?;
    let paper = dir.join("paper.txt");
    std::fs::write(&paper, article.paper()).map_err(not_made)?;
    let certifiers: Vec<Vec<u8>> = known.certifiers().iter().take(3).map(|c| c.to_vec()).collect();
    let vault = all.keys.derive("publisher/keys", &[]);
    let operator = Publisher {
        signer: all.keys.signer(),
        certificate: all.keys.certificate(),
        certifiers: &certifiers,
        secret: &vault,
        trust: &known.trust,
        converter: None,
        reader: None,
    };
    let work = Work {
        file: paper,
        title: article.title.clone(),
        kind: None,
        media_type: Some("text/plain".into()),
        content: None,
        edition: 1,
        preview: None,
        credits: package::Credits::default(),
        terms: terms(article.price.ok_or_else(|| not_made("it has no price"))?, number, now),
    };
    let seller = Seller {
        certificate: all.certificate.clone(),
        hint,
    };
    let made =
        publisher::publish(&operator, &work, &[seller], &dir.join("made"), now, seed, &mut |_| {}).map_err(not_made)?;
    let bundle = made.bundles.first().ok_or_else(|| not_made("no bundle was made"))?;
    let bundle = std::fs::read(&bundle.1).map_err(not_made)?;
    Ok((made.header, made.package, bundle))
}
