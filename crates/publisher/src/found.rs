//! Found: a package that turned up anywhere. Who signed it, what it is, what it shows, where to buy.

use license::{Policy, VerifiedPublication, WorkKind};
use minicbor::{Decode, Encode, bytes::ByteVec};
use package::{ContentKey, Delivery, Front, Kind, PreviewLine, Shop};
use seal::{Audience, NotSigned, NotTrusted, Trust, Verified, cbor, role};
use units::{Again, ContentId, Hash, Moment, Money, OfferNo, PartyId, Refusal};

/// The most certificates a package carries along: the publisher's, and those of the certifiers above.
pub(crate) const CHAIN_MAX: usize = 4;

/// A price as the header hints at it. What counts is the offer in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Price {
    /// The number on the shelf.
    #[n(0)]
    pub number: OfferNo,
    /// The price when the package was made.
    #[n(1)]
    pub price: Money,
}

/// A front whose signatures hold: header, preview and policy are this publisher's word.
#[derive(Debug, Clone)]
pub struct SignedFront {
    /// The publisher's name, as the registry certified it.
    pub publisher_name: String,
    /// What is wrong with his certificate today, if anything: it may have ended, or have been revoked since.
    pub today: Result<(), NotTrusted>,
    /// The policy, if the header carries one.
    pub policy: Option<Policy>,
}

/// Why a front is nobody's word here. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontRefused {
    /// Of another realm.
    #[error("the package belongs to another realm; nothing in it counts here")]
    OtherRealm,
    /// It carries no signature.
    #[error("nobody signed this package: title, publisher and shop in it are anybody's claim")]
    Unsigned,
    /// The certificates it carries are not readable.
    #[error("the package's certificates are not readable")]
    Chain,
    /// The publisher's certificate does not hold.
    #[error("the publisher of this package is not certified in this realm ({0})")]
    Publisher(NotTrusted),
    /// Certified, but somebody else than the header names.
    #[error("the package names one publisher and carries the certificate of another")]
    OtherPublisher,
    /// The header's, preview's or policy's signature does not fit.
    #[error("the {0} of this package was not signed by its publisher ({1})")]
    Forged(&'static str, NotSigned),
}

impl Refusal for FrontRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherRealm => "package-other-realm",
            Self::Unsigned => "package-unsigned",
            Self::Chain => "package-certificates-unreadable",
            Self::Publisher(_) => "package-publisher-not-certified",
            Self::OtherPublisher => "package-other-publisher",
            Self::Forged(..) => "package-forged",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Publisher(no) => no.again(),
            _ => Again::Never,
        }
    }
}

/// Checks who signed a front. Certifiers that the package brings along count only if a root of the realm certified them,
/// so that a reader with the realm file alone needs no network. A certificate that ended since still says who it was.
pub fn verify_front(front: &Front, trust: &Trust, now: Moment) -> Result<SignedFront, FrontRefused> {
    let (header, signatures, realm) = (front.header(), front.signatures(), trust.id());
    if header.realm != realm {
        return Err(FrontRefused::OtherRealm);
    }
    if signatures.header.is_empty() {
        return Err(FrontRefused::Unsigned);
    }
    let chain: Vec<ByteVec> = cbor::from_bytes(&signatures.chain).map_err(|_| FrontRefused::Chain)?;
    let (publisher, above) = chain
        .split_first()
        .filter(|_| chain.len() <= CHAIN_MAX)
        .ok_or(FrontRefused::Chain)?;
    let mut trust = trust.clone();
    for certifier in above {
        // One that does not hold adds nothing; whether the publisher's does without it is seen next.
        let _ = trust.learn(certifier);
    }
    let who: Verified<role::Publisher> = trust.check_ever(publisher).map_err(FrontRefused::Publisher)?;
    if PartyId(who.subject()) != header.publisher {
        return Err(FrontRefused::OtherPublisher);
    }
    let name: Hash = signed(&signatures.header, seal::Kind::Header, &trust, &who, "header")?;
    if name != front.package() {
        return Err(FrontRefused::Forged("header", NotSigned::BadSignature));
    }
    if let Some(expected) = header.preview_statement() {
        let statement: ByteVec = signed(&signatures.preview, seal::Kind::Preview, &trust, &who, "preview")?;
        if *statement != expected {
            return Err(FrontRefused::Forged("preview", NotSigned::BadSignature));
        }
    }
    let policy = match header.policy.as_slice() {
        [] => None,
        bytes => Some(signed::<Policy>(bytes, seal::Kind::Policy, &trust, &who, "policy")?),
    };
    if policy
        .as_ref()
        .is_some_and(|policy| policy.publisher != header.publisher)
    {
        return Err(FrontRefused::Forged("policy", NotSigned::BadSignature));
    }
    Ok(SignedFront {
        publisher_name: who.claims().name.clone(),
        today: trust.check::<role::Publisher>(publisher, now).map(|_| ()),
        policy,
    })
}

fn signed<T: for<'b> Decode<'b, ()> + Encode<()>>(
    bytes: &[u8],
    kind: seal::Kind,
    trust: &Trust,
    who: &Verified<role::Publisher>,
    what: &'static str,
) -> Result<T, FrontRefused> {
    seal::parse(bytes, kind, trust.id())
        .and_then(|signed| signed.verify(who.sign(), Audience::Anyone))
        .map_err(|no| FrontRefused::Forged(what, no))
}

/// What a reader may make of a package's claims.
#[derive(Debug, Clone)]
pub enum Standing {
    /// The publisher said so.
    Signed(Box<SignedFront>),
    /// Nobody known here said so.
    Refused(FrontRefused),
}

/// A package found anywhere, as people are shown it. Unless `standing` is signed, all of it is a stranger's claim.
#[derive(Debug, Clone)]
pub struct Found {
    /// Who vouches for the rest.
    pub standing: Standing,
    /// The package's name.
    pub package: Hash,
    /// The work.
    pub content: ContentId,
    /// What people call it.
    pub title: String,
    /// What kind of work.
    pub kind: Kind,
    /// The media type of the opened content.
    pub media_type: String,
    /// Whose work it says it is.
    pub publisher: PartyId,
    /// Media type and bytes of the preview.
    pub preview: Option<(String, Vec<u8>)>,
    /// Prices when it was made.
    pub prices: Vec<Price>,
    /// Where to buy: the seller is looked up in the registry, the hint only tried first.
    pub shop: Shop,
}

/// Reads a front for people: signature first, then what it says.
pub fn find(front: &Front, trust: &Trust, now: Moment) -> Found {
    let header = front.header();
    Found {
        standing: verify_front(front, trust, now).map_or_else(Standing::Refused, |it| Standing::Signed(Box::new(it))),
        package: front.package(),
        content: header.content,
        title: header.title.clone(),
        kind: header.kind,
        media_type: header.media_type.clone(),
        publisher: header.publisher,
        preview: header
            .preview
            .as_ref()
            .map(|line| (line.media_type.clone(), front.preview().to_vec())),
        prices: cbor::from_bytes(&header.offers).unwrap_or_default(),
        shop: header.shop.clone(),
    }
}

/// Why an uploaded package is not the one that was published. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Its signatures do not hold.
    #[error(transparent)]
    Front(#[from] FrontRefused),
    /// It differs from the publication.
    #[error("the package's {0} is not the one of its publication; upload the package that was published")]
    Differs(&'static str),
    /// The content key of the publication is not the package's.
    #[error("the publication's content key does not belong to this package; publish it again")]
    OtherKey,
}

impl Refusal for Misfit {
    fn code(&self) -> &'static str {
        match self {
            Self::Front(no) => no.code(),
            Self::Differs(_) => "package-not-as-published",
            Self::OtherKey => "package-of-another-key",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Front(no) => no.again(),
            Self::Differs(_) => Again::AfterYouAct,
            Self::OtherKey => Again::Never,
        }
    }
}

/// Holds an uploaded package's front against the publication it came with: run by the shop before it puts the work on its
/// shelf. The content itself is checked with [`package::Package::check`] and the publication's key.
pub fn fits(front: &Front, published: &VerifiedPublication, trust: &Trust, now: Moment) -> Result<SignedFront, Misfit> {
    let signed = verify_front(front, trust, now)?;
    let header = front.header();
    let same = |what, good: bool| if good { Ok(()) } else { Err(Misfit::Differs(what)) };
    same("name", front.package() == published.header)?;
    same("publisher", header.publisher == published.publisher)?;
    same("work", header.content == published.content)?;
    same("title", header.title == published.title)?;
    same("kind", kind_on_shelf(header.kind) == published.kind)?;
    same(
        "media type",
        published.offers.iter().all(|o| o.offer.media_type == header.media_type),
    )?;
    same("key id", header.key.id.0 == published.key_id)?;
    same("delivery", (header.delivery == Delivery::Unique) == published.unique)?;
    same("policy", header.policy == published.policy_signed)?;
    let preview = PreviewLine::of(&published.preview_type, &published.preview);
    same("preview", header.preview.as_ref() == Some(&preview))?;
    same("length", front.package_len() == published.package_len)?;
    if header.is_under(&ContentKey::from_secret_bytes(*published.key.expose())) {
        Ok(signed)
    } else {
        Err(Misfit::OtherKey)
    }
}

/// The kind of a header, as the shelf calls it.
pub const fn kind_on_shelf(kind: Kind) -> WorkKind {
    match kind {
        Kind::Mixed => WorkKind::Mixed,
        Kind::Text => WorkKind::Text,
        Kind::Picture => WorkKind::Picture,
        Kind::Sound => WorkKind::Sound,
        Kind::Video => WorkKind::Video,
        Kind::Program => WorkKind::Program,
    }
}

/// The kind on a shelf, as a header calls it.
pub const fn kind_in_header(kind: WorkKind) -> Kind {
    match kind {
        WorkKind::Mixed => Kind::Mixed,
        WorkKind::Text => Kind::Text,
        WorkKind::Picture => Kind::Picture,
        WorkKind::Sound => Kind::Sound,
        WorkKind::Video => Kind::Video,
        WorkKind::Program => Kind::Program,
    }
}
