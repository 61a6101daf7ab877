//! Told: what a customer was told of its account, by whichever way. An entry of a document is named by its account, its reference
//! there and its part. A signed message names the transfer alone, and so the two are joined: of a transfer that was told by a
//! message, the first entry of the same amount is the same money. Nothing else is: whoever orders a transfer chooses the number
//! it bears, so any other entry with that number is other money, and counts by itself (row-56).

use minicbor::{Decode, Encode};
use remit::{Account, Entry};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Money, TransferId};

/// An entry's name: its account, its reference there, and its part.
pub fn entry_name(account: Account, entry: &Entry) -> TransferId {
    let (kind, id) = match account {
        Account::Party(id) => ("party", id.0),
        Account::Token(id) => ("token", id.0),
    };
    let parts: [&[u8]; 5] = [
        b"entry",
        kind.as_bytes(),
        &id,
        entry.entry.as_bytes(),
        &entry.part.to_be_bytes(),
    ];
    let mut name = [0; 16];
    name.copy_from_slice(&seal::hash_parts(&parts).0[..16]);
    TransferId(name)
}

/// One movement under a transfer's number.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ToldRow {
    /// How much.
    #[n(0)]
    pub amount: Money,
    /// What it says it is for.
    #[n(1)]
    pub reference: String,
    /// It was told by a message and by this entry.
    #[n(2)]
    joined: Option<TransferId>,
}
impl Value for ToldRow {}

/// What was told under the numbers of transfers: by number, then by name. What a message told of has its number for a name.
pub struct Told(Map<(TransferId, TransferId), ToldRow>);

impl Told {
    /// Kept in the table of this name.
    pub const fn new(table: &'static str) -> Self {
        Self(Map::new(Table::new(table)))
    }

    /// The table.
    pub const fn table(&self) -> Table {
        self.0.table()
    }

    /// A message tells of a transfer. Is that money that was not told of yet?
    pub fn by_message(&self, tx: &mut dyn Tx, of: TransferId, what: (Money, &str)) -> Result<bool, Fault> {
        if self.0.has(tx, &(of, of))? {
            return Ok(false);
        }
        let rows = self.rows(tx, of)?;
        if rows.iter().any(|(_, row)| row.joined == Some(of)) {
            return Ok(false);
        }
        let same = rows
            .into_iter()
            .find(|(_, row)| row.amount == what.0 && row.joined.is_none());
        if let Some((name, mut row)) = same {
            row.joined = Some(of);
            self.0.put(tx, &(of, name), &row)?;
            return Ok(false);
        }
        self.note(tx, (of, of), what)
    }

    /// An entry of this name tells of a transfer. Is that money that was not told of yet?
    pub fn by_entry(
        &self,
        tx: &mut dyn Tx,
        (of, name): (TransferId, TransferId),
        what: (Money, &str),
    ) -> Result<bool, Fault> {
        if self.0.has(tx, &(of, name))? {
            return Ok(false);
        }
        if let Some(mut row) = self.0.get(tx, &(of, of))? {
            if row.joined == Some(name) {
                return Ok(false);
            }
            if row.joined.is_none() && row.amount == what.0 {
                row.joined = Some(name);
                self.0.put(tx, &(of, of), &row)?;
                return Ok(false);
            }
        }
        self.note(tx, (of, name), what)
    }

    /// Everything that was told under a transfer's number, each movement once.
    pub fn rows(&self, view: &mut dyn View, of: TransferId) -> Result<Vec<(TransferId, ToldRow)>, Fault> {
        let rows = self.0.range(view, Keys::under(&of), usize::MAX)?;
        Ok(rows.into_iter().map(|((_, name), row)| (name, row)).collect())
    }

    fn note(&self, tx: &mut dyn Tx, at: (TransferId, TransferId), what: (Money, &str)) -> Result<bool, Fault> {
        let row = ToldRow {
            amount: what.0,
            reference: what.1.to_owned(),
            joined: None,
        };
        self.0.put(tx, &at, &row)?;
        Ok(true)
    }
}
