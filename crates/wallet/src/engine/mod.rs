//! The engine: one card, driven. It asks, pays, settles and reports over a carrier, and goes on by itself after any cut.
//!
//! Every step of the card is made in [`Wallet::on_card`]: one at a time, away from the threads that serve others (a write
//! waits for the disk, a PIN check is meant to be slow). What a step lets out is sent after it is durable, and asked for
//! again for ever: the card's own records are the only list of what is unfinished.

mod agree;
mod approval;
mod background;
mod birth;
mod cash;
mod contact;
mod escrow;
mod hand;
mod limits;
mod loan;
mod lost;
mod medium;
mod money;
mod pay;
mod promised;
mod quote;
mod reach;
mod refund;
mod relay;
mod sellers;
mod show;
mod support;
mod telephone;
mod unlock;
mod vouchers;

pub use agree::{Agreement, WayToPay};
pub use approval::{ApprovalRefused, Approver, Waiting};
pub use background::Rhythm;
pub use birth::{BirthPlan, BirthRefused, EnrolRefused};
pub use cash::{Centre, order_of as cash_order};
pub use contact::ContactRefused;
pub use escrow::{Carried, CollectRefused, Collected, OfTitle, WentHome};
pub use hand::{
    Arrived, Crossing, Gave, Handing, HandingWay, MeetRefused, Met, Notice, OfferRefused, Offered, Reply, Ride, Side,
    TakeRefused, Unlocking,
};
pub use loan::{
    Borrowing, LoanHeard, LoanNews, LoanRefused, LoanWant, Loaned, Mate, PAIRING, PlayerBirthRefused, PlayerPlan,
};
pub use lost::{LossNow, LostRefused};
pub use medium::{MediumRefused, takes_media};
pub use money::MoneyRefused;
pub use pay::{Outcome, Patience, PayRefused};
pub use promised::Promise;
pub use quote::{Question, QuoteRefused};
pub use refund::RefundRefused;
pub use sellers::{LookRefused, Neighbour};
pub use show::{Overview, Shelf, UnderWay};
pub use support::{Draft, HelpWanted, Sent, SupportRefused, Told};
pub use telephone::{ByBill, ChargeUnsaid, CreditNow, Due, Payer, PayerRefused, by_bill};
pub use unlock::in_cash;
pub use vouchers::CodeRefused;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use card::{Card, Fault, PinRefusal, RecoveryCode};
use seal::{Class, Realm, Seed, role};
use tokio::sync::Notify;
use units::{Again, DealId, LicenseId, Moment, PartyId, Refusal};
use zeroize::Zeroizing;

use crate::{
    carry::{Carrier, HttpCarrier},
    drive::{Drive, Os},
    home::{FileJournal, Home, HomeRefusal, PutBack},
    packages::Packages,
};

pub(crate) type TheCard = Card<FileJournal>;

/// One card and everything its holder does with it. Cheap to clone: all clones are the same wallet.
#[derive(Clone)]
pub struct Wallet(Arc<Inner>);

/// The realm of the one-command start, where anybody may know the keys.
const DEV: &str = "dev";

struct Inner {
    dev: bool,
    /// A player's card, and no holder's.
    player: bool,
    home: Home,
    card: Arc<tokio::sync::Mutex<TheCard>>,
    carrier: Arc<dyn Carrier>,
    drive: Arc<dyn Drive>,
    class: Class,
    patience: Patience,
    put_back: Mutex<Option<PutBack>>,
    /// What came of deals, as long as this process lives; the card's history knows it for good.
    outcomes: Mutex<HashMap<DealId, Outcome>>,
    /// Licenses whose signatures were checked since the start.
    checked: Mutex<HashMap<LicenseId, Arc<license::License>>>,
    /// One contact, one delivery of `done`s at a time.
    contacting: tokio::sync::Mutex<()>,
    delivering: tokio::sync::Mutex<()>,
    /// One collection at a time.
    collecting: tokio::sync::Mutex<()>,
    /// One round of charges at a time.
    charging: tokio::sync::Mutex<()>,
    /// Whom payers said they do not pay for, and when they were asked; without a time they are to be asked again.
    not_paid: Mutex<HashMap<PartyId, (Option<Moment>, deal::enterprise::NotPaid)>>,
    /// Hand-overs with other cards.
    hands: hand::Hands,
    /// Loans between paired devices.
    loans: loan::Loans,
    /// What went home since the start.
    went_home: Mutex<Vec<WentHome>>,
    /// What publishers promise for bringing fares home, as it was heard last.
    promised: Mutex<promised::Heard>,
    /// Was the issuer silent when it was asked last?
    offline: std::sync::atomic::AtomicBool,
    stir: Notify,
    /// What the recovery copy held that the issuer was left since the start.
    kept: Mutex<Option<units::Hash>>,
    packages: Packages,
    /// Who knows which player and drive are attached, if anybody does.
    devices: std::sync::OnceLock<Arc<dyn crate::devices::Devices>>,
    /// When sellers were last asked for later versions of what is held.
    looked: Mutex<HashMap<LicenseId, Moment>>,
    /// Listens for shops near by, while its holder wants that.
    lookout: Mutex<Option<Arc<crate::carry::Lookout>>>,
    /// Requests to support desks that were shown and not agreed to: gone with the process.
    drafts: Mutex<std::collections::VecDeque<Draft>>,
}

impl core::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Wallet({})", self.0.home.root().display())
    }
}

/// Why a wallet does not open its card. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum OpenRefused {
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeRefusal),
    /// What the card wrote cannot be read.
    #[error(transparent)]
    Damaged(#[from] card::Damaged),
    /// Networks cannot be used at all.
    #[error("this program cannot use the network: {0}")]
    Network(String),
}

impl Refusal for OpenRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Home(e) => e.code(),
            Self::Damaged(e) => e.code(),
            Self::Network(_) => "network-unusable",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// The memory was put back from an older copy; until the issuer has seen it, this card makes no deals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this card was put back from a copy (it ends at step {}, it had been at {}): it plays, but makes no deals until it has been online once",
    .0.found, .0.written
)]
pub struct WasPutBack(pub PutBack);

impl Refusal for WasPutBack {
    fn code(&self) -> &'static str {
        "card-put-back"
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is replaced whole, so a panic elsewhere leaves it as it was.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a task came to. Its panic is passed on.
pub(crate) async fn came_of<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The program is ending and took the step back before it began.
            Err(_) => std::future::pending().await,
        },
    }
}

impl Wallet {
    /// Wakes the card in `home` and reaches parties over HTTP, with the system's clock and randomness.
    pub async fn open(home: Home) -> Result<Self, OpenRefused> {
        let (cache, relay) = (home.directory(), home.relay());
        let http = move |realm: &Realm| {
            let carrier =
                HttpCarrier::new(realm.clone(), Some(cache)).map_err(|e| OpenRefused::Network(e.to_string()))?;
            let over = relay.and_then(|relay| carrier.over(relay.as_ref()));
            over.map_err(|e| OpenRefused::Network(e.to_string()))?;
            Ok(Arc::new(carrier) as Arc<dyn Carrier>)
        };
        let wallet = Self::open_with(home, Arc::new(Os), Patience::default(), http).await?;
        wallet.look_as_chosen().await;
        Ok(wallet)
    }

    /// The same over another carrier, clock and randomness.
    pub async fn open_with(
        home: Home,
        drive: Arc<dyn Drive>,
        patience: Patience,
        carrier: impl FnOnce(&Realm) -> Result<Arc<dyn Carrier>, OpenRefused>,
    ) -> Result<Self, OpenRefused> {
        let opened = home.open()?;
        let put_back = opened.put_back;
        let card = Card::wake(&opened.master, &opened.snapshot, &opened.records, opened.journal)?;
        let carrier = carrier(&card.image().realm)?;
        Ok(Self::around(
            card,
            &opened.master,
            home,
            carrier,
            drive,
            patience,
            put_back,
        ))
    }

    fn around(
        card: TheCard,
        master: &seal::Secret,
        home: Home,
        carrier: Arc<dyn Carrier>,
        drive: Arc<dyn Drive>,
        patience: Patience,
        put_back: Option<PutBack>,
    ) -> Self {
        let packages = Packages::new(home.packages(), master);
        Self(Arc::new(Inner {
            dev: card.image().realm.name == DEV,
            player: card.is_player(),
            home,
            card: Arc::new(tokio::sync::Mutex::new(card)),
            carrier,
            drive,
            class: Class::Software,
            patience,
            put_back: Mutex::new(put_back),
            outcomes: Mutex::default(),
            checked: Mutex::default(),
            contacting: tokio::sync::Mutex::default(),
            delivering: tokio::sync::Mutex::default(),
            collecting: tokio::sync::Mutex::default(),
            charging: tokio::sync::Mutex::default(),
            not_paid: Mutex::default(),
            hands: hand::Hands::default(),
            loans: loan::Loans::default(),
            went_home: Mutex::default(),
            promised: Mutex::default(),
            offline: std::sync::atomic::AtomicBool::new(false),
            stir: Notify::new(),
            kept: Mutex::default(),
            packages,
            devices: std::sync::OnceLock::new(),
            looked: Mutex::default(),
            lookout: Mutex::default(),
            drafts: Mutex::default(),
        }))
    }

    /// One step of the card: alone, and off the threads that serve others.
    pub(crate) async fn on_card<T: Send + 'static>(&self, step: impl FnOnce(&mut TheCard) -> T + Send + 'static) -> T {
        let mut card = self.0.card.clone().lock_owned().await;
        came_of(tokio::task::spawn_blocking(move || step(&mut card))).await
    }

    /// One step of the card from a thread that may wait.
    pub(crate) fn on_card_here<T>(&self, step: impl FnOnce(&mut TheCard) -> T) -> T {
        step(&mut self.0.card.blocking_lock())
    }

    /// This wallet, for somebody who shall not keep it from ending.
    pub(crate) fn while_it_lives(&self) -> impl Fn() -> Option<Self> + Send + Sync + 'static {
        let inner = Arc::downgrade(&self.0);
        move || inner.upgrade().map(Self)
    }

    pub(crate) fn now(&self) -> Moment {
        self.0.drive.now()
    }
    pub(crate) fn seed(&self) -> Seed {
        self.0.drive.seed()
    }
    /// Is this a card of the realm for trying things out? Its pages say so.
    pub fn is_dev(&self) -> bool {
        self.0.dev
    }
    /// Where it lives.
    pub fn home(&self) -> &Home {
        &self.0.home
    }
    /// Clock and randomness.
    pub fn drive(&self) -> &Arc<dyn Drive> {
        &self.0.drive
    }
    /// The way to parties.
    pub fn carrier(&self) -> &Arc<dyn Carrier> {
        &self.0.carrier
    }
    /// Sealed files of works.
    pub fn packages(&self) -> &Packages {
        &self.0.packages
    }
    /// When sellers were last asked for later versions.
    pub(crate) fn looked(&self) -> MutexGuard<'_, HashMap<LicenseId, Moment>> {
        locked(&self.0.looked)
    }
    /// Set while the memory is an older copy that the issuer has not seen yet.
    pub fn put_back(&self) -> Option<WasPutBack> {
        locked(&self.0.put_back).map(WasPutBack)
    }
    /// This wallet's own door on loopback is at this port: answers to letters come there.
    pub fn set_door(&self, port: u16) {
        self.0.hands.post.set_door(port);
    }
    /// Players ask this wallet at least this often for what is lent from now on and plays only while it answers (ST-23).
    pub async fn ask_players_every(&self, every: units::Span) {
        self.on_card(move |card| card.ask_players_every(every)).await;
    }
    /// The id of the card's realm.
    pub async fn realm_id(&self) -> [u8; 16] {
        self.on_card(|card| card.realm().0).await
    }
    /// Was nobody there when the issuer was asked last? Normal, and said in a small label.
    pub fn is_offline(&self) -> bool {
        self.0.offline.load(std::sync::atomic::Ordering::Relaxed)
    }
    pub(crate) fn note_offline(&self, offline: bool) {
        self.0.offline.store(offline, std::sync::atomic::Ordering::Relaxed);
    }
    /// Wakes the background work: something has changed.
    pub(crate) fn stir(&self) {
        self.0.stir.notify_one();
    }

    /// The issuer of this card's money.
    pub async fn issuer(&self) -> Option<PartyId> {
        let enrolled = self
            .on_card(|card| {
                let issuer = card.trust().check_ever::<role::Issuer>(&card.image().issuer).ok()?;
                Some(PartyId(issuer.subject()))
            })
            .await;
        enrolled.or_else(|| birth::chosen_issuer(&self.0.home))
    }

    /// Changes the PIN.
    pub async fn change_pin(&self, old: &str, new: &str) -> Result<(), PinRefusal> {
        let (old, new, seed) = (
            Zeroizing::new(old.to_owned()),
            Zeroizing::new(new.to_owned()),
            self.seed(),
        );
        self.on_card(move |card| card.change_pin(&old, &new, &seed)).await
    }

    /// Unblocks with the recovery code, and sets a new PIN.
    pub async fn unblock(&self, code: &RecoveryCode, new: &str) -> Result<(), PinRefusal> {
        let (code, new, seed) = (code.clone(), Zeroizing::new(new.to_owned()), self.seed());
        self.on_card(move |card| card.unblock(&code.0, &new, &seed)).await
    }

    /// How keys and unique packages that come from now on are kept: opened, or as they came (XD-6, XD-7).
    pub async fn keep(&self, keeping: card::Keeping) -> Result<(), Fault> {
        let seed = self.seed();
        self.on_card(move |card| card.keep_keys(keeping, &seed)).await
    }

    /// The card's two words, for its own pages only.
    pub async fn words(&self) -> String {
        self.on_card(|card| card.words()).await
    }
}
