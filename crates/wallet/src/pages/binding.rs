//! Binding: to which players what is bought is bound, chosen on the confirm page before anything is paid: to none, to this wallet,
//! which then has to answer, or to players by name (ST-23, ST-24).

use std::collections::BTreeMap;

use license::Bind;
use serde::Deserialize;

use super::{text::plain, visit::Visit};

/// What names a player in the form, before its pair.
const ON: &str = "on.";

/// What was ticked.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Ticked {
    #[serde(default)]
    here: String,
    /// The rest of the form: of it only what names players is read.
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

/// A box that may be ticked: its name in the form, what the player is called, whether it is.
pub(super) type Tick = (String, String, bool);

/// All of them, as the page shows them.
#[derive(Debug, Clone, Default)]
pub(super) struct Ticks {
    /// Only while this wallet answers.
    pub(super) here: bool,
    /// The players this wallet lends to.
    pub(super) players: Vec<Tick>,
}

impl Ticks {
    /// Was anything ticked?
    pub(super) fn any(&self) -> bool {
        self.here || self.players.iter().any(|(_, _, ticked)| *ticked)
    }
}

impl Ticked {
    fn names(&self, pair: &str) -> bool {
        self.rest.contains_key(&format!("{ON}{pair}"))
    }

    /// What was ticked, among the players this wallet lends to.
    pub(super) async fn ticks(&self, visit: &Visit) -> Ticks {
        let mates = visit.wallet().mates().await.into_iter();
        let players = mates.filter(|mate| mate.is_player && mate.allowed).map(|mate| {
            let pair = mate.pair.to_string();
            let ticked = self.names(&pair);
            (format!("{ON}{pair}"), plain(&mate.name, 60), ticked)
        });
        Ticks {
            here: !self.here.is_empty(),
            players: players.collect(),
        }
    }

    /// What the license is bound to by it. This wallet before players: it names them itself when it lends.
    pub(super) async fn bind(&self, visit: &Visit) -> Bind {
        if !self.here.is_empty() {
            return Bind::Wallet;
        }
        let mates = visit.wallet().mates().await.into_iter();
        let named = mates.filter(|mate| mate.is_player && mate.allowed && self.names(&mate.pair.to_string()));
        let devices: Vec<_> = named.map(|mate| mate.device).collect();
        match devices.is_empty() {
            true => Bind::Free,
            false => Bind::Players(devices),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_of_a_form_name_players() {
        let form = r#"{"token":"t","pin":"1","here":"1","on.ab":"1","other":"2"}"#;
        let ticked: Ticked = serde_json::from_str(form).unwrap();
        assert!(ticked.names("ab") && !ticked.names("cd") && !ticked.here.is_empty());
        let none: Ticked = serde_json::from_str(r#"{"token":"t","pin":"1"}"#).unwrap();
        assert!(none.here.is_empty() && !none.names("ab"));
    }
}
