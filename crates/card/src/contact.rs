//! Contact: the card reports to its issuer and takes what comes back: a clearance, rulings, certificates, time, the way
//! back for a restored card.

use alloc::{vec, vec::Vec};
use deal::{
    Entry,
    wire::{self, ClearanceSheet, ReportSheet},
};
use seal::{Audience, Class, Kind, NotSigned, Seed, role};
use units::{Again, Moment, Refusal};

use crate::{
    BirthRefusal, Card, Event, Fault, Journal, Line, Outgoing, Settled, Took, birth::tags_wanted, image::Change,
};

/// What a contact has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contact {
    /// Open deals that were settled by it.
    pub settled: usize,
    /// The issuer has seen more of this card than the card knows: it is an old copy, and froze.
    pub frozen: bool,
    /// The card was resumed.
    pub resumed: bool,
    /// When to ask again for the way back.
    pub resume_from: Option<Moment>,
    /// Unused transfer certificates now.
    pub tags: usize,
    /// Licenses of payments that were ruled void, or of a lost card, whose gifts came to light all the same.
    pub late: usize,
}

/// Why the issuer's answer is not taken. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactRefusal {
    /// Not sealed to this card.
    #[error("this answer is for another card")]
    OtherCard,
    /// Not the issuer's, or what it brings does not hold.
    #[error(transparent)]
    Issuer(#[from] BirthRefusal),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ContactRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherCard => "issuer-answer-for-another-card",
            Self::Issuer(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::OtherCard => Again::Never,
            Self::Issuer(e) => e.again(),
            Self::Fault(e) => e.again(),
        }
    }
}

impl<J: Journal> Card<J> {
    /// The report, for the issuer: closes all quotes first, tells everything unfinished, asks for new certificates when
    /// few are left.
    pub fn report(&mut self, class: Class, clock: Moment, seed: &Seed) -> Result<Outgoing, Fault> {
        let card = self.image.card.ok_or(Fault::NotEnrolled)?;
        let issuer = self
            .trust
            .check_ever::<role::Issuer>(&self.image.issuer)
            .map_err(|_| Fault::NotEnrolled)?;
        let mut changes = vec![Change::Deal(Entry::Reported, None, None)];
        let now = self.now(clock);
        let left = self
            .image
            .state
            .tags
            .iter()
            .filter(|(_, until, _)| *until > now)
            .count() as u64;
        let want = tags_wanted(class);
        let count = if left.saturating_mul(2) < want {
            want.saturating_sub(left)
        } else {
            0
        };
        let first = self.image.tags_made;
        if count > 0 {
            changes.push(Change::TagsMade(first.saturating_add(count)));
        }
        let durable = self.commit(&Change::All(changes), &seed.part("reported"))?;
        let tags = self
            .tag_names(first, count)
            .into_iter()
            .map(|tag| license::Receiver {
                tag,
                sign: self.tag_signer(tag).verify_key(),
                seal: self.tag_opener(tag).seal_to(),
            })
            .collect();
        let sheet = ReportSheet {
            report: self.image.state.report(card),
            tags,
            dones: self.image.dones.clone(),
        };
        let bytes = wire::sign_and_seal(
            &self.own_signer(),
            Kind::Report,
            self.realm,
            Audience::One(issuer.subject()),
            issuer.seal(),
            &sheet,
            &seed.part("report-seal"),
        )
        .map_err(|_| Fault::Seal)?;
        // In front, in the clear: which card's key checks it, as the issuer must know before it can look.
        Ok(Outgoing::after(durable, bytes))
    }

    /// Takes the issuer's answer to a report.
    pub fn cleared(&mut self, answer: &[u8], clock: Moment, seed: &Seed) -> Result<Contact, ContactRefusal> {
        let signed =
            wire::open_sealed(&self.own_opener(), Kind::Clearance, answer).map_err(|_| ContactRefusal::OtherCard)?;
        let parsed = seal::parse::<ClearanceSheet>(&signed, Kind::Clearance, self.realm).map_err(forged)?;
        let me = self.image.card.ok_or(ContactRefusal::Fault(Fault::NotEnrolled))?;
        let issuer = self
            .trust
            .check_ever::<role::Issuer>(&parsed.claims().news.issuer)
            .map_err(|e| ContactRefusal::Issuer(BirthRefusal::Issuer(e)))?;
        let sheet = parsed.verify(issuer.sign(), me.into()).map_err(forged)?;
        let (mut changes, _) = self.news(&sheet.news, true)?;
        changes.push(Change::Deal(Entry::Cleared(sheet.clearance.clone()), None, None));
        changes.push(Change::Deal(Entry::Profile(sheet.profile.clone()), None, None));
        let mut contact = Contact {
            resume_from: sheet.resume_from,
            ..Contact::default()
        };
        let mine = self.image.state.report(me);
        let now = self.now(clock);
        if sheet.seen.is_ahead_of(&mine) && !self.image.state.frozen && sheet.resume.is_none() {
            changes.push(Change::Deal(Entry::Frozen, Some(own_line(now, Event::Frozen)), None));
            contact.frozen = true;
        }
        if let Some(entry) = sheet
            .resume
            .as_ref()
            .filter(|r| r.card == me)
            .and_then(|r| self.image.state.resume(r))
        {
            changes.push(Change::Deal(entry, Some(own_line(now, Event::Resumed)), None));
            contact.resumed = true;
        }
        if let (Some(at), None) = (sheet.stopped, self.image.state.stopped) {
            let line = own_line(now, Event::Stopped);
            changes.push(Change::Deal(Entry::Stopped(at), Some(line), None));
        }
        let _durable = self.commit(&Change::All(changes), &seed.part("cleared"))?;
        self.trust_again();
        for late in sheet.late.iter().flatten() {
            contact.late = contact
                .late
                .saturating_add(usize::from(self.take_late(late, now, seed)?));
        }
        for (n, gift) in sheet.inherited.iter().flatten().enumerate() {
            // One that does not hold is told again; it must not stand in the way of the others.
            if let Ok(Took::License(_)) = self.take_inherited(gift, clock, &seed.part(&alloc::format!("inherited-{n}")))
            {
                contact.late = contact.late.saturating_add(1);
            }
        }
        for (n, ruling) in sheet.rulings.iter().enumerate() {
            // A ruling that does not fit closes nothing; the next report asks again.
            if let Ok(Settled::Given { .. } | Settled::Void { .. }) =
                self.settle(ruling, clock, &seed.part(&alloc::format!("ruling-{n}")))
            {
                contact.settled = contact.settled.saturating_add(1);
            }
        }
        contact.tags = self.image.state.tags.len();
        contact.frozen = self.image.state.frozen;
        Ok(contact)
    }

    /// Takes a tick of a certified clock alone. Time only moves forward, in bounded jumps.
    pub fn take_tick(&mut self, bytes: &[u8], seed: &Seed) -> Result<(), BirthRefusal> {
        if let Some(at) = self.tick(bytes, false)? {
            self.commit(&Change::Deal(Entry::Tick(at), None, None), seed)?;
        }
        Ok(())
    }

    /// Signed `done`s not yet delivered, each with its giver.
    pub fn dones(&self) -> Vec<([u8; 16], Vec<u8>)> {
        self.image
            .dones
            .iter()
            .map(|(to, bytes)| (*to, bytes.to_vec()))
            .collect()
    }

    /// A giver has taken its `done`s.
    pub fn dones_taken(&mut self, givers: Vec<[u8; 16]>, seed: &Seed) -> Result<(), Fault> {
        if givers.is_empty() {
            return Ok(());
        }
        self.commit(&Change::DonesTaken(givers), seed).map(|_| ())
    }
}

fn forged(e: NotSigned) -> ContactRefusal {
    ContactRefusal::Issuer(BirthRefusal::Forged(e))
}

pub(crate) fn own_line(at: Moment, event: Event) -> Line {
    Line {
        at,
        event,
        kind: None,
        title: alloc::string::String::new(),
        amount: None,
        with: None,
        deal: None,
        peer: None,
        generation: None,
        copies: None,
    }
}
