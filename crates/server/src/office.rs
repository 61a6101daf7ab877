//! Office: drives one party. A message goes into the store's next commit together with everybody else's; what the party wants
//! to ask of others is asked here and the reply handed back, whether or not the first asker is still there.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use party::{
    Party,
    beside::{Message, Unsaid},
    desk::Known,
    errand::{self, Errand, Step, Verb},
};
use seal::{Seed, role};
use store::{Fault, Store, Tx, View};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};
use units::{Moment, PartyId, Span};

use crate::{
    frame::{Clock, Problem, seed},
    peers::{Heard, Peers},
    presenter::Presenter,
};

/// Errands one message may lead to before its sender is asked to come back.
const ERRANDS_PER_MESSAGE: usize = 8;
/// How often waiting errands and chores are looked at.
const SWEEP: Duration = Duration::from_secs(1);
/// Errands carried out at once by the sweep.
const SWEEP_MAX: usize = 32;
/// Looks at the store at once, for each core: more would only wait for one another. Enough that a few long ones do not
/// hold up the many short ones.
const LOOKS_PER_CORE: usize = 8;
/// How long an address is used without looking it up again. Who does not answer there is looked up at once.
const ADDRESS_LIFE: Span = Span::seconds(1);
/// How often the directory and the time are fetched once they are known.
const NEWS: Duration = Duration::from_secs(30);
/// How many times they are fetched every second before that.
const YOUNG: u32 = 20;
/// And before.
const FIRST_NEWS: Duration = Duration::from_millis(250);

/// One party with its store and its way to others.
pub struct Office<P> {
    /// The party.
    pub party: Arc<P>,
    /// Its store.
    pub store: Store,
    /// Its clock.
    pub clock: Clock,
    peers: Peers,
    presenter: Presenter,
    informed: watch::Sender<bool>,
    asked_again: Mutex<Moment>,
    looks: Semaphore,
    cores: usize,
    /// The directory as it was understood last, and when it was looked up.
    directory: Mutex<Option<(Moment, Arc<Known>)>>,
}

impl<P> core::fmt::Debug for Office<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Office")
    }
}

impl<P: Party + Send + Sync + 'static> Office<P> {
    /// The office of `party`.
    pub fn new(party: P, store: Store, clock: Clock, peers: Peers) -> Arc<Self> {
        let presenter = Presenter::new(peers.clone());
        let (informed, _) = watch::channel(false);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Arc::new(Self {
            party: Arc::new(party),
            store,
            clock,
            peers,
            presenter,
            informed,
            asked_again: Mutex::default(),
            looks: Semaphore::new(cores.saturating_mul(LOOKS_PER_CORE)),
            cores,
            directory: Mutex::default(),
        })
    }

    /// Becomes true once the directory was understood.
    pub fn informed(&self) -> watch::Receiver<bool> {
        self.informed.subscribe()
    }

    /// Runs `verb` in the next commit, with the time and a fresh seed. Many wait for one disk write.
    pub async fn commit<T, E>(
        &self,
        mut verb: impl FnMut(&P, &mut dyn Tx, Moment, &Seed) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: units::Refusal + From<Fault> + Send + 'static,
    {
        let (party, now, seed) = (self.party.clone(), self.clock.now(), seed()?);
        let answer = self.store.submit(move |tx| verb(&party, tx, now, &seed));
        answer.await.map_err(|no: E| Problem::by(&no))
    }

    /// Looks at what is committed, on a thread that may block.
    pub async fn look<T, E>(
        &self,
        mut at: impl FnMut(&P, &mut dyn View, Moment) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem>
    where
        T: Send + 'static,
        E: units::Refusal + From<Fault> + Send + 'static,
    {
        let _place = self.looks.acquire().await; // never closed
        let (party, store, now) = (self.party.clone(), self.store.clone(), self.clock.now());
        let looked = tokio::task::spawn_blocking(move || store.read(|view| at(&party, view, now))).await;
        looked
            .unwrap_or(Err(E::from(Fault::Panicked)))
            .map_err(|no| Problem::by(&no))
    }

    /// Serves a message to its end: answered, or not yet. Read beside the writer, decided on it, said after it. Goes on when
    /// the sender hangs up, so that what was begun is finished and the repeated message finds it.
    pub async fn serve(self: &Arc<Self>, verb: Verb, body: Bytes) -> Result<Step, Problem> {
        let office = self.clone();
        let work = async move {
            let seed = seed()?;
            let message = office
                .look(move |party, view, now| party.read(view, verb, &body, now, &seed))
                .await?;
            if let Some(answer) = message.answer() {
                return Ok(Step::Answer(answer.to_vec()));
            }
            let message = Arc::new(message);
            let step = match office.drive(message.clone()).await {
                // Whoever is to settle may have been listed since the directory was fetched last: nobody is refused as a
                // stranger on old news. What was refused changed nothing, so it is decided as if it came now.
                Err(no) if verb == Verb::Approve && no.code() == approver::SETTLER_UNKNOWN => {
                    office.news_again().await;
                    office.drive(message).await?
                }
                step => step?,
            };
            if matches!((verb, &step), (Verb::Pay | Verb::Settle, Step::NotYet(_))) {
                // Perhaps somebody is named whom the registry has listed since: when the message comes again, it is known.
                office.news_again().await;
            }
            Ok(step)
        };
        finished(work).await
    }

    /// Serves several messages of one verb: read together, each core its share, and decided in one commit. Answered in the
    /// same order.
    pub async fn serve_all(self: &Arc<Self>, verb: Verb, bodies: Vec<Bytes>) -> Vec<Result<Step, Problem>> {
        let (office, count) = (self.clone(), bodies.len());
        let work = async move {
            let share = count.div_ceil(office.cores).max(1);
            let read = futures::future::join_all(bodies.chunks(share).map(|some| office.read_all(verb, some.to_vec())));
            let each = read.await.into_iter().flatten().map(|message| async {
                match message {
                    Ok(message) => office.drive(Arc::new(message)).await,
                    Err(no) => Err(no),
                }
            });
            futures::future::join_all(each).await
        };
        let lost = || (0..count).map(|_| Err(Problem::by(&Fault::Panicked))).collect();
        tokio::spawn(work).await.unwrap_or_else(|_| lost())
    }

    async fn read_all(&self, verb: Verb, bodies: Vec<Bytes>) -> Vec<Result<Message, Problem>> {
        let count = bodies.len();
        let read = async {
            let seed = seed()?;
            self.look::<_, Fault>(move |party, view, now| {
                let read = |(n, body): (usize, &Bytes)| {
                    let read = party.read(view, verb, body, now, &seed.part(&n.to_string()));
                    read.map_err(|no| Problem::by(&no))
                };
                Ok(bodies.iter().enumerate().map(read).collect::<Vec<_>>())
            })
            .await
        };
        match read.await {
            Ok(messages) => messages,
            Err(no) => (0..count).map(|_| Err(no.clone())).collect(),
        }
    }

    async fn drive(&self, message: Arc<Message>) -> Result<Step, Problem> {
        for _ in 0..ERRANDS_PER_MESSAGE {
            let message = message.clone();
            let unsaid = self
                .commit(move |party, tx, now, seed| party.decide(tx, &message, now, seed))
                .await?;
            let step = self.say(unsaid)?;
            let asked = matches!(step, Step::Errand(_));
            let end = self.follow(step).await?;
            let nothing = matches!(&end, Step::Answer(bytes) if bytes.is_empty());
            if !(asked && nothing) {
                return Ok(end);
            }
            // Somebody with the same message was here first and finished the errand: the answer is written by now.
        }
        Ok(Step::NotYet(Span::seconds(1)))
    }

    /// Puts into words what is durable by now.
    fn say(&self, unsaid: Unsaid) -> Result<Step, Problem> {
        self.party.say(unsaid).map_err(|no| Problem::by(&no))
    }

    /// Does what a step asks for, until it is answered or has to wait.
    pub async fn follow(&self, mut step: Step) -> Result<Step, Problem> {
        for _ in 0..ERRANDS_PER_MESSAGE {
            let Step::Errand(errand) = step else { return Ok(step) };
            step = self.carry(errand).await?;
        }
        Ok(match step {
            Step::Errand(_) => Step::NotYet(Span::seconds(1)),
            done => done,
        })
    }

    async fn carry(&self, errand: Errand) -> Result<Step, Problem> {
        let id = errand.id;
        let heard = self.ask(errand).await?;
        let seed = seed()?;
        let told = self
            .look(move |party, view, now| party.read_reply(view, id, heard.reply(), now, &seed))
            .await?;
        let unsaid = self
            .commit(move |party, tx, now, seed| party.hear(tx, &told, now, seed))
            .await?;
        self.say(unsaid)
    }

    async fn ask(&self, errand: Errand) -> Result<Heard, Problem> {
        let before = self.address_of(errand.to, ADDRESS_LIFE).await?;
        if let Some(address) = &before {
            let heard = self.ask_at(address, errand.verb, errand.body.clone()).await;
            if heard != Heard::Silent {
                return Ok(heard);
            }
        }
        // Not listed when the directory was fetched last, or moved since.
        if !self.news_again().await {
            return Ok(Heard::Silent);
        }
        let now = self.address_of(errand.to, Span(0)).await?;
        match now.filter(|now| Some(now) != before.as_ref()) {
            Some(address) => Ok(self.ask_at(&address, errand.verb, errand.body).await),
            None => Ok(Heard::Silent),
        }
    }

    async fn ask_at(&self, address: &str, verb: Verb, body: Vec<u8>) -> Heard {
        match verb {
            Verb::Present => self.presenter.ask(address, body).await,
            verb => self.peers.ask(address, verb, body).await,
        }
    }

    /// Gets what another party shows everybody under `/v1/{word}`, at the address the directory has for it.
    pub async fn get_from(&self, party: PartyId, word: &str, query: Option<&str>) -> Heard {
        match self.address_of(party, ADDRESS_LIFE).await {
            Ok(Some(address)) => self.peers.get(&address, word, query).await,
            _ => Heard::Silent,
        }
    }

    /// The name and address another party has in the directory.
    pub async fn who(&self, party: PartyId) -> Option<(String, String)> {
        let known = self
            .look::<_, Fault>(|party, view, _| party.desk().known(view))
            .await
            .ok()?;
        let listed = known.party(party)?;
        Some((listed.name.clone(), listed.address.clone()))
    }

    /// Fetches the directory out of turn, at most once a second.
    async fn news_again(&self) -> bool {
        let now = self.clock.now();
        {
            let mut last = self.asked_again.lock().unwrap_or_else(PoisonError::into_inner);
            if now.since(*last) < Span::seconds(1) && *last <= now {
                return false;
            }
            *last = now;
        }
        self.news().await
    }

    /// Where a party answers, as the directory says.
    pub(crate) async fn whereabouts(&self, party: PartyId) -> Result<Option<String>, Problem> {
        self.address_of(party, ADDRESS_LIFE).await
    }

    /// Where a party answers, as the directory says that was understood at most `old` ago.
    async fn address_of(&self, party: PartyId, old: Span) -> Result<Option<String>, Problem> {
        let address = |known: &Known| known.party(party).map(|listed| listed.address.clone());
        let now = self.clock.now();
        {
            let directory = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, known)) = directory.as_ref().filter(|(at, _)| *at <= now && now.since(*at) < old) {
                return Ok(address(known));
            }
        }
        let known = self.look::<_, Fault>(|party, view, _| party.desk().known(view)).await?;
        let found = address(&known);
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, known));
        Ok(found)
    }

    /// Keeps the party going until `stop`: carries out what waits, fetches the directory and the time, does chores.
    pub async fn tend(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let (mut a, mut b) = (stop.clone(), stop);
        tokio::join!(
            async {
                while !rest(&mut a, SWEEP).await {
                    self.sweep().await;
                }
            },
            async {
                let (mut pause, mut young) = (Duration::ZERO, YOUNG);
                while !rest(&mut b, pause).await {
                    // Parties that were started together are listed one after the other.
                    young = young.saturating_sub(1);
                    pause = match self.news().await {
                        true if young > 0 => SWEEP,
                        true => NEWS,
                        false => FIRST_NEWS,
                    };
                }
            }
        );
    }

    async fn sweep(self: &Arc<Self>) {
        let chores = self.commit(|party, tx, now, seed| party.tend(tx, now, seed)).await;
        note("chores", chores.as_ref().err());
        let due = self
            .look::<_, Fault>(|_, view, now| errand::due(view, now, SWEEP_MAX))
            .await;
        let mut under_way = JoinSet::new();
        for errand in due.unwrap_or_default() {
            let office = self.clone();
            under_way.spawn(async move {
                let step = office.carry(errand).await;
                let end = match step {
                    Ok(step) => office.follow(step).await.err(),
                    Err(no) => Some(no),
                };
                note("errand", end.as_ref());
            });
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Fetches directory and time; true when the directory was understood.
    pub async fn news(&self) -> bool {
        let registry = self.party.desk().realm().registry.clone();
        let sheet = self.peers.ask(&registry, Verb::Directory, Vec::new()).await;
        let learned = match sheet {
            Heard::Answer(sheet) => {
                self.commit(move |party, tx, now, _| party.desk().learn(tx, &sheet, now))
                    .await
            }
            Heard::Refused(_) | Heard::Silent => return false,
        };
        note("directory", learned.as_ref().err());
        let clock = self
            .look::<_, Fault>(|party, view, now| {
                let known = party.desk().known(view)?;
                let clock = known
                    .parties()
                    .find(|p| known.certified::<role::Time>(p.id, now).is_some());
                Ok(clock.map(|p| p.address.clone()))
            })
            .await;
        if let Ok(Some(address)) = clock
            && let Heard::Answer(tick) = self.peers.ask(&address, Verb::Tick, Vec::new()).await
        {
            let told = self.commit(move |party, tx, _, _| party.desk().tick(tx, &tick)).await;
            note("tick", told.as_ref().err());
        }
        if learned.is_ok() {
            self.informed.send_replace(true);
        }
        learned.is_ok()
    }
}

/// Does work to its end, whoever still waits for it.
async fn finished(work: impl Future<Output = Result<Step, Problem>> + Send + 'static) -> Result<Step, Problem> {
    tokio::spawn(work)
        .await
        .unwrap_or_else(|_| Err(Problem::by(&Fault::Panicked)))
}

/// Waits, or less when stopping. True: stop.
async fn rest(stop: &mut watch::Receiver<bool>, time: Duration) -> bool {
    tokio::time::timeout(time, stop.wait_for(|stop| *stop)).await.is_ok()
}

fn note(what: &str, no: Option<&Problem>) {
    if let Some(no) = no {
        tracing::warn!(target: "keyfare::office", what, code = no.code(), "refused");
    }
}
