//! Live approving: the story of an approval against processes of their own. Its user answers on the approver's own pages, as a
//! browser does: forms and cookies; bills and payouts go over the operator's addresses.

use std::collections::BTreeMap;

use anyhow::Result;
use approver::{Account, Approver, ApproverConfig, RequestId};
use party::PartyKeys;
use reqwest::{Client, Response, StatusCode, header};
use seal::{Realm, role};
use serde_json::{Value, json};
use stories::{Answer, Counterpart, Listing, Parties, Permitting, Said, Seen, Speaker, Work};
use units::{DealId, Money, PartyId, Refusal as _, Span, ValueId};
use wallet::carry::CarryRefusal;

use super::{Live, copy_of, sheet_of};
use crate::{clock, command::serve, place::Place, say::Say, setup};

/// How the parties of an approval's story are set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setting {
    /// The shop settles itself.
    pub combined: bool,
    /// Up to this the approver goes without a silent bureau; nothing: not at all.
    pub cap: Option<i64>,
}

/// The processes, and a browser at the approver.
pub struct LiveApproving {
    live: Live,
    browser: Client,
    /// Where the approver answers, and the bureau.
    at: [String; 2],
    approver: PartyId,
    settler: Option<PartyId>,
    token: String,
    cookie: String,
    user: String,
}

type Told<T> = Result<T, String>;

fn told(error: impl core::fmt::Display) -> String {
    format!("{error:#}")
}

impl LiveApproving {
    /// Lays a realm out and starts a process for each party.
    pub fn start(say: Say, setting: Setting) -> Result<Self> {
        let mut live = Live::start_as(say, |place| configure(place, setting), |word| needed(word, setting))?;
        let token = std::fs::read_to_string(live.all.place.root().join("operator-token"))?;
        let market = &live.all.market;
        let (approver, bureau, settler) = live.all.runtime.block_on(async {
            let settler = if setting.combined {
                None
            } else {
                Some(market.one::<role::Settler>().await?.id)
            };
            let (approver, bureau) = (
                market.one::<role::Approver>().await?,
                market.one::<role::Bureau>().await?,
            );
            anyhow::Ok((approver, bureau.address, settler))
        })?;
        live.ids.insert("approver", approver.id);
        live.ids.extend(settler.map(|id| ("settlement", id)));
        let paid: Vec<PartyId> = [Some(approver.id), settler].into_iter().flatten().collect();
        live.all.runtime.block_on(live.all.market.open_party_accounts(&paid))?;
        let browser = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let bare = |address: &str| address.trim_end_matches('/').to_owned();
        Ok(Self {
            live,
            browser,
            at: [bare(&approver.address), bare(&bureau)],
            approver: approver.id,
            settler,
            token: token.trim().to_owned(),
            cookie: String::new(),
            user: String::new(),
        })
    }

    /// An address of the operator's: asked with the token, answered in JSON. A body makes it a POST, with an id of its own.
    fn operate(&self, at: &str, path: &str, body: Option<&Value>) -> Told<Value> {
        let url = format!("{at}{path}");
        let request = match body {
            None => self.browser.get(url),
            Some(body) => {
                let id = units::Hash(clock::random().map_err(told)?).to_string();
                self.browser.post(url).header("idempotency-key", id).json(body)
            }
        };
        self.live.all.runtime.block_on(async {
            let answer = request.bearer_auth(&self.token).send().await.map_err(told)?;
            let (status, value) = (answer.status(), answer.json::<Value>().await.map_err(told)?);
            if status == StatusCode::OK {
                Ok(value)
            } else {
                Err(format!("{path}: {value}"))
            }
        })
    }

    /// A form as a page of the approver's sends it.
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Told<Response> {
        let body: Vec<String> = fields.iter().map(|(k, v)| format!("{k}={}", escaped(v))).collect();
        let origin = self.at[0].clone();
        let request = self
            .browser
            .post(format!("{origin}{path}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin)
            .header(header::COOKIE, &self.cookie)
            .body(body.join("&"));
        self.live.all.runtime.block_on(request.send()).map_err(told)
    }

    /// A page of the approver's, as the signed-in user sees it.
    fn page(&self, path: &str) -> Told<String> {
        let request = self.browser.get(format!("{}{path}", self.at[0]));
        let request = request.header(header::COOKIE, &self.cookie);
        self.live
            .all
            .runtime
            .block_on(async { request.send().await?.text().await })
            .map_err(told)
    }

    /// A figure of the approver's.
    fn figure(&self, name: &str) -> i64 {
        let figures = figures_of(&self.live.all.place, &self.live.all.dir).unwrap_or_default();
        figures.get(name).copied().unwrap_or(0)
    }
}

/// Who takes part.
fn needed(word: &str, setting: Setting) -> bool {
    let approving = setup::APPROVING.contains(&word) && !(setting.combined && word == "settlement");
    approving
        || [
            "registry",
            "bank",
            "issuer",
            "shop",
            "collector",
            "support",
            "atm",
            "counter",
            "kiosk",
        ]
        .contains(&word)
}

/// The configuration as somebody who runs these parties would write it.
fn configure(place: &Place, setting: Setting) -> Result<()> {
    let change = |word: &str, keep: &dyn Fn(&str) -> bool, more: &str| -> Result<()> {
        let file = place.party(word).join("party.toml");
        let text = std::fs::read_to_string(&file)?;
        let kept: Vec<&str> = text.lines().filter(|line| keep(line)).collect();
        setup::private_file(&file, format!("{}\n{more}", kept.join("\n")).as_bytes())
    };
    if setting.combined {
        change("shop", &|line| !line.starts_with("settles = "), "")?;
    }
    let caps = match setting.cap {
        Some(cap) => format!("unasked_each = \"JPY {cap}\"\nunasked_all = \"JPY {cap}\"\n"),
        None => String::new(),
    };
    change(
        "approver",
        &|line| !line.starts_with("unasked_"),
        &format!("{caps}wait_seconds = 2\n"),
    )
}

fn figures_of(place: &Place, dir: &std::path::Path) -> Result<BTreeMap<String, i64>> {
    let (config, store) = copy_of(place, dir, "approver")?;
    let desk = party::desk::Desk::new(config.realm.clone(), &config.certifiers)?;
    let keys = PartyKeys::load(config.keys.secret, config.realm.id(), config.keys.certificate)?;
    let config = ApproverConfig::new(desk.currency());
    let approver = Approver::new(keys, desk, config);
    store
        .read(|view| approver.figures(view))
        .map_err(|no| anyhow::anyhow!("{no}"))
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    text.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// What stands between two texts.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Told<&'a str> {
    let rest = text.split_once(from).map(|(_, rest)| rest);
    let found = rest.and_then(|rest| rest.split_once(to)).map(|(found, _)| found);
    found.ok_or_else(|| format!("a page of the approver has no {from}"))
}

/// The value of a fact on a page, without its markup.
fn fact(page: &str, term: &str) -> Told<String> {
    let value = between(page, &format!("{term}</dt>"), "</dd>")?;
    let (mut plain, mut inside) = (String::new(), false);
    for c in value.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    Ok(plain.trim().to_owned())
}

impl Parties for LiveApproving {
    fn realm(&self) -> Realm {
        self.live.realm()
    }
    fn seller(&self) -> PartyId {
        self.live.seller()
    }
    fn now(&self) -> units::Moment {
        self.live.now()
    }
    fn certificate(&mut self, role: seal::Role) -> Option<Vec<u8>> {
        self.live.certificate(role)
    }
    fn send(&mut self, to: Counterpart, verb: &str, body: &[u8]) -> Answer {
        self.live.send(to, verb, body)
    }
    fn open_account(&mut self, holder: &str, amount: i64) -> Told<stories::Account> {
        self.live.open_account(holder, amount)
    }
    fn publish(&mut self, work: &Work) -> Told<Listing> {
        self.live.publish(work)
    }
    fn package(&mut self, listing: &Listing, deal: DealId) -> Told<(package::Header, Vec<u8>)> {
        self.live.package(listing, deal)
    }
    fn statement(&mut self, token: ValueId) -> Told<i64> {
        self.live.statement(token)
    }
    fn settle_down(&mut self) {
        self.live.settle_down();
    }
    fn books(&mut self) -> BTreeMap<String, BTreeMap<String, i64>> {
        let mut out = self.live.books();
        let figures = figures_of(&self.live.all.place, &self.live.all.dir).unwrap_or_default();
        out.insert("approver".to_owned(), figures);
        if self.settler.is_some()
            && let Ok(sheet) = sheet_of(&self.live.all.place, &self.live.all.dir, "settlement")
        {
            let names: Vec<(String, &str)> = self.live.ids.iter().map(|(name, id)| (id.to_string(), *name)).collect();
            out.insert("settlement".to_owned(), stories::readable(&sheet, &names));
        }
        out
    }
    fn audit(&mut self) -> Vec<String> {
        self.live.audit()
    }
}

impl Permitting for LiveApproving {
    fn approver(&self) -> PartyId {
        self.approver
    }
    fn settler(&self) -> Option<PartyId> {
        self.settler
    }
    fn join(&mut self, name: &str, password: &str, limit: i64, good_for: i64) -> Told<()> {
        let currency = self.live.realm().currency;
        let amount = |minor: i64| json!({ "minor": minor.to_string(), "currency": currency });
        let new = json!({ "name": name, "password": password, "limit": amount(limit) });
        let user = self.operate(&self.at[0], "/v1/users", Some(&new))?;
        self.user = user["user"].as_str().unwrap_or_default().to_owned();
        let file = json!({ "file": user["file"], "up_to": amount(good_for) });
        self.operate(&self.at[1], "/v1/files", Some(&file)).map(drop)
    }
    fn try_in(&mut self, name: &str, password: &str) -> Told<bool> {
        let answer = self.form("/sign-in", &[("name", name), ("password", password)])?;
        match answer.status() {
            StatusCode::SEE_OTHER => {
                let set = answer.headers().get_all(header::SET_COOKIE).iter();
                let pairs = set.filter_map(|v| v.to_str().ok()?.split(';').next().map(str::to_owned));
                self.cookie = pairs.collect::<Vec<_>>().join("; ");
                Ok(true)
            }
            StatusCode::FORBIDDEN => Ok(false),
            other => Err(format!("the approver's page for signing in answered {other}")),
        }
    }
    fn tell_approver(&mut self, verb: &str, body: &[u8]) -> Answer {
        let path = format!("/v1/{verb}");
        let carried = self.live.all.market.carrier.post(self.approver, &path, body.to_vec());
        match self.live.all.runtime.block_on(carried) {
            Ok(bytes) => Answer::Bytes(bytes),
            Err(CarryRefusal::NotYet(_)) => Answer::NotYet,
            Err(no @ CarryRefusal::Refused { .. }) => Answer::Refused(no.told().to_owned(), no.to_string()),
            Err(_) => Answer::Silent,
        }
    }
    fn silence_bureau(&mut self) -> Told<()> {
        self.live.all.kill("bureau").map_err(told)
    }
    fn see(&mut self, id: RequestId) -> Told<Seen> {
        let page = self.page(&format!("/en/approve/{id}"))?;
        Ok(Seen {
            what: fact(&page, "What")?,
            seller: fact(&page, "Seller")?,
            amount: fact(&page, "Amount")?,
            code: fact(&page, "Code")?,
        })
    }
    fn say_yes(&mut self, id: RequestId) -> Told<Said> {
        let path = format!("/en/approve/{id}");
        let page = self.page(&path)?;
        let form = between(&page, "name=\"form\" value=\"", "\"")?;
        let yes = [("form", form), ("means", "credit"), ("answer", "yes")];
        let answer = self.form(&format!("/approve/{id}"), &yes)?;
        if answer.status() != StatusCode::SEE_OTHER {
            return Err(format!("the approver's page answered {}", answer.status()));
        }
        // What became of it, the terminal is told in a word with a code.
        for _ in 0..100 {
            match self.tell_approver("approval", &id.0) {
                Answer::Bytes(_) => return Ok(Said::Approved),
                Answer::Refused(code, text) => return Ok(Said::Denied(code, text)),
                Answer::NotYet | Answer::Silent => self.settle_down(),
            }
        }
        Err("nobody decides".to_owned())
    }
    fn stands(&mut self) -> Told<Account> {
        let users = self.operate(&self.at[0], "/v1/users", None)?;
        let mut all = users["users"].as_array().into_iter().flatten();
        let user = all
            .find(|user| user["user"] == self.user.as_str())
            .ok_or("no such user")?;
        let currency = units::Currency::new(&self.live.realm().currency).map_err(told)?;
        let minor = |name: &str| user[name]["minor"].as_str().and_then(|text| text.parse::<i64>().ok());
        let money = |minor: i64| Money::new(minor, currency).map_err(told);
        let of = |name: &str| minor(name).ok_or_else(|| format!("no {name}")).and_then(money);
        let (limit, room, owed) = (of("limit")?, of("room")?, of("owed")?);
        let held = limit.minor().saturating_sub(room.minor()).saturating_sub(owed.minor());
        Ok(Account {
            limit,
            room,
            owed,
            value: Money::zero(currency),
            points: Money::zero(currency),
            held: money(held)?,
        })
    }
    fn speaker(&self, who: Speaker) -> Told<PartyKeys> {
        // Where a settlement server settles, the shop itself is a stranger to its approvals; and the other way round.
        let word = match (who, self.settler) {
            (Speaker::Entitled, Some(_)) | (Speaker::Stranger, None) => "settlement",
            (Speaker::Entitled, None) | (Speaker::Stranger, Some(_)) => "shop",
        };
        let config = serve::config(&self.live.all.place, word).map_err(told)?;
        PartyKeys::load(config.keys.secret, config.realm.id(), config.keys.certificate).map_err(told)
    }
    fn bill(&mut self) -> Told<Money> {
        let owed = self.stands()?.owed;
        let path = format!("/v1/users/{}/bills", self.user);
        let paid = json!({ "amount": { "minor": owed.minor().to_string(), "currency": owed.currency().code() } });
        self.operate(&self.at[0], &path, Some(&paid))?;
        Ok(owed)
    }
    fn pay_sellers(&mut self) -> Told<Money> {
        let found = self.operate(&self.at[0], "/v1/sellers", None)?;
        let seller = found["sellers"].get(0).ok_or("nothing is owed to anybody")?;
        let minor: i64 = seller["owed"]["minor"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or("no amount is owed")?;
        // What comes in from bills lies at the bank.
        let key = units::Hash(clock::random().map_err(told)?).to_string();
        let deposit = self.live.all.market.deposit(self.approver, minor, &key);
        self.live.all.runtime.block_on(deposit).map_err(told)?;
        let path = format!("/v1/sellers/{}/payouts", seller["party"].as_str().unwrap_or_default());
        self.operate(&self.at[0], &path, Some(&json!({ "amount": seller["owed"] })))?;
        for _ in 0..100 {
            let left = self.operate(&self.at[0], "/v1/sellers", None)?;
            let all = left["sellers"].as_array().map_or(0, Vec::len);
            if all == 0 && self.figure("on its way to sellers") == 0 {
                let currency = units::Currency::new(&self.live.realm().currency).map_err(told)?;
                return Money::new(minor, currency).map_err(told);
            }
            self.settle_down();
        }
        Err("the bank did not pay the seller".to_owned())
    }
    fn why_not(&mut self, deal: DealId) -> Told<Option<String>> {
        let (_, store) = copy_of(&self.live.all.place, &self.live.all.dir, "shop").map_err(told)?;
        store.read(|view| party::shop::declined(view, deal)).map_err(told)
    }
    fn until_charged(&mut self) {
        for _ in 0..100 {
            if self.figure("held") == 0 {
                return;
            }
            self.settle_down();
        }
    }
    fn pass(&mut self, _: Span) -> bool {
        // Nobody moves the time of processes.
        false
    }
}
