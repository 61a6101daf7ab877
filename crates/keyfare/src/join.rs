//! Join: a wallet gets its realm from a shop, once. `ADDRESS#ID` names the shop and the realm's fingerprint, as the shop's help
//! page prints them: another realm than that is not taken, whoever answers at the address. Without the fingerprint the first
//! answer is believed and shown, to be compared with what is known from elsewhere.

use std::time::Duration;

use anyhow::Result;
use reqwest::Url;
use seal::{Realm, cbor};
use units::RealmId;

use crate::{
    market::realm_of,
    place::Place,
    say::{Refused, Say},
    setup::{private_dir, private_file},
};

/// A realm file is a few hundred bytes.
const REALM_MAX: usize = 16 * 1024;
/// How long a shop may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A shop's address, and the realm it is said to be in.
struct Invited {
    address: Url,
    realm: Option<RealmId>,
    /// Is it on this machine?
    here: bool,
}

fn not_an_address(text: &str) -> Refused {
    let text = format!(
        "\"{text}\" is no shop's address: give https://SHOP or, as its help page prints it, https://SHOP#REALM (http on this machine alone)"
    );
    Refused::new("realm-address", text)
}

impl Invited {
    fn read(text: &str) -> Result<Self, Refused> {
        let no = || not_an_address(text);
        let (address, realm) = match text.split_once('#') {
            Some((address, id)) => (address, Some(id.parse().map_err(|_| no())?)),
            None => (text, None),
        };
        let address: Url = address.parse().map_err(|_| no())?;
        let host = address.host_str().ok_or_else(no)?;
        let ip: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let here = host == "localhost" || ip.is_some_and(|ip| ip.to_canonical().is_loopback());
        if !(address.scheme() == "https" || address.scheme() == "http" && here) {
            return Err(no());
        }
        Ok(Self { address, realm, here })
    }
}

/// Puts the shop's realm into this place, if no realm is here. One that is here stays: it must be the same.
pub async fn join(place: &Place, text: &str, say: Say) -> Result<()> {
    let invited = Invited::read(text)?;
    let here = if place.exists() { Some(realm_of(place)?) } else { None };
    if let (Some(here), Some(wanted)) = (&here, invited.realm) {
        // Nobody has to be asked for what is here.
        return Ok(same(here, wanted)?);
    }
    let realm = fetch(&invited).await?;
    if let Some(wanted) = invited.realm {
        same(&realm, wanted)?;
    }
    if let Some(here) = here {
        return Ok(same(&realm, here.id())?);
    }
    if !invited.here && realm.name.eq_ignore_ascii_case(party::realm::DEV) {
        let text = "this shop sells in a realm \"dev\", where money and keys are for trying out on one machine: it is not taken from another";
        return Err(Refused::new("realm-dev", text).into());
    }
    private_dir(place.root())?;
    private_file(&place.realm_file(), &cbor::to_bytes(&realm))?;
    let compare = match invited.realm {
        Some(_) => "the one the line names",
        None => "as this shop says; compare it with what you know from elsewhere",
    };
    say.note(format!("realm \"{}\", {}: {compare}", realm.name, realm.id()));
    Ok(())
}

fn same(realm: &Realm, wanted: RealmId) -> Result<(), Refused> {
    if realm.id() == wanted {
        return Ok(());
    }
    let text = format!(
        "this is realm {}, and {wanted} was expected; nothing was taken. A wallet stays in one realm: use another --dir for another",
        realm.id()
    );
    Err(Refused::new("realm-other", text))
}

/// The realm file that a shop serves.
async fn fetch(invited: &Invited) -> Result<Realm> {
    let silent = |no: reqwest::Error| {
        let text = format!("{} does not answer ({no}); is the address right?", invited.address);
        Refused {
            again: units::Again::Later,
            ..Refused::new("shop-silent", text)
        }
    };
    let mut client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE);
    if invited.here {
        client = client.no_proxy();
    }
    let at = format!("{}/v1/realm", invited.address.as_str().trim_end_matches('/'));
    let asked = client.build()?.get(at).send().await.map_err(silent)?;
    let mut answer = asked.error_for_status().map_err(silent)?;
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(silent)? {
        if bytes.len().saturating_add(piece.len()) > REALM_MAX {
            break;
        }
        bytes.extend_from_slice(&piece);
    }
    let realm = cbor::from_bytes_within(&bytes, REALM_MAX);
    Ok(realm.map_err(|_| {
        Refused::new(
            "realm-unreadable",
            format!("{} is no shop: it serves no realm", invited.address),
        )
    })?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_private_or_on_this_machine_is_asked() {
        let id = RealmId([7; 16]);
        let named = format!("https://minato.example#{id}");
        assert_eq!(Invited::read(&named).unwrap().realm, Some(id));
        for good in [
            "https://minato.example",
            "https://minato.example:8443/",
            "http://127.0.0.1:7404",
            "http://localhost:7404",
            "http://[::1]:7404",
        ] {
            assert!(Invited::read(good).unwrap().realm.is_none(), "{good}");
        }
        for bad in [
            "",
            "minato.example",
            "http://minato.example",
            "http://127.0.0.1.minato.example",
            "ftp://127.0.0.1",
            "https://minato.example#",
            "https://minato.example#notanid",
            "file:///etc/passwd",
        ] {
            let no = Invited::read(bad).err().map(|no| no.code);
            assert_eq!(no.as_deref(), Some("realm-address"), "{bad}");
        }
    }
}
