//! `publish`: seals a file, signs its terms, brings both to the shop.

use std::path::Path;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use license::{RefundRule, Rights};
use publisher::{Publication, Publisher, Seller, Terms, Work};
use seal::{Secret, Signer, Trust, role};
use serde_json::json;
use units::{Currency, Money, OfferNo, Share, Span};
use wallet::carry::Listed;

use crate::{
    cli::Publish,
    clock,
    market::{Market, answer, refused},
    place::Place,
    say::{Refused, Say},
};

/// Until when offers made here may be taken up.
const OFFER_LIFE: Span = Span::days(3650);

/// Publishes one file.
pub async fn run(place: &Place, say: Say, args: &Publish) -> Result<()> {
    let market = Market::of(place)?;
    let title = match &args.title {
        Some(title) => title.clone(),
        None => args
            .file
            .file_stem()
            .map(|s| s.to_string_lossy().into_owned())
            .context("the file has no name: give a --title")?,
    };
    let currency = Currency::new(&market.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
    let number = match args.number {
        Some(number) => OfferNo(number),
        None => free_number(&market).await?,
    };
    let preview = args
        .preview
        .as_ref()
        .map(std::fs::read)
        .transpose()
        .context("the preview cannot be read")?;
    let works = place.publisher().join("works");
    let work = Work {
        file: args.file.clone(),
        title,
        kind: args.game.then_some(package::Kind::Program),
        media_type: None,
        content: None,
        edition: 1,
        preview,
        credits: credits(args)?,
        terms: terms(args, number, currency, &works)?,
    };
    let work = lockable(&market, work, args, currency).await?;
    let into = works.join(number.to_string());
    let publication = make(place, &market, &work, &into, say).await?;
    bring(&market, &publication, say).await?;
    let offer = publication.offers.first().map_or(String::new(), ToString::to_string);
    let small = publication.small.as_ref().map_or(String::new(), |small| {
        format!(
            "\nSo is the small one, which the same licenses open: {}",
            small.display()
        )
    });
    say.answer(
        format!("\"{}\" is on sale: offer {offer}.\nThe sealed file is free to copy: {}{small}\nBuy it: keyfare buy {offer}", publication.title, publication.package.display()),
        &json!({
            "title": publication.title, "offer": offer, "content": publication.content.to_string(), "package": publication.package, "small": publication.small,
            "header": publication.header.to_string(), "bytes": publication.package_len, "preview": publication.preview_type
        }),
    );
    Ok(())
}

/// A number of no enterprise under which the shop sells nothing yet.
async fn free_number(market: &Market) -> Result<OfferNo> {
    let shop = market.one::<seal::role::Seller>().await?;
    for _ in 0..20 {
        let drawn = u64::from_be_bytes(clock::random()?[..8].try_into().unwrap_or_default());
        let number = deal::enterprise::of_no_enterprise(drawn);
        // Whatever stands in the way of asking is said when the work is brought.
        if market
            .carrier
            .get(shop.id, &format!("/v1/offers/{number}"))
            .await
            .is_err()
        {
            return Ok(number);
        }
    }
    Err(Refused::new(
        "offer-number-taken",
        "every number that was drawn is taken: give one with --number",
    )
    .into())
}

/// What catalogues say of it, held against the format before anything is read or sealed.
fn credits(args: &Publish) -> Result<package::Credits> {
    let credits = package::Credits {
        subtitle: args.subtitle.clone(),
        performers: Some(args.performer.clone()).filter(|names| !names.is_empty()),
        creator: args.creator.clone(),
        comment: args.comment.clone(),
        cover: args.cover_text.clone(),
    };
    credits
        .check()
        .map_err(|no| Refused::new("publish-credits", no.to_string()))?;
    Ok(credits)
}

fn terms(args: &Publish, number: OfferNo, currency: Currency, works: &Path) -> Result<Terms> {
    let money = |minor: i64| Money::new(minor, currency).map_err(|e| Refused::new("amount", e.to_string()));
    let mut terms = Terms::sale(number, money(args.price)?, clock::now().plus(OFFER_LIFE));
    terms.tax_permille = args.tax.saturating_mul(10);
    if let Some(fare) = args.copy_fare {
        terms = terms.copied_for(money(fare)?, args.generations);
    }
    if args.unique {
        terms.delivery = package::Delivery::Unique;
    }
    let share = match args.share {
        10 => Share::Tenth,
        80 => Share::Most,
        100 => Share::Whole,
        other => return Err(Refused::new("share", format!("a share is 10, 80 or 100 percent, not {other}")).into()),
    };
    terms.small = args.small;
    terms.sets = args.set.iter().map(|of| works.join(of.to_string())).collect();
    for offer in &mut terms.offers {
        offer.rights = Rights {
            plays: args.plays,
            period: args.period.map(Span::days),
            until: None,
            share,
        };
        offer.edition = args.edition;
        offer.takes(license::TenderKind::Medium, args.media);
        offer.takes(license::TenderKind::Receipt, args.receipts);
        offer.refund = RefundRule {
            days: args.refund_days,
            unplayed: true,
            permille: 1000,
        };
    }
    Ok(terms)
}

/// The same work, its copies handed on locked if that was asked for.
async fn lockable(market: &Market, mut work: Work, args: &Publish, currency: Currency) -> Result<Work> {
    let Some(fee) = args.unlock_fee else { return Ok(work) };
    let fee = Money::new(fee, currency).map_err(|e| Refused::new("amount", e.to_string()))?;
    let arrives = super::tour::share(args.arrives).ok_or_else(|| {
        let text = format!("a locked copy plays 0, 10 or 80 percent at once, not {}", args.arrives);
        Refused::new("share", text)
    })?;
    work.terms.unlock = Some(unlocking(market, fee, arrives).await?);
    work.terms.modes.locked = true;
    work.terms.generations = work.terms.generations.max(args.generations);
    Ok(work)
}

/// How locked copies of a work are: locked to the realm's support centre, whose own key opens them.
pub async fn unlocking(market: &Market, fee: Money, arrives: Share) -> Result<license::Unlock> {
    let directory = market.directory().await?;
    let now = clock::now();
    let centre = directory
        .with_role::<role::Support>(now)
        .next()
        .ok_or_else(|| Refused::new("party-missing", "the registry lists no support centre: is it running?"))?
        .id;
    let certificate = directory
        .certificate::<role::Support>(centre, now)
        .context("the support centre has no certificate")?;
    let claims = seal::parse::<seal::Claims>(&certificate, seal::Kind::Certificate, market.realm.id())
        .context("the support centre's certificate cannot be read")?;
    Ok(license::Unlock {
        key: claims.claims().seal,
        centres: vec![centre],
        fee,
        arrives,
    })
}

/// Seals, previews and signs, with a bar.
pub async fn make(place: &Place, market: &Market, work: &Work, into: &Path, say: Say) -> Result<Publication> {
    let shops = market.all::<role::Seller>().await?;
    make_for(place, market, shops, work, into, say).await
}

/// The same for these sellers and no others.
pub async fn make_for(
    place: &Place,
    market: &Market,
    shops: Vec<Listed>,
    work: &Work,
    into: &Path,
    say: Say,
) -> Result<Publication> {
    let dir = place.publisher();
    let secret = std::fs::read(dir.join("secret")).context("no publisher's keys here: start with `keyfare up`")?;
    let secret = Secret::from_slice(&secret).context("the publisher's secret is damaged")?;
    let certificate = std::fs::read(dir.join("certificate")).context("the publisher has no certificate")?;
    let certifiers = ["cards", "parties"]
        .iter()
        .map(|n| std::fs::read(place.root().join("certifiers").join(n)))
        .collect::<Result<Vec<_>, _>>()?;
    // A numbered edition in two shops takes quotas, which its publisher hands out; here one shop has all of it.
    let numbered = work.terms.offers.iter().any(|offer| offer.edition.is_some());
    let sellers = shops
        .iter()
        .take(if numbered { 1 } else { usize::MAX })
        .map(|shop| {
            Ok(Seller {
                certificate: seller_certificate(&market.realm, &certifiers, &shop.certificates)?,
                hint: shop.address.clone(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let (work, into, realm) = (work.clone(), into.to_owned(), market.realm.clone());
    let bar = if say.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    bar.set_style(
        ProgressStyle::with_template("{msg:10} {wide_bar} {bytes}/{total_bytes} {eta}")
            .unwrap_or(ProgressStyle::default_bar()),
    );
    let made = tokio::task::spawn_blocking(move || -> Result<Publication> {
        let mut trust = Trust::new(realm);
        for certificate in &certifiers {
            let _ = trust.learn(certificate);
        }
        // The party's own keys come from its secret by purpose; publishing signs with the first of them.
        let keys = party::PartyKeys::load(secret, trust.id(), certificate.clone())?;
        let vault = keys.derive("publisher/keys", &[]);
        let signer: &Signer = keys.signer();
        let converter = std::env::var_os("PATH").and_then(|path| publisher::preview::Converter::find(&path));
        let reader = super::read_upload::reader()?;
        let publisher = Publisher {
            signer,
            certificate: &certificate,
            certifiers: &certifiers,
            secret: &vault,
            trust: &trust,
            converter: converter.as_ref(),
            reader: Some(&reader),
        };
        let seed = clock::seed()?;
        let made = publisher::publish(&publisher, &work, &sellers, &into, clock::now(), &seed, &mut |p| {
            bar.set_length(p.total);
            bar.set_position(p.done);
            bar.set_message(format!("{:?}", p.step).to_lowercase());
        });
        bar.finish_and_clear();
        Ok(made.map_err(|no| Refused::of(&no))?)
    });
    made.await?
}

fn seller_certificate(
    realm: &seal::Realm,
    certifiers: &[Vec<u8>],
    all: &[minicbor::bytes::ByteVec],
) -> Result<Vec<u8>> {
    let mut trust = Trust::new(realm.clone());
    for certificate in certifiers {
        let _ = trust.learn(certificate);
    }
    let found = all
        .iter()
        .find(|c| trust.check::<role::Seller>(c, clock::now()).is_ok());
    Ok(found
        .map(|c| c.to_vec())
        .ok_or_else(|| Refused::new("seller-not-verified", "the shop shows no certificate as a seller"))?)
}

/// Sends bundle and package to every shop. Repeating it harms nothing.
pub async fn bring(market: &Market, publication: &Publication, say: Say) -> Result<()> {
    for (seller, bundle) in &publication.bundles {
        bring_to(market, publication, (*seller, bundle), say).await?;
    }
    Ok(())
}

async fn bring_to(
    market: &Market,
    publication: &Publication,
    (seller, bundle): (units::PartyId, &Path),
    say: Say,
) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Published {
        ready: bool,
        upload: String,
        token: String,
        at: Option<String>,
    }
    let bundle = std::fs::read(bundle)?;
    let say_it = async || -> Result<Published> {
        let answered = market.carrier.post(seller, "/v1/publish", bundle.clone()).await;
        serde_json::from_slice(&answered.map_err(refused)?).context("the shop's answer cannot be read")
    };
    let published = say_it().await?;
    if published.ready {
        return Ok(());
    }
    // A license server keeps keys alone: the file goes to the content server it names.
    let keeper: Option<units::PartyId> = match &published.at {
        Some(keeper) => Some(keeper.parse().context("the license server names no content server")?),
        None => None,
    };
    let directory = market.directory().await?;
    let address = directory
        .party(keeper.unwrap_or(seller))
        .map(|p| p.address.clone())
        .context("the registry does not list the shop")?;
    let file = tokio::fs::File::open(&publication.package).await?;
    say.note(format!("sending {} bytes", publication.package_len));
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let request = client
        .put(format!("{}{}", address.trim_end_matches('/'), published.upload))
        .bearer_auth(published.token)
        .header("Content-Type", "application/octet-stream")
        .header("Content-Length", publication.package_len)
        .body(file);
    answer(request.send().await?).await?;
    if keeper.is_some() && !say_it().await?.ready {
        let text = "the file is at the content server, and the license server has not found it there: publish again";
        return Err(Refused::new("content-elsewhere", text).into());
    }
    Ok(())
}
