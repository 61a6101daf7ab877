//! The town's shop, which is also the publisher of everything it sells.

use std::collections::BTreeMap;

use deal::{
    Kind, Number, Quote, Value, ValueKind, VoidReason,
    wire::{Ask, GiftSheet, OutcomeSheet, PaySheet},
};
use license::{
    Delivery, Document, Link, Modes, Offer, OfferSheet, Policy, Receiver, RefundRule, Rights, Route, TenderKind, Unlock,
};
use package::{About, ContentKey, Front, Geometry, Header, OrderSecret, PreviewLine, Shop, Signatures};
use seal::{ContentSecret, Kind as Sealed};
use units::{ContentId, DealId, Hash, OfferNo, OrderId, Share, ValueId};

use super::*;

/// What the shop says that is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Asks for more than the publisher's price.
    Price,
    /// Quotes with a certificate nobody of the realm gave.
    Certificate,
    /// Sends a key that opens nothing.
    Key,
    /// Says no after the payment.
    SoldOut,
}

/// A work on the shelf.
#[derive(Clone)]
pub struct Work {
    pub title: String,
    pub offer: Offer,
    pub sheet: Vec<u8>,
    pub key: [u8; 32],
    pub header: Hash,
    pub package: Vec<u8>,
    pub plain: Vec<u8>,
    pub media_type: String,
}

#[derive(Default)]
pub struct Books {
    pub settled: BTreeMap<DealId, Vec<u8>>,
    pub sales: Vec<DealId>,
    pub deliveries: BTreeMap<DealId, Vec<u8>>,
    pub done: usize,
    pub refunds: usize,
}

/// What may differ from an ordinary work: unlimited, shared, JPY 300, two refund weeks.
pub struct Kindly {
    pub title: &'static str,
    pub media_type: &'static str,
    pub rights: Rights,
    pub unique: bool,
    /// Taken back only while it was never played.
    pub unplayed: bool,
    pub price: i64,
    pub as_file: bool,
    pub len: usize,
    /// Locked copies may be made of it, and arrive so; unlocking costs JPY 50.
    pub locked: Option<Share>,
}

impl Default for Kindly {
    fn default() -> Self {
        Self {
            title: "Night Ferry",
            media_type: "audio/flac",
            rights: Rights::UNLIMITED,
            unique: false,
            unplayed: true,
            price: 300,
            as_file: false,
            len: 300_000,
            locked: None,
        }
    }
}

/// Bytes that are easy to find again if they ever lie around in the open.
pub fn music(len: usize, number: u64) -> Vec<u8> {
    let line = format!("PLAINTEXT-MARKER of work {number}; ");
    line.bytes().cycle().take(len).collect()
}

fn sealed(town: &Town, kindly: &Kindly, number: u64, key: &ContentKey, plain: &[u8]) -> (Hash, Vec<u8>) {
    let about = About {
        realm: town.id,
        content: ContentId([number as u8; 16]),
        publisher: town.shop.id,
        // A package refuses titles that hide or turn anything; an offer's is text, and shown with care.
        title: kindly.title.replace('\u{202e}', ""),
        media_type: kindly.media_type.into(),
        preview: Some(PreviewLine::of("text/plain", b"la la")),
        shop: Shop {
            seller: town.shop.id,
            hint: String::new(),
        },
        delivery: if kindly.unique {
            package::Delivery::Unique
        } else {
            package::Delivery::Shared
        },
        ..About::example()
    };
    let geometry = Geometry::with(plain.len() as u64, 4096, 4).unwrap();
    let front = Front::assemble(
        Header::new(about, key, geometry),
        Signatures::default(),
        b"la la".to_vec(),
    )
    .unwrap();
    let mut package = Vec::new();
    package::seal(&front, key, plain, &mut package, &mut |_| {}).unwrap();
    (front.package(), package)
}

/// A version of a work, as a shop lists it.
pub struct Version {
    pub name: Hash,
    pub plain: Vec<u8>,
    pub package: Vec<u8>,
    pub row: serde_json::Value,
}

impl Town {
    /// A version of a work, made at this moment and signed by `by`. It lies in the shop; nobody lists it yet.
    pub fn version(&self, work: &Work, made: Option<Moment>, len: usize, by: &Party) -> Version {
        let key = ContentKey::from_secret_bytes(work.key);
        let plain = music(len, 1000 + len as u64);
        let sold = Front::parse(&work.package).unwrap().header().clone();
        let about = About {
            realm: self.id,
            content: sold.content,
            publisher: sold.publisher,
            title: format!("{}, {len} bytes", work.title),
            media_type: sold.media_type.clone(),
            shop: sold.shop.clone(),
            made,
            ..About::example()
        };
        let header = Header::new(about, &key, Geometry::with(plain.len() as u64, 4096, 4).unwrap());
        let row = self.row(&header, by);
        let signed = data_encoding::BASE64URL_NOPAD.decode(row["signed"].as_str().unwrap().as_bytes());
        let signatures = Signatures {
            header: signed.unwrap(),
            ..Signatures::default()
        };
        let front = Front::assemble(header, signatures, Vec::new()).unwrap();
        let mut package = Vec::new();
        package::seal(&front, &key, &plain[..], &mut package, &mut |_| {}).unwrap();
        self.more
            .lock()
            .unwrap()
            .insert(front.package().to_string(), package.clone());
        Version {
            name: front.package(),
            plain,
            package,
            row,
        }
    }

    /// What a shop says of a package with this header.
    pub fn row(&self, header: &Header, by: &Party) -> serde_json::Value {
        let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        let signed = seal::sign(&by.signer, Sealed::Header, self.id, Audience::Anyone, &header.hash());
        serde_json::json!({
            "package": header.hash().to_string(), "href": "", "bytes": 1234, "title": header.title, "at": "",
            "header": encode(&header.bytes()), "signed": encode(&signed),
        })
    }

    /// What the shop says there is of a work, the work's own package included.
    pub fn list(&self, work: &Work, versions: &[&Version]) {
        let sold = Front::parse(&work.package).unwrap().header().clone();
        let mut rows = vec![self.row(&sold, &self.shop)];
        rows.extend(versions.iter().map(|one| one.row.clone()));
        let told = serde_json::json!({ "content": "", "publisher": "", "versions": rows });
        self.listed.lock().unwrap().insert(work.header.to_string(), told);
    }

    pub fn work(&self) -> Work {
        self.publish(Kindly::default())
    }

    pub fn publish(&self, kindly: Kindly) -> Work {
        let number = self.works.lock().unwrap().len() as u64 + 1;
        let key = *self.seed().expose();
        let plain = music(kindly.len, number);
        let content_key = ContentKey::from_secret_bytes(key);
        let (header, package) = sealed(self, &kindly, number, &content_key, &plain);
        let policy = Policy {
            publisher: self.shop.id,
            modes: Modes {
                copy: true,
                move_: true,
                locked: kindly.locked.is_some(),
            },
            fare_copy: yen(100),
            fare_move: yen(100),
            generations: 3,
            copies: None,
            route: Route::Chain,
            payee: self.shop.id,
            copy_rights: kindly.rights,
            hardware_only: false,
            as_file: kindly.as_file,
            players: 1,
            knows_buyers: None,
            unlock: kindly.locked.map(|arrives| Unlock {
                key: self.centre.opener.seal_to(),
                centres: vec![self.centre.id],
                fee: yen(50),
                arrives,
            }),
        };
        let signer = &self.shop.signer;
        let policy = seal::sign(signer, Sealed::Policy, self.id, Audience::Anyone, &policy);
        let offer = Offer {
            number: OfferNo(number),
            content: ContentId([number as u8; 16]),
            title: kindly.title.into(),
            publisher: self.shop.id,
            sellers: vec![],
            payee: self.shop.id,
            price: yen(kindly.price),
            tax_permille: 100,
            policy: seal::hash(&policy),
            delivery: if kindly.unique {
                Delivery::Unique
            } else {
                Delivery::Shared(header)
            },
            rights: kindly.rights,
            tenders: vec![TenderKind::Slip, TenderKind::Value, TenderKind::Receipt],
            refund: RefundRule {
                days: 14,
                unplayed: kindly.unplayed,
                permille: 1000,
            },
            edition: None,
            until: self.now().plus(Span::days(30)),
            media_type: kindly.media_type.into(),
        };
        let sheet = OfferSheet {
            publisher: self.shop.certificates[1].clone().into(),
            offer: seal::sign(signer, Sealed::Offer, self.id, Audience::Anyone, &offer).into(),
            policy: policy.into(),
        };
        let work = Work {
            title: kindly.title.into(),
            offer,
            sheet: cbor::to_bytes(&sheet),
            key,
            header,
            package,
            plain,
            media_type: kindly.media_type.into(),
        };
        self.works.lock().unwrap().push(work.clone());
        work
    }

    pub(super) fn shop_answers(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, CarryRefusal> {
        let rest = |start: &str| path.strip_prefix(start).map(str::to_owned);
        if let Some(of) = rest("/v1/packages/").and_then(|rest| Some(rest.strip_suffix("/versions")?.to_owned())) {
            let listed = self.listed.lock().unwrap();
            return listed
                .get(&of)
                .map(|it| it.to_string().into_bytes())
                .ok_or_else(|| refused("not-found"));
        }
        if let Some(header) = rest("/v1/packages/") {
            if let Some(package) = self.more.lock().unwrap().get(&header) {
                return Ok(package.clone());
            }
            let works = self.works.lock().unwrap();
            let work = works.iter().find(|w| w.header.to_string() == header);
            return work.map(|w| w.package.clone()).ok_or_else(|| refused("no-package"));
        }
        if let Some(deal) = rest("/v1/deliveries/") {
            let books = self.shops.lock().unwrap();
            return books
                .deliveries
                .get(&deal.parse().unwrap())
                .cloned()
                .ok_or_else(|| refused("no-delivery"));
        }
        match path {
            "/v1/ask" => self.shop_quotes(body),
            "/v1/pay" => Ok(self.shop_settles(body)),
            "/v1/vouchers/take" => self.shop_takes(body),
            "/v1/done" => {
                self.shops.lock().unwrap().done += 1;
                Ok(vec![])
            }
            _ => Err(refused("not-found")),
        }
    }

    /// A code is good for whoever claims it first, and for that one again.
    fn shop_takes(&self, body: &[u8]) -> Result<Vec<u8>, CarryRefusal> {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        let claim = body["claim"].as_str().unwrap().to_owned();
        assert_eq!(claim.len(), 32);
        let mut codes = self.codes.lock().unwrap();
        let (signed, taken) = codes
            .get_mut(body["code"].as_str().unwrap())
            .ok_or_else(|| refused("code-unknown"))?;
        if taken.get_or_insert_with(|| claim.clone()) != &claim {
            return Err(refused("code-used"));
        }
        let encoded = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        let answer =
            serde_json::json!({ "signed": encoded(signed), "certificate": encoded(&self.shop.certificates[0]) });
        Ok(answer.to_string().into_bytes())
    }

    fn lies(&self, lie: Lie) -> bool {
        *self.lie.lock().unwrap() == Some(lie)
    }

    fn shop_quotes(&self, body: &[u8]) -> Result<Vec<u8>, CarryRefusal> {
        let ask: Ask = cbor::from_bytes(body).unwrap();
        let works = self.works.lock().unwrap();
        let work = works
            .iter()
            .find(|w| Some(w.offer.number) == ask.offer)
            .ok_or_else(|| refused("no-offer"))?;
        let sheet = OfferSheet::parse(&work.sheet).unwrap();
        let sale = ask.kind != Kind::Surrender;
        let price = if self.lies(Lie::Price) {
            yen(work.offer.price.minor() + 300)
        } else {
            work.offer.price
        };
        let quote = Quote {
            kind: ask.kind,
            number: Number::Order(OrderId(self.seed().id("order"))),
            giver: self.shop.id.0,
            offer: Some(seal::hash(&sheet.offer)),
            policy: Some(work.offer.policy),
            title: work.offer.content,
            price: if sale { price } else { yen(0) },
            accepts: work.offer.tenders.clone(),
            payee: work.offer.payee,
            generation: 0,
            rights: work.offer.rights,
            route: Route::Till,
            facts: deal::Facts::default(),
            slips: 0,
            room: 0,
            credit: (!sale).then_some(work.offer.price),
            license: ask.license,
            until: self.now().plus(Span::minutes(10)),
            ask: Some(ask.hash()),
            links: None,
        };
        if self.lies(Lie::Certificate) {
            let stranger = Town::named("elsewhere", 2);
            return Ok(self.quote_sheet(&stranger.shop, &ask, &quote));
        }
        Ok(self.quote_sheet(&self.shop, &ask, &quote))
    }

    fn shop_settles(&self, body: &[u8]) -> Vec<u8> {
        let (deal, sheet) = self.open_pay(&self.shop, body);
        if let Some(known) = self.shops.lock().unwrap().settled.get(&deal) {
            return known.clone();
        }
        let outcome = if self.lies(Lie::SoldOut) {
            OutcomeSheet::Void(VoidReason::SoldOut)
        } else {
            OutcomeSheet::Given(self.gift(deal, &sheet))
        };
        let settled = self.settle(&self.shop, deal, &sheet, outcome);
        let mut books = self.shops.lock().unwrap();
        books.sales.push(deal);
        books.settled.insert(deal, settled.clone());
        settled
    }

    fn gift(&self, deal: DealId, sheet: &PaySheet) -> GiftSheet {
        let quote = &sheet.pay.quote;
        match quote.kind {
            Kind::Sale => GiftSheet {
                document: Some(self.document(deal, sheet).into()),
                receipt: Some(self.shops.lock().unwrap().sales.len() as u64 + 1),
                bought: self.noted(sheet),
                ..GiftSheet::default()
            },
            Kind::Surrender => {
                self.shops.lock().unwrap().refunds += 1;
                let worth = quote.credit.unwrap();
                GiftSheet {
                    values: vec![self.value(ValueKind::Refund, worth, None)],
                    ..GiftSheet::default()
                }
            }
            _ => GiftSheet {
                values: vec![self.value(ValueKind::Receipt, quote.price, quote.offer)],
                ..GiftSheet::default()
            },
        }
    }

    /// A value of the shop's making, and its signed form.
    pub fn value(&self, kind: ValueKind, worth: Money, offer: Option<Hash>) -> (Value, ByteVec) {
        let value = Value {
            kind,
            maker: self.shop.id,
            id: ValueId(self.seed().id("value")),
            worth,
            offer,
            until: None,
            label: "from the shop".into(),
        };
        let signed = seal::sign(&self.shop.signer, Sealed::Value, self.id, Audience::Anyone, &value);
        (value, signed.into())
    }

    /// Its word for a purchase, about the name the card gave.
    fn noted(&self, pay: &PaySheet) -> Option<deal::fact::BoughtWord> {
        let works = self.works.lock().unwrap();
        let work = works.iter().find(|w| w.offer.content == pay.pay.quote.title).unwrap();
        let (signer, publisher) = (&self.shop.signer, work.offer.publisher);
        let word = |buyer| deal::fact::BoughtWord::sign(signer, self.id, publisher, buyer, self.now());
        pay.buyer.map(word)
    }

    fn document(&self, deal: DealId, pay: &PaySheet) -> Vec<u8> {
        let works = self.works.lock().unwrap();
        let work = works.iter().find(|w| w.offer.content == pay.pay.quote.title).unwrap();
        let sheet = OfferSheet::parse(&work.sheet).unwrap();
        let offer = seal::hash(&sheet.offer);
        let (key, header) = if work.offer.delivery == Delivery::Unique {
            let secret = OrderSecret::from_secret_bytes(deal.0);
            let key = ContentKey::of_delivery(&secret, &work.offer.content, 0);
            let kindly = Kindly {
                title: "Night Ferry",
                unique: true,
                ..Kindly::default()
            };
            let (header, package) = sealed(self, &kindly, work.offer.number.0, &key, &work.plain);
            self.shops.lock().unwrap().deliveries.insert(deal, package);
            (key, header)
        } else {
            (ContentKey::from_secret_bytes(work.key), work.header)
        };
        let claims = self.tag_claims(&pay.certificate);
        let receiver = Receiver {
            tag: pay.pay.receiver,
            sign: claims.sign,
            seal: claims.seal,
        };
        let rights = work.offer.rights;
        let link = Link {
            after: offer,
            offer,
            header,
            key_id: key.id().0,
            generation: 0,
            serial: None,
            rights,
            bind: pay.pay.bind.clone(),
            receiver,
            deal,
            at: self.now(),
            copies: None,
            support: None,
            loan: None,
        };
        let geometry = Geometry::with(work.plain.len() as u64, 4096, 4).unwrap();
        let tree = package::Tree::new(key.id(), &geometry);
        let secret = if self.lies(Lie::Key) {
            ContentSecret::new([9; 32])
        } else if rights.share == Share::Whole {
            ContentSecret::new(*key.secret_bytes_for_wrapping())
        } else {
            ContentSecret::new(*key.cover(&tree, rights.share).unwrap().secret_bytes_for_wrapping())
        };
        let bound = license::bound_to(self.id, offer, header, receiver.tag, 0, rights.share);
        let wrap = license::wrap_key(&receiver.seal, &bound, rights.share, &secret, &self.seed()).unwrap();
        cbor::to_bytes(&Document {
            publisher: sheet.publisher,
            offer: sheet.offer,
            policy: sheet.policy,
            seller: self.shop.certificates[0].clone().into(),
            links: vec![seal::sign(&self.shop.signer, Sealed::Link, self.id, Audience::Anyone, &link).into()],
            wraps: vec![wrap],
        })
    }
}
