//! Config: everything one party needs to be started. Secrets come from files that only their owner can read, never from the
//! command line or the environment (docs/threats.md, rule 27).

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use seal::{Realm, Secret, cbor};
use serde::Deserialize;
use units::{Again, Hash, Money, PartyId, Refusal};

use crate::{
    copying::LinkFiles,
    frame::{Clock, bind::TlsFiles, rate::Pace},
    source::Source,
};

/// Which party this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Certifies parties and says where they answer; runs the realm's clock.
    Registry,
    /// Keeps accounts.
    Bank,
    /// Makes money and cards' certificates.
    Issuer,
    /// Sells.
    Shop,
    /// Collects fares for publishers.
    Collector,
    /// Helps holders, and unlocks locked copies.
    Support,
    /// A cash machine: takes fares before and after the holder's banking.
    Atm,
    /// A shop's counter: takes fares for a rebate, and beside other applications of the card.
    Counter,
    /// A kiosk: takes fares.
    Kiosk,
    /// Permits purchases of people it knows.
    Approver,
    /// Answers the approver whether a person pays.
    Bureau,
    /// Settles for shops what was approved.
    Settlement,
    /// Pays for its subscribers, and bills them with their telephone.
    Carrier,
    /// Says of enterprises whether they are trusted.
    #[serde(rename = "trust-registry")]
    TrustRegistry,
    /// Keeps sealed works, and gives them to whoever asks.
    Content,
    /// Manages copies from media. Not on the internet: it answers gateways over a private link.
    Copying,
    /// Stands between players and copy management.
    Gateway,
    /// A deposit machine: takes cash and loads it onto cards.
    Deposit,
    /// A vending machine: a shop with slots.
    Vending,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Registry,
        Self::Bank,
        Self::Issuer,
        Self::Shop,
        Self::Collector,
        Self::Support,
        Self::Atm,
        Self::Counter,
        Self::Kiosk,
        Self::Approver,
        Self::Bureau,
        Self::Settlement,
        Self::Carrier,
        Self::TrustRegistry,
        Self::Content,
        Self::Copying,
        Self::Gateway,
        Self::Deposit,
        Self::Vending,
    ];
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Bank => "bank",
            Self::Issuer => "issuer",
            Self::Shop => "shop",
            Self::Collector => "collector",
            Self::Support => "support",
            Self::Atm => "atm",
            Self::Counter => "counter",
            Self::Kiosk => "kiosk",
            Self::Approver => "approver",
            Self::Bureau => "bureau",
            Self::Settlement => "settlement",
            Self::Carrier => "carrier",
            Self::TrustRegistry => "trust-registry",
            Self::Content => "content",
            Self::Copying => "copying",
            Self::Gateway => "gateway",
            Self::Deposit => "deposit",
            Self::Vending => "vending",
        }
    }
}

/// A party's secret with its certificate.
#[derive(Debug)]
pub struct Keys {
    /// The secret everything else is derived from.
    pub secret: Secret,
    /// The certificate of its keys.
    pub certificate: Vec<u8>,
}

/// Settings of a shop or collector.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selling {
    /// The money issuer that honours slips.
    #[serde(with = "text")]
    pub issuer: Option<PartyId>,
    /// What the shop keeps of other publishers' sales, in thousandths of the price without tax.
    pub commission_permille: u16,
    /// For whom a collector collects.
    #[serde(with = "texts")]
    pub payees: Vec<PartyId>,
    /// Up to this a sale is made when the issuer is silent: "JPY 100". Nothing: never.
    #[serde(with = "text")]
    pub floor_limit: Option<Money>,
    /// Room for sealed packages, in bytes.
    pub shelf_bytes: Option<u64>,
    /// The settlement server that settles what was approved; without one the shop settles itself.
    #[serde(with = "text")]
    pub settles: Option<PartyId>,
    /// The content server that keeps its packages: it sells keys alone, and no file lies here. Nothing: it keeps them itself.
    #[serde(with = "text")]
    pub content: Option<PartyId>,
    /// Wallets on its own local network find this shop and need no other way to it (PA-12). It then has a second door, for
    /// messages and the shelf alone.
    pub near: bool,
    /// The port its beacons go to. Nothing: where every wallet listens.
    pub near_port: Option<u16>,
    /// The bank that tells what came into its account; with it the shop sells against charges.
    #[serde(with = "text")]
    pub bank: Option<PartyId>,
    /// After so many days a sale against a charge is shown, if its money has not come. Nothing: 45.
    pub overdue_days: Option<u64>,
    /// May publishers have events sent to this very machine, also by plain http? Nothing: only where the shop itself stands on
    /// loopback, for nobody else reaches such an address.
    pub hooks_here: Option<bool>,
    /// May they have events sent into a private network? What answers there then hears whatever a publisher makes this shop post.
    pub hooks_private: bool,
    /// A file of certificates (PEM) that publishers' own addresses are trusted by, beside the system's.
    pub hook_roots: Option<PathBuf>,
    /// What a publisher gives for fares that come by ways it wants (collector).
    pub rebates: Vec<RebateLine>,
    /// File with the publisher's own secret (collector): opens what cards seal to it about their purchases.
    pub publisher_secret: Option<PathBuf>,
    /// File with the certificate of those keys.
    pub publisher_certificate: Option<PathBuf>,
}

/// For how many days a party keeps what is about people and is in no book. `/data` shows it; a sweep applies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keeping {
    /// The number by which a shop knows the buyer of a sale again, and answers that were said again. Nothing: until a buyer has
    /// it taken out.
    pub buyers_days: Option<u64>,
    /// Secrets of packages made for one buyer, after the sale is done (shop).
    pub secrets_days: u64,
    /// Files and drafts that nobody publishes (shop).
    pub drafts_days: u64,
    /// Accounts of people who have no role any more (shop).
    pub people_days: u64,
    /// What publishers' own programs were told, and whether they heard it (shop).
    pub hooks_days: u64,
    /// Words and playback logs of requests for help (support centre).
    pub help_days: u64,
    /// The recovery copy of a lost card, after its money has followed (issuer).
    pub lost_days: u64,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            buyers_days: None,
            secrets_days: 90,
            drafts_days: 90,
            people_days: 180,
            hooks_days: 30,
            help_days: 90,
            lost_days: 400,
        }
    }
}

impl Keeping {
    /// For how long such records are kept, if they are kept for a time; inside: nothing, when none is set.
    pub fn days(&self, record: party::care::Record) -> Option<u64> {
        use party::care::Record;
        match record {
            Record::Sales | Record::Reissues => self.buyers_days,
            Record::Secrets => Some(self.secrets_days),
            Record::Drafts => Some(self.drafts_days),
            Record::People => Some(self.people_days),
            Record::Hooks => Some(self.hooks_days),
            Record::Help => Some(self.help_days),
            Record::Losses => Some(self.lost_days),
            _ => None,
        }
    }
}

/// How an approver decides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approving {
    /// The bank that keeps its account.
    #[serde(with = "text")]
    pub bank: Option<PartyId>,
    /// The bureau it asks before it gives credit; without one it asks nobody.
    #[serde(with = "text")]
    pub bureau: Option<PartyId>,
    /// How long it waits for the bureau, if not as usual.
    pub wait_seconds: Option<u64>,
    /// Its part of every sale, in thousandths, if not as usual.
    pub part_permille: Option<u16>,
    /// Up to this for one user it goes without a silent bureau, and up to the next for all; without both: not at all.
    #[serde(with = "text")]
    pub unasked_each: Option<Money>,
    /// See there.
    #[serde(with = "text")]
    pub unasked_all: Option<Money>,
    /// What costs more than this can be used only after half an hour.
    #[serde(with = "text")]
    pub pause_above: Option<Money>,
    /// How many questions are shown to one user within a minute, if not as usual.
    pub prompts_a_minute: Option<u32>,
    /// A bureau is asked about the next whole multiple of so many minor units, if not as usual; 1: about the very amount.
    pub inquiry_step: Option<u32>,
    /// Hash passwords cheaply, for tests.
    #[serde(skip)]
    pub cheap_passwords: bool,
}

/// How approved sales are settled (settlement server, shop).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settling {
    /// The shops a settlement server works for.
    #[serde(with = "texts")]
    pub shops: Vec<PartyId>,
    /// How long to wait for permission, if not as usual.
    pub wait_seconds: Option<u64>,
    /// Give only after the approver has charged the user.
    pub after_charge: bool,
}

/// How a carrier pays and bills.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Charging {
    /// The bank that keeps its account.
    #[serde(with = "text")]
    pub bank: Option<PartyId>,
    /// Sellers are paid by files that people carry to the bank, and not by messages.
    pub by_file: bool,
    /// The registry it asks about enterprises it has not listed; without one it asks nobody.
    #[serde(with = "text")]
    pub trust_registry: Option<PartyId>,
    /// Enterprises nobody has listed are paid up to this: "JPY 500". Nothing: never.
    #[serde(with = "text")]
    pub unlisted_up_to: Option<Money>,
    /// What bills' numbers begin with.
    pub bill_prefix: Option<String>,
    /// Its number as a taxable enterprise, as bills show it.
    pub tax_number: Option<String>,
    /// Consumption tax in its prices, in thousandths, if not as usual.
    pub tax_permille: Option<u16>,
    /// Minutes east of Greenwich where it bills, if not in Japan.
    pub zone_minutes: Option<i16>,
    /// How many days after its month a bill is due, if not as usual.
    pub due_after_days: Option<u64>,
    /// Most for content in one month, unless a contract says otherwise.
    #[serde(with = "text")]
    pub content_limit: Option<Money>,
    /// How long after a purchase its seller is paid, if not at once.
    pub pay_after_seconds: Option<u64>,
    /// How many days an enterprise is new, if not as usual: so long it is paid late and not much.
    pub new_for_days: Option<u64>,
    /// How many days after a purchase a new one is paid.
    pub new_delay_days: Option<u64>,
    /// At most so much in a month.
    #[serde(with = "text")]
    pub new_cap: Option<Money>,
    /// So many thousandths of what a new one was paid of late stay owed to it, if not as usual.
    pub new_reserve_permille: Option<u16>,
    /// How many seconds an amount is kept free for a merchant who does not confirm, if not as usual.
    pub reserve_seconds: Option<u64>,
    /// From this amount on a merchant's payment in two steps needs a code from the subscriber; nothing: never.
    #[serde(with = "text")]
    pub code_from: Option<Money>,
    /// The most that one payment of a merchant may be; nothing: what the subscriber may spend in a month.
    #[serde(with = "text")]
    pub payment_max: Option<Money>,
    /// Refunds of merchants of this and more wait for people; nothing: none does.
    #[serde(with = "text")]
    pub review_refunds_from: Option<Money>,
    /// How many days after it was paid a merchant's payment may be given back, if not as usual.
    pub refund_within_days: Option<u64>,
    /// The most that merchants give back to one subscriber in a month; nothing: what was paid.
    #[serde(with = "text")]
    pub refunds_limit: Option<Money>,
    /// A file of certificates (PEM) that merchants' own addresses are trusted by, beside the system's.
    pub sink_roots: Option<PathBuf>,
    /// Up to this one operator gives back and assigns alone; above it a second one agrees. Nothing: always alone.
    #[serde(with = "text")]
    pub alone_up_to: Option<Money>,
    /// Operators with tokens of their own, beside `operator_sha256`.
    pub operators: Vec<NamedOperator>,
}

/// An operator with a token of his own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedOperator {
    /// As the record of acts calls him.
    pub name: String,
    /// SHA-256 of his token.
    #[serde(with = "text")]
    pub sha256: Hash,
}

/// Copy management: a server and its gateways, and the private link between.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Copying {
    /// The bank: of the server's account, and of the gateway's.
    #[serde(with = "text")]
    pub bank: Option<PartyId>,
    /// This side's certificate and key for the link, and the link's own authority.
    pub link: Option<LinkFiles>,
    /// Where the server answers its gateways (server).
    pub link_listen: Option<SocketAddr>,
    /// Where the server answers: "https://10.0.0.7:7416" (gateway).
    pub link_address: Option<String>,
    /// The gateways (server).
    pub gateways: Vec<GatewayLine>,
    /// Which ids a registration needs: card, player, drive; all of them, if nothing is said (server).
    pub needs: Vec<String>,
    /// Repairs of one user a year that one operator may do alone, if not as usual (server).
    pub repairs_max: Option<usize>,
    /// Reissues of one user a year without people deciding, if not as usual (server).
    pub reissues_max: Option<usize>,
    /// Guesses of one keeper, user or gateway a day, if not as usual (server).
    pub tries_max: Option<u32>,
    /// The server it stands before (gateway).
    #[serde(with = "text")]
    pub server: Option<PartyId>,
    /// Its share of what it takes, in thousandths, as agreed with the server's operator (gateway).
    pub permille: u32,
    /// Hash passwords cheaply, for tests.
    #[serde(skip)]
    pub cheap_passwords: bool,
}

/// A deposit machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Depositing {
    /// The money issuer.
    #[serde(with = "text")]
    pub issuer: Option<PartyId>,
    /// File with the bank's signed token of the operator's account: what is taken is paid from there at once. Without the file
    /// the machine takes nothing.
    pub account: Option<PathBuf>,
    /// Most cash for one order: "JPY 20000".
    #[serde(with = "text")]
    pub most: Option<Money>,
    /// How long after the quote's end it waits for the card, if not as usual.
    pub patience_seconds: Option<u64>,
    /// Passwords are hashed cheaply: for tests.
    pub cheap_passwords: bool,
    /// What that file says.
    #[serde(skip)]
    pub account_token: Vec<u8>,
}

/// A vending machine.
#[derive(Debug, Default)]
pub struct Vending {
    /// The operator's keys as publisher of its articles: it is paid.
    pub operator: Option<Keys>,
    /// The operator's enterprise number: the upper digits of its offers' numbers.
    pub enterprise: u32,
    /// What lies in its slots at first.
    pub articles: Vec<Article>,
}

/// An article of a vending machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// Its slot, from 1.
    pub slot: u32,
    /// Its name.
    pub title: String,
    /// What one piece costs: "JPY 130".
    #[serde(with = "text")]
    pub price: Option<Money>,
    /// Pieces in it at first.
    pub pieces: u32,
    /// What the paper says that the license opens; nothing: the name.
    #[serde(default)]
    pub paper: Option<String>,
}

impl Article {
    /// The paper for one piece.
    pub fn paper(&self) -> String {
        let said = self.paper.as_deref().unwrap_or("One piece from this slot.");
        format!("{}\n\nSlot {}. {said}\n", self.title, self.slot)
    }
}

/// The same as a file says it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct VendingWritten {
    operator_secret: Option<PathBuf>,
    operator_certificate: Option<PathBuf>,
    enterprise: u32,
    articles: Vec<Article>,
}

/// A kiosk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kiosking {
    /// The shop whose works it sells; without one it takes fares and nothing else.
    #[serde(with = "text")]
    pub centre: Option<PartyId>,
    /// A deposit machine beside it, which its screen leads to.
    #[serde(with = "text")]
    pub deposit: Option<PartyId>,
    /// How many screens it has.
    pub screens: Option<u16>,
}

/// A gateway, as its server knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayLine {
    /// Which party.
    #[serde(with = "text")]
    pub party: Option<PartyId>,
    /// Its share of what it takes, in thousandths.
    pub permille: u32,
    /// The certificate it shows on the link, as a PEM file: whoever shows it is this party.
    pub certificate: PathBuf,
}

/// A publisher's promise, as a file says it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RebateLine {
    /// For fares by this way: shop, kiosk, atm-before, atm-after, application or online.
    pub path: String,
    /// Share of each fare, in thousandths: 500 at most.
    pub permille: u16,
    /// At most this for one fare: "JPY 50".
    #[serde(with = "text")]
    pub most: Money,
    /// As a coupon instead of money.
    #[serde(default)]
    pub coupon: bool,
    /// What holders read.
    pub label: String,
}

impl Copying {
    /// The same with every path relative to `base`.
    fn under(mut self, base: &Path) -> Self {
        if let Some(link) = &mut self.link {
            for path in [&mut link.certificate, &mut link.key, &mut link.authority] {
                *path = base.join(&*path);
            }
        }
        for gateway in &mut self.gateways {
            gateway.certificate = base.join(&gateway.certificate);
        }
        self
    }
}

impl Depositing {
    /// The same with what its file says: without the file it has no account.
    fn under(mut self, base: &Path) -> Self {
        let file = self.account.as_ref().map(|account| base.join(account));
        self.account_token = file.and_then(|file| fs::read(file).ok()).unwrap_or_default();
        self
    }
}

impl RebateLine {
    /// The promise it makes; nothing, if there is no such way.
    pub fn rebate(&self) -> Option<party::collector::Rebate> {
        use party::collector::{Path, Rebate, RebateKind};
        Some(Rebate {
            path: Path::of_word(&self.path)?,
            permille: self.permille,
            most: self.most,
            kind: if self.coupon {
                RebateKind::Coupon
            } else {
                RebateKind::Credit
            },
            label: self.label.clone(),
        })
    }
}

/// Whom a support centre works for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Helping {
    /// The money issuer that honours slips.
    #[serde(with = "text")]
    pub issuer: PartyId,
    /// The bank that keeps its account: cash it takes is passed on from there.
    #[serde(with = "text")]
    pub bank: PartyId,
    /// Whose works it helps with and unlocks.
    #[serde(with = "texts")]
    pub publishers: Vec<PartyId>,
    /// Files with secrets that publishers entrusted to it, besides its own: what is locked to their keys it unlocks too.
    #[serde(default)]
    pub unlock_secrets: Vec<PathBuf>,
}

/// Whom an issuer works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuing {
    /// The bank that keeps its account.
    #[serde(with = "text")]
    pub bank: PartyId,
    /// The registry that is told of revocations.
    #[serde(with = "text")]
    pub registry: PartyId,
    /// How long transfer certificates of software cards live, if not as usual.
    #[serde(default)]
    pub transfer_life_seconds: Option<u64>,
    /// How long after their end reports may still come, if not as usual: with it, how long a restored card waits.
    #[serde(default)]
    pub reports_due_seconds: Option<u64>,
    /// How many licenses a software card may hold, if not as usual; a card learns it with its next report.
    #[serde(default)]
    pub licenses_max: Option<u32>,
}

impl Issuing {
    /// With these two, and everything else as usual.
    pub const fn new(bank: PartyId, registry: PartyId) -> Self {
        Self {
            bank,
            registry,
            transfer_life_seconds: None,
            reports_due_seconds: None,
            licenses_max: None,
        }
    }
}

/// Everything one party needs.
#[derive(Debug)]
pub struct Config {
    /// Which party.
    pub role: Role,
    /// Its own directory: store, packages.
    pub dir: PathBuf,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How others reach it; by default where it listens.
    pub address: Option<String>,
    /// The realm.
    pub realm: Realm,
    /// Certifiers it knows before it has heard of its registry.
    pub certifiers: Vec<Vec<u8>>,
    /// Its keys.
    pub keys: Keys,
    /// The certifier's secret (registry: of parties; issuer: of cards).
    pub certifier: Option<Secret>,
    /// Keys of the realm's clock (registry).
    pub time: Option<Keys>,
    /// Refuse the realm `dev`.
    pub production: bool,
    /// A proxy in front speaks TLS.
    pub behind_proxy: bool,
    /// TLS of its own.
    pub tls: Option<TlsFiles>,
    /// Parties of this realm answer in a private network.
    pub private_peers: bool,
    /// How fast one source may ask.
    pub pace: Pace,
    /// SHA-256 of the operator's token; nothing: no operator's address answers.
    pub operator: Option<Hash>,
    /// Where a buyer's wallet is (shop).
    pub wallet: String,
    /// Where people who have no wallet get the program (shop). Nothing: the shop does not say, and its help page claims nothing.
    pub wallet_source: Option<Source>,
    /// Shop and collector.
    pub selling: Selling,
    /// For how long it keeps what is about people.
    pub keeping: Keeping,
    /// Issuer.
    pub issuing: Option<Issuing>,
    /// Support centre.
    pub helping: Option<Helping>,
    /// Approver.
    pub approving: Approving,
    /// Settlement server and shop.
    pub settling: Settling,
    /// Carrier.
    pub charging: Charging,
    /// Copy-management server and gateway.
    pub copying: Copying,
    /// Deposit machine.
    pub deposit: Depositing,
    /// Vending machine.
    pub vending: Vending,
    /// Kiosk.
    pub kiosk: Kiosking,
    /// Secrets of keys that works are locked to (support centre).
    pub entrusted: Vec<Secret>,
    /// The publishers' console (shop).
    pub console: crate::shop::ConsoleSettings,
    /// Keys of the publisher itself (collector).
    pub publisher: Option<Keys>,
    /// The time.
    pub clock: Clock,
}

/// Where wallets listen unless their holder says otherwise.
pub const WALLET: &str = "http://127.0.0.1:7411";
/// Room for sealed packages unless said otherwise: 64 GiB.
pub const SHELF_BYTES: u64 = 64 << 30;

impl Config {
    /// The least a party needs; everything else is as usual.
    pub fn new(role: Role, dir: &Path, realm: Realm, certifiers: Vec<Vec<u8>>, keys: Keys) -> Self {
        Self {
            role,
            dir: dir.to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            address: None,
            realm,
            certifiers,
            keys,
            certifier: None,
            time: None,
            production: false,
            behind_proxy: false,
            tls: None,
            private_peers: false,
            pace: Pace::default(),
            operator: None,
            wallet: WALLET.to_owned(),
            wallet_source: None,
            selling: Selling::default(),
            keeping: Keeping::default(),
            issuing: None,
            helping: None,
            approving: Approving::default(),
            settling: Settling::default(),
            charging: Charging::default(),
            copying: Copying::default(),
            deposit: Depositing::default(),
            vending: Vending::default(),
            kiosk: Kiosking::default(),
            entrusted: Vec::new(),
            console: crate::shop::ConsoleSettings::default(),
            publisher: None,
            clock: Clock::system(),
        }
    }
}

/// The same as a TOML file says it; paths are relative to the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    role: Role,
    dir: PathBuf,
    listen: SocketAddr,
    address: Option<String>,
    realm: PathBuf,
    #[serde(default)]
    certifiers: Vec<PathBuf>,
    secret: PathBuf,
    certificate: PathBuf,
    certifier_secret: Option<PathBuf>,
    time_secret: Option<PathBuf>,
    time_certificate: Option<PathBuf>,
    #[serde(default)]
    production: bool,
    #[serde(default)]
    behind_proxy: bool,
    tls: Option<TlsFiles>,
    #[serde(default)]
    private_peers: bool,
    #[serde(default)]
    pace: Pace,
    /// So much ahead of this machine's clock its own runs, to try what a month's end brings. Only in the realm `dev`.
    clock_ahead_seconds: Option<u64>,
    #[serde(default, with = "text")]
    operator_sha256: Option<Hash>,
    wallet: Option<String>,
    #[serde(default, with = "text")]
    wallet_source: Option<Source>,
    #[serde(default)]
    selling: Selling,
    #[serde(default)]
    keeping: Keeping,
    issuing: Option<Issuing>,
    helping: Option<Helping>,
    #[serde(default)]
    approving: Approving,
    #[serde(default)]
    settling: Settling,
    #[serde(default)]
    charging: Charging,
    #[serde(default)]
    copying: Copying,
    #[serde(default)]
    deposit: Depositing,
    #[serde(default)]
    vending: VendingWritten,
    #[serde(default)]
    kiosk: Kiosking,
    /// Publishers who leave their keys with this shop.
    #[serde(default)]
    publishers: Vec<KeyFiles>,
}

/// Where a party's secret and certificate lie.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFiles {
    secret: PathBuf,
    certificate: PathBuf,
}

/// Why a configuration cannot be used, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigRefused {
    /// A file is not there or cannot be read.
    #[error("{0} cannot be read ({1}); check the path in the configuration")]
    File(String, String),
    /// Not the TOML expected.
    #[error("{0} is no configuration of a party: {1}")]
    Form(String, String),
    /// A secret others can read.
    #[error("{0} can be read by other users of this machine; run: chmod 600 {0}")]
    Open(String),
    /// Not 32 bytes.
    #[error("{0} holds no secret: it should have exactly 32 bytes")]
    NoSecret(String),
    /// No realm file.
    #[error("{0} is no realm file: {1}")]
    NoRealm(String, String),
    /// A clock of its own where money is real.
    #[error("clock_ahead_seconds is for the realm dev alone; take it out")]
    Clock,
}

impl Refusal for ConfigRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::File(..) => "config-file",
            Self::Form(..) => "config-form",
            Self::Open(_) => "config-secret-readable",
            Self::NoSecret(_) => "config-no-secret",
            Self::NoRealm(..) => "config-no-realm",
            Self::Clock => "config-clock",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

impl Config {
    /// Reads a configuration file and the files it names.
    pub fn load(path: &Path) -> Result<Self, ConfigRefused> {
        let text = String::from_utf8_lossy(&read(path)?).into_owned();
        let w: Written = toml::from_str(&text).map_err(|e| ConfigRefused::Form(shown(path), e.message().to_owned()))?;
        let base = path.parent().unwrap_or(Path::new("."));
        let at = |p: &Path| base.join(p);
        let realm_at = at(&w.realm);
        let realm: Realm =
            cbor::from_bytes(&read(&realm_at)?).map_err(|e| ConfigRefused::NoRealm(shown(&realm_at), e.to_string()))?;
        let clock = match w.clock_ahead_seconds {
            None => Clock::system(),
            Some(_) if !realm.name.eq_ignore_ascii_case(party::realm::DEV) => return Err(ConfigRefused::Clock),
            Some(seconds) => Clock::ahead(units::Span::seconds(seconds)),
        };
        let certifiers = w.certifiers.iter().map(|p| read(&at(p))).collect::<Result<_, _>>()?;
        let keys = Keys {
            secret: secret(&at(&w.secret))?,
            certificate: read(&at(&w.certificate))?,
        };
        let time = match (&w.time_secret, &w.time_certificate) {
            (Some(s), Some(c)) => Some(Keys {
                secret: secret(&at(s))?,
                certificate: read(&at(c))?,
            }),
            _ => None,
        };
        let publisher = match (&w.selling.publisher_secret, &w.selling.publisher_certificate) {
            (Some(s), Some(c)) => Some(Keys {
                secret: secret(&at(s))?,
                certificate: read(&at(c))?,
            }),
            _ => None,
        };
        let tls = w.tls.map(|t| TlsFiles {
            certificate: at(&t.certificate),
            key: at(&t.key),
        });
        Ok(Self {
            listen: w.listen,
            clock,
            address: w.address,
            certifier: w.certifier_secret.map(|p| secret(&at(&p))).transpose()?,
            time,
            production: w.production,
            behind_proxy: w.behind_proxy,
            tls,
            private_peers: w.private_peers,
            pace: w.pace,
            operator: w.operator_sha256,
            wallet: w.wallet.unwrap_or_else(|| WALLET.to_owned()),
            wallet_source: w.wallet_source,
            publisher,
            selling: w.selling,
            keeping: w.keeping,
            issuing: w.issuing,
            entrusted: match &w.helping {
                Some(helping) => helping
                    .unlock_secrets
                    .iter()
                    .map(|p| secret(&at(p)))
                    .collect::<Result<_, _>>()?,
                None => Vec::new(),
            },
            helping: w.helping,
            approving: w.approving,
            settling: w.settling,
            charging: w.charging,
            copying: w.copying.under(base),
            deposit: w.deposit.under(base),
            vending: Vending {
                operator: match (&w.vending.operator_secret, &w.vending.operator_certificate) {
                    (Some(s), Some(c)) => Some(Keys {
                        secret: secret(&at(s))?,
                        certificate: read(&at(c))?,
                    }),
                    _ => None,
                },
                enterprise: w.vending.enterprise,
                articles: w.vending.articles,
            },
            kiosk: w.kiosk,
            console: crate::shop::ConsoleSettings {
                publishers: w
                    .publishers
                    .iter()
                    .map(|keys| {
                        Ok(Keys {
                            secret: secret(&at(&keys.secret))?,
                            certificate: read(&at(&keys.certificate))?,
                        })
                    })
                    .collect::<Result<_, ConfigRefused>>()?,
                ..crate::shop::ConsoleSettings::default()
            },
            ..Self::new(w.role, &at(&w.dir), realm, certifiers, keys)
        })
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigRefused> {
    fs::read(path).map_err(|e: io::Error| ConfigRefused::File(shown(path), e.kind().to_string()))
}

fn secret(path: &Path) -> Result<Secret, ConfigRefused> {
    #[cfg(unix)]
    if let Ok(about) = fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0
    {
        return Err(ConfigRefused::Open(shown(path)));
    }
    Secret::from_slice(&read(path)?).ok_or_else(|| ConfigRefused::NoSecret(shown(path)))
}

/// Values in their text form.
mod text {
    use serde::{Deserialize, Deserializer, de::Error};
    use std::str::FromStr;

    /// A thing with a text form, or perhaps one.
    pub(super) trait FromText: Sized {
        fn from_text(text: &str) -> Result<Self, String>;
    }
    impl<T: FromStr<Err: core::fmt::Display>> FromText for Option<T> {
        fn from_text(text: &str) -> Result<Self, String> {
            text.parse().map(Some).map_err(|e: T::Err| e.to_string())
        }
    }
    impl FromText for units::Money {
        fn from_text(text: &str) -> Result<Self, String> {
            text.parse().map_err(|e: units::MoneyError| e.to_string())
        }
    }
    impl FromText for units::Hash {
        fn from_text(text: &str) -> Result<Self, String> {
            text.parse::<Self>().map_err(|e| e.to_string())
        }
    }
    impl FromText for units::PartyId {
        fn from_text(text: &str) -> Result<Self, String> {
            text.parse().map_err(|e: units::NotAnId| e.to_string())
        }
    }
    pub(super) fn deserialize<'de, T: FromText, D: Deserializer<'de>>(d: D) -> Result<T, D::Error> {
        T::from_text(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}

/// Lists of such values.
mod texts {
    use serde::{Deserialize, Deserializer, de::Error};
    use std::str::FromStr;

    pub(super) fn deserialize<'de, T, D>(d: D) -> Result<Vec<T>, D::Error>
    where
        T: FromStr<Err: core::fmt::Display>,
        D: Deserializer<'de>,
    {
        let all = Vec::<String>::deserialize(d)?;
        all.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-98
    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, [7; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(secret(&path).unwrap_err().code(), "config-secret-readable");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(secret(&path).unwrap().expose(), &[7; 32]);
        fs::write(&path, [7; 31]).unwrap();
        assert_eq!(secret(&path).unwrap_err().code(), "config-no-secret");
    }

    #[test]
    fn a_file_says_everything_and_nothing_that_is_not_known() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let realm = party::realm::RealmMaker::dev(
            units::Currency::JPY,
            "http://127.0.0.1:7401",
            Secret::new([1; 32]),
            units::Moment(0),
        );
        fs::write(at("realm.cbor"), cbor::to_bytes(realm.realm())).unwrap();
        fs::write(at("secret"), [7; 32]).unwrap();
        #[cfg(unix)]
        fs::set_permissions(at("secret"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        fs::write(at("certificate.cbor"), b"certificate").unwrap();
        let id = PartyId([3; 16]);
        let text = format!(
            "role = \"shop\"\ndir = \"shop\"\nlisten = \"127.0.0.1:7404\"\nrealm = \"realm.cbor\"\nsecret = \"secret\"\n\
             certificate = \"certificate.cbor\"\noperator_sha256 = \"{}\"\n[pace]\nburst = 9\n\
             [keeping]\nhelp_days = 7\n[selling]\nissuer = \"{id}\"\nfloor_limit = \"JPY 100\"\npayees = [\"{id}\"]\n",
            Hash([4; 32])
        );
        let text = text.replace("[pace]", "wallet_source = \"https://git.example/keyfare\"\n[pace]");
        fs::write(at("shop.toml"), &text).unwrap();
        let config = Config::load(&at("shop.toml")).unwrap();
        assert_eq!((config.role, config.dir), (Role::Shop, at("shop")));
        let source = config.wallet_source.as_ref().map(Source::address);
        assert_eq!(source, Some("https://git.example/keyfare"));
        assert_eq!((config.operator, config.pace.burst), (Some(Hash([4; 32])), 9));
        assert_eq!((config.keeping.help_days, config.keeping.drafts_days), (7, 90));
        assert_eq!(config.selling.floor_limit.unwrap().to_string(), "JPY 100");
        assert_eq!((config.selling.issuer, config.selling.payees), (Some(id), vec![id]));
        fs::write(at("shop.toml"), text.replace("https:", "http:")).unwrap();
        assert_eq!(Config::load(&at("shop.toml")).unwrap_err().code(), "config-form");
        fs::write(at("shop.toml"), text.replace("burst", "brust")).unwrap();
        assert_eq!(Config::load(&at("shop.toml")).unwrap_err().code(), "config-form");
        assert_eq!(Config::load(&at("nothing.toml")).unwrap_err().code(), "config-file");
    }
}
