//! Recovery codes: ten lines on paper that each take the second step once, for whoever lost his passkey.

use data_encoding::BASE32_NOPAD;
use seal::Seed;
use store::{Fault, Keys, Map, Table, Tx, View};
use units::{Hash, Moment};

use crate::{AccountId, Gate, NotLive, Token};

/// How many codes one sheet has.
pub const CODES: usize = 10;

pub(crate) const CODE_ROWS: Map<(AccountId, Hash), ()> = Map::new(Table::new("signin_codes"));

fn plain(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).take(64);
    letters.map(|c| c.to_ascii_uppercase()).collect()
}

impl Gate {
    /// A new sheet of codes of 80 bits, in groups of four. The old sheet is worth nothing from now on. Shown once: only
    /// their digests are kept.
    pub fn draw_codes(&self, tx: &mut dyn Tx, id: AccountId, seed: &Seed) -> Result<Vec<String>, Fault> {
        self.remove_codes(tx, id)?;
        let mut sheet = Vec::with_capacity(CODES);
        for number in 0..CODES {
            let text = BASE32_NOPAD.encode(&seed.id(&format!("code {number}"))[..10]);
            CODE_ROWS.put(tx, &(id, self.code(&text)), &())?;
            let groups: Vec<&str> = text
                .as_bytes()
                .chunks(4)
                .filter_map(|group| core::str::from_utf8(group).ok())
                .collect();
            sheet.push(groups.join("-").to_ascii_lowercase());
        }
        Ok(sheet)
    }

    fn code(&self, text: &str) -> Hash {
        Hash(self.mac("code", &[plain(text).as_bytes()]))
    }

    /// How many codes were not used.
    pub fn codes_left(&self, view: &mut dyn View, id: AccountId) -> Result<usize, Fault> {
        Ok(CODE_ROWS.range(view, Keys::under(&id), CODES)?.len())
    }

    pub(crate) fn remove_codes(&self, tx: &mut dyn Tx, id: AccountId) -> Result<(), Fault> {
        for (key, ()) in CODE_ROWS.range(tx, Keys::under(&id), usize::MAX)? {
            CODE_ROWS.delete(tx, &key)?;
        }
        Ok(())
    }

    /// The second step by a code: the half session becomes a whole one, under another token. The code is used up.
    pub fn complete_by_code(
        &self,
        tx: &mut dyn Tx,
        half: &Token,
        typed: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<Token, NotLive> {
        let (account, _) = self.half(tx, half, now)?;
        if !CODE_ROWS.delete(tx, &(account, self.code(typed)))? {
            return Err(NotLive::Code);
        }
        self.complete(tx, half, now, seed)
    }
}
