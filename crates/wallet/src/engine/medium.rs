//! Medium: paying an order with a medium, and what a license that came so is bound to (CM-3, CM-5).

use std::sync::Arc;

use card::{Checked, Want};
use data_encoding::BASE32_NOPAD;
use deal::Kind;
use license::{Bind, TenderKind};
use units::{Again, Refusal};

use super::Wallet;
use crate::devices::{Attached, Devices};

/// Why a medium does not pay here. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediumRefused {
    /// Its seller does not take media for it.
    #[error("this is not sold against media; pay another way")]
    NotTaken,
    /// Not what a label shows.
    #[error("this is not a medium's number; it has 26 letters and digits (a-z, 2-7), as the label shows them")]
    NotANumber,
    /// Nothing it could be bound to.
    #[error("what a medium pays for is bound to a player and a drive; attach both to this wallet")]
    NoDevices,
}

impl Refusal for MediumRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotTaken => "medium-not-taken",
            Self::NotANumber => "medium-number",
            Self::NoDevices => "no-devices-attached",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// May this be paid with a medium?
pub fn takes_media(checked: &Checked) -> bool {
    checked.quote().kind == Kind::Sale && checked.quote().accepts.contains(&TenderKind::Medium)
}

/// A medium's number, as somebody types it from its label: in groups or not, in either case.
fn number(typed: &str) -> Option<[u8; 16]> {
    let plain = typed.chars().filter(|c| !matches!(c, '-' | ' '));
    let plain: String = plain.map(|c| c.to_ascii_uppercase()).collect();
    BASE32_NOPAD.decode(plain.as_bytes()).ok()?.try_into().ok()
}

impl Wallet {
    /// From now on, asks this driver what is attached. The first one stays.
    pub fn attach(&self, devices: Arc<dyn Devices>) {
        let _ = self.0.devices.set(devices);
    }

    /// The player and the drive that are attached now.
    pub async fn attached(&self) -> Option<Attached> {
        let devices = self.0.devices.get()?.clone();
        tokio::task::spawn_blocking(move || devices.attached()).await.ok()?
    }

    /// What binds a license to them.
    pub async fn own_bind(&self) -> Result<Bind, MediumRefused> {
        let attached = self.attached().await.ok_or(MediumRefused::NoDevices)?;
        Ok(attached.shown.bind())
    }

    /// What the card pays with, if it pays with this medium.
    pub async fn with_medium(&self, checked: &Checked, typed: &str) -> Result<Want, MediumRefused> {
        if !takes_media(checked) {
            return Err(MediumRefused::NotTaken);
        }
        let medium = number(typed).ok_or(MediumRefused::NotANumber)?;
        Ok(Want {
            other: Some(deal::medium::tender(&medium, checked.quote_hash())),
            bind: self.own_bind().await?,
            ..Want::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: CM-3
    #[test]
    fn a_number_is_read_as_it_stands_on_the_label() {
        let plain = BASE32_NOPAD.encode(&[9; 16]);
        let grouped = format!("{}-{} {}", &plain[..5], plain[5..10].to_lowercase(), &plain[10..]);
        assert_eq!(number(&plain), Some([9; 16]));
        assert_eq!(number(&grouped), Some([9; 16]));
        for no in ["", "night ferry", &plain[1..], &format!("{plain}a")] {
            assert_eq!(number(no), None, "{no}");
        }
    }
}
