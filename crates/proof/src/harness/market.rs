//! Market: a publisher with works of several kinds, a shop that sells them, and what its people do all day.

use std::collections::BTreeMap;
use std::sync::Arc;

use card::Want;
use deal::ValueKind;
use license::{
    Modes, Offer, OfferSheet, Policy, Publication, RefundRule, Rights, Route, TenderKind, WorkKind, seal_content_key,
    sign_publication,
};
use minicbor::bytes::ByteVec;
use package::{About, ContentKey, Geometry, Header};
use party::{
    PartyKeys,
    collector::{Collector, CollectorConfig},
    machine::{Machine as CashMachine, MachineConfig},
    shop::{Shop, ShopConfig},
};
use seal::{Audience, ContentSecret, Kind, Role, Seed};
use store::Tx;
use units::{ContentId, Hash, LicenseId, Money, OfferNo, PartyId, Span};

use super::{
    person::{Person, Wish, of_kind},
    scene::Scene,
    town::{NotBuilt, Town, not_built},
};

/// An offer as the publisher made it.
#[derive(Debug, Clone)]
pub struct OnSale {
    /// Its number.
    pub number: OfferNo,
    /// What buyers check.
    pub sheet: OfferSheet,
    /// Hash of the signed offer.
    pub hash: Hash,
    /// Pieces, if they are numbered.
    pub edition: Option<u32>,
    bundle: Vec<u8>,
}

/// What is on sale, and who sells.
pub struct Market {
    /// The shop.
    pub shop: Arc<Shop>,
    publisher: PartyKeys,
    machine: PartyId,
    /// Every offer, by number.
    pub offers: BTreeMap<OfferNo, OnSale>,
    headers: Vec<Vec<u8>>,
}

impl core::fmt::Debug for Market {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Market({} offers)", self.offers.len())
    }
}

/// A work and its terms.
#[derive(Debug, Clone, Copy)]
struct Work {
    price: i64,
    pieces: Option<u32>,
    /// Per mille of the price that come back.
    back: u16,
    plays: Option<u32>,
    modes: Modes,
    /// What a copy costs, and a move.
    fares: (i64, i64),
    route: Route,
    copies: Option<u16>,
}

/// A work that stays where it was bought.
const fn kept(price: i64, pieces: Option<u32>, back: u16, plays: Option<u32>) -> Work {
    Work {
        price,
        pieces,
        back,
        plays,
        modes: Modes {
            copy: false,
            move_: false,
            locked: false,
        },
        fares: (10, 10),
        route: Route::Chain,
        copies: None,
    }
}

/// A work that is handed on: copied, moved, or both.
const fn handed(price: i64, (copy, move_): (bool, bool), fares: (i64, i64), route: Route) -> Work {
    Work {
        modes: Modes {
            copy,
            move_,
            locked: false,
        },
        fares,
        route,
        ..kept(price, None, 500, None)
    }
}

const WORKS: [Work; 10] = [
    kept(300, None, 1000, None),
    kept(700, Some(2), 1000, None),
    kept(1200, None, 500, Some(3)),
    kept(50, Some(9), 0, None),
    kept(2500, None, 333, None),
    handed(400, (true, false), (100, 0), Route::Chain),
    handed(200, (true, false), (60, 0), Route::Latest),
    handed(500, (false, true), (0, 50), Route::Chain),
    Work {
        copies: Some(2),
        ..handed(350, (true, true), (30, 20), Route::Count)
    },
    Work {
        plays: Some(4),
        ..handed(150, (false, true), (0, 15), Route::Provider)
    },
];
/// How deep copies of copies go.
const GENERATIONS: u8 = 4;

impl Market {
    /// A publisher and a shop open; the works are on the shelf.
    pub fn opens(scene: &mut Scene, town: &mut Town) -> Result<Self, NotBuilt> {
        let party = |role, name: &str| town.maker.party(role, name).map_err(|e| not_built(name)(&e));
        let publisher = party(Role::Publisher, "publisher")?;
        let seller = party(Role::Seller, "shop")?;
        let seal_to = seller.opener().seal_to();
        let desk = party::desk::Desk::new(town.realm.clone(), &town.maker.certifiers());
        let mut config = ShopConfig::new(town.issuer.id(), town.currency);
        config.commission_permille = 150;
        let shop = Arc::new(Shop::new(seller, desk.map_err(|e| not_built("desk")(&e))?, config));
        let certificates = [shop.certificate().to_vec()];
        town.moves_in("shop", shop.clone(), &certificates, scene.now)?;
        if let Some(machine) = town.machines.get_mut(&shop.id()) {
            let reconciling = shop.clone();
            machine.reconciling = Some(Arc::new(move |tx, now| Ok(reconciling.reconcile(tx, now)?)));
        }
        town.lists("publisher", publisher.certificate(), scene.now)?;
        let machine = Self::takes_fares_home(scene, town)?;
        for (id, name) in [(shop.id(), "shop"), (publisher.id(), "publisher")] {
            town.opens_party(scene, id, name, 0)?;
        }
        town.hears_news(scene)?;
        let mut market = Self {
            shop,
            publisher,
            machine,
            offers: BTreeMap::new(),
            headers: Vec::new(),
        };
        for (n, work) in (1_u8..).zip(WORKS) {
            market.writes(scene, town, n, work, &seal_to)?;
        }
        for number in market.offers.keys().copied().collect::<Vec<_>>() {
            market.publishes(scene, town, number);
        }
        market.packages_arrive(scene, town);
        Ok(market)
    }

    /// Whoever takes fares home: the publisher's own collector, and a cash machine at the corner.
    fn takes_fares_home(scene: &mut Scene, town: &mut Town) -> Result<PartyId, NotBuilt> {
        let keys = |town: &Town, role, name: &str| town.maker.party(role, name).map_err(|e| not_built(name)(&e));
        let desk = |town: &Town| {
            let desk = party::desk::Desk::new(town.realm.clone(), &town.maker.certifiers());
            desk.map_err(|e| not_built("desk")(&e))
        };
        let keys_of = keys(town, Role::Collector, "publisher")?;
        let config = CollectorConfig::new(town.issuer.id(), vec![keys_of.id()]);
        let certificate = keys_of.certificate().to_vec();
        let own = keys(town, Role::Publisher, "publisher")?;
        let collector = Collector::new(keys_of, desk(town)?, config).opening(own);
        town.moves_in("collector", Arc::new(collector), &[], scene.now)?;
        town.lists("publisher", &certificate, scene.now)?;
        let machine = CashMachine::new(keys(town, Role::Machine, "machine")?, desk(town)?, MachineConfig::atm());
        let (id, certificate) = (party::Party::id(&machine), machine.certificate().to_vec());
        town.moves_in("machine", Arc::new(machine), &[certificate], scene.now)?;
        Ok(id)
    }

    /// Somebody deals with this market from now on.
    pub fn serves(&self, person: &mut Person) {
        person.shop = Some(self.seller());
        person.collector = Some(self.collector());
        person.machine = Some(self.machine());
        person.seller = Some((self.seller(), self.shop.certificate().to_vec()));
    }

    /// Who takes the publisher's fares home.
    pub fn collector(&self) -> PartyId {
        self.publisher.id()
    }

    /// The machine that takes them too.
    pub const fn machine(&self) -> PartyId {
        self.machine
    }

    /// Who sells.
    pub fn seller(&self) -> PartyId {
        self.shop.id()
    }

    /// To whom slips of sales are payable.
    pub fn payees(&self) -> [PartyId; 2] {
        [self.publisher.id(), self.shop.id()]
    }

    fn writes(
        &mut self,
        scene: &mut Scene,
        town: &Town,
        n: u8,
        work: Work,
        seal_to: &seal::SealTo,
    ) -> Result<(), NotBuilt> {
        let Work { price, plays, .. } = work;
        let (edition, permille) = (work.pieces, work.back);
        let realm = town.realm.id();
        let me = self.publisher.id();
        let yen = |n| Money::new(n, town.currency).map_err(|e| not_built("price")(&e));
        let key = ContentKey::from_secret_bytes(scene.dice.bytes());
        let title = format!("Work {n}");
        let about = About {
            realm,
            content: ContentId([n; 16]),
            publisher: me,
            title: title.clone(),
            ..About::example()
        };
        let media_type = about.media_type.clone();
        let header = Header::new(
            about,
            &key,
            Geometry::of(100_000).map_err(|e| not_built("geometry")(&e))?,
        );
        let rights = Rights {
            plays,
            ..Rights::UNLIMITED
        };
        let policy = Policy {
            publisher: me,
            modes: work.modes,
            fare_copy: yen(work.fares.0)?,
            fare_move: yen(work.fares.1)?,
            generations: if work.modes.copy { GENERATIONS } else { 0 },
            copies: work.copies,
            route: work.route,
            payee: me,
            copy_rights: rights,
            hardware_only: false,
            as_file: false,
            players: 1,
            unlock: None,
            knows_buyers: None,
        };
        let sign = self.publisher.signer();
        let policy = seal::sign(sign, Kind::Policy, realm, Audience::Anyone, &policy);
        let offer = Offer {
            number: OfferNo(200 + u64::from(n)),
            content: ContentId([n; 16]),
            title,
            publisher: me,
            sellers: vec![self.shop.id()],
            // Odd works are paid to their publisher, even ones to the shop, which owes the publisher its part.
            payee: if n % 2 == 1 { me } else { self.shop.id() },
            price: yen(price)?,
            tax_permille: 100,
            policy: seal::hash(&policy),
            delivery: license::Delivery::Shared(header.hash()),
            rights,
            tenders: vec![TenderKind::Slip, TenderKind::Value, TenderKind::Receipt],
            refund: RefundRule {
                days: 30,
                unplayed: false,
                permille,
            },
            edition,
            until: scene.now.plus(Span::days(3000)),
            media_type,
        };
        let signed = seal::sign(sign, Kind::Offer, realm, Audience::Anyone, &offer);
        let bound = (header.hash(), header.key.id.0);
        let sealed = seal_content_key(
            seal_to,
            (realm, me, self.shop.id()),
            bound,
            &ContentSecret::new(*key.secret_bytes_for_wrapping()),
            &Seed::new(scene.dice.bytes()),
        )
        .map_err(|e| not_built("content key")(&e))?;
        let preview = b"a taste of it".to_vec();
        let publication = Publication {
            publisher: ByteVec::from(self.publisher.certificate().to_vec()),
            policy: ByteVec::from(policy.clone()),
            offers: vec![ByteVec::from(signed.clone())],
            header: header.hash(),
            key_id: header.key.id.0,
            package_len: 123_456,
            key_sealed: ByteVec::from(sealed),
            kind: WorkKind::Sound,
            preview_type: "text/plain".to_owned(),
            preview: seal::hash(&preview),
            at: scene.now,
            tracks: None,
        };
        let bundle = sign_publication(sign, realm, self.shop.id(), &publication, &preview);
        let sheet = OfferSheet {
            publisher: ByteVec::from(self.publisher.certificate().to_vec()),
            offer: ByteVec::from(signed.clone()),
            policy: ByteVec::from(policy),
        };
        let on_sale = OnSale {
            number: offer.number,
            sheet,
            hash: seal::hash(&signed),
            edition,
            bundle,
        };
        self.headers.push(header.bytes());
        self.offers.insert(offer.number, on_sale);
        Ok(())
    }

    /// The publisher's bundle comes to the shop, the first time or again.
    fn publishes(&self, scene: &mut Scene, town: &mut Town, number: OfferNo) {
        let Some(bundle) = self.offers.get(&number).map(|o| o.bundle.clone()) else {
            return;
        };
        let (shop, now, seed) = (self.shop.clone(), scene.now, scene.dice.bytes());
        let work = move |tx: &mut dyn Tx| Ok(shop.publish(tx, &bundle, now, &Seed::new(seed))?);
        if let Some(Err(no)) = town.at_desk(scene, self.shop.id(), work) {
            scene.say(|| format!("the shop does not publish {number}: {no}"));
        }
    }

    fn packages_arrive(&self, scene: &mut Scene, town: &mut Town) {
        for header in &self.headers {
            let (shop, header) = (self.shop.clone(), header.clone());
            let _ = town.at_desk(scene, self.shop.id(), move |tx| Ok(shop.package_arrived(tx, &header)?));
        }
    }

    /// The shop's people, and those of the issuer who pay out, do one thing.
    pub fn trades(&mut self, scene: &mut Scene, town: &mut Town, people: &mut [Person]) {
        let numbers: Vec<OfferNo> = self.offers.keys().copied().collect();
        let Some(number) = scene.dice.pick(&numbers).copied() else {
            return;
        };
        match scene.dice.below(6) {
            0 => {
                let (shop, now) = (self.shop.clone(), scene.now);
                scene.say(|| format!("the shop withdraws {number}"));
                let _ = town.at_desk(scene, self.shop.id(), move |tx| Ok(shop.withdraw(tx, number, now)?));
            }
            1 | 2 => {
                scene.say(|| format!("{number} is published again"));
                self.publishes(scene, town, number);
                self.packages_arrive(scene, town);
            }
            3 | 4 => self.hands_out(scene, town, people),
            _ => {
                let payee = if scene.dice.per_mille(500) {
                    self.publisher.id()
                } else {
                    self.shop.id()
                };
                town.pays_out(scene, payee);
            }
        }
    }

    /// A coupon, ticket or the like for somebody.
    fn hands_out(&self, scene: &mut Scene, town: &mut Town, people: &mut [Person]) {
        let kinds = [
            ValueKind::Coupon,
            ValueKind::Ticket,
            ValueKind::Cheque,
            ValueKind::Points,
        ];
        let Some(kind) = scene.dice.pick(&kinds).copied() else {
            return;
        };
        let worth = i64::try_from(scene.dice.between(1, 8) * 50).unwrap_or(50);
        let Ok(worth) = Money::new(worth, town.currency) else {
            return;
        };
        let offers: Vec<Hash> = self.offers.values().map(|o| o.hash).collect();
        let offer = scene.dice.pick(&offers).copied().filter(|_| kind == ValueKind::Ticket);
        let until = scene.dice.per_mille(300).then(|| scene.now.plus(Span::days(2)));
        let (shop, seed) = (self.shop.clone(), scene.dice.bytes());
        let work = move |tx: &mut dyn Tx| {
            Ok(shop.make_value(tx, kind, worth, offer, until, "with thanks", &Seed::new(seed))?)
        };
        let Some(Ok((_, signed))) = town.at_desk(scene, self.shop.id(), work) else {
            return;
        };
        let number = usize::try_from(scene.dice.below(people.len() as u64)).unwrap_or(0);
        if let Some(person) = people.get_mut(number) {
            person.takes(scene, &signed, self.shop.certificate());
        }
    }

    /// A ticket for one offer, for one person.
    pub fn gives_ticket(&self, scene: &mut Scene, town: &mut Town, person: &mut Person, number: OfferNo) {
        let (shop, seed) = (self.shop.clone(), scene.dice.bytes());
        let offer = self.offers.get(&number).map(|o| o.hash);
        let zero = Money::zero(town.currency);
        let work = move |tx: &mut dyn Tx| {
            Ok(shop.make_value(tx, ValueKind::Ticket, zero, offer, None, "admit one", &Seed::new(seed))?)
        };
        if let Some(Ok((_, signed))) = town.at_desk(scene, self.shop.id(), work) {
            person.takes(scene, &signed, self.shop.certificate());
        }
    }

    /// Everybody who is owed something is paid.
    pub fn closes_books(&self, scene: &mut Scene, town: &mut Town) {
        for payee in self.payees() {
            town.pays_out(scene, payee);
        }
    }

    /// What somebody might want now.
    pub fn tempts(&self, scene: &mut Scene, person: &Person) -> Option<Wish> {
        let card = person.card()?;
        let numbers: Vec<OfferNo> = self.offers.keys().copied().collect();
        let number = *scene.dice.pick(&numbers)?;
        let on_sale = self.offers.get(&number)?;
        match scene.dice.below(10) {
            0 | 1 => {
                let held: Vec<(LicenseId, Hash)> = card.state().licenses.values().map(|h| (h.id, h.offer)).collect();
                let (id, offer) = *scene.dice.pick(&held)?;
                let number = self.offers.values().find(|o| o.hash == offer)?.number;
                Some(Wish::Surrender(id, number))
            }
            2 => {
                let paid = of_kind(card, ValueKind::Coupon).filter(|_| scene.dice.per_mille(500));
                let values = paid.map(|v| (v.0, v.1)).take(1).collect();
                let want = Want {
                    values,
                    ..Want::default()
                };
                Some(Wish::PayOnly(number, on_sale.sheet.clone(), want))
            }
            3 => {
                let receipt = card
                    .state()
                    .values
                    .iter()
                    .find(|(v, _)| v.kind == ValueKind::Receipt)
                    .map(|(v, _)| v)?;
                let on_sale = self.offers.values().find(|o| Some(o.hash) == receipt.offer)?;
                let want = Want {
                    values: vec![(receipt.maker, receipt.id)],
                    ..Want::default()
                };
                Some(Wish::Buy(on_sale.number, on_sale.sheet.clone(), want))
            }
            4 => Some(Wish::Collect(self.publisher.id())),
            n => {
                let mut values = Vec::new();
                if n > 7 {
                    let kinds = [
                        ValueKind::Ticket,
                        ValueKind::Coupon,
                        ValueKind::Cheque,
                        ValueKind::Points,
                    ];
                    let kind = *scene.dice.pick(&kinds)?;
                    let chosen = of_kind(card, kind)
                        .chain(of_kind(card, ValueKind::Coupon).filter(|_| kind != ValueKind::Coupon));
                    values.extend(chosen.map(|v| (v.0, v.1)).take(usize::try_from(n - 7).unwrap_or(1)));
                }
                Some(Wish::Buy(
                    number,
                    on_sale.sheet.clone(),
                    Want {
                        values,
                        ..Want::default()
                    },
                ))
            }
        }
    }
}
