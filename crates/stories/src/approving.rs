//! Approving: the world of the purchase approval, over the parties in memory: an approver with its bureau, a settlement server
//! or none, and people who sign in.

use std::{collections::BTreeMap, sync::Arc};

use approver::{Approver, ApproverConfig, Bureau, Conduct, Decision, Means, RequestId, RequestState, Shown, UserId};
use card::{ApprovalAsked, Approved, Checked};
use party::{
    Party, Refused, Step, Verb, books,
    settlement::{SettlementConfig, SettlementServer},
};
use seal::{Role, Secret};
use signin::{Cost, Gate, Name, Password, Rules, Site, Source, Typed};
use store::Fault;
use units::{Currency, DealId, LicenseId, Moment, Money, PartyId, TransferId};

use crate::{
    Answer, Counterpart, Holder, InMemory, Listing, Parties, Permitting, Said, Seen, Speaker, Stuck, Work,
    memory::readable,
};

/// The name of the settlement server, where there is one.
pub const SETTLER: &str = "Lantern Settlement";

/// A realm in which purchases can be approved.
#[derive(Debug)]
pub struct Approving {
    /// Everybody else.
    pub world: InMemory,
    /// The approver.
    pub approver: Arc<Approver>,
    /// Its bureau.
    pub bureau: Arc<Bureau>,
    /// The settlement server; nothing: the shop settles itself.
    pub settler: Option<PartyId>,
    gate: Arc<Gate>,
    drawn: u64,
    /// Whoever joined last, and answers at the approver.
    user: Option<UserId>,
}

impl Approving {
    /// Founds a realm with an approver. `combined`: the shop settles itself.
    pub fn found(
        seed: &[u8; 32],
        now: Moment,
        combined: bool,
        settlement: SettlementConfig,
        set: impl FnOnce(&mut ApproverConfig),
    ) -> Result<Self, String> {
        let currency = Currency::JPY;
        let mut world = InMemory::found_with(seed, currency, now, |maker, shop| {
            shop.settlement = settlement;
            if !combined {
                let settler = maker.party(Role::Settler, SETTLER).map_err(|e| e.to_string())?;
                shop.settles = Some(settler.id());
            }
            Ok(())
        })?;
        let bureau = Arc::new(Bureau::new(
            world.keys_of(Role::Bureau, "Credit Bureau")?,
            world.desk()?,
        ));
        let mut config = ApproverConfig::new(currency);
        config.bank = Some(world.bank());
        config.bureau = Some(Party::id(&*bureau));
        set(&mut config);
        let keys = world.keys_of(Role::Approver, "Minato Mobile")?;
        let approver = Arc::new(Approver::new(keys, world.desk()?, config));
        world.welcome("bureau", bureau.clone(), bureau.certificate(), |_| BTreeMap::new())?;
        let reader = approver.clone();
        let figures = move |view: &mut dyn store::View| reader.figures(view).unwrap_or_default();
        world.welcome("approver", approver.clone(), approver.certificate(), figures)?;
        let settler = if combined {
            None
        } else {
            let keys = world.keys_of(Role::Settler, SETTLER)?;
            let shops = vec![Party::id(&*world.shop())];
            let server = SettlementServer::new(keys, world.desk()?, settlement, shops);
            let id = Party::id(&server);
            let certificate = server.certificate().to_vec();
            let names = vec![
                (approver.id().to_string(), "approver"),
                (Party::id(&*world.shop()).to_string(), "shop"),
            ];
            let figures = move |view: &mut dyn store::View| readable(&books::sheet(view).unwrap_or_default(), &names);
            world.welcome("settlement", Arc::new(server), &certificate, figures)?;
            Some(id)
        };
        let site = Site {
            id: "localhost".into(),
            origins: vec!["http://localhost".into()],
            name: "Minato Mobile".into(),
        };
        let rules = Rules {
            cost: Cost::TINY,
            ..Rules::usual(site)
        };
        let secret = Secret::new(*seed).derive("gate", &[]);
        Ok(Self {
            world,
            approver,
            bureau,
            settler,
            gate: Arc::new(Gate::new(&secret, rules)),
            drawn: 0,
            user: None,
        })
    }

    /// The number of something done once: the same purpose, the next number.
    pub fn id(&mut self, purpose: &str) -> TransferId {
        self.drawn += 1;
        let hash = seal::hash_parts(&[b"story", purpose.as_bytes(), &self.drawn.to_be_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash.0[..16]);
        TransferId(id)
    }

    /// Work in the approver's own store.
    pub fn at_approver<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Approver, &mut dyn store::Tx) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, String> {
        let approver = self.approver.clone();
        self.world.within(self.approver.id(), move |tx| work(&approver, tx))
    }

    /// Somebody becomes a user of the approver: with a name and a password, a limit, and a file at the bureau.
    pub fn subscribe(&mut self, name: &str, password: &str, limit: i64, good_for: i64) -> Result<UserId, String> {
        let (gate, now) = (self.gate.clone(), self.world.now());
        let hashed = gate.hash(
            &Password::new(password).map_err(|e| e.to_string())?,
            &self.world.seed().part("password"),
        );
        let name = Name::new(name).map_err(|e| e.to_string())?;
        let (seed, limit_id) = (self.world.seed(), self.id("limit"));
        let limit = Money::new(limit, Currency::JPY).map_err(|e| e.to_string())?;
        let file = seed.id("file");
        let user = self.at_approver(move |approver, tx| {
            let id = gate
                .open_account(tx, &name, now, &seed)
                .map_err(|no| Refused::by(&no))?;
            gate.set_password(tx, id, &hashed)?;
            approver.enrol(tx, id, file, now)?;
            approver.set_limit(tx, limit_id, id, limit, now)?;
            Ok(id)
        })?;
        let good = Money::new(good_for, Currency::JPY).map_err(|e| e.to_string())?;
        let bureau = self.bureau.clone();
        self.world.within(
            Party::id(&*self.bureau),
            move |tx| Ok(bureau.note(tx, file, good, now)?),
        )?;
        Ok(user)
    }

    /// Somebody signs in with a name and a password; nothing: it was one of both, and nobody says which.
    pub fn sign_in(&mut self, name: &str, password: &str) -> Result<Option<UserId>, String> {
        let (gate, now) = (self.gate.clone(), self.world.now());
        let name = Name::new(name).map_err(|e| e.to_string())?;
        let source = Source::of(std::net::IpAddr::from([192, 0, 2, 7]));
        let attempt = {
            let gate = gate.clone();
            self.at_approver(move |_, tx| gate.begin(tx, &name, &source, None, now).map_err(|no| Refused::by(&no)))?
        };
        let weighed = attempt.weigh(&gate, &Typed::new(password));
        let seed = self.world.seed();
        let entered = self.at_approver(move |_, tx| Ok(gate.finish(tx, &weighed, now, &seed)?))?;
        Ok(entered.map(|entered| entered.account))
    }

    /// The terminal asks the approver its holder chose.
    pub fn ask(&mut self, holder: &mut Holder, checked: &Checked) -> Result<(ApprovalAsked, RequestId), Stuck> {
        self.put(holder, checked)
    }

    /// What a signed-in user is shown.
    pub fn show(&self, id: RequestId, user: UserId) -> Result<Shown, String> {
        let now = self.world.now();
        self.at_approver(move |approver, tx| Ok(approver.show(tx, id, user, now)?))
    }

    /// A signed-in user agrees; the bureau is asked where it has to be, and waited for.
    pub fn agree(&mut self, id: RequestId, user: UserId, means: Means) -> Result<RequestState, String> {
        let (now, seed) = (self.world.now(), self.world.seed());
        let decided = self.at_approver(move |approver, tx| Ok(approver.approve(tx, id, user, means, now, &seed)?))?;
        if let Decision::Asking(errand) = decided {
            let _ = self.world.carry(self.approver.id(), errand)?;
        }
        for _ in 0..8 {
            let state = self.show(id, user)?.state;
            if !matches!(state, RequestState::Asking(..)) {
                return Ok(state);
            }
            self.world.settle_down();
        }
        Err("nobody decides".to_owned())
    }

    /// The terminal fetches the approval and checks it.
    pub fn fetch(
        &mut self,
        holder: &Holder,
        checked: &Checked,
        asked: &ApprovalAsked,
        id: RequestId,
    ) -> Result<Approved, Stuck> {
        self.take(holder, checked, asked, id)
    }

    /// A whole purchase: asked, agreed to, paid by approval, closed.
    pub fn buy(&mut self, holder: &mut Holder, listing: &Listing, user: UserId) -> Result<(DealId, LicenseId), Stuck> {
        let checked = holder.ask(&mut self.world, listing.number, &listing.sheet)?;
        let (approved, _) = self.permit(holder, &checked, user)?;
        let (deal, pay) = self.commit(holder, &checked, approved)?;
        match holder.finish(&mut self.world, Counterpart::Shop, &pay)? {
            card::Settled::Given {
                license: Some(license), ..
            } => Ok((deal, license)),
            card::Settled::Void { reason, .. } => Err(Stuck::other(reason.code(), reason.text())),
            other => Err(Stuck::other("no-license", &format!("{other:?}"))),
        }
    }

    /// An approval for a quote, from asking to having it.
    pub fn permit(
        &mut self,
        holder: &mut Holder,
        checked: &Checked,
        user: UserId,
    ) -> Result<(Approved, RequestId), Stuck> {
        let (asked, id) = self.ask(holder, checked)?;
        let stuck = |text: String| Stuck::other("approver", &text);
        self.show(id, user).map_err(stuck)?;
        self.agree(id, user, Means::Credit).map_err(stuck)?;
        Ok((self.fetch(holder, checked, &asked, id)?, id))
    }

    /// The card commits to paying by an approval.
    pub fn commit(
        &mut self,
        holder: &mut Holder,
        checked: &Checked,
        approved: Approved,
    ) -> Result<(DealId, Vec<u8>), Stuck> {
        crate::permitting::commit(&self.world, holder, checked, approved)
    }

    /// Time passes, and everybody does what has come due.
    pub fn wait(&mut self, span: units::Span) {
        self.world.wait(span);
        self.world.settle_down();
    }

    /// Notes how somebody pays.
    pub fn set_conduct(&self, user: UserId, conduct: Conduct) -> Result<bool, String> {
        self.at_approver(move |approver, tx| Ok(approver.set_conduct(tx, user, conduct)?))
    }

    /// What the shop noted about a sale that came to nothing.
    pub fn declined(&self, deal: DealId) -> Result<Option<String>, String> {
        let shop = self.world.shop();
        self.world
            .within(Party::id(&*shop.clone()), move |tx| Ok(shop.declined(tx, deal)?))
    }

    /// The parties' steps, where a story drives them itself.
    pub fn carry(&mut self, at: PartyId, errand: party::Errand) -> Result<Step, String> {
        self.world.carry(at, errand)
    }

    /// A figure of the approver's.
    pub fn figure(&mut self, name: &str) -> i64 {
        let books = self.world.books();
        books.get("approver").and_then(|b| b.get(name)).copied().unwrap_or(0)
    }

    /// Where a user stands.
    pub fn standing(&self, user: UserId) -> Result<approver::Account, String> {
        self.at_approver(move |approver, tx| {
            let standing = approver.standing(tx, user)?;
            standing.ok_or_else(|| Refused::from(Fault::Stopped))
        })
    }
}

impl Parties for Approving {
    fn realm(&self) -> seal::Realm {
        self.world.realm()
    }
    fn seller(&self) -> PartyId {
        self.world.seller()
    }
    fn now(&self) -> Moment {
        self.world.now()
    }
    fn certificate(&mut self, role: Role) -> Option<Vec<u8>> {
        self.world.certificate(role)
    }
    fn send(&mut self, to: Counterpart, verb: &str, body: &[u8]) -> Answer {
        self.world.send(to, verb, body)
    }
    fn open_account(&mut self, holder: &str, amount: i64) -> Result<crate::Account, String> {
        self.world.open_account(holder, amount)
    }
    fn publish(&mut self, work: &Work) -> Result<Listing, String> {
        self.world.publish(work)
    }
    fn package(&mut self, listing: &Listing, deal: DealId) -> Result<(package::Header, Vec<u8>), String> {
        self.world.package(listing, deal)
    }
    fn statement(&mut self, token: units::ValueId) -> Result<i64, String> {
        self.world.statement(token)
    }
    fn settle_down(&mut self) {
        self.world.settle_down();
    }
    fn books(&mut self) -> BTreeMap<String, BTreeMap<String, i64>> {
        self.world.books()
    }
    fn audit(&mut self) -> Vec<String> {
        self.world.audit()
    }
}

impl Approving {
    fn joined(&self) -> Result<UserId, String> {
        self.user.ok_or_else(|| "nobody has joined".to_owned())
    }
}

impl Permitting for Approving {
    fn approver(&self) -> PartyId {
        self.approver.id()
    }
    fn settler(&self) -> Option<PartyId> {
        self.settler
    }
    fn join(&mut self, name: &str, password: &str, limit: i64, good_for: i64) -> Result<(), String> {
        self.user = Some(self.subscribe(name, password, limit, good_for)?);
        Ok(())
    }
    fn try_in(&mut self, name: &str, password: &str) -> Result<bool, String> {
        let entered = self.sign_in(name, password)?;
        Ok(entered.is_some() && entered == self.user)
    }
    fn tell_approver(&mut self, verb: &str, body: &[u8]) -> Answer {
        match Verb::ALL.into_iter().find(|v| v.word() == verb) {
            Some(verb) => self.world.tell(self.approver.id(), verb, body),
            None => Answer::Silent,
        }
    }
    fn silence_bureau(&mut self) -> Result<(), String> {
        self.world.hush(Party::id(&*self.bureau), true);
        Ok(())
    }
    fn see(&mut self, id: RequestId) -> Result<Seen, String> {
        let shown = self.show(id, self.joined()?)?;
        Ok(Seen {
            what: shown.what,
            seller: shown.seller,
            amount: shown.amount.to_string(),
            code: shown.code,
        })
    }
    fn say_yes(&mut self, id: RequestId) -> Result<Said, String> {
        match self.agree(id, self.joined()?, Means::Credit)? {
            RequestState::Denied(why) => Ok(Said::Denied(why.code().to_owned(), why.to_string())),
            RequestState::Approved(_) => Ok(Said::Approved),
            other => Err(format!("{other:?}")),
        }
    }
    fn stands(&mut self) -> Result<approver::Account, String> {
        self.standing(self.joined()?)
    }
    fn speaker(&self, who: Speaker) -> Result<party::PartyKeys, String> {
        match (who, self.settler) {
            (Speaker::Stranger, _) => self.world.keys_of(Role::Settler, "Other Settlement"),
            (Speaker::Entitled, Some(_)) => self.world.keys_of(Role::Settler, SETTLER),
            (Speaker::Entitled, None) => self.world.keys_of(Role::Seller, "Lantern Records"),
        }
    }
    fn bill(&mut self) -> Result<Money, String> {
        let user = self.joined()?;
        let owed = self.standing(user)?.owed;
        let (id, now) = (self.id("bill"), self.world.now());
        self.at_approver(move |approver, tx| Ok(approver.bill_paid(tx, id, user, owed, now)?))?;
        Ok(owed)
    }
    fn pay_sellers(&mut self) -> Result<Money, String> {
        let seller = self.settler.unwrap_or(self.world.seller());
        let at = self.approver.id();
        let owed = self.at_approver(move |approver, tx| Ok(approver.owed_to(tx, seller)?))?;
        self.world.pay_in_at(at, owed)?;
        let (id, now) = (self.id("payout"), self.world.now());
        let errand = self.at_approver(move |approver, tx| Ok(approver.pay_out(tx, id, seller, owed, now)?))?;
        let _ = self.carry(at, errand)?;
        let left = self.at_approver(move |approver, tx| Ok(approver.owed_to(tx, seller)?))?;
        if left.is_zero() {
            Ok(owed)
        } else {
            Err(format!("{left} was not paid to the seller"))
        }
    }
    fn why_not(&mut self, deal: DealId) -> Result<Option<String>, String> {
        self.declined(deal)
    }
    fn until_charged(&mut self) {
        self.wait(units::Span::seconds(20));
    }
    fn pass(&mut self, span: units::Span) -> bool {
        self.wait(span);
        true
    }
}
