//! Install: a locked license arrives. Nothing leaves the card for it, so there is no record and nobody to wait for.

use units::Moment;

use crate::{AskRefusal, Entry, Held, PayRefusal, State};

impl State {
    /// Takes a locked license that was checked and agreed to; `until`: the date of its quote.
    pub fn install(&self, held: Held, until: Moment, now: Moment) -> Result<Entry, PayRefusal> {
        self.may_deal()?;
        if now > until {
            return Err(PayRefusal::QuoteEnded(until));
        }
        // Its tag is good for one deal: another one came first.
        if !self.tags.iter().any(|(tag, ..)| *tag == held.tag) {
            return Err(AskRefusal::NoTag.into());
        }
        if self.licenses.values().any(|h| h.offer == held.offer) {
            return Err(PayRefusal::AlreadyHeld);
        }
        if self.paid.iter().any(|p| p.pay.quote.offer == Some(held.offer)) {
            return Err(PayRefusal::AlreadyOpen);
        }
        if self.licenses_reserved() >= self.profile.licenses_max as usize {
            return Err(PayRefusal::LicensesFull(self.profile.licenses_max));
        }
        Ok(Entry::Installed(held))
    }
}
