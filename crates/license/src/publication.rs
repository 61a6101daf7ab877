//! The publication: what a publisher hands to one seller so that a work can stand on that seller's shelf.
//!
//! ```text
//! bundle = [ record, preview ]            at most 1 MiB, so that it is one request
//! record = signed by the publisher for one seller: certificate, policy, offers, the package's name and length,
//!          the content key sealed to the seller, what the preview is
//! ```
//!
//! A seller that has checked it ([`verify_publication`]) knows all it needs to sell; the package itself follows on its
//! own path and is named here by the hash of its header. Prices stand in the offers alone.

use alloc::{string::String, vec::Vec};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{
    Audience, ContentSecret, Kind, NotOpened, NotSigned, NotTrusted, Opener, SealTo, Seed, Signer, Trust, cbor, role,
};
use units::{Again, ContentId, Hash, Moment, OfferNo, PartyId, RealmId, Refusal, Span};

use crate::{Delivery, Offer, Policy};

/// The longest bundle in bytes: one request of a party's API.
pub const BUNDLE_LEN_MAX: usize = 1 << 20;
/// The longest preview in bytes: leaves room in a bundle for the longest signed record.
pub const PREVIEW_LEN_MAX: usize = 900 << 10;
/// The most offers of one publication.
pub const OFFERS_MAX: usize = 32;
/// Media types a shop window may show. Nothing that can carry a script (row-87).
pub const PREVIEW_TYPES: [&str; 13] = [
    "text/plain",
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "audio/wav",
    "audio/mpeg",
    "audio/flac",
    "audio/ogg",
    "audio/mp4",
    "audio/webm",
    "video/mp4",
    "video/webm",
];

/// What kind of work it is, as shelves are sorted (XD-10); numbered as in a package's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum WorkKind {
    /// Anything else, and mixtures.
    #[n(0)]
    Mixed,
    /// Text, books.
    #[n(1)]
    Text,
    /// A picture.
    #[n(2)]
    Picture,
    /// Sound, music.
    #[n(3)]
    Sound,
    /// Video.
    #[n(4)]
    Video,
    /// A program.
    #[n(5)]
    Program,
}

/// The most tracks of an album.
pub const TRACKS_MAX: usize = 200;

/// What the publisher signs for one seller. Untrusted until [`verify_publication`] has read it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Publication {
    /// The publisher's certificate.
    #[n(0)]
    pub publisher: ByteVec,
    /// The signed policy.
    #[n(1)]
    pub policy: ByteVec,
    /// The signed offers, 1 to [`OFFERS_MAX`], all of the same work.
    #[n(2)]
    pub offers: Vec<ByteVec>,
    /// Hash of the package's header: the package's name.
    #[n(3)]
    pub header: Hash,
    /// The header's key id.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub key_id: [u8; 16],
    /// Bytes of the whole package.
    #[n(5)]
    pub package_len: u64,
    /// The content key, made by [`seal_content_key`].
    #[n(6)]
    pub key_sealed: ByteVec,
    /// What kind of work.
    #[n(7)]
    pub kind: WorkKind,
    /// Media type of the preview, one of [`PREVIEW_TYPES`].
    #[n(8)]
    pub preview_type: String,
    /// SHA-256 of the preview.
    #[n(9)]
    pub preview: Hash,
    /// When it was signed. A seller ignores one older than the one it has.
    #[n(10)]
    pub at: Moment,
    /// What the tracks of an album are called, in their order; nothing, if the work is no album.
    #[n(11)]
    pub tracks: Option<Vec<String>>,
}

/// What is sent: the signed record, and the preview it names.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bundle {
    /// The signed [`Publication`].
    #[n(0)]
    pub record: ByteVec,
    /// The preview's bytes.
    #[n(1)]
    pub preview: ByteVec,
}

/// An offer of a checked publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedOffer {
    /// The offer.
    pub offer: Offer,
    /// SHA-256 of the signed offer.
    pub hash: Hash,
    /// The signed offer, as it goes on into sheets and licenses.
    pub signed: Vec<u8>,
}

/// A publication that holds for this seller: the only way to one is [`verify_publication`].
#[derive(Debug)]
pub struct VerifiedPublication {
    /// Whose work.
    pub publisher: PartyId,
    /// The publisher's name, as the registry certified it.
    pub publisher_name: String,
    /// The publisher's certificate, as it goes on into sheets and licenses.
    pub certificate: Vec<u8>,
    /// The work.
    pub content: ContentId,
    /// Its title, the same in all offers.
    pub title: String,
    /// What kind of work.
    pub kind: WorkKind,
    /// The policy.
    pub policy: Policy,
    /// The signed policy.
    pub policy_signed: Vec<u8>,
    /// The offers, in ascending order of their numbers.
    pub offers: Vec<PublishedOffer>,
    /// The package's name.
    pub header: Hash,
    /// Which of the content's keys.
    pub key_id: [u8; 16],
    /// Bytes of the whole package.
    pub package_len: u64,
    /// Whether every buyer gets a package of his own; the one uploaded is then the sealed master (XD-4).
    pub unique: bool,
    /// The content key. That it is the package's key is seen when the package is there.
    pub key: ContentSecret,
    /// Media type of the preview.
    pub preview_type: String,
    /// The preview.
    pub preview: Vec<u8>,
    /// When it was signed.
    pub at: Moment,
    /// What the tracks of an album are called; none, if the work is no album.
    pub tracks: Vec<String>,
}

/// Why a bundle is no publication for this seller. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPublished {
    /// Not a bundle.
    #[error("not a publication: {0}; send the file that `publish` wrote")]
    Malformed(cbor::NotCanonical),
    /// Not signed for this seller by the publisher whose certificate it carries.
    #[error("the publication was not signed by its publisher for this shop ({0}); publish it for this shop")]
    Forged(NotSigned),
    /// The publisher's certificate does not hold.
    #[error("the publisher is not certified in this realm ({0})")]
    Publisher(NotTrusted),
    /// Signed more than a day ahead of the seller's clock.
    #[error("the publication is dated {0}, which is still to come; set the clock and publish again")]
    Early(Moment),
    /// Offer or policy is not the publisher's.
    #[error("the {0} was not signed by the publisher ({1})")]
    Terms(&'static str, NotSigned),
    /// No offers, or too many.
    #[error("a publication has 1 to {OFFERS_MAX} offers, this has {0}")]
    Offers(usize),
    /// An offer does not belong to the policy, the package or the other offers.
    #[error("offer {0} does not belong to this publication: its {1} is another")]
    Mixed(OfferNo, &'static str),
    /// Figures that no rule allows.
    #[error("offer {0} has a {1} out of bounds")]
    Bounds(OfferNo, &'static str),
    /// The publisher did not let this seller sell the offer.
    #[error("offer {0} does not name this shop among its sellers; publish it for this shop")]
    SellerNotNamed(OfferNo),
    /// Past its date.
    #[error("offer {0} ended at {1}; publish it with a later date")]
    Ended(OfferNo, Moment),
    /// The preview is not the one signed for, too long, or of a kind no window shows.
    #[error("the preview is refused: {0}")]
    Preview(&'static str),
    /// The content key does not open.
    #[error("the content key in it does not open with this shop's key; publish again with its present certificate")]
    Key(NotOpened),
}

impl Refusal for NotPublished {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "publication-malformed",
            Self::Forged(_) => "publication-forged",
            Self::Publisher(_) => "publication-publisher-not-certified",
            Self::Early(_) => "publication-early",
            Self::Terms(..) => "publication-terms-forged",
            Self::Offers(_) => "publication-offers-out-of-bounds",
            Self::Mixed(..) => "publication-mixed",
            Self::Bounds(..) => "publication-figures-out-of-bounds",
            Self::SellerNotNamed(_) => "publication-seller-not-entitled",
            Self::Ended(..) => "publication-offer-ended",
            Self::Preview(_) => "publication-preview-refused",
            Self::Key(_) => "publication-key-closed",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Publisher(no) => no.again(),
            Self::Early(_) => Again::Later,
            Self::Ended(..) | Self::Key(_) | Self::SellerNotNamed(_) => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

const PURPOSE: &str = "keyfare/1/publication";

fn bound_to(realm: RealmId, publisher: PartyId, seller: PartyId, header: Hash, key_id: [u8; 16]) -> Vec<u8> {
    cbor::to_bytes(&(realm, publisher, seller, header, ByteVec::from(key_id.to_vec())))
}

/// Seals the content key to a seller, tied to realm, publisher, seller, package and key id: in another publication it
/// does not open. A seed serves one call only.
pub fn seal_content_key(
    to: &SealTo,
    (realm, publisher, seller): (RealmId, PartyId, PartyId),
    (header, key_id): (Hash, [u8; 16]),
    key: &ContentSecret,
    seed: &Seed,
) -> Result<Vec<u8>, NotOpened> {
    seal::seal_to(
        to,
        PURPOSE,
        &bound_to(realm, publisher, seller, header, key_id),
        key.expose(),
        seed,
    )
}

/// Signs a publication for `seller` and puts the bundle together.
pub fn sign_publication(signer: &Signer, realm: RealmId, seller: PartyId, it: &Publication, preview: &[u8]) -> Vec<u8> {
    let record = seal::sign(signer, Kind::Record, realm, Audience::from(seller), it);
    cbor::to_bytes(&Bundle {
        record: record.into(),
        preview: preview.to_vec().into(),
    })
}

/// Reads an untrusted bundle: for `seller`, whose key `opener` is, at `now`. No I/O; every signature, every figure and
/// every cross-reference inside is checked, the package itself is not looked at.
pub fn verify_publication(
    bytes: &[u8],
    trust: &Trust,
    seller: PartyId,
    opener: &Opener,
    now: Moment,
) -> Result<VerifiedPublication, NotPublished> {
    let bundle: Bundle = cbor::from_bytes_within(bytes, BUNDLE_LEN_MAX).map_err(NotPublished::Malformed)?;
    let realm = trust.id();
    let signed = seal::parse::<Publication>(&bundle.record, Kind::Record, realm).map_err(NotPublished::Forged)?;
    let publisher = trust
        .check::<role::Publisher>(&signed.claims().publisher, now)
        .map_err(NotPublished::Publisher)?;
    let it = signed
        .verify(publisher.sign(), Audience::from(seller))
        .map_err(NotPublished::Forged)?;
    if it.at > now.plus(Span::days(1)) {
        return Err(NotPublished::Early(it.at));
    }
    let me = PartyId(publisher.subject());
    let policy: Policy = seal::parse(&it.policy, Kind::Policy, realm)
        .and_then(|s| s.verify(publisher.sign(), Audience::Anyone))
        .map_err(|e| NotPublished::Terms("policy", e))?;
    let mut offers = Vec::with_capacity(it.offers.len().min(OFFERS_MAX));
    for bytes in it.offers.iter().take(OFFERS_MAX) {
        let offer: Offer = seal::parse(bytes, Kind::Offer, realm)
            .and_then(|s| s.verify(publisher.sign(), Audience::Anyone))
            .map_err(|e| NotPublished::Terms("offer", e))?;
        offers.push(PublishedOffer {
            offer,
            hash: seal::hash(bytes),
            signed: bytes.to_vec(),
        });
    }
    let Some(first) = offers
        .first()
        .filter(|_| it.offers.len() <= OFFERS_MAX)
        .map(|o| o.offer.clone())
    else {
        return Err(NotPublished::Offers(it.offers.len()));
    };
    let shelf = Shelf {
        it: &it,
        policy: &policy,
        first: &first,
        me,
        seller,
        currency: &trust.realm().currency,
        now,
    };
    offers.iter().try_for_each(|o| shelf.check(&o.offer))?;
    offers.sort_by_key(|o| o.offer.number);
    if let Some(twin) = offers.windows(2).find(|w| w[0].offer.number == w[1].offer.number) {
        return Err(NotPublished::Mixed(twin[0].offer.number, "number"));
    }
    check_preview(&it, &bundle.preview)?;
    let bound = bound_to(realm, me, seller, it.header, it.key_id);
    let key = seal::open_from(opener, PURPOSE, &bound, &it.key_sealed).map_err(NotPublished::Key)?;
    Ok(VerifiedPublication {
        publisher: me,
        publisher_name: publisher.claims().name.clone(),
        certificate: it.publisher.into(),
        content: first.content,
        title: first.title,
        kind: it.kind,
        policy,
        policy_signed: it.policy.into(),
        offers,
        header: it.header,
        key_id: it.key_id,
        package_len: it.package_len,
        unique: first.delivery == Delivery::Unique,
        key: ContentSecret::from_slice(&key).ok_or(NotPublished::Key(NotOpened))?,
        preview_type: it.preview_type,
        preview: bundle.preview.into(),
        at: it.at,
        tracks: it.tracks.unwrap_or_default(),
    })
}

/// What every offer of one publication is held against.
struct Shelf<'a> {
    it: &'a Publication,
    policy: &'a Policy,
    first: &'a Offer,
    me: PartyId,
    seller: PartyId,
    currency: &'a str,
    now: Moment,
}

impl Shelf<'_> {
    fn check(&self, offer: &Offer) -> Result<(), NotPublished> {
        let (no, first) = (offer.number, self.first);
        let same = |what, good: bool| {
            if good {
                Ok(())
            } else {
                Err(NotPublished::Mixed(no, what))
            }
        };
        same(
            "publisher",
            offer.publisher == self.me && self.policy.publisher == self.me,
        )?;
        same("policy", offer.policy == seal::hash(&self.it.policy))?;
        same("work", offer.content == first.content && offer.title == first.title)?;
        same("media type", offer.media_type == first.media_type)?;
        same(
            "package",
            offer.delivery == first.delivery
                && match offer.delivery {
                    Delivery::Shared(header) => header == self.it.header,
                    Delivery::Unique => true,
                },
        )?;
        let ours = |money: &units::Money| money.currency().code() == self.currency;
        same(
            "currency",
            ours(&offer.price) && ours(&self.policy.fare_copy) && ours(&self.policy.fare_move),
        )?;
        let within = |what, good: bool| {
            if good {
                Ok(())
            } else {
                Err(NotPublished::Bounds(no, what))
            }
        };
        let shown = !offer.title.trim().is_empty() && !offer.title.chars().any(char::is_control);
        within("title", shown && offer.title.chars().count() <= 200)?;
        within(
            "list of tracks",
            self.it.tracks.as_ref().is_none_or(|all| are_titles(all)),
        )?;
        within("tax rate", offer.tax_permille <= 1000)?;
        within("refund", offer.refund.permille <= 1000)?;
        within("edition", offer.edition != Some(0))?;
        within("list of payments", !offer.tenders.is_empty())?;
        if self.seller != self.me && !offer.sellers.contains(&self.seller) {
            return Err(NotPublished::SellerNotNamed(no));
        }
        if self.now > offer.until {
            return Err(NotPublished::Ended(no, offer.until));
        }
        Ok(())
    }
}

/// 1 to [`TRACKS_MAX`] lines that a page can show.
fn are_titles(tracks: &[String]) -> bool {
    let shown = |title: &String| {
        let is_shown = !title.trim().is_empty() && !title.chars().any(char::is_control);
        is_shown && title.chars().count() <= 200
    };
    (1..=TRACKS_MAX).contains(&tracks.len()) && tracks.iter().all(shown)
}

fn check_preview(it: &Publication, preview: &[u8]) -> Result<(), NotPublished> {
    let no = |why| Err(NotPublished::Preview(why));
    if preview.is_empty() || preview.len() > PREVIEW_LEN_MAX {
        return no("it is empty or longer than 900 KiB");
    }
    if !PREVIEW_TYPES.contains(&it.preview_type.as_str()) {
        return no("a shop window does not show this media type");
    }
    if seal::hash(preview) != it.preview {
        return no("it is not the one that was signed for");
    }
    Ok(())
}
