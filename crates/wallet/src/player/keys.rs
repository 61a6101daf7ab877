//! Keys: one play's right to ask the card for the keys of stretches.

use card::PlayTicket;
use package::{Header, KeySource, StretchKey, Withheld};
use units::LicenseId;

use crate::engine::Wallet;

/// Asks the card for each stretch as it is reached. Nothing is stored; a key lives as long as its cipher is in use.
pub struct CardKeys {
    wallet: Wallet,
    ticket: PlayTicket,
    header: Header,
}

/// A right to keep a work opened, still without its package.
pub(crate) struct Keeping {
    wallet: Wallet,
    ticket: PlayTicket,
}

impl Keeping {
    pub(crate) fn of(self, header: Header) -> CardKeys {
        CardKeys::new(self.wallet, self.ticket, header)
    }
}

impl core::fmt::Debug for CardKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CardKeys({})", self.ticket.license().short())
    }
}

impl CardKeys {
    pub(crate) const fn new(wallet: Wallet, ticket: PlayTicket, header: Header) -> Self {
        Self { wallet, ticket, header }
    }

    /// To open a work once when it comes, as procedure 1 has it (XD-6); only for licenses by which nothing is counted.
    pub(crate) fn for_keeping(wallet: &Wallet, license: LicenseId) -> Option<Keeping> {
        let (now, seed) = (wallet.now(), wallet.seed());
        let ticket = wallet
            .on_card_here(|card| card.begin_keeping(license, now, &seed))
            .ok()?;
        Some(Keeping {
            wallet: wallet.clone(),
            ticket,
        })
    }

    /// The header of what is played.
    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    /// What this play was granted.
    pub const fn ticket(&self) -> &PlayTicket {
        &self.ticket
    }
}

impl KeySource for CardKeys {
    fn stretch(&self, index: u32) -> Result<StretchKey, Withheld> {
        let now = self.wallet.now();
        self.wallet
            .on_card_here(|card| card.release(&self.ticket, &self.header, index, now))
            .map_err(|no| Withheld::by(&no))
    }
}
