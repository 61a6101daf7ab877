//! Help: a holder's request, kept once under its id, and answered the same however often it is asked (SD-7).

use deal::{
    support::{Advice, Finding, Reissued, ReissuedSheet, Stage, SupportSheet, SupportedSheet, Trouble},
    wire::{open_sealed, sign_and_seal},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, Seed, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, ContentId, Hash, Moment, PartyId, Refusal};

use super::{
    Support, Then,
    advice::{self, Course},
};
use crate::{
    door::NotRead,
    epoch,
    errand::{self, ErrandId, Reply, Step, Verb},
    say::NoReader,
};

/// One request, as the desk keeps it. It holds no name, no card and no key of content.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Request {
    /// Hash of the signed request: the id stands for nothing else.
    #[n(0)]
    pub letter: Hash,
    /// The whole request, with the playback log; nothing once its time is over.
    #[n(1)]
    pub sheet: Option<ByteVec>,
    /// When it came.
    #[n(2)]
    pub at: Moment,
    /// Whose work.
    #[n(3)]
    pub publisher: PartyId,
    /// What is wrong.
    #[n(4)]
    pub trouble: Trouble,
    /// Which work.
    #[n(5)]
    pub content: Option<ContentId>,
    /// The code the holder was shown.
    #[n(6)]
    pub code: Option<String>,
    /// The holder's words.
    #[n(7)]
    pub words: String,
    /// How far it has come.
    #[n(8)]
    pub stage: Stage,
    /// What was said.
    #[n(9)]
    pub advice: Vec<Advice>,
    /// The seller that was asked.
    #[n(10)]
    pub seller: Option<PartyId>,
    /// What the seller found.
    #[n(11)]
    pub finding: Option<Finding>,
    /// The answer, signed and sealed, once there is one.
    #[n(12)]
    pub answer: Option<ByteVec>,
    /// When it was answered.
    #[n(13)]
    pub answered: Option<Moment>,
    /// How often it was asked again.
    #[n(14)]
    pub again: u32,
}
impl Value for Request {}

impl Request {
    /// What the player noted, as far as it is still kept.
    pub fn sheet(&self) -> Option<SupportSheet> {
        cbor::from_bytes(self.sheet.as_ref()?).ok()
    }
    /// Nothing that its sender wrote stays.
    /// Its holder had it forgotten before anybody answered.
    pub(super) const fn is_given_up(&self) -> bool {
        self.answer.is_none() && self.sheet.is_none()
    }
    fn forget_words(&mut self) {
        self.sheet = None;
        self.words.clear();
    }
}

pub(super) const REQUESTS: Map<[u8; 16], Request> = Map::new(Table::new("support_requests"));
pub(super) const BY_TIME: Map<(Moment, [u8; 16]), ()> = Map::new(Table::new("support_by_time"));
/// Requests whose log is still kept, by when they came.
pub(super) const OLD: Map<(Moment, [u8; 16]), ()> = Map::new(Table::new("support_logs"));
/// Requests of a day.
pub(super) const DAYS: Map<u64, u32> = Map::new(Table::new("support_days"));

const DAY_MS: u64 = 86_400_000;
/// Logs dropped in one round of chores.
const DROP_MAX: usize = 200;

/// Why a request was not kept, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HelpRefused {
    /// The centre is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// Longer than such a thing may be.
    #[error("the request is longer than a request may be; leave something out")]
    TooLong,
    /// Another publisher's work.
    #[error("this desk does not help with works of that publisher; its policies say who does")]
    NotOurs,
    /// The id stands for another request.
    #[error("this request was made before with another content; make a new one")]
    OtherContent,
    /// Too many today.
    #[error("more requests came today than this desk takes in a day; ask again tomorrow")]
    Full,
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for HelpRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::TooLong => "support-too-long",
            Self::NotOurs => "support-not-ours",
            Self::OtherContent => "support-other-content",
            Self::Full => "support-full",
            Self::NoReader(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::TooLong | Self::OtherContent => Again::AfterYouAct,
            Self::NotOurs => Again::Never,
            Self::Full => Again::Later,
            Self::NoReader(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(HelpRefused);

/// Why an operator's answer was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefused {
    /// No such request.
    #[error("there is no such request here")]
    NoRequest,
    /// It was answered, or its holder has given it up.
    #[error("this request was answered before, or its holder has given it up; nobody waits for another word")]
    Answered,
    /// The seller is being asked.
    #[error("the shop is being asked about this request; wait for its word")]
    SellerAsked,
    /// A code or words that cannot be said.
    #[error("an answer has a code of lower-case letters, digits and dashes, and 1 to 500 characters of words")]
    Words,
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AnswerRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoRequest => "request-unknown",
            Self::Answered => "request-answered",
            Self::SellerAsked => "request-with-seller",
            Self::Words => "answer-words",
            Self::NoReader(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::SellerAsked => Again::Later,
            Self::NoRequest | Self::Answered => Again::Never,
            Self::Words => Again::AfterYouAct,
            Self::NoReader(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(AnswerRefused);

fn errand_of(id: &[u8; 16]) -> ErrandId {
    ErrandId::of("reissue", id)
}

fn lost(why: &str) -> Fault {
    Fault::Corrupt {
        table: "support_requests",
        why: why.to_owned(),
    }
}

impl Support {
    /// Takes a request sealed to this desk. The same request again is never kept twice, and gets the answer it got.
    pub(super) fn help(&self, tx: &mut dyn Tx, sealed: &[u8], now: Moment, seed: &Seed) -> Result<Step, HelpRefused> {
        epoch::require::<HelpRefused>(tx)?;
        let signed = open_sealed(self.keys.opener(), Kind::Support, sealed).map_err(|_| NotRead::NotOpened)?;
        let parsed =
            seal::parse::<SupportSheet>(&signed, Kind::Support, self.desk.realm_id()).map_err(NotRead::from)?;
        let key = parsed.claims().sign;
        let sheet = parsed.verify(&key, self.keys.audience()).map_err(NotRead::from)?;
        if !sheet.is_bounded() {
            return Err(HelpRefused::TooLong);
        }
        if !self.serves(sheet.publisher) {
            return Err(HelpRefused::NotOurs);
        }
        let letter = seal::hash(&signed);
        match REQUESTS.get(tx, &sheet.id)? {
            Some(kept) if kept.letter != letter => Err(HelpRefused::OtherContent),
            Some(kept) => self.help_again(tx, kept, &sheet, now, seed),
            None => self.help_first(tx, letter, &sheet, now, seed),
        }
    }

    fn help_first(
        &self,
        tx: &mut dyn Tx,
        letter: Hash,
        sheet: &SupportSheet,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, HelpRefused> {
        let day = now.0 / DAY_MS;
        let today = DAYS.get(tx, &day)?.unwrap_or(0);
        if today >= self.config.day_max {
            return Err(HelpRefused::Full);
        }
        DAYS.put(tx, &day, &today.saturating_add(1))?;
        let mut request = Request {
            letter,
            sheet: Some(ByteVec::from(cbor::to_bytes(sheet))),
            at: now,
            publisher: sheet.publisher,
            trouble: sheet.trouble,
            content: sheet.content,
            code: sheet.code.clone(),
            words: sheet.words.clone(),
            stage: Stage::Looking,
            advice: Vec::new(),
            seller: None,
            finding: None,
            answer: None,
            answered: None,
            again: 0,
        };
        BY_TIME.put(tx, &(now, sheet.id), &())?;
        OLD.put(tx, &(now, sheet.id), &())?;
        match (advice::course(sheet), &sheet.letter) {
            (Course::Answer(advice), _) => {
                request.advice = advice;
                request.stage = Stage::Answered;
                let answer = self.close(tx, &mut request, sheet, None, now, seed)?;
                Ok(Step::Answer(answer))
            }
            (Course::Seller, Some(letter)) => {
                request.advice = advice::seller_asked();
                request.seller = Some(letter.to);
                REQUESTS.put(tx, &sheet.id, &request)?;
                let then = cbor::to_bytes(&Then::Reissue(sheet.id));
                let body = letter.sealed.to_vec();
                let errand = errand::post(tx, errand_of(&sheet.id), letter.to, Verb::Reissue, body, then, now)?;
                Ok(Step::Errand(errand))
            }
            (Course::Seller, None) | (Course::Person, _) => {
                request.advice = advice::person_looks();
                REQUESTS.put(tx, &sheet.id, &request)?;
                Ok(Step::Answer(self.say_so_far(&request, sheet, seed)?))
            }
        }
    }

    /// The same request: the answer it got, or how far it has come.
    fn help_again(
        &self,
        tx: &mut dyn Tx,
        mut kept: Request,
        sheet: &SupportSheet,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, HelpRefused> {
        kept.again = kept.again.saturating_add(1);
        REQUESTS.put(tx, &sheet.id, &kept)?;
        if let Some(answer) = kept.answer {
            return Ok(Step::Answer(answer.into()));
        }
        match (errand::open(tx, errand_of(&sheet.id))?, &sheet.letter) {
            // Whoever asks again is not kept waiting for the sweep: the same errand, with its own bytes.
            (Some(_), Some(letter)) => {
                let then = cbor::to_bytes(&Then::Reissue(sheet.id));
                let body = letter.sealed.to_vec();
                let errand = errand::post(tx, errand_of(&sheet.id), letter.to, Verb::Reissue, body, then, now)?;
                Ok(Step::Errand(errand))
            }
            _ => Ok(Step::Answer(self.say_so_far(&kept, sheet, seed)?)),
        }
    }

    /// The seller has answered, or not.
    pub(super) fn seller_said(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        id: &[u8; 16],
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, HelpRefused> {
        epoch::require::<HelpRefused>(tx)?;
        let mut request = REQUESTS.get(tx, id)?.ok_or_else(|| lost("a request under way"))?;
        let Some(sheet) = request.sheet() else {
            // Its time is over: nobody waits for it.
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        };
        let Some((finding, reissued)) = self.word_of_seller(tx, &request, id, reply)? else {
            errand::later(tx, errand, now)?;
            return Ok(Step::Answer(self.say_so_far(&request, &sheet, seed)?));
        };
        errand::finish(tx, errand)?;
        request.finding = Some(finding);
        request.advice = advice::of(finding);
        request.stage = if finding.repairs() {
            Stage::Repaired
        } else {
            Stage::Answered
        };
        let answer = self.close(tx, &mut request, &sheet, Some(reissued), now, seed)?;
        Ok(Step::Answer(answer))
    }

    /// The seller's signed word about a request, if the reply is one.
    fn word_of_seller(
        &self,
        tx: &mut dyn Tx,
        request: &Request,
        id: &[u8; 16],
        reply: Reply<'_>,
    ) -> Result<Option<(Finding, ByteVec)>, Fault> {
        let (Reply::Answer(bytes), Some(seller)) = (reply, request.seller) else {
            return Ok(None);
        };
        let known = self.desk.known(tx)?;
        let (Some(by), Ok(sheet)) = (
            known.ever_certified::<role::Seller>(seller),
            cbor::from_bytes::<ReissuedSheet>(bytes),
        ) else {
            return Ok(None);
        };
        let word = seal::parse::<Reissued>(&sheet.signed, Kind::Reissued, self.desk.realm_id())
            .and_then(|s| s.verify(by.sign(), Audience::Anyone));
        let fits = |w: &Reissued| w.id == *id && w.gift == seal::hash(&sheet.gift);
        Ok(word
            .ok()
            .filter(fits)
            .map(|w| (w.finding, ByteVec::from(bytes.to_vec()))))
    }

    /// Writes the answer, which stands from now on.
    fn close(
        &self,
        tx: &mut dyn Tx,
        request: &mut Request,
        sheet: &SupportSheet,
        reissued: Option<ByteVec>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, HelpRefused> {
        let answer = self.say(request, sheet, reissued, seed)?;
        request.answer = Some(ByteVec::from(answer.clone()));
        request.answered = Some(now);
        REQUESTS.put(tx, &sheet.id, request)?;
        Ok(answer)
    }

    fn say_so_far(&self, request: &Request, sheet: &SupportSheet, seed: &Seed) -> Result<Vec<u8>, NoReader> {
        self.say(request, sheet, None, seed)
    }

    fn say(
        &self,
        request: &Request,
        sheet: &SupportSheet,
        reissued: Option<ByteVec>,
        seed: &Seed,
    ) -> Result<Vec<u8>, NoReader> {
        let answer = SupportedSheet {
            id: sheet.id,
            stage: request.stage,
            advice: request.advice.clone(),
            reissued,
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let to = Audience::One(sheet.id);
        let realm = self.desk.realm_id();
        let signer = self.keys.signer();
        sign_and_seal(
            signer,
            Kind::Supported,
            realm,
            to,
            &sheet.seal,
            &answer,
            &seed.part("supported"),
        )
        .map_err(|_| NoReader)
    }

    /// An operator answers a request that waits for a person.
    pub fn answer_by_hand(
        &self,
        tx: &mut dyn Tx,
        id: [u8; 16],
        code: &str,
        words: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<(), AnswerRefused> {
        let mut request = REQUESTS.get(tx, &id)?.ok_or(AnswerRefused::NoRequest)?;
        if request.answer.is_some() || request.is_given_up() {
            return Err(AnswerRefused::Answered);
        }
        if errand::open(tx, errand_of(&id))?.is_some() {
            return Err(AnswerRefused::SellerAsked);
        }
        let coded = !code.is_empty() && deal::support::is_code(code);
        let said = (1..=deal::support::WORDS_MAX).contains(&words.chars().count());
        if !coded || !said || words.chars().any(|c| c.is_control() && c != '\n') {
            return Err(AnswerRefused::Words);
        }
        let sheet = request.sheet().ok_or_else(|| lost("a request that waits"))?;
        request.stage = Stage::Answered;
        request.advice = vec![Advice {
            code: code.to_owned(),
            text: words.to_owned(),
        }];
        self.close(tx, &mut request, &sheet, None, now, seed)
            .map(|_| ())
            .map_err(|no| match no {
                HelpRefused::Fault(fault) => fault.into(),
                _ => AnswerRefused::NoReader(NoReader),
            })
    }

    /// What a holder wrote, and the playback log that came with it, are forgotten at the holder's wish: whoever has the id of a
    /// request made it. One that waits is given up. False: there is no such request.
    pub fn forget_request(&self, tx: &mut dyn Tx, id: [u8; 16]) -> Result<bool, Fault> {
        let Some(mut request) = REQUESTS.get(tx, &id)? else {
            return Ok(false);
        };
        OLD.delete(tx, &(request.at, id))?;
        request.forget_words();
        request.stage = Stage::Answered;
        REQUESTS.put(tx, &id, &request)?;
        Ok(true)
    }

    /// Playback logs and holders' words whose time is over are dropped; what was wrong and what was answered stays. One that
    /// still waits for its answer keeps both.
    pub(super) fn forget_logs(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let until = now.less(self.config.keep);
        for ((at, id), ()) in OLD.range(tx, Keys::all().until(&until), DROP_MAX)? {
            let Some(mut request) = REQUESTS.get(tx, &id)? else {
                continue;
            };
            if request.answer.is_none() {
                continue;
            }
            request.forget_words();
            REQUESTS.put(tx, &id, &request)?;
            OLD.delete(tx, &(at, id))?;
        }
        Ok(())
    }

    /// One request.
    pub fn request(&self, view: &mut dyn View, id: [u8; 16]) -> Result<Option<Request>, Fault> {
        REQUESTS.get(view, &id)
    }

    /// At most `limit` requests, newest first, before `before`.
    pub fn requests(
        &self,
        view: &mut dyn View,
        before: Option<(Moment, [u8; 16])>,
        limit: usize,
    ) -> Result<Vec<([u8; 16], Request)>, Fault> {
        let mut keys = Keys::all().newest_first();
        if let Some(before) = before {
            keys = keys.after(&before);
        }
        let mut out = Vec::new();
        for ((_, id), ()) in BY_TIME.range(view, keys, limit)? {
            out.extend(REQUESTS.get(view, &id)?.map(|request| (id, request)));
        }
        Ok(out)
    }
}
