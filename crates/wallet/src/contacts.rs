//! Contacts: the wallet's card in a smart-card reader. It answers terminals' commands as a plastic card would, while its
//! holder's own pages and programs go on using it: every step is still one step of the one card.
//!
//! What the holder agrees to at a terminal is his PIN typed there, up to a bound he sets. More, or nothing typed on other
//! people's machines at all, he agrees to here, on his own screen: [`AtContacts::waiting`] and [`AtContacts::agree`].

use std::sync::{Arc, Mutex};

use apdu::{Application, Limits, Notice, ins};
use card::{Checked, PinRefusal};
use pcsc::{CardEnd, Contacts, Reach, ReachError};
use units::{Again, Hash, Money, Refusal};

use crate::engine::{Wallet, WasPutBack, locked};

/// Why a card does not answer in a reader. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum ContactsRefused {
    /// It is an old copy that its issuer has not seen: it makes no deals.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// The reader is not there, or its line broke.
    #[error(transparent)]
    Reader(#[from] ReachError),
}

impl Refusal for ContactsRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::PutBack(e) => e.code(),
            Self::Reader(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::PutBack(e) => e.again(),
            Self::Reader(e) => e.again(),
        }
    }
}

/// Why the holder's word here was not taken. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum AgreeRefused {
    /// No terminal has shown the card a quote, or the card has been pulled since.
    #[error("no terminal is waiting for your word")]
    NothingWaits,
    /// The PIN.
    #[error(transparent)]
    Pin(#[from] PinRefusal),
}

impl Refusal for AgreeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NothingWaits => "nothing-shown",
            Self::Pin(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Where the card is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sits {
    /// In the reader of this name.
    In(String),
    /// In none any more, or not yet: the reader of this name went, or was never there.
    Out(String),
}

/// What a terminal has shown the card, and waits for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The quote, as the card has read it.
    pub checked: Checked,
    /// The holder has agreed to it, and the terminal has not gone on yet.
    pub agreed: bool,
}

/// A wallet's card at its contacts.
#[derive(Clone)]
pub struct AtContacts {
    wallet: Wallet,
    limits: Limits,
    application: Arc<Mutex<Application>>,
    sits: Arc<Mutex<Option<Sits>>>,
}

impl core::fmt::Debug for AtContacts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AtContacts({:?})", self.wallet)
    }
}

impl Wallet {
    /// This wallet's card, ready for a reader. A PIN typed at a terminal may spend up to `pin_max`, and never more than
    /// the card's issuer lets it pay at once.
    pub async fn at_contacts(&self, pin_max: i64) -> AtContacts {
        let most = self
            .on_card(|card| (card.state().purse.currency(), card.state().profile.amount_max))
            .await;
        let wish = Money::new(pin_max.max(0), most.0).unwrap_or(most.1);
        let limits = Limits {
            pin_at_terminal_max: wish.min(most.1),
        };
        AtContacts {
            wallet: self.clone(),
            limits,
            application: Arc::new(Mutex::new(Application::new(limits))),
            sits: Arc::default(),
        }
    }
}

impl AtContacts {
    /// Where the card is; nowhere before [`AtContacts::sit_in`].
    pub fn sits(&self) -> Option<Sits> {
        locked(&self.sits).clone()
    }

    /// What a terminal has shown the card, with everything the card knows of it.
    pub fn asked(&self) -> Option<Asked> {
        let application = locked(&self.application);
        let checked = application.shown()?.clone();
        let agreed = application.has_agreed();
        Some(Asked { checked, agreed })
    }

    /// What waits for the holder's word, if a terminal has shown the card a quote.
    pub fn waiting(&self) -> Option<Notice> {
        let application = locked(&self.application);
        let checked = application.shown()?;
        Some(Notice::of(checked, self.limits.pin_at_terminal_max))
    }

    /// The holder agrees, on his own screen, to the quote of this hash and to no other: the terminal may go on with exactly
    /// that, once. Refused, without a look at the PIN, if the terminal has shown the card something else meanwhile. Waits
    /// for a PIN's check: not for a thread that serves others.
    pub fn agree(&self, quote: Hash, pin: &str) -> Result<(), AgreeRefused> {
        let mut application = locked(&self.application);
        let shown = application.shown().filter(|checked| checked.hash() == quote);
        let checked = shown.ok_or(AgreeRefused::NothingWaits)?.clone();
        let seed = self.wallet.seed();
        let confirmed = self.wallet.on_card_here(|card| card.confirm(&checked, pin, &seed))?;
        application.agreed(confirmed);
        Ok(())
    }

    /// The holder does not want it, or no longer: the card forgets that quote. `false`: it was another one, or none.
    pub fn decline(&self, quote: Hash) -> bool {
        locked(&self.application).decline(quote)
    }

    /// Puts the card into a reader and answers there until it is pulled or the reader goes. Waits all that time: for a
    /// thread of its own, outside of any runtime.
    pub fn sit_in(&self, reader: &Reach) -> Result<(), ContactsRefused> {
        if let Some(no) = self.wallet.put_back() {
            return Err(no.into());
        }
        let name = match reader {
            Reach::Socket(path) => path.display().to_string(),
            Reach::Tcp(at) => at.to_string(),
        };
        *locked(&self.sits) = Some(Sits::Out(name.clone()));
        let contacts = Contacts::put_into(reader)?;
        *locked(&self.sits) = Some(Sits::In(name.clone()));
        let met = contacts.serve(&mut self.clone());
        *locked(&self.sits) = Some(Sits::Out(name));
        Ok(met?)
    }
}

impl CardEnd for AtContacts {
    fn reset(&mut self) {
        locked(&self.application).reset();
    }

    fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let (now, seed) = (self.wallet.now(), self.wallet.seed());
        let answer = {
            let mut application = locked(&self.application);
            self.wallet
                .on_card_here(|card| application.answer(card, command, now, &seed))
        };
        // A deal that began, ended or was decided here is the background's to go on with.
        if matches!(
            command.get(1),
            Some(&(ins::PAY | ins::SETTLE | ins::DECIDE | ins::ORDER))
        ) {
            self.wallet.stir();
        }
        Some(answer)
    }
}
