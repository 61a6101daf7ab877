//! The player: keys of stretches out of the card, one by one, and plaintext into whatever shows it. Nothing it opens touches
//! the disk (SD-6); what it did stands in its log (SD-7).

mod album;
mod apart;
mod convert;
mod keys;
mod log;
mod out;
mod parts;
mod plays;
mod session;
mod stage;
mod stream;
mod watch;

pub use album::{AlbumTrack, place_in, place_of};
pub use convert::{Converting, NotConverted, converter_here};
pub use keys::CardKeys;
pub use log::{LogLine, PlaybackLog, Step};
pub use out::HandedOut;
pub use parts::Part;
pub use session::Session;
pub use stage::Stage;
pub(crate) use stream::whole;
pub use stream::{Stretch, serve};
pub use watch::Watch;

use std::{
    collections::{HashMap, VecDeque},
    path::Path,
    sync::{Arc, Mutex},
};

use card::ReleaseRefusal;
use deal::PlayRefusal;
use publisher::read::NotRead;
use units::{Again, ContentId, Hash, LicenseId, Moment, PartyId, Refusal};

use plays::Plays;
use seal::same;
use session::Around;

use crate::{
    engine::{Wallet, WasPutBack, locked},
    packages::{FetchRefused, KeptError, Packages, Readable},
};

/// Why nothing plays. In order of precedence; a play that was counted can be continued.
#[derive(Debug, thiserror::Error)]
pub enum PlayRefused {
    /// Somebody is looking into this process.
    #[error(
        "another program (process {0}) is looking into this player, so it has stopped; close the debugger and play again"
    )]
    Watched(u32),
    /// No license for that file.
    #[error("no card here holds a license for \"{title}\"; the file is fine: buy a license, or get one from a friend")]
    NoLicense {
        /// What the file calls itself.
        title: String,
        /// The work.
        content: ContentId,
        /// Whom it names as its seller.
        seller: PartyId,
    },
    /// Not without the publisher.
    #[error("the publisher does not let this work leave the player as a file")]
    NotAsFile,
    /// Not without the holder.
    #[error("this puts the opened work where other programs can read it: say that you agree")]
    NotAgreed,
    /// Counted on an older copy of the card's memory.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// The card says no.
    #[error(transparent)]
    Card(#[from] ReleaseRefusal),
    /// The package is not here and could not be had.
    #[error(transparent)]
    Fetch(#[from] FetchRefused),
    /// It cannot be read.
    #[error(transparent)]
    Package(#[from] KeptError),
    /// What takes a reader of its own is not read.
    #[error(transparent)]
    Reading(#[from] NotRead),
    /// The session is over.
    #[error("this play has ended; start it again from your library")]
    Ended,
}

impl Refusal for PlayRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Watched(_) => "player-watched",
            Self::NoLicense { .. } => "no-license",
            Self::NotAsFile => "not-as-file",
            Self::NotAgreed => "not-agreed",
            Self::PutBack(e) => e.code(),
            Self::Card(e) => e.code(),
            Self::Fetch(e) => e.code(),
            Self::Package(e) => e.code(),
            Self::Reading(e) => e.code(),
            Self::Ended => "play-ended",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotAsFile => Again::Never,
            Self::Fetch(e) => e.again(),
            Self::Package(e) => e.again(),
            Self::Reading(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Fetch(e) => e.theirs(),
            // Why the card gave no key: its wallet is away, a date has passed.
            Self::Package(KeptError::Package(package::OpenError::Withheld(no))) => Some(&no.code),
            _ => None,
        }
    }
}

/// Plays what one wallet's card may. Cheap to clone.
#[derive(Clone)]
pub struct Player(Arc<Inner>);

/// How many plays that are over are remembered.
const OVER_MAX: usize = 64;

struct Inner {
    wallet: Wallet,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    /// Held while a play is begun: one after the other.
    beginning: tokio::sync::Mutex<()>,
    /// The last plays that are over, and of which license they were: pages of theirs may still be open.
    over: Mutex<VecDeque<(String, LicenseId)>>,
    around: Around,
}

impl core::fmt::Debug for Player {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Player({:?})", self.0.wallet)
    }
}

impl Player {
    /// The player of this wallet. Whatever an earlier one left handed out is removed.
    pub fn new(wallet: Wallet, watch: Watch) -> Self {
        out::empty(&wallet.home().handed_out());
        let around = Around {
            log: Arc::new(PlaybackLog::at(wallet.home().playback_log())),
            plays: Arc::new(Plays::at(wallet.home().plays())),
            watch,
        };
        Self(Arc::new(Inner {
            wallet,
            sessions: Mutex::default(),
            beginning: tokio::sync::Mutex::default(),
            over: Mutex::default(),
            around,
        }))
    }

    /// The playback log.
    pub fn log(&self) -> &PlaybackLog {
        &self.0.around.log
    }

    /// Begins a play, or goes on with the one that was interrupted: only a new one is counted. The package is fetched
    /// meanwhile if it is not here. Of several versions the latest that was fetched plays.
    pub async fn play(&self, license: LicenseId) -> Result<Arc<Session>, PlayRefused> {
        self.play_version(license, true).await
    }

    /// The same with the very version that was sold, whatever came since.
    pub async fn play_sold(&self, license: LicenseId) -> Result<Arc<Session>, PlayRefused> {
        self.play_version(license, false).await
    }

    async fn play_version(&self, license: LicenseId, newest: bool) -> Result<Arc<Session>, PlayRefused> {
        self.look()?;
        let terms = self.0.wallet.license(license).await.ok_or(PlayRefusal::NoLicense);
        let terms = terms.map_err(ReleaseRefusal::from)?;
        let header = match newest {
            true => self.0.wallet.played(&terms),
            false => terms.link.header,
        };
        if let Some(running) = self.running(license, header) {
            return Ok(running);
        }
        let readable = match self.readable(header).await? {
            Some(readable) => readable,
            None if header == terms.link.header => {
                self.0.wallet.fetch_soon(license).await?;
                self.readable(header).await?.ok_or(PlayRefused::Ended)?
            }
            None => {
                self.0.wallet.fetch_newer_soon(license).await?;
                self.readable(header).await?.ok_or(PlayRefused::Ended)?
            }
        };
        self.begin(license, readable).await
    }

    /// Plays a package anywhere on this machine: finds a license for it on the card, or says clearly that there is none.
    pub async fn play_file(&self, path: &Path) -> Result<Arc<Session>, PlayRefused> {
        self.look()?;
        let path = path.to_owned();
        let readable = here(move || Packages::at_path(&path)).await?;
        let license = self.license_for(&readable).await?;
        self.begin(license, readable).await
    }

    /// The play of this license and package that goes on, if one does.
    fn running(&self, license: LicenseId, package: Hash) -> Option<Arc<Session>> {
        let now = self.0.wallet.now();
        let running = self.find(|s| s.license() == license && s.plays(package) && s.goes_on(now))?;
        running.note(Step::Continued, None, None);
        Some(running)
    }

    /// The best license for a package: one for this very package that plays now, or any whose refusal explains.
    async fn license_for(&self, readable: &Readable) -> Result<LicenseId, PlayRefused> {
        let header = readable.front().header();
        let (content, package) = (header.content, readable.front().package());
        let (publisher, of_sets) = (header.publisher, !header.sets.is_empty());
        let mut ids = self
            .0
            .wallet
            .on_card(move |card| {
                // A license of another work opens it too where it is one of that work's set.
                let of_work = card.state().licenses.values();
                let of_work = of_work.filter(|h| h.title == content || of_sets && h.publisher == publisher);
                of_work
                    .map(|h| {
                        (
                            h.id,
                            card.state().play(h.id, card.state().clock).is_ok(),
                            h.title == content,
                        )
                    })
                    .collect::<Vec<_>>()
            })
            .await;
        ids.sort_by_key(|(_, plays, own)| (!plays, !own));
        for (id, _, _) in &ids {
            if self
                .0
                .wallet
                .license(*id)
                .await
                .is_some_and(|l| l.link.header == package)
            {
                return Ok(*id);
            }
        }
        // None was sold with it; one that was sold with another version opens this one too.
        let (header, signed) = (header.clone(), readable.front().signatures().header.clone());
        let (version, known) = (header.clone(), ids.clone());
        let opens = self.0.wallet.on_card(move |card| {
            let mut ids = known.into_iter().map(|(id, _, _)| id);
            ids.find(|id| card.opens_version(*id, &version, &signed).is_ok())
        });
        if let Some(id) = opens.await {
            return Ok(id);
        }
        if ids.iter().all(|(_, _, own)| !own) {
            Err(PlayRefused::NoLicense {
                title: header.title.clone(),
                content,
                seller: header.shop.seller,
            })
        } else {
            Err(ReleaseRefusal::OtherPackage.into())
        }
    }

    /// Goes on with a play that was interrupted when this program was stopped, or begins a new one.
    async fn begin(&self, license: LicenseId, readable: Readable) -> Result<Arc<Session>, PlayRefused> {
        // Who is asked twice at once begins one play, and counts one.
        let _alone = self.0.beginning.lock().await;
        if let Some(running) = self.running(license, readable.front().package()) {
            return Ok(running);
        }
        let (wallet, around) = (self.0.wallet.clone(), self.0.around.clone());
        let (now, seed) = (wallet.now(), wallet.seed());
        let header = readable.front().header().clone();
        let (version, signed) = (header.clone(), readable.front().signatures().header.clone());
        let interrupted = around.plays.interrupted(license, now);
        self.counted_once(license).await?;
        let answers = wallet.wallet_is_there(license).await;
        // What a license that is bound to devices asks for.
        let shown = wallet.attached().await.map(|attached| attached.shown);
        let begun = wallet
            .on_card(move |card| {
                let again = interrupted
                    .and_then(|(stub, place)| Some((card.resume_play_of(&stub, Some(&version), now)?, place)));
                if let Some((ticket, place)) = again {
                    return Ok((card.play_version(ticket, &version, &signed)?, place, None));
                }
                // Another version of the work is asked about before anything is counted.
                card.opens_version(license, &version, &signed)?;
                // Counted here, durably, before the first key (row-35).
                let ticket = card.begin_play_on(license, shown.as_ref(), now, &seed)?;
                let ticket = card.play_version(ticket, &version, &signed)?;
                let stub = card.keep_play(&ticket);
                Ok((ticket, 0, Some(stub)))
            })
            .await;
        let (ticket, place, stub) = match begun {
            Ok(begun) => begun,
            Err(no) => {
                let no: ReleaseRefusal = no;
                let line = LogLine::refused(now, header.content, license, no.code());
                around.log.write(&line);
                return Err(no.into());
            }
        };
        let step = if stub.is_some() { Step::Began } else { Step::Continued };
        if let Some(stub) = stub {
            let (plays, until) = (around.plays.clone(), ticket.resumable_until());
            let kept = move || -> Result<(), PlayRefused> {
                plays.begun(license, &stub, until, now);
                Ok(())
            };
            here(kept).await?;
        }
        let keys = CardKeys::new(wallet.clone(), ticket, header);
        let session = Arc::new(Session::begin(&wallet, readable, keys, around, place));
        session.note(step, None, None);
        let mut sessions = locked(&self.0.sessions);
        // One play of a license runs at a card: another version of it, played before, is gone on with by beginning anew.
        sessions.retain(|_, s| {
            let stays = s.goes_on(now) && s.license() != license;
            if !stays {
                self.is_over(s);
            }
            stays
        });
        sessions.insert(session.id().to_owned(), session.clone());
        drop(sessions);
        if let Some(every) = answers {
            self.keep_asking(&session, every);
        }
        Ok(session)
    }

    /// What is counted does not play on an older copy of the card's memory: the plays of that day would be there again. A
    /// player is never online, so what it was lent is gone with its memory.
    async fn counted_once(&self, license: LicenseId) -> Result<(), PlayRefused> {
        let Some(no) = self.0.wallet.put_back() else {
            return Ok(());
        };
        let counted = self.0.wallet.on_card(move |card| {
            let held = card.state().licenses.get(&license);
            held.is_some_and(|held| held.rights.counted()) || card.state().borrowed(license).is_some()
        });
        if counted.await { Err(no.into()) } else { Ok(()) }
    }

    /// Asks the wallet of a loan at the license's interval, for as long as the play goes on (ST-23).
    fn keep_asking(&self, session: &Arc<Session>, every: units::Span) {
        let (wallet, license, session) = (self.0.wallet.clone(), session.license(), Arc::downgrade(session));
        let pause = std::time::Duration::from_millis((every.0 / 3).max(100));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(alive) = session.upgrade() else { return };
                if !alive.lives(wallet.now()) {
                    return;
                }
                drop(alive);
                wallet.wallet_is_there(license).await;
            }
        });
    }

    /// Until when a play of this license that was interrupted goes on without costing another; `None`: the next is a new one.
    pub fn goes_on_until(&self, license: LicenseId) -> Option<Moment> {
        let now = self.0.wallet.now();
        let running = self.find(|s| s.license() == license && s.goes_on(now));
        running
            .map(|session| session.until())
            .or_else(|| self.0.around.plays.until(license, now))
    }

    /// The session that is shown in a room of the content origin.
    pub(crate) fn in_room(&self, room: &str) -> Option<Arc<Session>> {
        let now = self.0.wallet.now();
        self.find(|s| s.lives(now) && same(s.room().as_bytes(), room.as_bytes()))
    }

    async fn readable(&self, header: Hash) -> Result<Option<Readable>, PlayRefused> {
        let packages = self.0.wallet.packages().clone();
        here(move || packages.readable(header)).await
    }

    fn look(&self) -> Result<(), PlayRefused> {
        self.0
            .around
            .watch
            .look()
            .map_or(Ok(()), |pid| Err(PlayRefused::Watched(pid)))
    }

    fn find(&self, wanted: impl Fn(&Session) -> bool) -> Option<Arc<Session>> {
        locked(&self.0.sessions).values().find(|s| wanted(s)).cloned()
    }

    /// The session of that name, if it still goes on.
    pub fn session(&self, id: &str) -> Option<Arc<Session>> {
        let now = self.0.wallet.now();
        locked(&self.0.sessions).get(id).filter(|s| s.lives(now)).cloned()
    }

    /// Ends a play: keys and plaintext are wiped. The next one is a new one.
    pub fn end(&self, id: &str) {
        if let Some(session) = locked(&self.0.sessions).remove(id) {
            session.end();
            self.is_over(&session);
        }
    }

    /// Remembers of which license a play was.
    fn is_over(&self, session: &Session) {
        let mut over = locked(&self.0.over);
        if over.len() >= OVER_MAX {
            over.pop_front();
        }
        over.push_back((session.id().to_owned(), session.license()));
    }

    /// Of which license a play was that does not go on, if it was one of the last: to begin it again.
    pub fn was_of(&self, id: &str) -> Option<LicenseId> {
        // One that ran out of time is still on the list.
        let ended = locked(&self.0.sessions).get(id).map(|s| s.license());
        let over = || {
            let over = locked(&self.0.over);
            over.iter().find(|(of, _)| of == id).map(|(_, license)| *license)
        };
        ended.or_else(over)
    }

    /// Hands a work out as a file, for programs that open nothing else: only if its publisher allows it and the holder
    /// agrees. The file goes when the [`HandedOut`] is dropped, and at the latest at the next start.
    pub async fn hand_out(&self, license: LicenseId, agreed: bool) -> Result<HandedOut, PlayRefused> {
        let terms = self.0.wallet.license(license).await.ok_or(PlayRefusal::NoLicense);
        let terms = terms.map_err(ReleaseRefusal::from)?;
        if !terms.policy.as_file {
            return Err(PlayRefused::NotAsFile);
        }
        if !agreed {
            return Err(PlayRefused::NotAgreed);
        }
        let session = self.play(license).await?;
        let dir = self.0.wallet.home().handed_out();
        let name = self.0.wallet.seed().id("handed-out");
        here(move || out::write(&dir, name, &session)).await
    }
}

/// Work that waits for disks, off the threads that serve others.
async fn here<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, PlayRefused>
where
    T: Send + 'static,
    E: Send + 'static + Into<PlayRefused>,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(PlayRefused::Ended),
    }
}
