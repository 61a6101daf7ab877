//! The wire: signed and sealed forms of the messages, the same bytes over every carrier.
//!
//! | message | signed by | sealed to |
//! |---|---|---|
//! | [`Ask`] | nobody | nobody |
//! | [`QuoteSheet`] | giver | the ask's one-time key |
//! | [`PaySheet`] | receiver's tag | giver |
//! | [`SettleSheet`] | giver (or issuer) | receiver's tag |
//! | [`Done`] | receiver's tag | giver |
//!
//! A slip is two things: its clear part and a seal that only the issuer opens ([`SlipInside`]). The giver is shown the
//! inside and the seed of the seal ([`SlipProof`]) and makes the same bytes again: both parts then agree.

use alloc::vec::Vec;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind as Sealed, NotOpened, NotSigned, Opener, SealTo, Seed, Signer, VerifyKey, cbor};
use units::{DealId, Hash, LicenseId, Money, OfferNo, PartyId, RealmId, Tag};

use crate::{
    Agreed, Kind, Outcome, Pay, Quote, Slip, Value, VoidReason,
    fact::{BoughtWord, Claim},
};

/// The receiver's opening question.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ask {
    /// Protocol version.
    #[n(0)]
    pub version: u8,
    /// What about.
    #[n(1)]
    pub kind: Kind,
    /// The offer's number (sale, pay-only).
    #[n(2)]
    pub offer: Option<OfferNo>,
    /// The amount (load, redeem).
    #[n(3)]
    pub amount: Option<Money>,
    /// The license (surrender: hash of its last link's offer tells the seller which).
    #[n(4)]
    pub license: Option<LicenseId>,
    /// Whose slips (collect).
    #[n(5)]
    pub payee: Option<PartyId>,
    /// One-time key to seal the quote to.
    #[n(6)]
    pub seal: SealTo,
    /// Random, so that no two asks are the same.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// What a card or a support centre must know besides (copy, move, locked, unlock).
    #[n(8)]
    pub wanted: Option<Wanted>,
}

/// What is asked of a card, or of a support centre.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Wanted {
    /// Hash of the signed offer a license of which is wanted; `None`: whatever the giver chose to give.
    #[n(0)]
    pub offer: Option<Hash>,
    /// The receiver's transfer certificate, where the license is made before anything is paid (locked; unlock, then pay).
    #[n(1)]
    pub certificate: Option<ByteVec>,
    /// The locked license document (unlock, then pay).
    #[n(2)]
    pub document: Option<ByteVec>,
}

impl Ask {
    /// Its hash, repeated in the quote that answers it.
    pub fn hash(&self) -> Hash {
        seal::hash(&cbor::to_bytes(self))
    }
}

/// A refusal on its way to the other side's terminal. Unsigned: it changes nothing and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Refused {
    /// Stable code.
    #[n(0)]
    pub code: alloc::string::String,
    /// For people.
    #[n(1)]
    pub text: alloc::string::String,
}

impl Refused {
    /// Of any refusal.
    pub fn of(refusal: &impl units::Refusal) -> Self {
        Self {
            code: refusal.code().into(),
            text: alloc::format!("{refusal}"),
        }
    }
}

/// A quote with the certificate of who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct QuoteSheet {
    /// The signed [`Quote`].
    #[n(0)]
    pub quote: ByteVec,
    /// The giver's certificate (party or transfer).
    #[n(1)]
    pub certificate: ByteVec,
    /// The publisher's signed terms (a [`license::OfferSheet`]), from a card: its receiver may never have met the publisher.
    #[n(2)]
    pub terms: Option<ByteVec>,
    /// The unlocked license under a one-time secret, signed by the centre (a [`KeyAhead`]): unlock, then pay.
    #[n(3)]
    pub ahead: Option<ByteVec>,
    /// What may be shown to an approver, signed by the seller (a [`crate::approval::Purchase`]).
    #[n(4)]
    pub purchase: Option<ByteVec>,
    /// From a card whose facts count: those facts under the publisher's seal.
    #[n(5)]
    pub claim: Option<Claim>,
}

/// A license document that comes before its payment, under a secret that comes after it (SD-27). Signed by the centre
/// under the kind quote, for the receiver's tag.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KeyAhead {
    /// Hash of the ask it answers.
    #[n(0)]
    pub ask: Hash,
    /// The document, sealed under the one-time secret: see [`lock_ahead`].
    #[n(1)]
    pub locked: ByteVec,
}

/// Puts a document under a one-time secret, for the ask with this hash.
pub fn lock_ahead(secret: &seal::Secret, ask: Hash, document: &[u8], seed: &Seed) -> Vec<u8> {
    seal::Vault::new(secret, "ahead").lock(&ask.0, document, seed)
}

/// Takes it out again, once the secret has come.
pub fn unlock_ahead(secret: &[u8], ask: Hash, locked: &[u8]) -> Option<Vec<u8>> {
    let secret = seal::Secret::from_slice(secret)?;
    seal::Vault::new(&secret, "ahead").unlock(&ask.0, locked).ok()
}

/// The inside of a slip: what the payer signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SlipInside {
    /// Payer's tag.
    #[n(0)]
    pub tag: Tag,
    /// Payer's number.
    #[n(1)]
    pub pay_no: u64,
    /// Hash of the slip's clear part.
    #[n(2)]
    pub clear: Hash,
    /// The tag's signature over (realm, tag, number, clear).
    #[cbor(n(3), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// What lets a giver see that seal and clear part of a slip agree.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SlipProof {
    /// The inside.
    #[n(0)]
    pub inside: SlipInside,
    /// Seed of the seal; worth nothing to anyone but for making the same seal again.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub seed: [u8; 32],
}

/// The receiver's commitment as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PaySheet {
    /// The payment.
    #[n(0)]
    pub pay: Pay,
    /// The giver's signed quote, whole; between cards its signature alone: the quote itself stands in `pay`, and signing it
    /// again gives the same bytes.
    #[n(1)]
    pub quote: ByteVec,
    /// Proof of the slip, if it pays with money.
    #[n(2)]
    pub proof: Option<SlipProof>,
    /// Hash of what the holder agreed to.
    #[n(3)]
    pub consent: Hash,
    /// The number by which this seller may know this card again; absent where it must not.
    #[n(4)]
    pub seller_number: Option<[u8; 16]>,
    /// The license document that is handed back (surrender).
    #[n(5)]
    pub document: Option<ByteVec>,
    /// The receiver's transfer certificate.
    #[n(6)]
    pub certificate: ByteVec,
    /// The giver's own transfer certificate, back to it: a card answers under the tag of its quote for ever and keeps
    /// nothing for it.
    #[n(7)]
    pub giver: Option<ByteVec>,
    /// The signed [`crate::approval::Approval`], if it pays with one.
    #[n(8)]
    pub approval: Option<ByteVec>,
    /// How the holder agreed, as the card saw it.
    #[n(9)]
    pub agreed: Option<Agreed>,
    /// The publisher's terms that came with the quote are kept here: the license need not bring them again.
    #[n(10)]
    pub keeps_terms: Option<bool>,
    /// The receiver's facts under the publisher's seal, if they count.
    #[n(11)]
    pub claim: Option<Claim>,
    /// Under which name the seller shall note a purchase (see [`crate::fact`]).
    #[n(12)]
    pub buyer: Option<Hash>,
    /// The payer's signed refusal (a [`crate::charge::ChargedSheet`]), for a clear.
    #[n(13)]
    pub refusal: Option<ByteVec>,
}

/// What was given, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct GiftSheet {
    /// The license document.
    #[n(0)]
    pub document: Option<ByteVec>,
    /// The giver's slips.
    #[n(1)]
    pub slips: Vec<Slip>,
    /// Money into the purse.
    #[n(2)]
    pub credit: Option<Money>,
    /// Values, each with its maker's signed form.
    #[n(3)]
    pub values: Vec<(Value, ByteVec)>,
    /// A receipt for people: its number.
    #[n(4)]
    pub receipt: Option<u64>,
    /// The one-time secret of what came ahead with the quote.
    #[n(5)]
    pub secret: Option<ByteVec>,
    /// The seller's word that it was bought, about the name in `pay`.
    #[n(6)]
    pub bought: Option<BoughtWord>,
}

/// The decision as it travels.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, written at once: a box would only cost"
)]
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum OutcomeSheet {
    /// Given.
    #[n(0)]
    Given(#[n(0)] GiftSheet),
    /// Void.
    #[n(1)]
    Void(#[n(0)] VoidReason),
}

/// The giver's signed decision.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SettleSheet {
    /// Which deal.
    #[n(0)]
    pub deal: DealId,
    /// The receiver's number in it.
    #[n(1)]
    pub pay_no: u64,
    /// The decision.
    #[n(2)]
    pub outcome: OutcomeSheet,
    /// The giver's certificate.
    #[n(3)]
    pub certificate: ByteVec,
}

impl SettleSheet {
    /// Was it given?
    pub const fn given(&self) -> bool {
        matches!(self.outcome, OutcomeSheet::Given(_))
    }
}

/// The receiver has closed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Done {
    /// By which tag.
    #[n(0)]
    pub receiver: Tag,
    /// Which deals.
    #[n(1)]
    pub deals: Vec<DealId>,
}

/// A new card's request to its issuer: its keys, signed with them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Enrol {
    /// Key that checks the card's own signatures.
    #[n(0)]
    pub sign: VerifyKey,
    /// Key to seal to the card.
    #[n(1)]
    pub seal: SealTo,
    /// What protects its secrets, as it says; the issuer believes hardware only from its own makers.
    #[n(2)]
    pub class: seal::Class,
    /// Random: the same request repeated makes the same card.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// Keys of the first tags, to be certified.
    #[n(4)]
    pub tags: Vec<license::Receiver>,
}

/// The issuer's answer to [`Enrol`], signed by it, for anyone: it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Enrolled {
    /// The card's number.
    #[n(0)]
    pub card: units::CardNo,
    /// Its own certificate.
    #[n(1)]
    pub certificate: ByteVec,
    /// Its limits.
    #[n(2)]
    pub profile: crate::Profile,
    /// What every contact brings.
    #[n(3)]
    pub news: News,
}

/// What every contact with the issuer brings.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct News {
    /// Trusted time, signed by the realm's clock.
    #[n(0)]
    pub tick: ByteVec,
    /// Certifiers of the realm, each certified by its root.
    #[n(1)]
    pub certifiers: Vec<ByteVec>,
    /// The issuer's own certificate.
    #[n(2)]
    pub issuer: ByteVec,
    /// Transfer certificates for the tags that were asked for: tag, end, certificate.
    #[n(3)]
    pub tags: Vec<(Tag, units::Moment, ByteVec)>,
    /// Revoked certificates: certifier's key id and serial; the whole numbered list.
    #[n(4)]
    pub revoked: Vec<(ByteVec, u64)>,
    /// Number of that list: a card keeps the highest it has seen.
    #[n(5)]
    pub revoked_no: u64,
}

/// A report as it travels: signed by the card's own key, sealed to the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReportSheet {
    /// The report.
    #[n(0)]
    pub report: crate::Report,
    /// Keys of new tags, to be certified.
    #[n(1)]
    pub tags: Vec<license::Receiver>,
    /// `done`s that were not delivered: giver's tag or party, signed and sealed form.
    #[n(2)]
    pub dones: Vec<([u8; 16], ByteVec)>,
}

/// The issuer's answer to a report: signed by it, sealed to the card.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ClearanceSheet {
    /// What was archived.
    #[n(0)]
    pub clearance: crate::Clearance,
    /// What the issuer has seen of this card: higher than the card's own numbers means that the card is an old copy.
    #[n(1)]
    pub seen: crate::issuer::Seen,
    /// Decisions on open payments: sealed `settle`s of the givers, or the issuer's own voids.
    #[n(2)]
    pub rulings: Vec<ByteVec>,
    /// The way back, if it is time.
    #[n(3)]
    pub resume: Option<crate::Resume>,
    /// When to ask again for the way back, if it is not.
    #[n(4)]
    pub resume_from: Option<units::Moment>,
    /// News.
    #[n(5)]
    pub news: News,
    /// The card's limits.
    #[n(6)]
    pub profile: crate::Profile,
    /// Since when this card is stopped as lost: it opens nothing any more.
    #[n(7)]
    pub stopped: Option<units::Moment>,
    /// Gifts that came to light after they had been ruled void: the receiver keeps its money and has the license too, at the
    /// cost of who gave it.
    #[n(8)]
    pub late: Option<Vec<ByteVec>>,
    /// Gifts to cards whose place this one has taken.
    #[n(9)]
    pub inherited: Option<Vec<Inherited>>,
}

/// A gift to a card that is lost, for the card in its place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Inherited {
    /// The lost card.
    #[n(0)]
    pub card: units::CardNo,
    /// Its tag that the gift is for.
    #[n(1)]
    pub tag: Tag,
    /// The giver's sealed `settle`.
    #[n(2)]
    pub settle: ByteVec,
    /// The lost card showed the issuer's own no to this payment and was never told of the gift: it cannot have handed it on.
    #[n(3)]
    pub never_had: bool,
}

/// Trusted time: the signed moment and the certificate (role time) of the clock that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Tick {
    /// A signed [`units::Moment`] (kind tick, for anyone).
    #[n(0)]
    pub signed: ByteVec,
    /// The clock's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}

/// Slips brought to the issuer by a server: signed by it, for the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Present {
    /// Who brings them.
    #[n(0)]
    pub by: PartyId,
    /// The slips, each with the deal it was paid in.
    #[n(1)]
    pub slips: Vec<(DealId, Slip)>,
    /// The presenter's certificate.
    #[n(2)]
    pub certificate: ByteVec,
}

/// The issuer's answer, one by one, in the same order; signed by it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Presented {
    /// Slip and answer.
    #[n(0)]
    pub answers: Vec<(Hash, crate::issuer::Honour)>,
}

/// Signs `body` and seals it to one reader, in one go.
pub fn sign_and_seal<T: Encode<()>>(
    key: &Signer,
    kind: Sealed,
    realm: RealmId,
    audience: Audience,
    to: &SealTo,
    body: &T,
    seed: &Seed,
) -> Result<Vec<u8>, NotOpened> {
    let signed = seal::sign(key, kind, realm, audience, body);
    seal_signed(to, kind, &signed, seed)
}

/// Seals signed bytes to one reader.
pub fn seal_signed(to: &SealTo, kind: Sealed, signed: &[u8], seed: &Seed) -> Result<Vec<u8>, NotOpened> {
    seal::seal_to(to, "keyfare/1/message", &cbor::to_bytes(&kind), signed, seed)
}

/// Opens sealed signed bytes. What comes out is still to be parsed and verified.
pub fn open_sealed(key: &Opener, kind: Sealed, sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
    seal::open_from(key, "keyfare/1/message", &cbor::to_bytes(&kind), sealed)
}

/// The clear part of a slip, as its signature names it.
fn clear_of(slip: &Slip) -> Hash {
    let clear = Slip {
        sealed: ByteVec::from(Vec::new()),
        ..slip.clone()
    };
    clear.id()
}

fn slip_words(realm: RealmId, tag: Tag, pay_no: u64, clear: Hash) -> Vec<u8> {
    cbor::to_bytes(&("keyfare/1/slip", realm, tag, pay_no, clear))
}

/// Makes a slip's seal: the payer's signature and number, for the issuer's eyes only.
pub fn seal_slip(
    slip: &Slip,
    realm: RealmId,
    tag: Tag,
    pay_no: u64,
    key: &Signer,
    issuer: &SealTo,
    seed: &Seed,
) -> Result<(Vec<u8>, SlipProof), NotOpened> {
    let clear = clear_of(slip);
    let signature = key.sign_raw(&slip_words(realm, tag, pay_no, clear));
    let inside = SlipInside {
        tag,
        pay_no,
        clear,
        signature,
    };
    let sealed = seal::seal_to(issuer, "keyfare/1/slip", &clear.0, &cbor::to_bytes(&inside), seed)?;
    Ok((
        sealed,
        SlipProof {
            inside,
            seed: *seed.expose(),
        },
    ))
}

/// A giver's check of a slip: signed by the tag that pays, number as said, and the seal made of exactly that.
pub fn slip_agrees(
    slip: &Slip,
    proof: &SlipProof,
    realm: RealmId,
    tag: Tag,
    pay_no: u64,
    key: &VerifyKey,
    issuer: &SealTo,
) -> bool {
    let clear = clear_of(slip);
    let inside = &proof.inside;
    let says = inside.tag == tag && inside.pay_no == pay_no && inside.clear == clear;
    let signed = says && key.verifies(&slip_words(realm, tag, pay_no, clear), &inside.signature);
    let again = seal::seal_to(
        issuer,
        "keyfare/1/slip",
        &clear.0,
        &cbor::to_bytes(inside),
        &Seed::new(proof.seed),
    );
    signed && again.is_ok_and(|bytes| bytes == slip.sealed.as_slice())
}

/// The issuer opens a slip: who paid, and under which number. The signature is still to be checked with
/// [`slip_signed_by`], once the tag's key is known.
pub fn open_slip(slip: &Slip, issuer: &Opener) -> Option<SlipInside> {
    let clear = clear_of(slip);
    let bytes = seal::open_from(issuer, "keyfare/1/slip", &clear.0, &slip.sealed).ok()?;
    cbor::from_bytes::<SlipInside>(&bytes)
        .ok()
        .filter(|inside| inside.clear == clear)
}

/// Was the slip's inside signed by `key` for this realm?
pub fn slip_signed_by(inside: &SlipInside, realm: RealmId, key: &VerifyKey) -> bool {
    key.verifies(
        &slip_words(realm, inside.tag, inside.pay_no, inside.clear),
        &inside.signature,
    )
}

/// The signature of a signed message that this program made: its last 64 bytes.
pub fn signature_of(signed: &[u8]) -> &[u8] {
    signed
        .len()
        .checked_sub(64)
        .and_then(|at| signed.get(at..))
        .unwrap_or(signed)
}

/// The deal id of a signed `pay`.
pub fn deal_id(signed_pay: &[u8]) -> DealId {
    DealId(seal::hash(signed_pay).0)
}

/// Parses and verifies a signed message in one go, when the key is known beforehand.
pub fn open_signed<T: for<'b> Decode<'b, ()> + Encode<()>>(
    bytes: &[u8],
    kind: Sealed,
    realm: RealmId,
    key: &VerifyKey,
    audience: Audience,
) -> Result<T, NotSigned> {
    seal::parse::<T>(bytes, kind, realm)?.verify(key, audience)
}

/// For the model, where nothing is signed: the outcome of core as it is.
impl From<VoidReason> for Outcome {
    fn from(reason: VoidReason) -> Self {
        Self::Void(reason)
    }
}

/// Hash of a quote, as consents name it.
pub fn quote_hash(quote: &Quote) -> Hash {
    seal::hash(&cbor::to_bytes(quote))
}
