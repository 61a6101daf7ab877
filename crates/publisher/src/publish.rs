//! Publish: from a file and its terms to a directory that holds everything a shop, and the publisher himself, will need.
//!
//! ```text
//! key.sealed        the content key under the publisher's secret: first, before anything is sealed with it
//! package.keyfare   the sealed work (for unique delivery: the master that the shop seals anew for each buyer)
//! small.keyfare     a small rendition under the same key, if one was asked for
//! policy.cose       the signed policy
//! offers/N.cose     the signed offers
//! preview.*         what the shop window shows
//! upload/ID.cbor    one bundle per seller: last
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
};

use license::Policy;
use package::{ContentKey, Kind};
use seal::{Audience, Secret, Seed, Signer, Trust, Verified, role};
use units::{ContentId, Hash, Moment, OfferNo, PartyId};

use crate::{
    NotMade, Terms,
    draft::Draft,
    found::CHAIN_MAX,
    maker::Maker,
    preview::{self, Apart, Converter},
    sets::Sets,
    small,
    source::Source,
    terms::Subject,
};

/// Who publishes, with what he holds.
#[derive(Debug, Clone, Copy)]
pub struct Publisher<'a> {
    /// Signs as the publisher.
    pub signer: &'a Signer,
    /// His certificate.
    pub certificate: &'a [u8],
    /// Certificates of the certifiers above it, at most three: they go along in the package, for readers without a network.
    pub certifiers: &'a [Vec<u8>],
    /// What `key.sealed` is sealed under.
    pub secret: &'a Secret,
    /// The realm, and the certifiers known.
    pub trust: &'a Trust,
    /// ffmpeg, if this machine has it.
    pub converter: Option<&'a Converter>,
    /// The process in which files are looked into; `None`: this one, for files of one's own making.
    pub reader: Option<&'a Apart>,
}

/// A shop that may sell the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// Its address as a hint to finders: printable ASCII, may be empty.
    pub hint: String,
}

/// What is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The file.
    pub file: PathBuf,
    /// What people call it.
    pub title: String,
    /// What kind of work; `None`: as its content shows.
    pub kind: Option<Kind>,
    /// Its media type; `None`: as its content shows.
    pub media_type: Option<String>,
    /// The work this is a further edition or batch of; `None`: a new one.
    pub content: Option<ContentId>,
    /// Edition or batch, as the publisher counts them.
    pub edition: u32,
    /// The preview's bytes; `None`: to be derived.
    pub preview: Option<Vec<u8>>,
    /// What catalogues say of it beside its title.
    pub credits: package::Credits,
    /// On what terms.
    pub terms: Terms,
}

/// The steps of publishing, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Reading the file, for its digest.
    Reading,
    /// Making the preview.
    Previewing,
    /// Sealing.
    Sealing,
    /// Signing and writing what is small.
    Signing,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// Bytes done in this step.
    pub done: u64,
    /// Bytes of this step.
    pub total: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The directory.
    pub dir: PathBuf,
    /// The work.
    pub content: ContentId,
    /// Its title.
    pub title: String,
    /// What kind it is.
    pub kind: Kind,
    /// Its media type.
    pub media_type: String,
    /// The package.
    pub package: PathBuf,
    /// The package's name.
    pub header: Hash,
    /// The name of its key.
    pub key_id: [u8; 16],
    /// Bytes of the package.
    pub package_len: u64,
    /// The small rendition, if one was asked for: free to copy like the package, and opened by the same licenses.
    pub small: Option<PathBuf>,
    /// Media type of the preview.
    pub preview_type: &'static str,
    /// The offers' numbers.
    pub offers: Vec<OfferNo>,
    /// The bundle for each seller.
    pub bundles: Vec<(PartyId, PathBuf)>,
}

const SELLERS_MAX: usize = 16;

/// Publishes `work` for `sellers` into the directory `into`, at `now`, with randomness from `seed`. Whoever calls it again
/// after a cut with the same work (time and seed may be new ones) gets what the first call would have made; when all was
/// made, nothing is done again but reading the file.
pub fn publish(
    publisher: &Publisher<'_>,
    work: &Work,
    sellers: &[Seller],
    into: &Path,
    now: Moment,
    seed: &Seed,
    progress: &mut dyn FnMut(Progress),
) -> Result<Publication, NotMade> {
    publish_under(publisher, work, None, sellers, into, now, seed, progress)
}

/// The same as a new version of a work: sealed under the key it was sold with, so that every license of the whole work opens
/// it too. `work.content` names the work; the terms are those of new sales, what was sold keeps its own.
#[allow(clippy::too_many_arguments)]
pub fn publish_version(
    publisher: &Publisher<'_>,
    work: &Work,
    key: &ContentKey,
    sellers: &[Seller],
    into: &Path,
    now: Moment,
    seed: &Seed,
    progress: &mut dyn FnMut(Progress),
) -> Result<Publication, NotMade> {
    if work.content.is_none() || work.terms.delivery == package::Delivery::Unique {
        return Err(NotMade::Terms(
            "a version belongs to a work that is the same for all its buyers",
        ));
    }
    publish_under(publisher, work, Some(key), sellers, into, now, seed, progress)
}

#[allow(clippy::too_many_arguments)]
fn publish_under(
    publisher: &Publisher<'_>,
    work: &Work,
    key: Option<&ContentKey>,
    sellers: &[Seller],
    into: &Path,
    now: Moment,
    seed: &Seed,
    progress: &mut dyn FnMut(Progress),
) -> Result<Publication, NotMade> {
    let me = publisher.check(now)?;
    let shops = check_sellers(publisher.trust, sellers, now)?;
    if let Some(why) = work.terms.fault(&publisher.trust.realm().currency) {
        return Err(NotMade::Terms(why));
    }
    let sets = Sets::of(publisher, &work.terms.sets)?;
    let source = Source::read(&work.file, progress)?;
    if work.terms.small {
        small::can_be(publisher, source.format)?;
    }
    let policy: Policy = work.terms.policy(PartyId(me.subject()), *me.seal());
    let realm = publisher.trust.id();
    let policy = seal::sign(publisher.signer, seal::Kind::Policy, realm, Audience::Anyone, &policy);
    let mut subject = Subject {
        content: work.content.unwrap_or_default(),
        title: work.title.clone(),
        media_type: work
            .media_type
            .clone()
            .unwrap_or_else(|| source.format.media_type().into()),
        publisher: PartyId(me.subject()),
        sellers: shops.iter().map(|shop| PartyId(shop.subject())).collect(),
        policy: seal::hash(&policy),
        header: Hash::default(),
    };
    progress(Progress {
        step: Step::Previewing,
        done: 0,
        total: source.len,
    });
    let preview = match &work.preview {
        Some(bytes) => preview::accept(bytes.clone())?,
        None => match publisher.reader {
            Some(reader) => reader.derive(&work.file, publisher.converter)?,
            None => preview::derive(&work.file, source.format, publisher.converter)?,
        },
    };
    let maker = Maker {
        sets: &sets,
        publisher,
        work,
        source: &source,
        hint: &sellers[0].hint,
        policy: &policy,
        preview: &preview,
    };
    // Everything that can be wrong with what was asked shows here, before a directory or a key exists.
    maker.front(&subject, &ContentKey::from_secret_bytes([0; 32]), now)?;
    fs::create_dir_all(into.join("upload")).map_err(|error| NotMade::Path {
        path: into.into(),
        error,
    })?;
    fs::create_dir_all(into.join("offers")).map_err(|error| NotMade::Path {
        path: into.into(),
        error,
    })?;
    let draft = Draft::open(
        into,
        publisher.secret,
        maker.request(&subject),
        work.content,
        key,
        now,
        seed,
    )?;
    subject.content = draft.content;
    let key = draft.content_key();
    let front = maker.front(&subject, &key, draft.at)?;
    subject.header = front.package();
    let package = into.join("package.keyfare");
    maker.seal(&front, &key, &package, progress)?;
    let small = match work.terms.small {
        true => Some(maker.small(&front, &key, into)?),
        false => None,
    };
    progress(Progress {
        step: Step::Signing,
        done: 0,
        total: 0,
    });
    let bundles = maker.hand_out(&front, &draft, &subject, &shops, into)?;
    Ok(Publication {
        dir: into.into(),
        content: draft.content,
        kind: front.header().kind,
        header: front.package(),
        key_id: front.header().key.id.0,
        package_len: front.package_len(),
        preview_type: preview.media_type,
        offers: work.terms.offers.iter().map(|offer| offer.number).collect(),
        title: subject.title,
        media_type: subject.media_type,
        package,
        small,
        bundles,
    })
}

/// The content key of the publication in `dir`, for the publisher alone: `None` if none was begun there.
pub fn kept_key(dir: &Path, secret: &Secret) -> Result<Option<ContentKey>, NotMade> {
    Ok(Draft::read(dir, secret)?.map(|draft| draft.content_key()))
}

impl Publisher<'_> {
    pub(crate) fn check(&self, now: Moment) -> Result<Verified<role::Publisher>, NotMade> {
        let me = self
            .trust
            .check(self.certificate, now)
            .map_err(|no| NotMade::Certificate("publisher", no))?;
        if self.signer.verify_key() != *Verified::<role::Publisher>::sign(&me) {
            return Err(NotMade::OtherKeys);
        }
        if self.certifiers.len() >= CHAIN_MAX {
            return Err(NotMade::Sellers);
        }
        Ok(me)
    }
}

pub(crate) fn check_sellers(
    trust: &Trust,
    sellers: &[Seller],
    now: Moment,
) -> Result<Vec<Verified<role::Seller>>, NotMade> {
    let shops: Vec<Verified<role::Seller>> = sellers
        .iter()
        .take(SELLERS_MAX)
        .map(|seller| trust.check(&seller.certificate, now))
        .collect::<Result<_, _>>()
        .map_err(|no| NotMade::Certificate("shop", no))?;
    let mut ids: Vec<_> = shops.iter().map(Verified::subject).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() != sellers.len() {
        return Err(NotMade::Sellers);
    }
    Ok(shops)
}
