//! Offer: further ways to buy a work whose package is on the shelf already, and other terms for the ones there are. Nothing is
//! sealed anew: the same package, under the same key, with another policy and other offers signed for it.

use license::WorkKind;
use minicbor::bytes::ByteVec;
use package::ContentKey;
use seal::{Audience, ContentSecret, NotTrusted, Seed, Verified};
use units::{ContentId, Hash, Moment, PartyId};

use crate::{
    NotMade, Publisher, Seller,
    publish::check_sellers,
    terms::{Subject, Terms},
};

/// A work on a shelf.
#[derive(Debug)]
pub struct OnSale<'a> {
    /// The work.
    pub content: ContentId,
    /// Its title.
    pub title: String,
    /// Its media type.
    pub media_type: String,
    /// The package: hash of its header.
    pub package: Hash,
    /// Its length.
    pub package_len: u64,
    /// The content key.
    pub key: &'a ContentKey,
    /// The key's name.
    pub key_id: [u8; 16],
    /// What kind of work.
    pub kind: WorkKind,
    /// Media type of the preview.
    pub preview_type: String,
    /// The preview.
    pub preview: Vec<u8>,
    /// What the tracks of an album are called.
    pub tracks: Option<Vec<String>>,
}

/// Signs these terms for a work that is on sale, as a bundle for this shop. Offers under other numbers stay as they are there;
/// licenses that were sold stay as they were sold.
pub fn offer(
    publisher: &Publisher<'_>,
    work: &OnSale<'_>,
    terms: &Terms,
    seller: &Seller,
    now: Moment,
    seed: &Seed,
) -> Result<Vec<u8>, NotMade> {
    let me = publisher.check(now)?;
    let shops = check_sellers(publisher.trust, std::slice::from_ref(seller), now)?;
    let shop = shops.first().ok_or(NotMade::Sellers)?;
    if let Some(why) = terms.fault(&publisher.trust.realm().currency) {
        return Err(NotMade::Terms(why));
    }
    if terms.delivery == package::Delivery::Unique {
        return Err(NotMade::Terms("each buyer of this work gets a package of his own"));
    }
    let (signer, realm) = (publisher.signer, publisher.trust.id());
    let (own, to) = (PartyId(me.subject()), PartyId(Verified::subject(shop)));
    let policy = terms.policy(own, *me.seal());
    let policy = seal::sign(signer, seal::Kind::Policy, realm, Audience::Anyone, &policy);
    let subject = Subject {
        content: work.content,
        title: work.title.clone(),
        media_type: work.media_type.clone(),
        publisher: own,
        sellers: vec![to],
        policy: seal::hash(&policy),
        header: work.package,
    };
    let sign = |one| {
        let offer = terms.offer(one, &subject);
        ByteVec::from(seal::sign(signer, seal::Kind::Offer, realm, Audience::Anyone, &offer))
    };
    let key = ContentSecret::new(*work.key.secret_bytes_for_wrapping());
    let key_sealed = license::seal_content_key(shop.seal(), (realm, own, to), (work.package, work.key_id), &key, seed)
        .map_err(|_| NotMade::Certificate("shop", NotTrusted::Forged))?;
    let record = license::Publication {
        publisher: publisher.certificate.to_vec().into(),
        policy: policy.into(),
        offers: terms.offers.iter().map(sign).collect(),
        header: work.package,
        key_id: work.key_id,
        package_len: work.package_len,
        key_sealed: key_sealed.into(),
        kind: work.kind,
        preview_type: work.preview_type.clone(),
        preview: seal::hash(&work.preview),
        at: now,
        tracks: work.tracks.clone(),
    };
    Ok(license::sign_publication(signer, realm, to, &record, &work.preview))
}
