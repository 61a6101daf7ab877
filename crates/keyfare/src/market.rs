//! The market as one program of it sees it: parties by role, works by title, everything through the realm's directory.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Realm, cbor, role};
use serde::Deserialize;
use units::{Money, PartyId, Refusal as _};
use wallet::carry::{Carrier, CarryRefusal, HttpCarrier, Listed, Whereabouts};

use crate::{clock, place::Place, say::Refused};

/// A way to the parties of one realm.
pub struct Market {
    /// The realm.
    pub realm: Realm,
    /// Carries to parties.
    pub carrier: Arc<dyn Carrier>,
}

/// A work in a shop's window, as far as this program needs it.
#[derive(Debug, Clone, Deserialize)]
pub struct Shown {
    /// Its title.
    pub title: String,
    /// Its offers.
    pub offers: Vec<ShownOffer>,
}

/// An offer in a shop's window.
#[derive(Debug, Clone, Deserialize)]
pub struct ShownOffer {
    /// Its number.
    pub number: String,
}

#[derive(Deserialize)]
struct Page {
    works: Vec<Shown>,
}

/// What a bank hands to the owner of a new account.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct AccountSheet {
    #[n(0)]
    value: deal::Value,
    #[n(1)]
    signed: ByteVec,
}

/// What was refused on the way, as the party itself said it.
pub fn refused(no: CarryRefusal) -> Refused {
    Refused {
        code: no.told().to_owned(),
        text: no.to_string(),
        again: no.again(),
    }
}

/// The realm file of an installation.
pub fn realm_of(place: &Place) -> Result<Realm> {
    let path = place.realm_file();
    let bytes = std::fs::read(&path).map_err(|_| {
        Refused::new(
            "nothing-here",
            format!(
                "there is no realm in {}: start one with `keyfare up`, or join a shop's with the line on its help page (`keyfare wallet --realm ADDRESS`)",
                place.root().display()
            ),
        )
    })?;
    cbor::from_bytes(&bytes).with_context(|| format!("{} is no realm file", path.display()))
}

impl Market {
    /// The market of an installation.
    pub fn of(place: &Place) -> Result<Self> {
        let realm = realm_of(place)?;
        let carrier = HttpCarrier::new(realm.clone(), None).context("this program cannot use the network")?;
        Ok(Self {
            realm,
            carrier: Arc::new(carrier),
        })
    }
    /// The same market, seen by somebody who listens for shops on his own network and knows of it what his wallet knows.
    pub fn near(place: &Place, lookout: Arc<wallet::carry::Lookout>) -> Result<Self> {
        let realm = realm_of(place)?;
        let known = wallet::home::Home::at(place.wallet()).directory();
        let carrier = HttpCarrier::new(realm.clone(), Some(known)).context("this program cannot use the network")?;
        carrier.near(Some(lookout));
        Ok(Self {
            realm,
            carrier: Arc::new(carrier),
        })
    }
    /// Who is who.
    pub async fn directory(&self) -> Result<Arc<Whereabouts>> {
        Ok(self.carrier.directory(true).await.map_err(refused)?)
    }
    /// Waits until the registry answers and lists at least this many parties, itself among them.
    pub async fn until_listed(&self, parties: usize) -> Result<()> {
        for _ in 0..1200 {
            let directory = self.directory().await;
            if directory.is_ok_and(|known| known.parties().count() >= parties) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("the parties did not start within a minute")
    }
    /// The only party of a role, or the first.
    pub async fn one<R: role::Mark>(&self) -> Result<Listed> {
        let directory = self.directory().await?;
        // A second shop is never the first.
        let found = directory
            .with_role::<R>(clock::now())
            .filter(|listed| crate::setup::is_shop(&listed.name))
            .min_by_key(|listed| listed.name == crate::setup::OTHER_SHOP)
            .cloned();
        let word = format!("{:?}", R::ROLE).to_lowercase();
        Ok(found
            .ok_or_else(|| Refused::new("party-missing", format!("the registry lists no {word}: is it running?")))?)
    }
    /// The party of this name, if the registry lists one.
    pub async fn named(&self, name: &str) -> Result<Option<Listed>> {
        let directory = self.directory().await?;
        Ok(directory.parties().find(|listed| listed.name == name).cloned())
    }
    /// All parties of a role: the realm's own first, then in the directory's order.
    pub async fn all<R: role::Mark>(&self) -> Result<Vec<Listed>> {
        let first = self.one::<R>().await?;
        let directory = self.directory().await?;
        let others = directory
            .with_role::<R>(clock::now())
            .filter(|one| one.id != first.id && crate::setup::is_shop(&one.name));
        Ok([first.clone()].into_iter().chain(others.cloned()).collect())
    }
    /// An empty account at the realm's bank for each party that is paid. Asked again, nothing changes.
    pub async fn open_party_accounts(&self, parties: &[PartyId]) -> Result<()> {
        let bank = self.one::<role::Bank>().await?;
        for id in parties {
            let opening = serde_json::json!({ "minor": "0", "currency": self.realm.currency });
            let body =
                serde_json::json!({ "name": "a party of this realm", "opening": opening, "party": id.to_string() });
            // The same key for the same party, for ever: a repeat is answered as the first time.
            post_json(&bank.address, "/v1/accounts", Some(&id.to_string()), &body).await?;
        }
        Ok(())
    }
    /// Cash that a party's people bring to the bank for its account, once for this `key`. Only a `dev` realm takes it from
    /// anybody.
    pub async fn deposit(&self, party: PartyId, amount: i64, key: &str) -> Result<()> {
        let bank = self.one::<role::Bank>().await?;
        let amount = serde_json::json!({ "minor": amount.to_string(), "currency": self.realm.currency });
        let body = serde_json::json!({ "party": party.to_string(), "amount": amount });
        post_json(&bank.address, "/v1/deposits", Some(key), &body).await?;
        Ok(())
    }
    /// An account at the realm's bank with `amount` in it, as a value for a card: signed form and the bank's certificate.
    /// Only a `dev` realm opens accounts for anybody.
    pub async fn open_account(&self, name: &str, amount: Money) -> Result<(PartyId, deal::Value, Vec<u8>, Vec<u8>)> {
        let bank = self.one::<role::Bank>().await?;
        let body = serde_json::json!({ "name": name, "opening": { "minor": amount.minor().to_string(), "currency": amount.currency().code() } });
        let key = units::Hash(clock::random()?).to_string();
        let answer = post_json(&bank.address, "/v1/accounts", Some(&key), &body).await?;
        let sheet: AccountSheet =
            cbor::from_bytes(&answer).map_err(|e| anyhow::anyhow!("the bank's answer cannot be read: {e}"))?;
        let certificate = bank.certificates.first().map(|c| c.to_vec()).unwrap_or_default();
        Ok((bank.id, sheet.value, sheet.signed.to_vec(), certificate))
    }
    /// Gives the owner of an account at the realm's bank a name and a password for loading on line.
    pub async fn password(&self, account: units::ValueId, name: &str, password: &str) -> Result<()> {
        let bank = self.one::<role::Bank>().await?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let at = format!("{}/v1/accounts/{account}/password", bank.address.trim_end_matches('/'));
        let request = client
            .put(at)
            .json(&serde_json::json!({ "name": name, "password": password }));
        answer(request.send().await?).await.map(|_| ())
    }
    /// Makes somebody known to the realm's approver, and good for as much at its bureau. The operator's. Again after it
    /// broke off, it goes on.
    pub async fn introduce(&self, name: &str, password: &str, limit: i64, token: &str) -> Result<()> {
        let (approver, bureau) = (self.one::<role::Approver>().await?, self.one::<role::Bureau>().await?);
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let amount = serde_json::json!({ "minor": limit.to_string(), "currency": self.realm.currency });
        let at = |party: &Listed, path: &str| format!("{}{path}", party.address.trim_end_matches('/'));
        let user = client
            .post(at(&approver, "/v1/users"))
            .bearer_auth(token)
            .json(&serde_json::json!({ "name": name, "password": password, "limit": amount }));
        let user: serde_json::Value = serde_json::from_slice(&answer(user.send().await?).await?)?;
        let file = client
            .post(at(&bureau, "/v1/files"))
            .bearer_auth(token)
            .json(&serde_json::json!({ "file": user["file"], "up_to": amount }));
        answer(file.send().await?).await.map(|_| ())
    }
    /// Finds an offer by number or title in the realm's shops: the shop, the number, and the signed sheet.
    pub async fn find(&self, what: &str, from: Option<&str>) -> Result<(PartyId, String, Vec<u8>)> {
        let shop = match from {
            Some(name) => self
                .named(name)
                .await?
                .ok_or_else(|| Refused::new("party-missing", format!("the registry lists nobody called \"{name}\"")))?,
            None => self.one::<role::Seller>().await?,
        };
        let number = if what.bytes().all(|b| b.is_ascii_digit()) {
            what.to_owned()
        } else {
            self.number_of(&shop, what).await?
        };
        let sheet = self
            .carrier
            .get(shop.id, &format!("/v1/offers/{number}"))
            .await
            .map_err(refused)?;
        Ok((shop.id, number, sheet))
    }
    async fn number_of(&self, shop: &Listed, title: &str) -> Result<String> {
        let query: String = title
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() {
                    (b as char).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect();
        let bytes = self
            .carrier
            .get(shop.id, &format!("/v1/works?q={query}"))
            .await
            .map_err(refused)?;
        let page: Page = serde_json::from_slice(&bytes).context("the shop's list cannot be read")?;
        let exact = page.works.iter().find(|w| w.title == title).or(page.works.first());
        // A work may be on sale in several ways; the publisher's first one is what its title alone means.
        let first = |w: &Shown| w.offers.iter().filter_map(|o| o.number.parse::<u64>().ok()).min();
        let number = exact.and_then(first).map(|n| n.to_string());
        Ok(number.ok_or_else(|| {
            Refused::new(
                "work-not-found",
                format!("nothing named \"{title}\" is on sale; look at the shop's page"),
            )
        })?)
    }
}

/// The publisher of an installation, as its certificate names him. He runs no server, so no directory need list him.
pub fn publisher_of(place: &Place, realm: &Realm) -> Result<PartyId> {
    let certificate = std::fs::read(place.publisher().join("certificate"))
        .context("no publisher's certificate here: start with `keyfare up`")?;
    let signed = seal::parse::<seal::Claims>(&certificate, seal::Kind::Certificate, realm.id())
        .context("the publisher's certificate cannot be read")?;
    Ok(PartyId(signed.claims().subject))
}

/// The operator of an installation's vending machine, if there is one: it is paid for what falls.
pub fn operator_of(place: &Place, realm: &Realm) -> Result<Option<PartyId>> {
    let Ok(certificate) = std::fs::read(place.party("vending").join("operator-certificate")) else {
        return Ok(None);
    };
    let signed = seal::parse::<seal::Claims>(&certificate, seal::Kind::Certificate, realm.id())
        .context("the operator's certificate cannot be read")?;
    Ok(Some(PartyId(signed.claims().subject)))
}

/// Posts JSON to a party and brings the answer's bytes, or its refusal.
impl Market {
    /// Tells a publisher's collector what a work is called, so that its page of fares names it.
    pub async fn name_title(&self, content: units::ContentId, title: &str, token: &str) -> Result<()> {
        let collector = self.one::<role::Collector>().await?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let address = collector.address.trim_end_matches('/');
        let request = client
            .put(format!("{address}/v1/titles/{content}"))
            .bearer_auth(token)
            .json(&serde_json::json!({ "name": title }));
        answer(request.send().await?).await.map(|_| ())
    }
}

async fn post_json(address: &str, path: &str, key: Option<&str>, body: &serde_json::Value) -> Result<Vec<u8>> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut request = client
        .post(format!("{}{path}", address.trim_end_matches('/')))
        .json(body);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    answer(request.send().await?).await
}

/// The bytes of a good answer; a problem document becomes its refusal.
pub async fn answer(response: reqwest::Response) -> Result<Vec<u8>> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
        detail: Option<String>,
    }
    let status = response.status();
    let bytes = response.bytes().await?;
    if status.is_success() {
        return Ok(bytes.to_vec());
    }
    let problem: Option<Problem> = serde_json::from_slice(&bytes).ok();
    let (code, text) = problem.map_or_else(
        || ("party-refused".to_owned(), format!("the party answered {status}")),
        |p| (p.code, p.detail.unwrap_or_else(|| status.to_string())),
    );
    Err(Refused {
        code,
        text,
        again: units::Again::AfterYouAct,
    }
    .into())
}

/// A good answer, to be read piece by piece from byte `from` on.
pub async fn answer_stream(address: &str, from: u64, most: Option<u64>) -> Result<reqwest::Response> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut request = client.get(address);
    if let Some(most) = most {
        let last = from.saturating_add(most).saturating_sub(1);
        request = request.header("Range", format!("bytes={from}-{last}"));
    } else if from > 0 {
        request = request.header("Range", format!("bytes={from}-"));
    }
    let response = request.send().await?;
    if response.status().is_success() {
        return Ok(response);
    }
    Err(answer(response)
        .await
        .err()
        .unwrap_or_else(|| anyhow::anyhow!("no answer")))
}
