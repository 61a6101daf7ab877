//! `audit`: every party's books recomputed from their events, every license of the card checked again, and the sums that
//! only somebody who sees several books can make.

use std::collections::BTreeSet;

use anyhow::Result;
use party::{
    Party,
    bank::HouseBank,
    collector::{Collector, CollectorConfig},
    desk::Desk,
    issuer::{Issuer, IssuerConfig},
    keys::PartyKeys,
    machine::{Machine, MachineConfig},
    realm::Certifier,
    shop::{Shop, ShopConfig},
    support::{Support, SupportConfig},
};
use serde_json::{Value, json};
use server::config::{Config, Role};
use store::sqlite::{self, Opening, Sqlite};
use units::{CardNo, Currency};

use super::{audit_charges, audit_money, serve};
use crate::{
    hand::{Hand, minor},
    place::Place,
    say::{Refused, Say},
};

const PARTIES: [(&str, Role); 20] = [
    ("bank", Role::Bank),
    ("issuer", Role::Issuer),
    ("shop", Role::Shop),
    ("collector", Role::Collector),
    ("support", Role::Support),
    ("atm", Role::Atm),
    ("counter", Role::Counter),
    ("kiosk", Role::Kiosk),
    ("approver", Role::Approver),
    ("bureau", Role::Bureau),
    ("settlement", Role::Settlement),
    ("carrier", Role::Carrier),
    ("trust-registry", Role::TrustRegistry),
    ("content", Role::Content),
    (crate::setup::LICENSES, Role::Shop),
    ("copying", Role::Copying),
    ("gateway", Role::Gateway),
    ("deposit", Role::Deposit),
    ("vending", Role::Vending),
    (crate::setup::SECOND_SHOP, Role::Shop),
];

/// What does not add up in an installation; nothing: all is well.
pub async fn findings(place: &Place) -> Result<Vec<String>> {
    let (_, findings, _) = copied(place).await?;
    Ok(findings)
}

/// Differences between the books of several parties, and where their money is just now.
pub async fn explained(place: &Place) -> Result<Vec<String>> {
    let (.., explained) = copied(place).await?;
    Ok(explained)
}

/// Everybody's books, what does not add up, and what is on its way.
///
/// Parties go on while their books are copied one after the other, so that one may tell of what another wrote a moment after
/// it was copied. Nobody's books forget what others tell of them: whatever differs only for that has gone at a second look, and
/// what is still the same then does not add up.
async fn copied(place: &Place) -> Result<(Books, Vec<String>, Vec<String>)> {
    let (books, findings, compared) = look_once(place).await?;
    if compared.findings.is_empty() {
        return Ok((books, findings, compared.explained));
    }
    let first: BTreeSet<String> = compared.findings.into_iter().collect();
    let (books, mut findings, compared) = look_once(place).await?;
    findings.extend(compared.findings.into_iter().filter(|one| first.contains(one)));
    Ok((books, findings, compared.explained))
}

async fn look_once(place: &Place) -> Result<(Books, Vec<String>, audit_charges::Compared)> {
    let copies = place.root().join(format!(
        "audit-{}",
        u64::from_be_bytes(crate::clock::random()?[..8].try_into()?)
    ));
    crate::setup::private_dir(&copies)?;
    let audited = all(place, &copies).await.and_then(|(books, findings)| {
        let mut compared = audit_charges::compare(place, &copies)?;
        audit_money::compare(place, &copies, &mut compared)?;
        Ok((books, findings, compared))
    });
    // Copies of books do not stay about, whatever came of the audit.
    let _ = std::fs::remove_dir_all(&copies);
    audited
}

/// Audits an installation. Findings end the command with a refusal, so that scripts notice.
pub async fn run(place: &Place, say: Say) -> Result<()> {
    let (books, findings, explained) = copied(place).await?;
    let holds = findings.is_empty();
    let mut lines = String::new();
    for (party, sheet) in &books {
        lines.push_str(&format!("{party}\n"));
        for (line, amount) in sheet {
            lines.push_str(&format!("  {amount:>12}  {line}\n"));
        }
    }
    for finding in &findings {
        lines.push_str(&format!("does not add up: {finding}\n"));
    }
    for one in &explained {
        lines.push_str(&format!("on its way: {one}\n"));
    }
    lines.push_str(if holds { "Everything adds up." } else { "" });
    let sheets: serde_json::Map<String, Value> = books
        .iter()
        .map(|(p, s)| {
            (
                p.clone(),
                json!(s.iter().cloned().collect::<std::collections::BTreeMap<_, _>>()),
            )
        })
        .collect();
    say.answer(
        lines,
        &json!({ "holds": holds, "findings": findings, "explained": explained, "books": sheets }),
    );
    if holds {
        Ok(())
    } else {
        Err(Refused::new("audit-findings", format!("{} things do not add up", findings.len())).into())
    }
}

/// A party's balance sheet: account and amount.
type Sheet = Vec<(String, i64)>;
type Books = Vec<(String, Sheet)>;

async fn all(place: &Place, copies: &std::path::Path) -> Result<(Books, Vec<String>)> {
    let (mut books, mut findings) = (Books::new(), Vec::new());
    let card = card(place, &mut findings).await?;
    for (word, role) in PARTIES {
        // Not every installation has a second shop, and older ones sell nothing by approval.
        let not_always = matches!(
            role,
            Role::Approver
                | Role::Bureau
                | Role::Settlement
                | Role::Copying
                | Role::Gateway
                | Role::Carrier
                | Role::TrustRegistry
                | Role::Deposit
                | Role::Vending
                | Role::Content
        ) || [crate::setup::SECOND_SHOP, crate::setup::LICENSES].contains(&word);
        if not_always && place.exists() && !place.party(word).exists() {
            continue;
        }
        let config = serve::config(place, word)?;
        let from = config.dir.join(server::running::STORE_FILE);
        if !from.exists() {
            continue;
        }
        // A copy, consistent and apart from the party that may be running.
        let copy = copies.join(format!("{word}.db"));
        sqlite::backup(&from, &copy).map_err(|no| Refused::of(&no))?;
        let (sheet, found) = look(config, role, &copy, card)?;
        findings.extend(found.into_iter().map(|f| format!("{word}: {f}")));
        books.push((word.to_owned(), sheet));
    }
    Ok((books, findings))
}

/// The card of this installation: its licenses checked, its number and its money.
async fn card(place: &Place, findings: &mut Vec<String>) -> Result<Option<(CardNo, i64)>> {
    if !wallet::Home::at(place.wallet()).has_card() {
        return Ok(None);
    }
    let hand = Hand::of(place).await?;
    let (card, library) = (hand.get("/v1/card").await?, hand.get("/v1/library").await?);
    for license in library["licenses"].as_array().into_iter().flatten() {
        if license["header"].is_null() {
            findings.push(format!(
                "card: the license of \"{}\" does not hold",
                license["title"].as_str().unwrap_or_default()
            ));
        }
    }
    let number = card["card"].as_str().and_then(|t| t.parse().ok());
    let open = card["under_way"].as_array().is_some_and(|deals| !deals.is_empty());
    let money = minor(&card["spendable"]).unwrap_or(0);
    // While something is on its way the two books may lawfully differ by exactly that.
    Ok(number
        .filter(|_| !open && card["frozen"].as_bool() == Some(false))
        .map(|n| (n, money)))
}

fn look(
    config: Config,
    role: Role,
    copy: &std::path::Path,
    card: Option<(CardNo, i64)>,
) -> Result<(Sheet, Vec<String>)> {
    let currency = Currency::new(&config.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
    let realm = config.realm.id();
    let desk =
        Desk::new(config.realm.clone(), &config.certifiers).map_err(|e| Refused::new("currency", e.to_string()))?;
    let keys = PartyKeys::load(config.keys.secret, realm, config.keys.certificate)?;
    let store = Sqlite::open(
        copy,
        &Opening {
            role: role.word().to_owned(),
            realm,
            new_id: crate::clock::random()?[..16].try_into()?,
        },
        &parts(role),
    )
    .map_err(|no| Refused::of(&no))?
    .store();
    // A machine keeps no money, and no books of it.
    let sheet = match role {
        Role::Atm
        | Role::Counter
        | Role::Kiosk
        | Role::Deposit
        | Role::Bureau
        | Role::Approver
        | Role::TrustRegistry
        | Role::Content => Vec::new(),
        _ => store.read(party::books::sheet).map_err(|no| Refused::of(&no))?,
    };
    let mut found = Vec::new();
    let party: Box<dyn Party> = match role {
        Role::Bank => Box::new(HouseBank::new(keys, desk)),
        Role::Issuer => {
            let issuing = config
                .issuing
                .ok_or_else(|| Refused::new("config-missing", "the issuer's configuration names no bank"))?;
            let secret = config
                .certifier
                .ok_or_else(|| Refused::new("config-missing", "the issuer's configuration names no certifier"))?;
            let issuer = Issuer::new(
                keys,
                Certifier::new(&secret, realm),
                desk,
                IssuerConfig::new(issuing.bank, issuing.registry, currency),
            );
            if let Some((number, money)) = card {
                let shadow = store
                    .read(|view| issuer.shadow(view, number))
                    .map_err(|no| Refused::of(&no))?;
                if shadow.float.minor() != money {
                    found.push(format!(
                        "the shadow account of the card says {}, the card {money}",
                        shadow.float.minor()
                    ));
                }
            }
            Box::new(issuer)
        }
        Role::Shop | Role::Vending => Box::new(Shop::new(
            keys,
            desk,
            ShopConfig::new(units::PartyId::default(), currency),
        )),
        Role::Support => Box::new(Support::new(
            keys,
            desk,
            SupportConfig::new(units::PartyId::default(), units::PartyId::default(), Vec::new()),
        )),
        Role::Atm | Role::Counter | Role::Kiosk => Box::new(Machine::new(keys, desk, MachineConfig::atm())),
        Role::Deposit => Box::new(party::deposit::DepositMachine::new(
            keys,
            desk,
            party::deposit::DepositConfig {
                issuer: units::PartyId::default(),
                account: Vec::new(),
                most: units::Money::zero(currency),
                patience: units::Span::minutes(5),
            },
        )),
        Role::Approver => Box::new(approver::Approver::new(
            keys,
            desk,
            approver::ApproverConfig::new(currency),
        )),
        Role::Bureau => Box::new(approver::Bureau::new(keys, desk)),
        Role::Content => Box::new(party::content::ContentServer::new(keys, desk)),
        Role::TrustRegistry => Box::new(party::trust::TrustRegistry::new(keys, desk)),
        Role::Carrier => Box::new(carrier::Carrier::new(keys, desk, carrier::CarrierConfig::new(currency))),
        Role::Settlement => Box::new(party::settlement::SettlementServer::new(
            keys,
            desk,
            party::settlement::SettlementConfig::default(),
            Vec::new(),
        )),
        // What a server sells to whom is in its rows; its settings say only what may happen next.
        Role::Copying => Box::new(copying::server::CopyServer::new(
            keys,
            desk,
            copying::server::Settings::new(units::PartyId::default()),
        )),
        Role::Gateway => Box::new(copying::gateway::Gateway::new(
            keys,
            desk,
            copying::gateway::GatewaySettings {
                server: units::PartyId::default(),
                bank: units::PartyId::default(),
                permille: config.copying.permille,
            },
        )),
        _ => Box::new(Collector::new(
            keys,
            desk,
            CollectorConfig::new(units::PartyId::default(), Vec::new()),
        )),
    };
    found.extend(store.read(|view| party.audit(view)).map_err(|no| Refused::of(&no))?);
    Ok((sheet, found))
}

fn parts(role: Role) -> Vec<&'static store::Part> {
    server::running::parts_of(role)
}
