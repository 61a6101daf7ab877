//! Desk: what the pages of one process share. Keys, codes and shown quotes die with it.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use card::{Checked, RecoveryCode, Want};
use data_encoding::BASE32_NOPAD;
use publisher::{piped::Fenced, read::Readers};
use seal::{Secret, same};
use tokio::sync::watch;
use units::{DealId, Hash, Moment, PartyId, Span};
use zeroize::Zeroizing;

use super::{Teller, seeing::Seeing};
use crate::{
    contacts::AtContacts,
    copies::Copies,
    devices::Devices,
    drive::Drive,
    engine::{BirthPlan, PayRefused, Rhythm, Wallet, came_of, locked},
    home::{Home, HomeRefusal},
    player::{Player, Watch},
};

/// How many quotes are held for their confirm pages.
const QUOTES_MAX: usize = 64;
/// How many browsers may have a page key at once; the oldest goes.
const KEYS_MAX: usize = 32;
/// How many prompts one seller may cause in a minute.
const PROMPTS_MAX: usize = 3;

/// Where this wallet answers, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
}

impl Address {
    /// Of a bound listener.
    pub fn of(at: SocketAddr) -> Self {
        Self { host: at.to_string() }
    }
    /// As the `Host` header has it: the only one that is answered.
    pub fn host(&self) -> &str {
        &self.host
    }
    /// As the `Origin` header has it: the only one that may have effects.
    pub fn origin(&self) -> String {
        format!("http://{}", self.host)
    }
}

/// A wallet with its player.
#[derive(Debug, Clone)]
pub struct Seat {
    pub(super) wallet: Wallet,
    pub(super) player: Player,
}

/// What all requests share.
pub struct Desk {
    address: Address,
    /// Where untrusted content is shown, out of reach of these pages; once it listens.
    content: OnceLock<Address>,
    /// Who reads books and papers, if anybody does.
    readers: OnceLock<Readers>,
    fenced: OnceLock<Fenced>,
    /// The card at the contacts of a smart-card reader, if it was put into one.
    contacts: OnceLock<AtContacts>,
    /// Who opens accounts for a card without one, if anybody does.
    teller: OnceLock<Arc<dyn Teller>>,
    /// Who knows which player and drive are attached, if anybody does.
    devices: OnceLock<Arc<dyn Devices>>,
    copies: OnceLock<Arc<dyn Copies>>,
    drive: Arc<dyn Drive>,
    /// Known to this process only: page keys, codes and form tokens come of it.
    process: Secret,
    token: Secret,
    seat: Mutex<Option<Seat>>,
    /// What a first card would start from.
    pub(super) birth: Option<(Home, BirthPlan)>,
    rhythm: Option<Rhythm>,
    watch: Watch,
    codes: Mutex<VecDeque<String>>,
    keys: Mutex<VecDeque<String>>,
    /// Held while a first card is made.
    bearing: tokio::sync::Mutex<()>,
    born: Mutex<Option<Born>>,
    quotes: Mutex<HashMap<Hash, Checked>>,
    /// The offer a shown quote is for, as its link brought it: so that the same may be asked for in another way.
    sheets: Mutex<HashMap<Hash, Vec<u8>>>,
    /// Quotes that were agreed to here, and their deals: pressing twice pays once.
    paid: tokio::sync::Mutex<HashMap<Hash, DealId>>,
    /// Deals agreed to here that are being finished.
    pub(super) seeing: Seeing,
    /// Forms that moved money, by their own numbers, and where they led.
    moved: tokio::sync::Mutex<HashMap<String, String>>,
    /// Story pages are shown: asked for when this program was started, or never.
    stories: AtomicBool,
    prompts: Mutex<HashMap<PartyId, VecDeque<Moment>>>,
    /// Questions that wait at an approver, by the quote they are about.
    approvals: Mutex<HashMap<Hash, crate::engine::Waiting>>,
    /// Codes that a browser is reading, part by part.
    codes_read: Mutex<HashMap<String, courier::Collecting>>,
    /// The language a browser's reader chose.
    languages: Mutex<HashMap<String, face::Lang>>,
    stopping: watch::Sender<bool>,
}

/// A card that was just made, until somebody goes on from the page that shows its recovery code: a browser in which the button
/// was pressed twice has hung up on that page, and asks for it again.
struct Born {
    /// The form that made it, under this process's secret.
    form: [u8; 32],
    key: String,
    code: RecoveryCode,
}

impl core::fmt::Debug for Desk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Desk({})", self.address.host)
    }
}

fn text(secret: &Secret) -> String {
    BASE32_NOPAD.encode(secret.expose()).to_ascii_lowercase()
}

/// What an agent shows to prove that it can read the token: bound to a nonce of the asker's and to its own address.
pub(crate) fn proof(token: &Secret, nonce: &[u8], host: &str) -> String {
    text(&token.derive("agent/proof", &[nonce, host.as_bytes()]))
}

/// What a client shows to prove the same.
pub(crate) fn bearer(token: &Secret, host: &str) -> String {
    text(&token.derive("agent/bearer", &[host.as_bytes()]))
}

impl Desk {
    /// A desk for a wallet that is open. `rhythm` lets it work in the background; without one it only answers.
    pub fn new(
        wallet: Wallet,
        address: Address,
        rhythm: Option<Rhythm>,
        watch: Watch,
    ) -> Result<Arc<Self>, HomeRefusal> {
        let drive = wallet.drive().clone();
        let token = wallet.home().token(&drive.seed())?;
        wallet.home().announce(address.host())?;
        let desk = Arc::new(Self::around(address, drive, token, None, rhythm, watch));
        desk.seat(wallet);
        Ok(desk)
    }

    /// A desk in a home without a card: its first page makes one.
    pub fn first_start(
        home: Home,
        plan: BirthPlan,
        address: Address,
        drive: Arc<dyn Drive>,
        rhythm: Option<Rhythm>,
        watch: Watch,
    ) -> Result<Arc<Self>, HomeRefusal> {
        let token = home.token(&drive.seed())?;
        home.announce(address.host())?;
        Ok(Arc::new(Self::around(
            address,
            drive,
            token,
            Some((home, plan)),
            rhythm,
            watch,
        )))
    }

    fn around(
        address: Address,
        drive: Arc<dyn Drive>,
        token: Secret,
        birth: Option<(Home, BirthPlan)>,
        rhythm: Option<Rhythm>,
        watch: Watch,
    ) -> Self {
        Self {
            process: Secret::new(*drive.seed().expose()),
            address,
            content: OnceLock::new(),
            readers: OnceLock::new(),
            fenced: OnceLock::new(),
            contacts: OnceLock::new(),
            teller: OnceLock::new(),
            devices: OnceLock::new(),
            copies: OnceLock::new(),
            drive,
            token,
            seat: Mutex::default(),
            birth,
            rhythm,
            watch,
            codes: Mutex::default(),
            keys: Mutex::default(),
            bearing: tokio::sync::Mutex::default(),
            born: Mutex::default(),
            quotes: Mutex::default(),
            sheets: Mutex::default(),
            paid: tokio::sync::Mutex::default(),
            seeing: Seeing::default(),
            moved: tokio::sync::Mutex::default(),
            stories: AtomicBool::new(false),
            prompts: Mutex::default(),
            approvals: Mutex::default(),
            codes_read: Mutex::default(),
            languages: Mutex::default(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Seats a wallet and lets it work.
    pub(super) fn seat(&self, wallet: Wallet) {
        if let Some(port) = self.address.host().rsplit(':').next().and_then(|p| p.parse().ok()) {
            wallet.set_door(port);
        }
        if let Some(devices) = self.devices.get() {
            wallet.attach(devices.clone());
        }
        let player = Player::new(wallet.clone(), self.watch.clone());
        *locked(&self.seat) = Some(Seat {
            wallet: wallet.clone(),
            player,
        });
        if let Some(rhythm) = self.rhythm {
            let mut stopping = self.stopping.subscribe();
            tokio::spawn(async move {
                // Ends when it is told, or when the desk is gone.
                let stop = async { drop(stopping.wait_for(|stop| *stop).await) };
                wallet.run(rhythm, stop).await;
            });
        }
    }

    /// Ends the background work. Whatever is unfinished goes on at the next start.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// The wallet and its player, once there is a card.
    pub(super) fn open(&self) -> Option<Seat> {
        locked(&self.seat).clone()
    }
    /// The wallet, once there is a card.
    pub fn wallet(&self) -> Option<Wallet> {
        self.open().map(|s| s.wallet)
    }
    /// Where it answers.
    pub const fn address(&self) -> &Address {
        &self.address
    }
    /// Where untrusted content is shown; nowhere before [`serve`](super::serve) listens for it.
    pub(super) fn content(&self) -> Option<&Address> {
        self.content.get()
    }
    pub(super) fn set_content(&self, address: Address) {
        // Who listens twice keeps the first: addresses of the second would not be answered.
        let _ = self.content.set(address);
    }
    /// Books and papers are read by these from now on. Without them their pages say that they cannot be shown.
    pub fn read_with(&self, readers: Readers) {
        let _ = self.readers.set(readers);
    }
    /// Films are converted behind a fence by these from now on. Without them none is.
    pub fn convert_with(&self, fenced: Fenced) {
        let _ = self.fenced.set(fenced);
    }
    pub(super) fn fenced(&self) -> Option<&Fenced> {
        self.fenced.get()
    }
    /// A card without an account gets one from this teller when it loads, from now on.
    pub fn open_accounts_with(&self, teller: Arc<dyn Teller>) {
        let _ = self.teller.set(teller);
    }
    pub(super) fn teller(&self) -> Option<&dyn Teller> {
        self.teller.get().map(AsRef::as_ref)
    }
    pub(super) fn readers(&self) -> Option<&Readers> {
        self.readers.get()
    }
    /// Who finds the player and the drive that licenses are bound to: of the card that is here, and of one made later.
    pub fn attach(&self, devices: Arc<dyn Devices>) {
        if let Some(wallet) = self.wallet() {
            wallet.attach(devices.clone());
        }
        let _ = self.devices.set(devices);
    }
    /// Media are copied, and copies played, by this driver from now on. Without one, their page says that none can be.
    pub fn copy_with(&self, copies: Arc<dyn Copies>) {
        let _ = self.copies.set(copies);
    }
    pub(super) fn copies(&self) -> Option<&Arc<dyn Copies>> {
        self.copies.get()
    }
    /// The card was put into a reader: what terminals ask of it there, its holder agrees to on these pages.
    pub fn sits(&self, contacts: AtContacts) {
        let _ = self.contacts.set(contacts);
    }
    pub(super) fn contacts(&self) -> Option<&AtContacts> {
        self.contacts.get()
    }
    pub(super) fn now(&self) -> Moment {
        self.drive.now()
    }

    /// A new one-time code for a browser, and the address to open with it. The code stands behind the `#`, so it reaches no
    /// server and no log.
    pub fn invite(&self) -> String {
        let code: String = text(&Secret::new(*self.drive.seed().expose()))
            .chars()
            .take(16)
            .collect();
        let mut codes = locked(&self.codes);
        if codes.len() >= KEYS_MAX {
            codes.pop_front();
        }
        codes.push_back(code.clone());
        format!("{}/#{code}", self.address.origin())
    }

    /// Takes a code, once, and gives a page key for it.
    pub(super) fn admit(&self, code: &str) -> Option<String> {
        let mut codes = locked(&self.codes);
        let found = codes.iter().position(|c| same(c.as_bytes(), code.trim().as_bytes()))?;
        codes.remove(found);
        drop(codes);
        let key = text(&Secret::new(*self.drive.seed().expose()));
        let mut keys = locked(&self.keys);
        if keys.len() >= KEYS_MAX {
            keys.pop_front();
        }
        keys.push_back(key.clone());
        Some(key)
    }

    /// One first card at a time.
    pub(super) async fn bearing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.bearing.lock().await
    }
    /// Keeps what the page of a first card says, with the code and the PIN that it was made by.
    pub(super) fn keep_born(&self, by: [&str; 2], key: &str, code: &RecoveryCode) {
        *locked(&self.born) = Some(Born {
            form: self.form_of(by),
            key: key.to_owned(),
            code: code.clone(),
        });
    }
    /// The page key and the recovery code of the card that was made by these, as long as nobody has gone on.
    pub(super) fn born(&self, by: [&str; 2]) -> Option<(String, RecoveryCode)> {
        let form = self.form_of(by);
        let born = locked(&self.born);
        let born = born.as_ref().filter(|born| same(&born.form, &form))?;
        Some((born.key.clone(), born.code.clone()))
    }
    fn form_of(&self, [code, pin]: [&str; 2]) -> [u8; 32] {
        seal::mac(&self.process, &[b"birth", code.trim().as_bytes(), &[0], pin.as_bytes()])
    }

    /// Is this a code that was not used yet?
    pub(super) fn has_code(&self, code: &str) -> bool {
        let codes = locked(&self.codes);
        codes.iter().any(|c| same(c.as_bytes(), code.trim().as_bytes()))
    }
    /// A realm for trying things out?
    pub(super) fn is_dev(&self) -> bool {
        let planned = || self.birth.as_ref().is_some_and(|(_, plan)| plan.is_dev());
        self.wallet().map_or_else(planned, |wallet| wallet.is_dev())
    }

    pub(super) fn knows(&self, key: &str) -> bool {
        let known = locked(&self.keys).iter().any(|k| same(k.as_bytes(), key.as_bytes()));
        if known {
            // Whoever goes on has seen the page of his first card.
            locked(&self.born).take();
        }
        known
    }

    /// Takes one text of a code that this browser shows to its camera.
    pub(super) fn collect(&self, key: &str, text: &str) -> Result<courier::Progress, courier::PartRefusal> {
        let mut read = locked(&self.codes_read);
        if read.len() >= KEYS_MAX && !read.contains_key(key) {
            read.clear();
        }
        read.entry(key.to_owned()).or_default().take(text)
    }

    /// The language its reader chose, if he did.
    pub(super) fn language(&self, key: &str) -> Option<face::Lang> {
        let chosen = locked(&self.languages).get(key).copied();
        chosen.or_else(|| self.home().and_then(|home| home.language()))
    }
    fn home(&self) -> Option<Home> {
        let born = self.wallet().map(|wallet| wallet.home().clone());
        born.or_else(|| self.birth.as_ref().map(|(home, _)| home.clone()))
    }
    pub(super) fn set_language(&self, key: &str, lang: face::Lang) {
        let mut languages = locked(&self.languages);
        if languages.len() >= KEYS_MAX {
            languages.clear();
        }
        languages.insert(key.to_owned(), lang);
        drop(languages);
        if let Some(home) = self.home() {
            home.keep_language(lang);
        }
    }

    /// A number that one drawing of a form carries, so that pressing it twice is known.
    pub(super) fn form_number(&self) -> String {
        text(&Secret::new(*self.drive.seed().expose()))
            .chars()
            .take(26)
            .collect()
    }
    /// The form of this number, when nobody else is at work on any.
    pub(super) async fn moved(&self, once: &str) -> Moved<'_> {
        Moved {
            once: once.chars().take(64).collect(),
            all: self.moved.lock().await,
        }
    }
    /// Shows story pages at `/stories` from now on: every page in every state, with made-up figures and nothing of the card.
    pub fn show_stories(&self) {
        self.stories.store(true, Ordering::Relaxed);
    }
    /// Are they shown?
    pub(super) fn shows_stories(&self) -> bool {
        self.stories.load(Ordering::Relaxed)
    }

    /// The token that forms of one page key carry.
    pub(super) fn form_token(&self, key: &str) -> String {
        text(&self.process.derive("form", &[key.as_bytes()]))
    }

    pub(super) fn proof(&self, nonce: &[u8]) -> String {
        proof(&self.token, nonce, self.address.host())
    }
    pub(super) fn is_bearer(&self, shown: &str) -> bool {
        same(bearer(&self.token, self.address.host()).as_bytes(), shown.as_bytes())
    }

    /// Counts a prompt of this seller. `false`: too many in a minute.
    pub(super) fn may_prompt(&self, seller: PartyId) -> bool {
        let now = self.now();
        let mut prompts = locked(&self.prompts);
        prompts.retain(|_, times| times.back().is_some_and(|at| now.since(*at) < Span::minutes(1)));
        let times = prompts.entry(seller).or_default();
        times.retain(|at| now.since(*at) < Span::minutes(1));
        if times.len() >= PROMPTS_MAX {
            return false;
        }
        times.push_back(now);
        true
    }

    /// The holder agreed to a prompt of this seller: whoever buys three songs in a minute is not being pressed.
    pub(super) fn wanted_prompt(&self, seller: PartyId) {
        locked(&self.prompts).remove(&seller);
    }

    /// Keeps a quote for its confirm page.
    pub(super) fn keep_quote(&self, checked: Checked) -> Hash {
        let (hash, now) = (checked.hash(), self.now());
        let mut quotes = locked(&self.quotes);
        quotes.retain(|_, c| c.quote().until >= now);
        if quotes.len() >= QUOTES_MAX {
            quotes.clear();
        }
        quotes.insert(hash, checked);
        hash
    }
    /// The same, with the offer it is for.
    pub(super) fn keep_quote_of(&self, checked: Checked, sheet: Vec<u8>) -> Hash {
        let mut sheets = locked(&self.sheets);
        if sheets.len() >= QUOTES_MAX {
            sheets.clear();
        }
        sheets.insert(checked.hash(), sheet);
        drop(sheets);
        self.keep_quote(checked)
    }
    /// The offer that a quote shown here is for.
    pub(super) fn sheet(&self, quote: Hash) -> Option<Vec<u8>> {
        locked(&self.sheets).get(&quote).cloned()
    }
    /// Keeps a question that waits at an approver, as long as its quote.
    pub(super) fn keep_waiting(&self, quote: Hash, waiting: crate::engine::Waiting) {
        let mut approvals = locked(&self.approvals);
        if approvals.len() >= QUOTES_MAX {
            approvals.clear();
        }
        approvals.insert(quote, waiting);
    }
    /// The question about this quote, if one waits.
    pub(super) fn waiting(&self, quote: Hash) -> Option<crate::engine::Waiting> {
        locked(&self.approvals).get(&quote).cloned()
    }
    pub(super) fn quote(&self, hash: Hash) -> Option<Checked> {
        locked(&self.quotes).get(&hash).cloned()
    }

    /// Commits to a quote that was shown, once: whoever presses again is given the deal of the first time. `None`: no such
    /// quote was shown here.
    pub(super) async fn pay_once(
        self: &Arc<Self>,
        wallet: &Wallet,
        hash: Hash,
        pin: String,
        want: Want,
    ) -> Option<Result<DealId, PayRefused>> {
        let (desk, wallet, pin) = (self.clone(), wallet.clone(), Zeroizing::new(pin));
        // Its own task: a browser in which a button is pressed twice hangs up on the first, and what that one paid must be
        // known to the second.
        came_of(tokio::spawn(
            async move { desk.commit_once(&wallet, hash, pin, want).await },
        ))
        .await
    }

    async fn commit_once(
        &self,
        wallet: &Wallet,
        hash: Hash,
        pin: Zeroizing<String>,
        want: Want,
    ) -> Option<Result<DealId, PayRefused>> {
        let mut paid = self.paid.lock().await;
        if let Some(deal) = paid.get(&hash) {
            return Some(Ok(*deal));
        }
        let checked = self.quote(hash)?;
        let committed = wallet.commit(&checked, Some(pin), want).await;
        if let Ok(deal) = &committed {
            if paid.len() >= QUOTES_MAX {
                paid.clear();
            }
            paid.insert(hash, *deal);
            locked(&self.quotes).remove(&hash);
        }
        Some(committed)
    }
}

/// A form of which nobody else is at work.
pub(super) struct Moved<'a> {
    once: String,
    all: tokio::sync::MutexGuard<'a, HashMap<String, String>>,
}

impl Moved<'_> {
    /// Where it led when it was pressed before.
    pub(super) fn led(&self) -> Option<String> {
        self.all.get(&self.once).cloned()
    }
    /// It is done, and leads there from now on.
    pub(super) fn leads(&mut self, to: &str) {
        if self.once.is_empty() {
            return;
        }
        if self.all.len() >= QUOTES_MAX {
            self.all.clear();
        }
        self.all.insert(self.once.clone(), to.to_owned());
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop();
    }
}
