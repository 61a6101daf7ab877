//! Maker: puts a publication together once everything about it is known. Deterministic: the same parts give the same bytes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use license::Offer;
use minicbor::bytes::ByteVec;
use package::{About, ContentKey, Front, Geometry, Header, Kind, PreviewLine, Shop, Signatures};
use seal::{Audience, ContentSecret, NotTrusted, Verified, cbor, role};
use units::{Hash, Moment, PartyId};

use crate::{
    NotMade, Price, Progress, Publisher, Step, Work,
    draft::{Draft, put},
    found::kind_on_shelf,
    preview::Preview,
    sets::Sets,
    source::Source,
    terms::Subject,
};

/// Everything that is known when the first byte is written.
pub(crate) struct Maker<'a> {
    pub(crate) publisher: &'a Publisher<'a>,
    pub(crate) sets: &'a Sets,
    pub(crate) work: &'a Work,
    pub(crate) source: &'a Source,
    pub(crate) hint: &'a str,
    pub(crate) policy: &'a [u8],
    pub(crate) preview: &'a Preview,
}

impl Maker<'_> {
    fn offers(&self, subject: &Subject) -> Vec<Offer> {
        self.work
            .terms
            .offers
            .iter()
            .map(|offer| self.work.terms.offer(offer, subject))
            .collect()
    }

    /// Names the request: the file's content, all terms, who sells.
    pub(crate) fn request(&self, subject: &Subject) -> Hash {
        let terms = cbor::to_bytes(&(
            self.offers(subject),
            ByteVec::from(self.policy.to_vec()),
            self.work.edition,
            &self.work.credits,
        ));
        let (supplied, kind) = (self.work.preview.as_deref().unwrap_or_default(), self.kind());
        let kind = cbor::to_bytes(&(kind, self.work.preview.is_some()));
        seal::hash_parts(&[
            self.source.sha256.as_bytes(),
            &terms,
            self.hint.as_bytes(),
            supplied,
            &kind,
            &self.sets.names(),
            &[u8::from(self.work.terms.small)],
        ])
    }

    fn kind(&self) -> Kind {
        self.work.kind.unwrap_or(self.source.format.kind())
    }

    /// The signed front, made at this moment: the header names the key, the signatures name the header.
    pub(crate) fn front(&self, subject: &Subject, key: &ContentKey, made: Moment) -> Result<Front, NotMade> {
        let described = |no: &dyn std::fmt::Display| NotMade::Described(no.to_string());
        let prices: Vec<Price> = self
            .work
            .terms
            .offers
            .iter()
            .map(|it| Price {
                number: it.number,
                price: it.price,
            })
            .collect();
        let about = About {
            realm: self.publisher.trust.id(),
            content: subject.content,
            publisher: subject.publisher,
            title: subject.title.clone(),
            kind: self.kind(),
            media_type: subject.media_type.clone(),
            edition: self.work.edition,
            delivery: self.work.terms.delivery,
            policy: self.policy.to_vec(),
            offers: cbor::to_bytes(&prices),
            preview: Some(PreviewLine::of(self.preview.media_type, &self.preview.bytes)),
            shop: Shop {
                seller: subject.sellers.first().copied().unwrap_or_default(),
                hint: self.hint.into(),
            },
            sets: self.sets.lines(self.publisher.trust.id(), subject.content, key),
            sha256: Some(self.source.sha256),
            made: Some(made),
        };
        let geometry = Geometry::of(self.source.len).map_err(|no| described(&no))?;
        let header = Header::new(about, key, geometry).with_credits(self.work.credits.clone());
        let signatures = self.signatures(&header);
        Front::assemble(header, signatures, self.preview.bytes.clone()).map_err(|no| described(&no))
    }

    pub(crate) fn signatures(&self, header: &Header) -> Signatures {
        let (signer, realm) = (self.publisher.signer, self.publisher.trust.id());
        let statement = ByteVec::from(header.preview_statement().unwrap_or_default());
        let chain: Vec<ByteVec> = std::iter::once(self.publisher.certificate)
            .chain(self.publisher.certifiers.iter().map(Vec::as_slice))
            .map(|certificate| certificate.to_vec().into())
            .collect();
        Signatures {
            header: seal::sign(signer, seal::Kind::Header, realm, Audience::Anyone, &header.hash()),
            preview: seal::sign(signer, seal::Kind::Preview, realm, Audience::Anyone, &statement),
            chain: cbor::to_bytes(&chain),
        }
    }

    pub(crate) fn seal(
        &self,
        front: &Front,
        key: &ContentKey,
        package: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), NotMade> {
        let total = front.package_len();
        let mut tell = |done| {
            progress(Progress {
                step: Step::Sealing,
                done,
                total,
            })
        };
        package::seal_file(front, key, &self.source.file, package, &mut tell)?;
        self.source.unchanged(&self.work.file).inspect_err(|_| {
            // What was sealed may be half one file and half another: nobody may take it for finished.
            let _ = fs::remove_file(package);
        })
    }

    /// Signs the offers and writes everything but the package, the bundles last.
    pub(crate) fn hand_out(
        &self,
        front: &Front,
        draft: &Draft,
        subject: &Subject,
        shops: &[Verified<role::Seller>],
        into: &Path,
    ) -> Result<Vec<(PartyId, PathBuf)>, NotMade> {
        let (signer, realm) = (self.publisher.signer, self.publisher.trust.id());
        put(&into.join("policy.cose"), self.policy, false)?;
        let mut offers = Vec::with_capacity(self.work.terms.offers.len());
        for offer in self.offers(subject) {
            let signed = seal::sign(signer, seal::Kind::Offer, realm, Audience::Anyone, &offer);
            put(
                &into.join("offers").join(format!("{}.cose", offer.number)),
                &signed,
                false,
            )?;
            offers.push(ByteVec::from(signed));
        }
        put(
            &into.join(format!("preview.{}", extension(self.preview.media_type))),
            &self.preview.bytes,
            false,
        )?;
        let (header, key_id) = (front.package(), front.header().key.id.0);
        let key = ContentSecret::new(*draft.content_key().secret_bytes_for_wrapping());
        let mut bundles = Vec::with_capacity(shops.len());
        for shop in shops {
            let seller = PartyId(shop.subject());
            let key_sealed = license::seal_content_key(
                shop.seal(),
                (realm, subject.publisher, seller),
                (header, key_id),
                &key,
                &draft.seed_for(seller),
            )
            .map_err(|_| NotMade::Certificate("shop", NotTrusted::Forged))?;
            let record = license::Publication {
                publisher: self.publisher.certificate.to_vec().into(),
                policy: self.policy.to_vec().into(),
                offers: offers.clone(),
                header,
                key_id,
                package_len: front.package_len(),
                key_sealed: key_sealed.into(),
                kind: kind_on_shelf(self.kind()),
                preview_type: self.preview.media_type.into(),
                preview: seal::hash(&self.preview.bytes),
                at: draft.at,
                tracks: self.source.tracks.clone(),
            };
            let path = into.join("upload").join(format!("{seller}.cbor"));
            put(
                &path,
                &license::sign_publication(signer, realm, seller, &record, &self.preview.bytes),
                false,
            )?;
            bundles.push((seller, path));
        }
        Ok(bundles)
    }
}

fn extension(media_type: &str) -> &str {
    match media_type {
        "text/plain" => "txt",
        "image/jpeg" => "jpg",
        "audio/mpeg" => "mp3",
        other => other.rsplit('/').next().unwrap_or("bin"),
    }
}
