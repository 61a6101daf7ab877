//! Live settlement: license server, content server, carrier, trust registry, bank and issuer as processes of their own, told with
//! this program's own commands. Each may be stopped and started at random moments of the purchases; afterwards the ledgers of
//! all of them agree to the last yen, and `audit` explains what it is shown on the way.

mod crew;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;
use stories::{Books, CardBooks, Figures, Settlement, Tale};
use units::{Moment, Span};

use crate::{
    clock,
    command::{audit, telephone},
    live::sheet_of,
    say::Say,
    setup,
};
use crew::{Crew, PIN};

/// Where the carrier bills: minutes east of Greenwich.
const ZONE: i16 = 540;
/// What the carrier has at the bank when the story begins.
const FLOAT: i64 = 100_000_000;
/// Most content in a month, so that the story and not the contract ends it.
const LIMIT: i64 = 50_000_000;

/// The story while it is told.
struct Told {
    crew: Crew,
    story: Settlement,
    price: i64,
    purse: i64,
    kills: u32,
    dice: Dice,
    telephone: telephone::Telephone,
    tale: Tale,
    bill: BTreeMap<String, i64>,
    /// Licenses bought so far, and those of them that money cleared.
    bought: i64,
    cleared: i64,
    /// What the carrier gave back.
    back: i64,
    /// What the issuer paid out of what was cleared.
    paid_out: i64,
    begun: Moment,
}

/// A small generator: the same seed gives the same moments.
struct Dice(u64);
impl Dice {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).checked_rem(below).unwrap_or(0)
    }
}

/// Tells it: one purchase as the source has it, then one for each of `kills`, with somebody stopped in the middle.
pub fn tell(say: Say, figures: &Figures, story: &Settlement, kills: u32, seed: u64) -> Result<Tale> {
    anyhow::ensure!(matches!(story.system, 1 | 4), "systems 1 and 4 are told");
    let mut told = Told::begin(say, figures, story, kills, seed)?;
    told.first()?;
    told.torn()?;
    told.all_settled()?;
    if kills > 0 && told.is_trusted() {
        told.given_back()?;
        told.relayed()?;
        told.all_settled()?;
    }
    told.paid_out()?;
    told.month()?;
    told.compare()?;
    Ok(told.tale)
}

impl Told {
    fn begin(say: Say, figures: &Figures, story: &Settlement, kills: u32, seed: u64) -> Result<Self> {
        let asks = story.system == 4;
        let crew = Crew::begin(say, asks)?;
        let licenses = crew.id(setup::LICENSE_SERVER)?;
        let who = telephone::Believed {
            listed: if asks {
                Vec::new()
            } else {
                vec![(licenses, setup::LICENSE_SERVER.to_owned(), Some(story.enterprise))]
            },
            trusted: story
                .trusted
                .iter()
                .filter(|_| asks)
                .map(|no| match *no == story.enterprise {
                    true => (*no, licenses),
                    false => (*no, telephone::stranger(*no)),
                })
                .collect(),
            told: vec![licenses],
        };
        let tariff = telephone::Tariff {
            basic: story.telephone.basic,
            service: story.telephone.service,
            calls: story.telephone.calls,
            packets: story.telephone.packets,
        };
        let telephone = crew.all.runtime.block_on(telephone::introduce(
            &crew.all.place,
            &crew.all.market,
            tariff,
            &who,
            FLOAT,
        ))?;
        let mut told = Self {
            story: story.clone(),
            price: figures.price,
            purse: figures.purse,
            kills,
            dice: Dice(seed),
            telephone,
            tale: Tale::new("settlement"),
            bill: BTreeMap::new(),
            bought: 0,
            cleared: 0,
            back: 0,
            paid_out: 0,
            begun: clock::now(),
            crew,
        };
        told.crew.must_run(&["card", "new", "--pin-stdin"], PIN)?;
        if told.purse > 0 {
            told.crew.must_run(&["card", "load", &told.purse.to_string()], "")?;
        }
        // A wallet lives as long as the runtime it was opened in. This one ends with the signing up, so that each command
        // that follows is the wallet itself, and not the caller of one that nobody here can stop.
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(told.telephone.sign_up(&told.crew.all.place, Some(LIMIT)))?;
        // What is used before there is a contract is nobody's: the month's calls are made now.
        told.begun = clock::now();
        let says = format!("has a telephone, and a card with {} on it", told.purse);
        told.says("buyer", says, "ST-7")?;
        let number = told.crew.publish(&told.story, told.price)?;
        let says = format!(
            "offers \"Night Ferry\" under number {number}: {} plays, {}; the file lies at the content server, the keys at the license server",
            told.story.plays, told.price
        );
        told.says("publisher", says, "ST-2")?;
        Ok(told)
    }

    fn number(&self) -> String {
        (u64::from(self.story.enterprise) * 1_000_000 + 1).to_string()
    }

    fn buy_args(number: &str) -> [&str; 6] {
        ["buy", number, "--from", setup::LICENSE_SERVER, "--bill", "--pin-stdin"]
    }

    /// One purchase with everybody there.
    fn first(&mut self) -> Result<()> {
        let number = self.number();
        let bought = self.crew.must_run(&Self::buy_args(&number), PIN)?;
        self.tale
            .must(bought["outcome"] == "given", "the first purchase gave nothing");
        self.says("buyer", "buys it with the telephone bill, over the network", "ST-4")?;
        self.follow_up()?;
        let title = bought["title"].as_str().unwrap_or_default().to_owned();
        let fetched = self.crew.fetched(&title)?;
        self.tale.must(fetched, "the content server did not give the file");
        self.says("content server", "gives the sealed file to whoever asks", "ST-1")
    }

    /// One purchase for each kill, with somebody stopped somewhere in the middle and started again.
    fn torn(&mut self) -> Result<()> {
        let number = self.number();
        let mut victims = vec!["carrier", setup::LICENSES, "bank", "wallet", "issuer", "content"];
        victims.extend((self.story.system == 4).then_some("trust-registry"));
        for kill in 0..self.kills {
            let victim = victims
                .get(usize::try_from(self.dice.below(victims.len() as u64)).unwrap_or(0))
                .copied()
                .unwrap_or("wallet");
            let (moment, pause) = (self.dice.below(500), self.dice.below(120));
            let mut buyer = self.crew.spawn(&Self::buy_args(&number), PIN)?;
            crew::pause(moment);
            if victim == "wallet" {
                // Ended already is one of the moments.
                let _ = buyer.kill();
            } else {
                self.crew.kill(victim)?;
                crew::pause(pause);
                self.crew.start(victim)?;
            }
            // What it said does not matter: the card knows.
            let _ = buyer.wait_with_output();
            self.follow_up().with_context(|| {
                format!(
                    "after kill {kill} of {victim} at {moment} ms; --kills {} --seed",
                    kill + 1
                )
            })?;
        }
        if self.kills > 0 {
            let says = format!(
                "buys while {} are stopped and started again at random moments, {} times: {} licenses came",
                victims.join(", "),
                self.kills,
                self.bought
            );
            self.says("buyer", says, "ST-5")?;
        }
        Ok(())
    }

    /// Whatever is open is finished; what was refused is paid with money, if the purse has it.
    fn follow_up(&mut self) -> Result<()> {
        let mut left = Value::Null;
        for _ in 0..150 {
            // A party that has just begun may refuse once more; it is asked again.
            let _ = self.crew.run(&["card", "sync"], "")?;
            let card = self.crew.must_run(&["card", "show"], "")?;
            let bill = self.crew.must_run(&["bill"], "")?;
            let owed = bill["owed"].as_array().cloned().unwrap_or_default();
            let waits = owed.iter().any(|one| one["refused"].as_bool() == Some(false));
            let is_open = card["open"].as_array().is_some_and(|open| !open.is_empty());
            if !is_open && !waits {
                self.bought = i64::try_from(card["licenses"].as_array().map_or(0, Vec::len))?;
                return self.clear(&owed, card["purse"].as_i64().unwrap_or(0));
            }
            left = serde_json::json!({ "open": card["open"], "owed": owed });
            crew::pause(100);
        }
        anyhow::bail!("something stays open: {left}")
    }

    fn clear(&mut self, owed: &[Value], mut purse: i64) -> Result<()> {
        for one in owed {
            if purse < self.price {
                return Ok(());
            }
            let license = one["license"].as_str().unwrap_or_default().to_owned();
            let paid = self.crew.must_run(&["bill", "pay", &license, "--pin-stdin"], PIN)?;
            self.tale.must(paid["outcome"] == "given", "a clear gave nothing");
            self.cleared += 1;
            purse -= self.price;
        }
        Ok(())
    }

    /// A part of a purchase that is settled is given back: nobody is paid less for it until the next purchase, and the audit
    /// says so.
    fn given_back(&mut self) -> Result<()> {
        let records = self.crew.get_as_operator(setup::LICENSE_SERVER, "/v1/records")?;
        let charge = records["settled"][0]["charge"].as_str().unwrap_or_default().to_owned();
        let (part, rest) = (self.price / 4, self.price / 3);
        for (n, minor) in [part, rest, part].into_iter().enumerate() {
            // The third is the first once more.
            let key = format!("given-back-number-{}", n % 2);
            let telephone = &self.telephone;
            self.crew
                .all
                .runtime
                .block_on(telephone.give_back(&charge, minor, &key))?;
        }
        self.back = part + rest;
        let explained = self.crew.all.runtime.block_on(audit::explained(&self.crew.all.place))?;
        self.tale.must(
            explained.len() == 1 && explained.iter().all(|one| one.contains(&charge)),
            format!("what was given back is not explained: {explained:?}"),
        );
        let says = format!(
            "gives {} of a settled purchase back, and takes it from what it pays next",
            self.back
        );
        self.says("carrier", says, "ST-6")
    }

    /// One purchase whose charge and answer travel by file: the wallet never reaches the carrier.
    fn relayed(&mut self) -> Result<()> {
        let number = self.number();
        self.crew.kill("carrier")?;
        let bought = self.crew.must_run(&Self::buy_args(&number), PIN)?;
        self.tale.must(
            bought["outcome"] == "given",
            "a purchase without the carrier gave nothing",
        );
        let stick = self.crew.all.dir.join("stick");
        std::fs::create_dir_all(&stick)?;
        let out = self.crew.must_run(&["bill", "out", &stick.to_string_lossy()], "")?;
        let request = out["files"][0].as_str().unwrap_or_default().to_owned();
        self.crew.start("carrier")?;
        let carried = self.crew.must_run(&["bill", "carry", &request], "")?;
        // And once more, as a relay that is not sure may: the same answer.
        let again = self.crew.must_run(&["bill", "carry", &request], "")?;
        self.tale
            .must(carried == again, "a request that was carried twice has two answers");
        self.crew.kill("carrier")?;
        let answer = carried["files"][0].as_str().unwrap_or_default().to_owned();
        let heard = self.crew.must_run(&["bill", "in", &answer], "")?;
        self.tale
            .must(heard["heard"] == "paid", format!("the answer by file said {heard}"));
        let bill = self.crew.must_run(&["bill"], "")?;
        let is_done = bill["owed"].as_array().is_some_and(Vec::is_empty);
        self.tale
            .must(is_done, "something is owed after the answer came by file");
        self.crew.start("carrier")?;
        self.follow_up()?;
        let says = "buys while its wallet cannot reach the carrier: charge and answer travel as files";
        self.says("buyer", says, "ST-4")
    }

    /// What was cleared with electronic money is the publisher's at the issuer. Half of it is paid out, while issuer and bank are
    /// stopped and started again; the other half stays owed.
    fn paid_out(&mut self) -> Result<()> {
        self.paid_out = self.cleared * self.price / 2;
        if self.paid_out == 0 {
            return Ok(());
        }
        let payee = self.crew.payee()?;
        let order = serde_json::json!({
            "id": units::TransferId(clock::random()?[..16].try_into()?).to_string(),
            "payee": payee.to_string(),
            "amount": { "minor": self.paid_out.to_string(), "currency": self.crew.all.market.realm.currency },
        });
        if self.kills > 0 {
            // The issuer writes the order down while its bank is away, and is stopped itself before it can carry it out.
            self.crew.kill("bank")?;
            let _ = self.crew.tell_issuer("/v1/payouts", &order);
            self.crew.start("bank")?;
            crew::pause(self.dice.below(200));
            self.crew.kill("issuer")?;
            self.crew.start("issuer")?;
        }
        let mut ordered = false;
        for _ in 0..600 {
            // The same order once more, as one who heard no answer gives it: the money leaves once.
            ordered = ordered || self.crew.tell_issuer("/v1/payouts", &order).is_ok();
            let (place, dir) = (&self.crew.all.place, &self.crew.all.dir);
            let (bank, issuer) = (sheet_of(place, dir, "bank")?, sheet_of(place, dir, "issuer")?);
            let came = figure(&bank, &format!("deposit of party {payee}"));
            if ordered && came == self.paid_out && figure(&issuer, "on its way out") == 0 {
                let says = format!(
                    "pays {} of what was cleared with electronic money out, once",
                    self.paid_out
                );
                return self.says("issuer", says, "ST-13");
            }
            crew::pause(100);
        }
        anyhow::bail!("a pay-out does not reach the bank")
    }

    /// The bank has moved everything and told the seller, and nothing is on its way any more.
    fn all_settled(&mut self) -> Result<()> {
        let explained = self.crew.all.runtime.block_on(audit::explained(&self.crew.all.place))?;
        self.crew
            .all
            .say
            .note(format!("{} differences are explained", explained.len()));
        for _ in 0..600 {
            let bank = sheet_of(&self.crew.all.place, &self.crew.all.dir, "bank")?;
            let seller = sheet_of(&self.crew.all.place, &self.crew.all.dir, setup::LICENSES)?;
            let carrier = sheet_of(&self.crew.all.place, &self.crew.all.dir, "carrier")?;
            let due = figure(&seller, "with carrier");
            let out = figure(&carrier, "owed to enterprises") + figure(&carrier, "on its way to enterprises");
            let unpaid = self.unpaid() * self.price;
            if due == unpaid && out == 0 && !bank.is_empty() {
                let says = format!("moves {} to the seller, one transfer a sale, and tells it", self.paid());
                return self.says("bank", says, "ST-6");
            }
            crew::pause(100);
        }
        let explained = self.crew.all.runtime.block_on(audit::explained(&self.crew.all.place))?;
        anyhow::bail!("money stays on its way: {explained:?}")
    }

    /// What the carrier pays in all, less what it gave back.
    fn paid(&self) -> i64 {
        if self.is_trusted() {
            self.bought * self.price - self.back
        } else {
            0
        }
    }

    /// Licenses that stay unpaid: refused, and no money to clear them.
    fn unpaid(&self) -> i64 {
        if self.is_trusted() {
            0
        } else {
            self.bought - self.cleared
        }
    }

    fn is_trusted(&self) -> bool {
        self.story.system == 1 || self.story.trusted.contains(&self.story.enterprise)
    }

    /// The month is over for the carrier, and billed, twice: one bill.
    fn month(&mut self) -> Result<()> {
        let now = clock::now();
        self.crew.all.runtime.block_on(self.telephone.used(self.begun))?;
        let month = carrier::Month::of(self.begun, ZONE);
        // A day and more: nobody's clock is right to the minute.
        let ahead = Span(month.ends(ZONE).since(now).0.saturating_add(Span::minutes(30 * 60).0));
        self.crew.put_forward("carrier", ahead)?;
        let told = self.crew.must_run(&["bill", "month", &month.to_string()], "")?;
        let again = self.crew.must_run(&["bill", "month", &month.to_string()], "")?;
        self.tale.must(told == again, "billed twice, a month has two answers");
        let bills = told["bills"].as_array().cloned().unwrap_or_default();
        self.tale
            .must(bills.len() == 1, format!("{} bills were made", bills.len()));
        let page = bills.first().and_then(|bill| bill["page"].as_str()).unwrap_or_default();
        let data = self.crew.get(&page.replacen("/bill/", "/v1/bills/", 1))?;
        let minor = |value: &Value| value["minor"].as_str().and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
        for line in data["telephone"].as_array().into_iter().flatten() {
            let name = match line["kind"].as_str() {
                Some("service") => line["name"].as_str().unwrap_or_default().to_lowercase(),
                kind => kind.unwrap_or_default().to_owned(),
            };
            self.bill.insert(name, minor(&line["amount"]));
        }
        let (telephone, content, total) = (
            minor(&data["telephone_sum"]),
            minor(&data["bought"]) - minor(&data["refunded"]),
            minor(&data["total"]),
        );
        self.bill.insert("telephone".into(), telephone);
        self.bill.insert("content".into(), content);
        self.bill.insert("total".into(), total);
        let says = format!(
            "bills the month, twice, and made one bill: telephone {telephone}, content {content}, to pay {total}"
        );
        self.says("carrier", says, "ST-7")
    }

    /// The ledgers of carrier, bank, seller and issuer, the card and the bill: to the last yen.
    fn compare(&mut self) -> Result<()> {
        let place = &self.crew.all.place;
        let dir = &self.crew.all.dir;
        let (bank, seller, carrier, issuer) = (
            sheet_of(place, dir, "bank")?,
            sheet_of(place, dir, setup::LICENSES)?,
            sheet_of(place, dir, "carrier")?,
            sheet_of(place, dir, "issuer")?,
        );
        let (licenses, payer) = (self.crew.id(setup::LICENSE_SERVER)?, self.crew.id(setup::CARRIER)?);
        let held = |id: units::PartyId| figure(&bank, &format!("deposit of party {id}"));
        let (paid, cleared) = (self.paid(), self.cleared * self.price);
        let (payee, mint) = (self.crew.payee()?, self.crew.id(setup::ISSUER)?);
        let checks = [
            (
                "the issuer's account at the bank",
                held(mint),
                self.purse - self.paid_out,
            ),
            (
                "what the issuer's books say is at the bank",
                figure(&issuer, "bank"),
                self.purse - self.paid_out,
            ),
            (
                "what the issuer's books say is in the purse",
                figure(&issuer, "shadow of card"),
                self.purse - cleared,
            ),
            (
                "what the issuer still owes the publisher",
                figure(&issuer, &format!("payee {payee}")),
                cleared - self.paid_out,
            ),
            (
                "what the issuer has on its way out",
                figure(&issuer, "on its way out"),
                0,
            ),
            ("the publisher's account at the bank", held(payee), self.paid_out),
            (
                "what the seller's books say came in electronic money",
                figure(&seller, "with payee"),
                cleared,
            ),
            ("the seller's account at the bank", held(licenses), paid),
            ("the carrier's account at the bank", held(payer), FLOAT - paid),
            (
                "what the seller's books say is at the bank",
                figure(&seller, "at bank"),
                paid,
            ),
            (
                "what the seller's books say carriers owe",
                figure(&seller, "with carrier"),
                self.unpaid() * self.price,
            ),
            ("what the seller cannot place", figure(&seller, "unmatched"), 0),
            (
                "what the carrier's books say left the bank",
                -figure(&carrier, "at the bank"),
                paid,
            ),
            (
                "what the carrier still owes sellers",
                figure(&carrier, "owed to enterprises"),
                0,
            ),
            (
                "what the carrier still claims from sellers",
                figure(&carrier, "claims on enterprises"),
                0,
            ),
            (
                "the seller's income and its tax",
                figure(&seller, "share") + figure(&seller, "tax"),
                paid + (self.cleared + self.unpaid()) * self.price,
            ),
            (
                "content on the bill",
                self.bill.get("content").copied().unwrap_or(-1),
                paid,
            ),
        ];
        for (what, is, should) in checks {
            self.tale.must(is == should, format!("{what}: {is}, not {should}"));
        }
        let card = self.crew.must_run(&["card", "show"], "")?;
        let purse = card["purse"].as_i64().unwrap_or(-1);
        let should = self.purse - self.cleared * self.price;
        self.tale
            .must(purse == should, format!("the purse holds {purse}, not {should}"));
        let explained = self.crew.all.runtime.block_on(audit::explained(&self.crew.all.place))?;
        let unpaid = usize::try_from(self.unpaid())?;
        self.tale.must(
            explained.len() == unpaid,
            format!("{unpaid} differences are left, and these are explained: {explained:?}"),
        );
        let findings = self.crew.all.runtime.block_on(audit::findings(&self.crew.all.place))?;
        for finding in findings {
            self.tale.must(false, finding);
        }
        self.says("audit", "finds the same in all books, or says where it is", "ST-5")
    }

    fn books(&self) -> Result<Books> {
        let ids = [(setup::LICENSE_SERVER, "seller"), (setup::CARRIER, "carrier")];
        let names: Vec<(String, &str)> = ids
            .into_iter()
            .filter_map(|(name, short)| Some((self.crew.id(name).ok()?.to_string(), short)))
            .collect();
        let mut books = Books::default();
        for (word, name) in [
            ("bank", "bank"),
            ("issuer", "issuer"),
            (setup::LICENSES, "seller"),
            ("carrier", "carrier"),
        ] {
            let sheet = sheet_of(&self.crew.all.place, &self.crew.all.dir, word)?;
            books
                .parties
                .insert(name.to_owned(), summed(stories::readable(&sheet, &names)));
        }
        if !self.bill.is_empty() {
            books.parties.insert("bill".into(), self.bill.clone());
        }
        let card = self.crew.must_run(&["card", "show"], "")?;
        let book = CardBooks {
            purse: card["purse"].as_i64().unwrap_or(0),
            licenses: card["licenses"].as_array().map_or(0, Vec::len),
            ..CardBooks::default()
        };
        books.cards.insert("buyer".into(), book);
        Ok(books)
    }

    fn says(&mut self, who: &str, says: impl Into<String>, shows: &'static str) -> Result<()> {
        let books = self.books()?;
        self.tale.step(who, says, Some(shows), books);
        Ok(())
    }
}

/// The sum of every account of a sort.
fn figure(sheet: &[(String, i64)], name: &str) -> i64 {
    let of = |line: &str| line == name || line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
    sheet.iter().filter(|(line, _)| of(line)).map(|(_, sum)| *sum).sum()
}

/// Accounts of single people in one sum: what people read.
fn summed(sheet: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let mut out = BTreeMap::new();
    for (name, balance) in sheet {
        let short = name
            .rsplit_once(' ')
            .filter(|(_, id)| id.len() >= 26)
            .map_or(name.as_str(), |(name, _)| name);
        let sum: &mut i64 = out.entry(short.to_owned()).or_default();
        *sum = sum.saturating_add(balance);
    }
    out
}
