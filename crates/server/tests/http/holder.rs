//! Holder: a person with a real card, walking its deals over HTTP.

use card::{Asked, Card, Checked, Keeping, Lock, Memory, PinCost, RecoveryCode, Settled, Want};
use deal::Profile;
use license::OfferSheet;
use reqwest::StatusCode;
use seal::{Class, Seed, cbor};
use server::{bank::AccountSheet, running::Running};
use units::{Currency, DealId, LicenseId, Money, OfferNo, PartyId, ValueId};

use crate::world::{World, now};

pub const PIN: &str = "2468";

pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

pub fn seed() -> Seed {
    server::frame::seed().unwrap()
}

pub struct Holder {
    pub card: Card<Memory>,
    pub account: Option<(PartyId, ValueId)>,
    /// What stands on the paper that came with the card.
    code: RecoveryCode,
}

impl Holder {
    /// A new card, enrolled.
    pub async fn born(world: &World) -> Self {
        let (lock, code) = Lock::new(PIN, PinCost::TOY, &seed()).unwrap();
        let master = seal::Secret::new(server::frame::chance().unwrap());
        let profile = Profile::software(yen(1_000_000), yen(1_000_000));
        let mut card = Card::born(
            &master,
            world.realm.clone(),
            lock,
            profile,
            Keeping::Opened,
            Memory::default(),
            &seed(),
        )
        .unwrap();
        let request = card.enrol(Class::Software, &seed()).unwrap();
        let answer = send(world, &world.issuer, "enrol", request.bytes()).await;
        card.enrolled(&answer, now(), &seed()).unwrap();
        Self {
            card,
            account: None,
            code,
        }
    }

    /// An enrolled card with an account that holds so much.
    pub async fn with_account(world: &World, name: &str, cash: i64) -> Self {
        let mut holder = Self::born(world).await;
        let body = format!(r#"{{"name":"{name}","opening":{{"minor":"{cash}","currency":"JPY"}}}}"#);
        let key = seed().id("key").map(|b| format!("{b:02x}")).concat();
        let answer = world.open_account(&key, &body).await;
        assert_eq!(answer.status(), 200);
        let sheet: AccountSheet = cbor::from_bytes(&answer.bytes().await.unwrap()).unwrap();
        let bank = world.maker.party(seal::Role::Bank, "bank").unwrap();
        let value = holder
            .card
            .take_value(&sheet.signed, bank.certificate(), now(), &seed())
            .unwrap();
        holder.account = Some((value.maker, value.id));
        holder
    }

    /// The same with money on the card.
    pub async fn rich(world: &World, cash: i64) -> Self {
        let mut holder = Self::with_account(world, "a holder", cash).await;
        holder.load(world, cash).await;
        holder
    }

    pub async fn load(&mut self, world: &World, amount: i64) {
        let asked = self.card.ask_load(yen(amount), &seed()).unwrap();
        let checked = self.quote(world, &world.issuer, &asked, None).await;
        let want = Want {
            values: self.account.into_iter().collect(),
            ..Want::default()
        };
        let (_, pay) = self.commit(&checked, &want);
        let settled = self.finish(world, &world.issuer, &pay).await;
        assert!(matches!(settled, Settled::Given { .. }), "{settled:?}");
    }

    pub async fn quote(
        &mut self,
        world: &World,
        party: &Running,
        asked: &Asked,
        sheet: Option<&OfferSheet>,
    ) -> Checked {
        let quote = send(world, party, "ask", &asked.bytes()).await;
        self.card.read_quote(&quote, Some(asked), sheet, now()).unwrap()
    }

    pub async fn ask(&mut self, world: &World, shop: &Running, number: OfferNo, sheet: &OfferSheet) -> Checked {
        let asked = self.card.ask_sale(number, &seed()).unwrap();
        self.quote(world, shop, &asked, Some(sheet)).await
    }

    /// Agrees and pays: the record is on the card, the message is with the caller.
    pub fn commit(&mut self, checked: &Checked, want: &Want) -> (DealId, Vec<u8>) {
        let agreed = self
            .card
            .confirm_free(checked)
            .unwrap_or_else(|| self.card.confirm(checked, PIN, &seed()).unwrap());
        let (deal, pay) = self.card.pay(checked, agreed, want, now(), &seed()).unwrap();
        (deal, pay.into_bytes())
    }

    pub async fn finish(&mut self, world: &World, party: &Running, pay: &[u8]) -> Settled {
        let settle = send(world, party, "pay", pay).await;
        let settled = self.card.settle(&settle, now(), &seed()).unwrap();
        if let Settled::Given { done, .. } | Settled::Again(done) = &settled {
            assert_eq!(
                world.post(party, "done", done.bytes().to_vec()).await.status(),
                StatusCode::NO_CONTENT
            );
        }
        settled
    }

    pub async fn buy(
        &mut self,
        world: &World,
        shop: &Running,
        number: OfferNo,
        sheet: &OfferSheet,
        want: &Want,
    ) -> (DealId, LicenseId) {
        let checked = self.ask(world, shop, number, sheet).await;
        let (deal, pay) = self.commit(&checked, want);
        match self.finish(world, shop, &pay).await {
            Settled::Given {
                license: Some(license), ..
            } => (deal, license),
            other => panic!("{other:?}"),
        }
    }

    /// The card is lost: its copy was with the issuer, and a new card states the loss. The new card's number.
    pub async fn lose(&self, world: &World) -> units::CardNo {
        let keep = self.card.keep_copy(now(), &seed()).unwrap();
        send(world, &world.issuer, "claim", &keep).await;
        let heir = Self::born(world).await;
        let proof = heir.card.state_loss(&self.code, now()).unwrap();
        let claim = heir.card.claim_lost(&proof, Vec::new(), &seed()).unwrap();
        send(world, &world.issuer, "claim", &claim).await;
        heir.card.number().unwrap()
    }

    pub fn purse(&self) -> i64 {
        self.card.state().summary().spendable.minor()
    }
}

/// Sends a message until it is answered.
pub async fn send(world: &World, party: &Running, verb: &str, body: &[u8]) -> Vec<u8> {
    // A restored shop takes a moment to find out what it forgot; each try is a round trip.
    for _ in 0..20_000 {
        let answer = world.post(party, verb, body.to_vec()).await;
        match answer.status() {
            StatusCode::OK => return answer.bytes().await.unwrap().to_vec(),
            StatusCode::ACCEPTED | StatusCode::SERVICE_UNAVAILABLE => {}
            other => panic!("{verb}: {other} {}", answer.text().await.unwrap()),
        }
    }
    panic!("{verb} was not answered");
}
