//! The crew of a live settlement: processes of parties that can be stopped as a power cut would and started again, and the
//! buyer's own commands.

use std::{process::Child, time::Duration};

use anyhow::{Context, Result};
use license::{Rights, TenderKind};
use serde_json::Value;
use stories::Settlement;
use units::{Currency, Money, OfferNo, PartyId, Span};

use crate::{
    clock,
    command::publish,
    market::{answer, publisher_of},
    processes::{Processes, Said},
    say::Say,
    setup,
};

/// The buyer's PIN, typed.
pub(super) const PIN: &str = "2468\n";

/// What the story's work says, again and again.
const WORDS: &str = "A ferry crosses the strait at night, slowly. ";

/// The processes of those who settle.
pub(super) struct Crew {
    pub(super) all: Processes,
}

/// Waiting for other processes is what this does.
pub(super) fn pause(ms: u64) {
    #[expect(clippy::disallowed_methods, reason = "other processes are waited for")]
    std::thread::sleep(Duration::from_millis(ms));
}

impl Crew {
    /// Lays a realm out and starts a process for each party that settles; `asks`: also the trust registry.
    pub(super) fn begin(say: Say, asks: bool) -> Result<Self> {
        let mut crew = Self {
            all: Processes::lay_out("settlement", say, |_| Ok(()))?,
        };
        let words = [
            "registry",
            "bank",
            "issuer",
            "trust-registry",
            "carrier",
            "content",
            setup::LICENSES,
        ];
        let needed = words.into_iter().filter(|word| asks || *word != "trust-registry");
        crew.all.start_all(needed)?;
        // The registry's own clock is listed too, so counting them does not say that the last one is there.
        for name in [setup::CARRIER, setup::CONTENT, setup::LICENSE_SERVER] {
            crew.until_named(name)?;
        }
        let directory = crew.all.runtime.block_on(crew.all.market.directory())?;
        let mut parties: Vec<PartyId> = directory.parties().map(|one| one.id).collect();
        parties.push(publisher_of(&crew.all.place, &crew.all.market.realm)?);
        crew.all
            .runtime
            .block_on(crew.all.market.open_party_accounts(&parties))?;
        Ok(crew)
    }

    /// Waits until the registry lists this name.
    fn until_named(&self, name: &str) -> Result<()> {
        for _ in 0..1200 {
            if self.id(name).is_ok() {
                return Ok(());
            }
            pause(50);
        }
        anyhow::bail!("{name} did not start within a minute")
    }

    /// The party of this name.
    pub(super) fn id(&self, name: &str) -> Result<PartyId> {
        let found = self.all.runtime.block_on(self.all.market.named(name))?;
        Ok(found.with_context(|| format!("{name} is not listed"))?.id)
    }

    /// Stops a party's process as a power cut would.
    pub(super) fn kill(&mut self, word: &str) -> Result<()> {
        self.all.kill(word)
    }

    /// Starts it again, and returns when it answers.
    pub(super) fn start(&mut self, word: &str) -> Result<()> {
        self.all.start(word)?;
        let text = std::fs::read_to_string(self.all.place.party(word).join("party.toml"))?;
        let listen = text.lines().find_map(|line| line.strip_prefix("listen = "));
        let address = format!("http://{}/healthz", listen.unwrap_or_default().trim_matches('"'));
        for _ in 0..1200 {
            let healthy = self.all.runtime.block_on(async {
                let response = reqwest::Client::builder()
                    .no_proxy()
                    .build()?
                    .get(&address)
                    .send()
                    .await?;
                Ok::<_, reqwest::Error>(response.status().is_success())
            });
            if healthy.unwrap_or(false) {
                return Ok(());
            }
            pause(25);
        }
        anyhow::bail!("{word} does not answer")
    }

    /// Stops a party and starts it with its clock put forward.
    pub(super) fn put_forward(&mut self, word: &str, by: Span) -> Result<()> {
        let file = self.all.place.party(word).join("party.toml");
        let text = std::fs::read_to_string(&file)?;
        let line = format!("clock_ahead_seconds = {}\n", by.0 / 1000);
        setup::private_file(&file, format!("{line}{text}").as_bytes())?;
        self.kill(word)?;
        self.start(word)
    }

    /// A command of this program in the buyer's name, still running.
    pub(super) fn spawn(&self, args: &[&str], typed: &str) -> Result<Child> {
        self.all.spawn(&self.all.dir, args, typed)
    }

    /// The same, to its end.
    pub(super) fn run(&self, args: &[&str], typed: &str) -> Result<Said> {
        Ok(self.all.run(&self.all.dir, args, typed)?.0)
    }

    /// The same, where a refusal ends the story.
    pub(super) fn must_run(&self, args: &[&str], typed: &str) -> Result<Value> {
        self.all.must_run(&self.all.dir, args, typed)
    }

    /// What lies at an address, in JSON.
    pub(super) fn get(&self, address: &str) -> Result<Value> {
        let bytes = self.all.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build()?;
            answer(client.get(address).send().await?).await
        })?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// What lies at an address of a party's operator, in JSON.
    pub(super) fn get_as_operator(&self, party: &str, path: &str) -> Result<Value> {
        let token = std::fs::read_to_string(self.all.place.root().join("operator-token"))?;
        let bytes = self.all.runtime.block_on(async {
            let at = self
                .all
                .market
                .named(party)
                .await?
                .with_context(|| format!("{party} is not listed"))?;
            let address = format!("{}{path}", at.address.trim_end_matches('/'));
            let client = reqwest::Client::builder().no_proxy().build()?;
            answer(client.get(address).bearer_auth(token.trim()).send().await?).await
        })?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Says something to the issuer as its operator.
    pub(super) fn tell_issuer(&self, path: &str, body: &Value) -> Result<()> {
        let token = std::fs::read_to_string(self.all.place.root().join("operator-token"))?;
        self.all.runtime.block_on(async {
            let issuer = self.all.market.one::<seal::role::Issuer>().await?;
            let address = format!("{}{path}", issuer.address.trim_end_matches('/'));
            let client = reqwest::Client::builder().no_proxy().build()?;
            let request = client.post(address).bearer_auth(token.trim()).json(body);
            answer(request.send().await?).await.map(drop)
        })
    }

    /// Whom the story's sales in electronic money are paid to.
    pub(super) fn payee(&self) -> Result<PartyId> {
        publisher_of(&self.all.place, &self.all.market.realm)
    }

    /// Is the file of a work here, got from whoever keeps it?
    pub(super) fn fetched(&self, title: &str) -> Result<bool> {
        let out = self.spawn(&["play", title, "--pipe"], "")?.wait_with_output()?;
        Ok(out.status.success() && out.stdout.starts_with(WORDS.as_bytes()))
    }

    /// Publishes the story's work at license server and content server: its number.
    pub(super) fn publish(&self, story: &Settlement, price: i64) -> Result<OfferNo> {
        let no = deal::enterprise::EnterpriseNo(story.enterprise);
        let number = deal::enterprise::numbered(no, 1).context("no enterprise has this number")?;
        let file = self.all.dir.join("night-ferry.txt");
        std::fs::write(&file, WORDS.repeat(2000))?;
        let currency = Currency::new(&self.all.market.realm.currency)?;
        let mut terms = publisher::Terms::sale(number, Money::new(price, currency)?, clock::now().plus(Span::days(30)));
        terms.tax_permille = 100;
        for offer in &mut terms.offers {
            offer.tenders = vec![TenderKind::Slip, TenderKind::Charge];
            offer.rights = Rights {
                plays: Some(story.plays),
                ..Rights::UNLIMITED
            };
        }
        let draft = publisher::Work {
            file,
            title: "Night Ferry".into(),
            kind: None,
            media_type: Some("text/plain".into()),
            content: None,
            edition: 1,
            preview: None,
            credits: package::Credits::default(),
            terms,
        };
        let into = self.all.place.publisher().join("works").join(number.to_string());
        self.all.runtime.block_on(async {
            let seller = self.all.market.named(setup::LICENSE_SERVER).await?;
            let sellers = seller.into_iter().collect();
            let made =
                publish::make_for(&self.all.place, &self.all.market, sellers, &draft, &into, self.all.say).await?;
            publish::bring(&self.all.market, &made, self.all.say).await
        })?;
        Ok(number)
    }
}
