//! Accounts: a party's by its id, a person's by the token that stands for it; never a name and never a card.

use units::{PartyId, ValueId};

use crate::xml::{Node, NotRead, Writer};

/// Whose account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// A party's.
    Party(PartyId),
    /// A person's, by its token.
    Token(ValueId),
}

impl Account {
    pub(crate) fn write(self, name: &'static str, to: &mut Writer) {
        let (id, scheme) = match self {
            Self::Party(id) => (id.to_string(), "PARTY"),
            Self::Token(id) => (id.to_string(), "TOKEN"),
        };
        let done: Result<(), core::convert::Infallible> = to.within(name, |to| {
            to.within("Id", |to| {
                to.within("Othr", |to| {
                    to.text("Id", &id);
                    to.path(&["SchmeNm", "Prtry"], scheme);
                    Ok(())
                })
            })
        });
        let Ok(()) = done;
    }

    pub(crate) fn read(node: &Node) -> Result<Self, NotRead> {
        let other = node.at(&["Id", "Othr"])?;
        let id = other.text_at(&["Id"])?;
        let wrong = NotRead::Wrong("Othr");
        match other.text_at(&["SchmeNm", "Prtry"])? {
            "PARTY" => id.parse().map(Self::Party).map_err(|_| wrong),
            "TOKEN" => id.parse().map(Self::Token).map_err(|_| wrong),
            _ => Err(wrong),
        }
    }
}
