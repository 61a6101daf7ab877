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
/// The demo's issuer of electronic money.
pub const ISSUER: &str = "Harbour Money";
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
/// The demo's deposit machine.
pub const DEPOSIT: &str = "Pier 3, deposits";
/// The demo's vending machine.
pub const VENDING: &str = "Pier 3 Drinks";
/// Who runs it, and publishes what lies in it.
pub const OPERATOR: &str = "Kobo Drinks";
/// The demo's kiosk.
pub const KIOSK: &str = "Pier 3 Kiosk";
/// The demo's carrier.
pub const CARRIER: &str = "Seto Mobile";
/// Who says of enterprises whether they are trusted.
pub const TRUST: &str = "Chamber of Enterprises";
/// The demo's content server.
pub const CONTENT: &str = "Minato Content";
/// And its license server.
pub const LICENSE_SERVER: &str = "Minato Licenses";

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
const PARTIES: [(&str, Role, u16); 20] = [
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
    ("copying", Role::Copying, 15),
    ("gateway", Role::Gateway, 16),
    ("trust-registry", Role::TrustRegistry, 18),
    ("carrier", Role::Carrier, 19),
    ("content", Role::Content, 20),
    (LICENSES, Role::Seller, 21),
    (DEPOSIT_WORD, Role::Machine, 22),
    (VENDING_WORD, Role::Seller, 23),
];

/// The deposit machine's word.
pub const DEPOSIT_WORD: &str = "deposit";
const VENDING_WORD: &str = "vending";
/// The file with the bank's token of the deposit machine's account, in its directory.
pub const ACCOUNT: &str = "account";
/// The vending machine's operator among enterprises: the upper digits of its offers' numbers.
pub const OPERATOR_NO: u32 = 2600;
/// What lies in the vending machine at first: name, price, pieces, and what its paper says.
const ARTICLES: [(&str, i64, u32, &str); 6] = [
    ("Coffee, hot", 130, 8, "One cup, with milk and sugar beside it."),
    ("Green tea, cold", 150, 6, "One bottle of half a litre."),
    ("Corn soup, hot", 140, 4, "One can. Shake it first."),
    ("Ferry map", 300, 12, "All lines of the bay, with the night ferry."),
    ("Umbrella", 900, 2, "Leave it at any pier when the sun is back."),
    ("Rice ball with seaweed", 180, 5, "Best before tonight."),
];

/// The port above the base where copy management answers its gateway, by mutual TLS.
const LINK_PORT: u16 = 17;
/// The gateway's share, in thousandths.
const GATEWAY_PERMILLE: u32 = 300;
/// Those without whom nothing can be copied from media, and who are needed for nothing else.
pub const COPYING_PARTIES: [&str; 2] = ["copying", "gateway"];

/// Sells at a shop window. Older installations certified copy management and its gateway as sellers, and their directories
/// remember it.
pub fn is_shop(name: &str) -> bool {
    ![COPYING, GATEWAY, LICENSE_SERVER, VENDING].contains(&name)
}

/// The second shop, where one was asked for: another seller, who settles for itself what is approved.
pub const SECOND_SHOP: &str = "second-shop";
/// Its port above the base.
const SECOND_PORT: u16 = 10;
/// The license server: sells keys of works that lie at the content server, numbered by enterprise.
pub const LICENSES: &str = "licenses";
/// Those without whom nothing is paid by telephone, and who are needed for nothing else.
pub const SETTLING: [&str; 4] = ["trust-registry", "carrier", "content", LICENSES];
/// The number of the demo's license server among enterprises.
pub const ENTERPRISE: u32 = 2000;
/// Those whom the demo's trust registry trusts besides: numbers of nobody here.
pub const OTHERS_TRUSTED: [u32; 2] = [2500, 2699];
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
        "issuer" => ISSUER,
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
        DEPOSIT_WORD => DEPOSIT,
        VENDING_WORD => VENDING,
        "trust-registry" => TRUST,
        "carrier" => CARRIER,
        "content" => CONTENT,
        LICENSES => LICENSE_SERVER,
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
        copying: party(&maker, Role::Copying, "copying")?.id(),
        gateway: party(&maker, Role::Gateway, "gateway")?.id(),
        trust: party(&maker, Role::TrustRegistry, "trust-registry")?.id(),
        content: party(&maker, Role::Content, "content")?.id(),
        deposit: party(&maker, Role::Machine, DEPOSIT_WORD)?.id(),
    };
    write_operator(place, &maker)?;
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
    let certified = certify_copying(place)?;
    let file = place.party("shop").join("party.toml");
    let Ok(text) = std::fs::read_to_string(&file) else {
        return Ok(certified);
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
        return Ok(certified);
    }
    private_file(&file, format!("{}\n{more}", text.trim_end()).as_bytes())?;
    Ok(true)
}

/// The vending machine's articles, as its configuration says them.
fn articles() -> String {
    let mut toml = format!(
        "\n[vending]\noperator_secret = \"operator-secret\"\noperator_certificate = \"operator-certificate\"\nenterprise = {OPERATOR_NO}\n"
    );
    for (slot, (title, price, pieces, paper)) in (1..).zip(ARTICLES) {
        toml.push_str(&format!(
            "\n[[vending.articles]]\nslot = {slot}\ntitle = \"{title}\"\nprice = \"JPY {price}\"\npieces = {pieces}\npaper = \"{paper}\"\n"
        ));
    }
    toml
}

/// The vending machine's operator publishes what lies in it.
fn write_operator(place: &Place, maker: &RealmMaker) -> Result<()> {
    let dir = place.party(VENDING_WORD);
    private_dir(&dir)?;
    private_file(
        &dir.join("operator-secret"),
        maker.party_secret(Role::Publisher, OPERATOR).expose(),
    )?;
    private_file(
        &dir.join("operator-certificate"),
        maker.party(Role::Publisher, OPERATOR)?.certificate(),
    )
}

/// Copy management and gateways were sellers once; they get a certificate of their own role for the keys they have. Does
/// nothing where that is so, and nothing where the realm's roots are kept elsewhere.
fn certify_copying(place: &Place) -> Result<bool> {
    let Ok(roots) = std::fs::read(place.root().join("roots")) else {
        return Ok(false);
    };
    let realm: seal::Realm = cbor::from_bytes(&std::fs::read(place.realm_file())?)?;
    let from = clock::now().less(units::Span::days(1));
    let currency = Currency::new(&realm.currency)?;
    let maker = RealmMaker::dev(
        currency,
        &realm.registry,
        Secret::from_slice(&roots).context("the realm's roots cannot be read")?,
        from,
    );
    let mut new = false;
    for (word, role) in COPYING_PARTIES.into_iter().zip([Role::Copying, Role::Gateway]) {
        let (secret, file) = (place.party(word).join("secret"), place.party(word).join("certificate"));
        let (Ok(secret), Ok(old)) = (std::fs::read(secret), std::fs::read(&file)) else {
            continue;
        };
        let old = seal::parse::<seal::Claims>(&old, seal::Kind::Certificate, realm.id())?;
        if old.claims().role == Role::Seller && maker.realm().id() == realm.id() {
            let secret = Secret::from_slice(&secret).context("a party's secret cannot be read")?;
            let keys = maker.party_with(role, name_of(word), secret)?;
            private_file(&file, keys.certificate())?;
            new = true;
        }
    }
    Ok(new)
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
    deposit: PartyId,
    trust: PartyId,
    content: PartyId,
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
    let part = if [SECOND_SHOP, LICENSES].contains(&word) {
        "shop"
    } else {
        word
    };
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
        if part == "shop" {
            toml.push_str(&format!("bank = \"{}\"\n", ids.bank));
        }
        if word == LICENSES {
            toml.push_str(&format!("content = \"{}\"\n", ids.content));
        }
    }
    if word == "carrier" {
        // Whom it has not listed itself it asks about; sellers are paid within the minute, so that the demo shows it.
        toml.push_str(&format!(
            "\n[charging]\nbank = \"{}\"\ntrust_registry = \"{}\"\nbill_prefix = \"SM\"\npay_after_seconds = 0\nnew_for_days = 0\nnew_reserve_permille = 0\n",
            ids.bank, ids.trust
        ));
    }
    if word == "bank" {
        // Whoever has a password there loads his purse on line.
        toml.push_str(&format!("\n[deposit]\nissuer = \"{}\"\n", ids.issuer));
    }
    if [DEPOSIT_WORD, "carrier"].contains(&word) {
        toml.push_str(&format!(
            "\n[deposit]\nissuer = \"{}\"\naccount = \"{ACCOUNT}\"\n",
            ids.issuer
        ));
    }
    if word == VENDING_WORD {
        toml.push_str(&format!(
            "\n[selling]\nissuer = \"{}\"\nbank = \"{}\"\n{KEEPING}{}",
            ids.issuer,
            ids.bank,
            articles()
        ));
    }
    if word == "kiosk" {
        toml.push_str(&format!(
            "\n[kiosk]\ncentre = \"{}\"\ndeposit = \"{}\"\nscreens = 2\n",
            ids.shop, ids.deposit
        ));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn role_of(place: &Place, word: &str) -> (Role, Vec<u8>) {
        let realm: seal::Realm = cbor::from_bytes(&std::fs::read(place.realm_file()).unwrap()).unwrap();
        let file = std::fs::read(place.party(word).join("certificate")).unwrap();
        let told = seal::parse::<seal::Claims>(&file, seal::Kind::Certificate, realm.id()).unwrap();
        (told.claims().role, file)
    }

    /// An installation of the program that certified copy management and its gateway as sellers: both get their own role, for the
    /// keys they have, once; nobody else's certificate is touched.
    ///
    /// proves: CM-9
    #[test]
    fn what_was_certified_as_a_seller_is_certified_in_its_own_role() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(Some(dir.path().join("place"))).unwrap();
        let settings = Settings {
            port_base: 7400,
            certificate_life: None,
            second_shop: false,
        };
        lay_out(&place, settings).unwrap();
        assert!(!mend(&place).unwrap(), "a new one needs nothing");
        let roots = Secret::from_slice(&std::fs::read(place.root().join("roots")).unwrap()).unwrap();
        let realm: seal::Realm = cbor::from_bytes(&std::fs::read(place.realm_file()).unwrap()).unwrap();
        let from = clock::now().less(units::Span::days(1));
        let maker = RealmMaker::dev(Currency::JPY, &realm.registry, roots, from);
        for word in COPYING_PARTIES {
            let secret = std::fs::read(place.party(word).join("secret")).unwrap();
            let secret = Secret::from_slice(&secret).unwrap();
            let old = maker.party_with(Role::Seller, name_of(word), secret).unwrap();
            private_file(&place.party(word).join("certificate"), old.certificate()).unwrap();
            assert_eq!(role_of(&place, word).0, Role::Seller);
        }
        let shop = role_of(&place, "shop");
        assert!(mend(&place).unwrap());
        for (word, role) in COPYING_PARTIES.into_iter().zip([Role::Copying, Role::Gateway]) {
            let (now, file) = role_of(&place, word);
            let secret = std::fs::read(place.party(word).join("secret")).unwrap();
            let own = maker
                .party_with(role, name_of(word), Secret::from_slice(&secret).unwrap())
                .unwrap();
            assert_eq!(now, role, "{word}");
            // Loaded with the keys that were there all along.
            let keys = PartyKeys::load(Secret::from_slice(&secret).unwrap(), realm.id(), file);
            assert_eq!(keys.unwrap().id(), own.id(), "{word}");
        }
        assert_eq!(role_of(&place, "shop"), shop);
        assert!(!mend(&place).unwrap(), "once");
    }
}
