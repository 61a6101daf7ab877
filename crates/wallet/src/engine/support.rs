//! Support: the playback log goes to the publisher's support desk when the holder agrees, and what comes back is taken
//! (SD-7).
//!
//! ```text
//!   draft ──► the holder sees all of it, and who reads it ──► agreed: written down ──► sent ──► answer taken
//! ```
//!
//! What is sent is what was shown, byte for byte, and it is written down before it leaves: the same request may be sent
//! again for ever and gets the same answer. No log leaves this wallet by itself, and none names its holder or holds a
//! secret.

mod choose;
mod kept;
mod take;

pub use kept::{Sent, Told};

use card::{MendRefusal, Plea, PleaRefusal, SupportLetter};
use deal::support::{NOTES_MAX, Noted, NotedStep, SupportSheet, Trouble};
use units::{Again, ContentId, LicenseId, PartyId, Refusal};

use super::{Wallet, locked};
use crate::{
    carry::CarryRefusal,
    player::{LogLine, Step},
};

/// Drafts that are remembered until they are agreed to.
const DRAFTS_MAX: usize = 8;

/// What the holder wants help with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HelpWanted {
    /// A title, a license or a content id.
    pub what: String,
    /// What is wrong; nothing: what the log says.
    pub trouble: Option<Trouble>,
    /// The holder's own words.
    pub words: String,
}

/// Everything that would be sent, and to whom. Nothing has been sent.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its id.
    pub id: [u8; 16],
    /// Who would read it.
    pub desk: PartyId,
    /// The desk's name, as certified.
    pub desk_name: String,
    /// The seller who would be asked, by name.
    pub seller: Option<(PartyId, String)>,
    /// The work's title.
    pub title: String,
    /// The license, if it is here.
    pub license: Option<LicenseId>,
    /// What it says.
    pub sheet: SupportSheet,
    sealed: Vec<u8>,
}

/// Why nothing was sent, in order of precedence. Nothing left this wallet.
#[derive(Debug, thiserror::Error)]
pub enum SupportRefused {
    /// Nobody said yes.
    #[error("nothing was sent: say that you agree to what was shown")]
    NotAgreed,
    /// It was not shown, or too long ago.
    #[error("show once more what would be sent: it was not shown, or too long ago")]
    NotShown,
    /// No such work.
    #[error("nothing named \"{0}\" is on this card, and no shop here knows it")]
    NoWork(String),
    /// There is nobody to send it to.
    #[error("there is nobody to send this to: its publisher has no support desk that this realm's registry lists")]
    Nobody,
    /// The card says no.
    #[error(transparent)]
    Plea(#[from] PleaRefusal),
    /// The desk could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// Its answer does not hold.
    #[error(transparent)]
    Answer(#[from] MendRefusal),
    /// It could not be written down, so it was not sent.
    #[error("the request could not be written down ({0}), so it was not sent; make room and try again")]
    Write(std::io::Error),
}

impl Refusal for SupportRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAgreed => "not-agreed",
            Self::NotShown => "support-not-shown",
            Self::NoWork(_) => "work-not-found",
            Self::Nobody => "support-nobody",
            Self::Plea(e) => e.code(),
            Self::Carry(e) => e.code(),
            Self::Answer(e) => e.code(),
            Self::Write(_) => "support-not-written",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Carry(e) => e.again(),
            Self::Answer(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(e) => e.theirs(),
            _ => None,
        }
    }
}

impl Wallet {
    /// Puts together what would be sent. Asks the realm's registry, shops and desks who they are, and tells them nothing.
    pub async fn draft_support(&self, lines: &[LogLine], wanted: &HelpWanted) -> Result<Draft, SupportRefused> {
        let about = self.about(&wanted.what).await?;
        let trouble = wanted.trouble.unwrap_or_else(|| choose::trouble(lines, &about));
        let desk = self.desk_for(&about).await?;
        let works = self.works_of(about.publisher).await;
        let plea = Plea {
            id: self.seed().id("support"),
            at: self.now(),
            publisher: about.publisher,
            trouble,
            content: Some(about.content),
            license: about.license,
            deal: about.deal,
            code: choose::code(lines, about.content),
            words: wanted.words.clone(),
            noted: noted(lines, |content| content == about.content || works.contains(&content)),
        };
        let sold_by = about.seller;
        let asking = plea.clone();
        let seller = self.on_card(move |card| card.seller_in(&asking, sold_by)).await?;
        let seller = match seller {
            Some(id) => Some(self.seller_listed(id).await?),
            None => None,
        };
        let (certificate, of_seller) = (desk.certificate.clone(), seller.as_ref().map(|s| s.certificate.clone()));
        let (now, seed) = (self.now(), self.seed());
        let letter: SupportLetter = self
            .on_card(move |card| card.ask_support(&plea, &certificate, of_seller.as_deref(), now, &seed))
            .await?;
        let draft = Draft {
            id: letter.sheet.id,
            desk: desk.id,
            desk_name: desk.name,
            seller: seller.filter(|_| letter.sheet.letter.is_some()).map(|s| (s.id, s.name)),
            title: about.title,
            license: about.license,
            sheet: letter.sheet,
            sealed: letter.sealed,
        };
        let mut drafts = locked(&self.0.drafts);
        if drafts.len() >= DRAFTS_MAX {
            drafts.pop_front();
        }
        drafts.push_back(draft.clone());
        drop(drafts);
        Ok(draft)
    }

    /// The draft of this id, as it was shown.
    pub fn support_draft(&self, id: &[u8; 16]) -> Option<Draft> {
        locked(&self.0.drafts).iter().find(|d| d.id == *id).cloned()
    }

    /// The holder agrees to a draft that was shown: it is written down, sent, and its answer taken. Pressing twice sends
    /// the same request.
    pub async fn send_support(&self, id: &[u8; 16], agreed: bool) -> Result<Sent, SupportRefused> {
        if !agreed {
            return Err(SupportRefused::NotAgreed);
        }
        let draft = self.support_draft(id).ok_or(SupportRefused::NotShown)?;
        if let Some(sent) = kept::read(self.home(), &kept::name(id)) {
            return self.ask_again(sent).await;
        }
        let sent = Sent::of(&draft, self.now());
        kept::write(self.home(), &sent).map_err(SupportRefused::Write)?;
        self.ask_again(sent).await
    }

    /// Sends a request again that was agreed to before: the same bytes, and the same answer.
    pub async fn support_again(&self, id: &str) -> Result<Sent, SupportRefused> {
        let sent = kept::read(self.home(), id).ok_or(SupportRefused::NotShown)?;
        self.ask_again(sent).await
    }

    /// Everything that was sent, the latest first.
    pub fn support_sent(&self) -> Vec<Sent> {
        kept::all(self.home())
    }
}

/// Lines as a request carries them: of works that concern the desk, plays by number. The names of plays stay here, for
/// they are the right to listen.
fn noted(lines: &[LogLine], concerns: impl Fn(ContentId) -> bool) -> Vec<Noted> {
    let mut plays: Vec<&str> = Vec::new();
    let mut out = Vec::new();
    for line in lines {
        let (Ok(content), Ok(license)) = (line.content.parse::<ContentId>(), line.license.parse::<LicenseId>()) else {
            continue;
        };
        if !concerns(content) {
            continue;
        }
        let play = line.play.as_deref().map(|name| {
            let known = plays.iter().position(|p| *p == name);
            let place = known.unwrap_or_else(|| {
                plays.push(name);
                plays.len().saturating_sub(1)
            });
            u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)
        });
        out.push(Noted {
            at: units::Moment(line.ms),
            step: step(line.step),
            content,
            license,
            play,
            from: line.from,
            to: line.to,
            code: line.code.clone().filter(|c| deal::support::is_code(c)),
        });
    }
    let surplus = out.len().saturating_sub(NOTES_MAX);
    out.drain(..surplus);
    out
}

const fn step(step: Step) -> NotedStep {
    match step {
        Step::Began => NotedStep::Began,
        Step::Continued => NotedStep::Continued,
        Step::Asked => NotedStep::Asked,
        Step::Played => NotedStep::Played,
        Step::Refused => NotedStep::Refused,
        Step::Stopped => NotedStep::Stopped,
        Step::HandedOut => NotedStep::HandedOut,
        Step::Ended => NotedStep::Ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Moment;

    /// proves: SD-7 row-30
    #[test]
    fn only_lines_of_the_publishers_works_go_along_and_plays_lose_their_names() {
        let line = |content: u8, play: &str, at: u64| LogLine {
            play: Some(play.into()),
            code: Some("Not A Code".into()),
            ..LogLine::new(Moment(at), Step::Played, ContentId([content; 16]), LicenseId([9; 16]))
        };
        let lines = [
            line(1, "abcdefgh", 1),
            line(2, "secretxx", 2),
            line(1, "abcdefgh", 3),
            line(1, "zzzzzzzz", 4),
        ];
        let told = noted(&lines, |content| content == ContentId([1; 16]));
        assert_eq!(
            told.iter().map(|n| n.play).collect::<Vec<_>>(),
            [Some(1), Some(1), Some(2)]
        );
        assert!(told.iter().all(|n| n.code.is_none() && n.content == ContentId([1; 16])));
        let bytes = seal::cbor::to_bytes(&told);
        for secret in ["abcdefgh", "secretxx", "zzzzzzzz"] {
            assert!(!bytes.windows(8).any(|w| w == secret.as_bytes()));
        }
        let many: Vec<LogLine> = (0..2 * NOTES_MAX as u64).map(|n| line(1, "abcdefgh", n)).collect();
        let told = noted(&many, |_| true);
        assert_eq!((told.len(), told[0].at), (NOTES_MAX, Moment(NOTES_MAX as u64)));
    }
}
