//! Set-up: lays out a whole `dev` realm on this machine, once: roots, certifiers, a directory of its own for each party.
//!
//! What a real realm does offline and by hand (roots in a safe, certificates by application) is done here by the program,
//! which is why the realm is named `dev` and refused wherever money is real.

use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use anyhow::{Context, Result};
use party::{PartyKeys, realm::RealmMaker};
use seal::{Role, Secret, cbor};
use units::{Currency, PartyId};

use crate::{clock, place::Place};

/// Names of the demo's parties, as people meet them.
pub const SHOP: &str = "Lantern Records";
/// The second shop.
pub const OTHER_SHOP: &str = "Harbour Books";
/// The demo publisher's support desk.
pub const SUPPORT: &str = "Minato Help Desk";
/// The demo's publisher.
pub const PUBLISHER: &str = "Minato Tape Works";

/// The demo's cash machine.
pub const ATM: &str = "Harbour Bank, Pier 3";
/// The counter in the demo's shop.
pub const COUNTER: &str = "Lantern Records, counter";
/// Who approves purchases in the demo.
pub const APPROVER: &str = "Minato Mobile";
/// The demo's copy-management server.
pub const COPYING: &str = "Minato Copy Management";
/// And the gateway before it.
pub const GATEWAY: &str = "Kobo Gateway";
/// The demo's kiosk.
pub const KIOSK: &str = "Pier 3 Kiosk";

/// What differs between one installation and the next.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// First port.
    pub port_base: u16,
    /// How long transfer certificates live, in seconds; `None`: the usual 14 days.
    pub certificate_life: Option<u64>,
    /// Is there a second shop?
    pub second_shop: bool,
}

/// The parties in the order they start, for whoever is asked comes before who asks: what each is certified as, and its port
/// above the base.
const PARTIES: [(&str, Role, u16); 14] = [
    ("registry", Role::Registry, 1),
    ("bank", Role::Bank, 2),
    ("issuer", Role::Issuer, 3),
    ("shop", Role::Seller, 4),
    ("collector", Role::Collector, 5),
    ("support", Role::Support, 6),
    ("atm", Role::Machine, 7),
    ("counter", Role::Machine, 8),
    ("kiosk", Role::Machine, 9),
    ("bureau", Role::Bureau, 12),
    ("approver", Role::Approver, 13),
    ("settlement", Role::Settler, 14),
    ("copying", Role::Seller, 15),
    ("gateway", Role::Seller, 16),
];

/// The port above the base where copy management answers its gateway, by mutual TLS.
const LINK_PORT: u16 = 17;
/// The gateway's share, in thousandths.
const GATEWAY_PERMILLE: u32 = 300;
/// Those without whom nothing can be copied from media, and who are needed for nothing else.
pub const COPYING_PARTIES: [&str; 2] = ["copying", "gateway"];

/// Sells at a shop window: others are certified as sellers too, for they give against payment.
pub fn is_shop(name: &str) -> bool {
    ![COPYING, GATEWAY].contains(&name)
}

/// The second shop, where one was asked for: another seller, who settles for itself what is approved.
pub const SECOND_SHOP: &str = "second-shop";
/// Its port above the base.
const SECOND_PORT: u16 = 10;
/// Ports that an installation takes above its base, the last of them.
pub const LAST_PORT: u16 = 17;
/// Those without whom nothing can be bought by approval, and who are needed for nothing else.
pub const APPROVING: [&str; 3] = ["bureau", "approver", "settlement"];

/// The parties that an installation was laid out with, in the order they start.
pub fn laid_out(place: &Place) -> Vec<&'static str> {
    let is_there = |word: &&str| place.party(word).join("party.toml").exists();
    parties().chain([SECOND_SHOP]).filter(is_there).collect()
}

/// The parties by name, in the order they start.
pub fn parties() -> impl Iterator<Item = &'static str> {
    PARTIES.into_iter().map(|(word, ..)| word)
}

/// The wallet's port above the base.
pub const WALLET_PORT: u16 = 11;

fn name_of(word: &str) -> &'static str {
    match word {
        "registry" => "Registry",
        "bank" => "Harbour Bank",
        "issuer" => "Harbour Money",
        "shop" => SHOP,
        SECOND_SHOP => OTHER_SHOP,
        "support" => SUPPORT,
        "atm" => ATM,
        "counter" => COUNTER,
        "kiosk" => KIOSK,
        "bureau" => "Credit Bureau",
        "approver" => APPROVER,
        "settlement" => "Lantern Settlement",
        "copying" => COPYING,
        "gateway" => GATEWAY,
        // A publisher collects for itself: the collector of a publisher is whoever is certified as one under its id.
        _ => PUBLISHER,
    }
}

/// Lays everything out. The realm file comes last: where there is one, everything is there.
pub fn lay_out(place: &Place, settings: Settings) -> Result<()> {
    private_dir(place.root())?;
    let secret = Secret::new(clock::random()?);
    let registry = format!("http://127.0.0.1:{}", settings.port_base.saturating_add(1));
    // A little in the past, so that a clock that is corrected backwards does not invalidate everything.
    let from = clock::now().less(units::Span::days(1));
    let maker = RealmMaker::dev(Currency::JPY, &registry, Secret::new(*secret.expose()), from);
    let token = token()?;
    private_file(&place.root().join("operator-token"), token.as_bytes())?;
    let certifiers = place.root().join("certifiers");
    private_dir(&certifiers)?;
    for (certificate, name) in maker.certifiers().iter().zip(["cards", "parties"]) {
        private_file(&certifiers.join(name), certificate)?;
    }
    let ids = Ids {
        bank: party(&maker, Role::Bank, "bank")?.id(),
        registry: party(&maker, Role::Registry, "registry")?.id(),
        issuer: party(&maker, Role::Issuer, "issuer")?.id(),
        publisher: maker.party(Role::Publisher, PUBLISHER)?.id(),
        shop: party(&maker, Role::Seller, "shop")?.id(),
        bureau: party(&maker, Role::Bureau, "bureau")?.id(),
        settlement: party(&maker, Role::Settler, "settlement")?.id(),
        copying: party(&maker, Role::Seller, "copying")?.id(),
        gateway: party(&maker, Role::Seller, "gateway")?.id(),
    };
    write_link(place)?;
    write_publisher(place, &maker)?;
    for (word, role, port) in PARTIES {
        let listen = settings.port_base.saturating_add(port);
        write_party(place, &maker, word, role, listen, &token, &ids, settings)?;
    }
    if settings.second_shop {
        let listen = settings.port_base.saturating_add(SECOND_PORT);
        write_party(place, &maker, SECOND_SHOP, Role::Seller, listen, &token, &ids, settings)?;
    }
    private_file(&place.root().join("roots"), secret.expose())?;
    private_file(
        &place.root().join("port-base"),
        settings.port_base.to_string().as_bytes(),
    )?;
    private_file(&place.realm_file(), &cbor::to_bytes(maker.realm()))
}

/// The demo's publisher works in the shop's console.
const CONSOLE: &str =
    "\n[[publishers]]\nsecret = \"../publisher/secret\"\ncertificate = \"../publisher/certificate\"\n";
/// Whom a sale was to is forgotten after a year and a month; what was sold is not.
const KEEPING: &str = "\n[keeping]\nbuyers_days = 400\n";

/// Brings an installation of an older program up to what its shop's console needs; does nothing to one that has it. What
/// somebody has written into the file stays as it is.
pub fn mend(place: &Place) -> Result<bool> {
    let file = place.party("shop").join("party.toml");
    let Ok(text) = std::fs::read_to_string(&file) else {
        return Ok(false);
    };
    let has = |table: &str| text.lines().any(|line| line.trim() == table);
    let has_keys = place.publisher().join("secret").exists() && place.publisher().join("certificate").exists();
    let mut more = String::new();
    if !has("[keeping]") {
        more.push_str(KEEPING);
    }
    if !has("[[publishers]]") && has_keys {
        more.push_str(CONSOLE);
    }
    if more.is_empty() {
        return Ok(false);
    }
    private_file(&file, format!("{}\n{more}", text.trim_end()).as_bytes())?;
    Ok(true)
}

struct Ids {
    bank: PartyId,
    registry: PartyId,
    issuer: PartyId,
    publisher: PartyId,
    shop: PartyId,
    bureau: PartyId,
    settlement: PartyId,
    copying: PartyId,
    gateway: PartyId,
}

/// The certificates of the private link between copy management and its gateway. Their authority's key is kept nowhere.
fn write_link(place: &Place) -> Result<()> {
    let year = clock::now().to_string().get(..4).and_then(|year| year.parse().ok());
    let link = server::copying::authority::link(&["127.0.0.1", "localhost"], &[GATEWAY], year.unwrap_or(2026), 10)?;
    let sides = [Some(&link.server), link.gateways.first()];
    for (word, side) in COPYING_PARTIES.into_iter().zip(sides) {
        let dir = place.party(word);
        private_dir(&dir)?;
        private_file(&dir.join("link-authority.pem"), link.authority.as_bytes())?;
        if let Some(side) = side {
            private_file(&dir.join("link-certificate.pem"), side.certificate.as_bytes())?;
            private_file(&dir.join("link-key.pem"), side.key.as_bytes())?;
        }
    }
    Ok(())
}

fn party(maker: &RealmMaker, role: Role, word: &str) -> Result<PartyKeys> {
    Ok(maker.party(role, name_of(word))?)
}

#[allow(clippy::too_many_arguments)]
fn write_party(
    place: &Place,
    maker: &RealmMaker,
    word: &str,
    role: Role,
    port: u16,
    token: &str,
    ids: &Ids,
    settings: Settings,
) -> Result<()> {
    let dir = place.party(word);
    private_dir(&dir)?;
    let keys = party(maker, role, word)?;
    private_file(&dir.join("secret"), maker.party_secret(role, name_of(word)).expose())?;
    private_file(&dir.join("certificate"), keys.certificate())?;
    let part = if word == SECOND_SHOP { "shop" } else { word };
    let mut toml = format!(
        "# Made by `keyfare up`; read by `keyfare serve {word}`.\nrole = \"{part}\"\ndir = \"data\"\nlisten = \"127.0.0.1:{port}\"\nrealm = \"../realm.cbor\"\n\
         certifiers = [\"../certifiers/cards\", \"../certifiers/parties\"]\nsecret = \"secret\"\ncertificate = \"certificate\"\nprivate_peers = true\n\
         operator_sha256 = \"{}\"\nwallet = \"http://127.0.0.1:{}\"\n",
        seal::hash(token.as_bytes()),
        settings.port_base.saturating_add(WALLET_PORT),
    );
    if word == "registry" {
        private_file(&dir.join("certifier-secret"), maker.party_certifier().expose())?;
        private_file(
            &dir.join("time-secret"),
            maker.party_secret(Role::Time, "Clock").expose(),
        )?;
        private_file(
            &dir.join("time-certificate"),
            maker.party(Role::Time, "Clock")?.certificate(),
        )?;
        toml.push_str("certifier_secret = \"certifier-secret\"\ntime_secret = \"time-secret\"\ntime_certificate = \"time-certificate\"\n");
    }
    if word == "issuer" {
        private_file(&dir.join("certifier-secret"), maker.card_certifier().expose())?;
        toml.push_str(&format!(
            "certifier_secret = \"certifier-secret\"\n\n[issuing]\nbank = \"{}\"\nregistry = \"{}\"\n",
            ids.bank, ids.registry
        ));
        if let Some(seconds) = settings.certificate_life {
            toml.push_str(&format!(
                "transfer_life_seconds = {seconds}\nreports_due_seconds = {seconds}\n"
            ));
        }
    }
    if matches!(part, "shop" | "collector") {
        toml.push_str(&format!("\n[selling]\nissuer = \"{}\"\n", ids.issuer));
        if word == "shop" {
            toml.push_str(&format!("settles = \"{}\"\n", ids.settlement));
        }
    }
    if word == "shop" {
        toml.push_str(KEEPING);
        toml.push_str(CONSOLE);
    }
    if word == "collector" {
        toml.push_str(&format!(
            "payees = [\"{}\"]\npublisher_secret = \"../publisher/secret\"\npublisher_certificate = \"../publisher/certificate\"\n\n[[selling.rebates]]\npath = \"shop\"\npermille = 100\nmost = \"JPY 50\"\ncoupon = true\nlabel = \"Thanks for bringing fares home\"\n",
            ids.publisher
        ));
    }
    if word == "approver" {
        // When the bureau is silent: a song for each, a few for all, and its people see it.
        toml.push_str(&format!(
            "\n[approving]\nbank = \"{}\"\nbureau = \"{}\"\nunasked_each = \"JPY 500\"\nunasked_all = \"JPY 5000\"\nprompts_a_minute = 10\n",
            ids.bank, ids.bureau
        ));
    }
    if word == "settlement" {
        toml.push_str(&format!("\n[settling]\nshops = [\"{}\"]\n", ids.shop));
    }
    if COPYING_PARTIES.contains(&word) {
        let link = settings.port_base.saturating_add(LINK_PORT);
        toml.push_str(&format!("\n[copying]\nbank = \"{}\"\n", ids.bank));
        toml.push_str(&if word == "copying" {
            format!("link_listen = \"127.0.0.1:{link}\"\n")
        } else {
            format!(
                "server = \"{}\"\npermille = {GATEWAY_PERMILLE}\nlink_address = \"https://127.0.0.1:{link}\"\n",
                ids.copying
            )
        });
        toml.push_str(
            "\n[copying.link]\ncertificate = \"link-certificate.pem\"\nkey = \"link-key.pem\"\nauthority = \"link-authority.pem\"\n",
        );
        if word == "copying" {
            toml.push_str(&format!(
                "\n[[copying.gateways]]\nparty = \"{}\"\npermille = {GATEWAY_PERMILLE}\ncertificate = \"../gateway/link-certificate.pem\"\n",
                ids.gateway
            ));
        }
    }
    if word == "support" {
        toml.push_str(&format!(
            "\n[helping]\nissuer = \"{}\"\nbank = \"{}\"\npublishers = [\"{}\"]\n",
            ids.issuer, ids.bank, ids.publisher
        ));
    }
    private_file(&dir.join("party.toml"), toml.as_bytes())
}

fn write_publisher(place: &Place, maker: &RealmMaker) -> Result<()> {
    let dir = place.publisher();
    private_dir(&dir)?;
    private_file(
        &dir.join("secret"),
        maker.party_secret(Role::Publisher, PUBLISHER).expose(),
    )?;
    private_file(
        &dir.join("certificate"),
        maker.party(Role::Publisher, PUBLISHER)?.certificate(),
    )
}

/// A token of 160 random bits, as text.
pub fn token() -> Result<String> {
    let bytes = clock::random()?;
    Ok(units::Hash(bytes).to_string().chars().take(32).collect())
}

/// A directory that only its owner can enter.
pub fn private_dir(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

/// A file that only its owner can read, whole and on the disk when this returns.
pub fn private_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = path.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
