//! Session: one play of one license. It can be interrupted and continued; keys and the last piece live in memory only.

use std::sync::{Arc, Mutex};

use data_encoding::BASE32_NOPAD;
use package::{KeySource, Layout, OpenError, ReadAt};
use units::{ContentId, LicenseId, Moment, Refusal, Share};

use super::{CardKeys, LogLine, PlayRefused, PlaybackLog, Stage, Step, Watch, apart, plays::Plays};
use crate::{
    engine::{Wallet, locked},
    packages::{Arrival, KeptError, Readable},
};

/// Stretches whose release is remembered for content that is kept opened.
const RELEASED_MAX: usize = 32;

/// One play.
pub struct Session {
    id: String,
    room: String,
    stage: Stage,
    license: LicenseId,
    content: ContentId,
    title: String,
    media_type: String,
    len: u64,
    until: Moment,
    keys: CardKeys,
    wallet: Wallet,
    around: Around,
    pub(super) desk: Mutex<apart::Desk>,
    layout: Layout,
    coming: Option<Arc<Arrival>>,
    reading: Mutex<Reading>,
    state: Mutex<State>,
}

/// What the plays of one player share.
#[derive(Clone)]
pub(super) struct Around {
    pub log: Arc<PlaybackLog>,
    pub plays: Arc<Plays>,
    pub watch: Watch,
}

struct Reading {
    /// `None` once the play has ended: keys and plaintext are gone with it.
    readable: Option<Readable>,
    released: Vec<u32>,
}

#[derive(Default)]
struct State {
    ended: bool,
    played: u64,
    reached_end: bool,
    place: u64,
    /// A page shows it: that page tells when it has come to its end, for browsers read far ahead.
    on_page: bool,
    finished: bool,
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Its name is the right to listen, so not even a log gets it.
        write!(f, "Session({})", self.license.short())
    }
}

impl Session {
    pub(super) fn begin(wallet: &Wallet, readable: Readable, keys: CardKeys, around: Around, place: u64) -> Self {
        let header = readable.front().header();
        let seed = wallet.seed();
        let name = |part: &str| BASE32_NOPAD.encode(seed.part(part).expose()).to_ascii_lowercase();
        Self {
            id: name("play"),
            room: name("room"),
            stage: Stage::of(header.kind, &header.media_type),
            license: keys.ticket().license(),
            content: header.content,
            title: header.title.clone(),
            media_type: header.media_type.clone(),
            len: header.geometry.share_len(keys.ticket().share()),
            until: keys.ticket().resumable_until(),
            keys,
            wallet: wallet.clone(),
            around,
            desk: Mutex::default(),
            layout: readable.front().layout(),
            coming: match &readable {
                Readable::Sealed(_, coming) => coming.clone(),
                Readable::Opened(..) => None,
            },
            reading: Mutex::new(Reading {
                readable: Some(readable),
                released: Vec::new(),
            }),
            state: Mutex::new(State {
                place,
                ..State::default()
            }),
        }
    }

    /// Its name: 256 random bits, the right to listen to this play.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Its name on the content origin: 256 other random bits, for what is shown there can read its own address.
    pub fn room(&self) -> &str {
        &self.room
    }
    /// How it is shown.
    pub const fn stage(&self) -> Stage {
        self.stage
    }
    /// Where it is: milliseconds, a chapter, a part or a page, by the stage.
    pub fn place(&self) -> u64 {
        locked(&self.state).place
    }
    /// Notes where it is, to go on from there.
    pub fn set_place(&self, place: u64) {
        locked(&self.state).place = place;
        self.around.plays.at_place(self.license, place);
    }
    /// How much of the work its license opens.
    pub fn share(&self) -> Share {
        self.keys.ticket().share()
    }
    /// Is it this package that is played, and not another version of the work?
    pub(super) fn plays(&self, package: units::Hash) -> bool {
        self.keys.header().hash() == package
    }
    /// Which license.
    pub const fn license(&self) -> LicenseId {
        self.license
    }
    /// Which work.
    pub const fn content(&self) -> ContentId {
        self.content
    }
    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// The media type of the plain content.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }
    /// Bytes of content that this play may use: all, or those of its share.
    pub const fn len(&self) -> u64 {
        self.len
    }
    /// Does the license open a part of the work only?
    pub fn is_part(&self) -> bool {
        self.share() != Share::Whole
    }
    /// Nothing to play?
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Until when it can be continued.
    pub const fn until(&self) -> Moment {
        self.until
    }

    /// May anything still be read in it?
    pub(super) fn lives(&self, now: Moment) -> bool {
        now <= self.until && !locked(&self.state).ended
    }
    /// Is it to be continued when the holder presses play? One that was played through is over: the next is a new one.
    pub(super) fn goes_on(&self, now: Moment) -> bool {
        let state = locked(&self.state);
        self.lives_in(now, &state) && !self.is_through(&state)
    }
    const fn is_through(&self, state: &State) -> bool {
        if state.on_page && self.stage.runs() {
            return state.finished;
        }
        self.stage_ends() && state.reached_end && state.played >= self.len
    }
    /// A page shows it from now on.
    pub fn on_page(&self) {
        locked(&self.state).on_page = true;
    }
    /// It was played to its end: the next time is a new play.
    pub fn finish(&self) {
        locked(&self.state).finished = true;
        self.around.plays.over(self.license);
    }
    /// A page is turned back and a game is played on: only what runs, or is seen at a glance, is ever through.
    const fn stage_ends(&self) -> bool {
        self.stage.runs() || matches!(self.stage, Stage::Picture | Stage::Other)
    }
    const fn lives_in(&self, now: Moment, state: &State) -> bool {
        now.0 <= self.until.0 && !state.ended
    }

    pub(super) fn note(&self, step: Step, range: Option<(u64, u64)>, code: Option<&str>) {
        self.around.log.write(&LogLine {
            play: Some(self.id.chars().take(8).collect()),
            from: range.map(|(from, _)| from),
            to: range.map(|(_, to)| to),
            code: code.map(str::to_owned),
            ..LogLine::new(self.wallet.now(), step, self.content, self.license)
        });
    }

    /// Fills `buf` from `offset` of the content; fewer bytes only at the end. Waits for the disk, for bytes still coming, and
    /// for the card: not for threads that serve others.
    pub fn read(&self, offset: u64, buf: &mut [u8]) -> Result<usize, PlayRefused> {
        let result = self.try_read(offset, buf);
        match &result {
            Ok(n) => {
                let mut state = locked(&self.state);
                state.played = state.played.saturating_add(*n as u64);
                state.reached_end |= offset.saturating_add(*n as u64) >= self.len;
                if self.is_through(&state) {
                    drop(state);
                    self.around.plays.over(self.license);
                }
            }
            Err(no) => self.note(Step::Refused, Some((offset, offset)), Some(no.code())),
        }
        result
    }

    /// The same without playing it: to find one's way in a work, or a piece of it to be shown. A refusal is noted all the same.
    pub(super) fn peek(&self, offset: u64, buf: &mut [u8]) -> Result<usize, PlayRefused> {
        let read = self.try_read(offset, buf);
        read.inspect_err(|no| self.note(Step::Refused, Some((offset, offset)), Some(no.code())))
    }

    fn try_read(&self, offset: u64, buf: &mut [u8]) -> Result<usize, PlayRefused> {
        if let Some(pid) = self.around.watch.look() {
            self.note(Step::Stopped, Some((offset, offset)), Some("player-watched"));
            self.end();
            return Err(PlayRefused::Watched(pid));
        }
        if !self.lives(self.wallet.now()) {
            return Err(PlayRefused::Ended);
        }
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = buf.len().min(left);
        let buf = buf.get_mut(..len).unwrap_or_default();
        self.wait_for(offset, len as u64)?;
        let mut reading = locked(&self.reading);
        let Reading { readable, released } = &mut *reading;
        let read = match readable {
            None => return Err(PlayRefused::Ended),
            Some(Readable::Sealed(package, _)) => package.read_at(offset, buf, &self.keys),
            Some(Readable::Opened(front, kept)) => {
                // Opened already, and still the card is asked for every stretch: share, period and date are its business.
                self.ask_for(front, released, offset, buf.len() as u64).and_then(|()| {
                    kept.fill_at(offset, buf)
                        .map_err(|error| OpenError::Read { offset, error })
                })
            }
        };
        read.map_err(|no| KeptError::Package(no).into())
    }

    /// Waits for bytes that are still coming before anything is locked: a reader far ahead must not hold up one that has
    /// what it wants.
    fn wait_for(&self, offset: u64, len: u64) -> Result<(), PlayRefused> {
        let last = offset.saturating_add(len).saturating_sub(1);
        if let (Some(coming), Some(piece), true) = (&self.coming, self.layout.piece_at(last), len > 0) {
            coming.wait_for(piece.file.end).map_err(KeptError::Read)?;
        }
        Ok(())
    }

    fn ask_for(&self, front: &package::Front, released: &mut Vec<u32>, from: u64, len: u64) -> Result<(), OpenError> {
        let layout = front.layout();
        let (mut at, end) = (from, from.saturating_add(len));
        while at < end {
            let Some(stretch) = layout.piece_at(at).and_then(|p| layout.stretch(p.stretch)) else {
                break;
            };
            if !released.contains(&stretch.index) {
                // The key itself is not needed, and wiped at once.
                drop(self.keys.stretch(stretch.index)?);
                if released.len() >= RELEASED_MAX {
                    released.remove(0);
                }
                released.push(stretch.index);
            }
            at = stretch.plain.end;
        }
        Ok(())
    }

    /// Ends it: keys and plaintext are wiped.
    pub fn end(&self) {
        let mut state = locked(&self.state);
        // One that was played through has left the list, and another may have taken its place.
        let goes_on = !state.ended && !self.is_through(&state);
        state.ended = true;
        drop(state);
        if goes_on {
            self.around.plays.over(self.license);
        }
        // A read that is under way ends first; it waits for nothing but the disk and the card.
        locked(&self.reading).readable = None;
        self.note(Step::Ended, None, None);
    }
}
