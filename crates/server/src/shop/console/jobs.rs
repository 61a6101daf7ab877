//! Jobs: what takes a while and goes on when the page is closed: looking at a file, and publishing it. What counts is written
//! in the draft; a job that ended with its process is begun again by the next look at the page.

use std::{
    collections::btree_map::Entry,
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use data_encoding::HEXLOWER;
use license::Unlock;
use package::ContentKey;
use party::{
    PartyKeys,
    desk::Known,
    shop::{Draft, DraftNo, DraftState, OnShelf},
};
use publisher::{
    OfferTerms, Progress, Publisher, Seller, Step, Terms, Work,
    kind::HEAD_LEN,
    kind_on_shelf,
    preview::{NoPreview, Preview, accept},
    recognise,
};
use seal::role;
use store::Fault;
use tokio::sync::oneshot;
use units::{Again, Currency, Hash, Moment, Money, OfferNo, PartyId, Refusal, Share};

use super::{
    Console,
    form::{Form, Wrong},
    offers,
};
use crate::{
    frame::{Problem, seed},
    shop::{Stall, publish::bring},
};

/// What is done with a draft while its page waits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    /// Its file is looked at.
    Reading,
    /// It is sealed and put on the shelf: how far, in percent.
    Publishing(u8),
}

impl Console {
    /// Where the files of a draft lie.
    pub(super) fn room(&self, no: DraftNo) -> PathBuf {
        self.dir.join(HEXLOWER.encode(&no))
    }
    /// The file in quarantine. Its name is ours.
    pub(super) fn original(&self, no: DraftNo) -> PathBuf {
        self.room(no).join("original")
    }
    /// Its preview.
    pub(super) fn preview(&self, no: DraftNo) -> PathBuf {
        self.room(no).join("preview")
    }
    /// What this process does with a draft, and how far it is.
    pub(super) fn working(&self, no: DraftNo) -> Option<Job> {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&no)
            .copied()
    }
    fn tell(&self, no: DraftNo, percent: u8) {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(no, Job::Publishing(percent));
    }
}

/// A job on the list. It leaves it however its work ends: a page would wait for ever for one that stayed behind.
struct OnList {
    shop: Arc<Stall>,
    no: DraftNo,
}

impl OnList {
    /// Puts a job on the list, if nothing is done with this draft.
    fn begin(shop: &Arc<Stall>, no: DraftNo, job: Job) -> Option<Self> {
        let mut jobs = shop.console.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let Entry::Vacant(free) = jobs.entry(no) else {
            return None;
        };
        free.insert(job);
        drop(jobs);
        let shop = shop.clone();
        Some(Self { shop, no })
    }
}

impl Drop for OnList {
    fn drop(&mut self) {
        let mut jobs = self.shop.console.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.remove(&self.no);
    }
}

/// Changes a draft in a transaction of its own.
async fn change(
    shop: &Stall,
    publisher: PartyId,
    no: DraftNo,
    with: impl Fn(&mut Draft) + Send + 'static,
) -> Result<(), Problem> {
    shop.office
        .commit::<_, Fault>(move |party, tx, _, _| {
            if let Some(mut draft) = party.draft(tx, publisher, no)? {
                with(&mut draft);
                party.keep_draft(tx, publisher, no, &draft)?;
            }
            Ok(())
        })
        .await
}

/// Looks at the file of a draft: what it is, and a preview.
pub(super) fn look(shop: &Arc<Stall>, publisher: PartyId, no: DraftNo) {
    let Some(on_list) = OnList::begin(shop, no, Job::Reading) else {
        return;
    };
    let shop = shop.clone();
    tokio::spawn(async move {
        let (path, console) = (shop.console.original(no), shop.clone());
        let made = tokio::task::spawn_blocking(move || read(&console.console, &path, no)).await;
        let (kind, media_type, state, preview) = made.unwrap_or_else(|_| {
            let state = DraftState::NoPreview("preview-reader-ended".to_owned());
            (license::WorkKind::Mixed, "application/octet-stream", state, None)
        });
        let kept = change(&shop, publisher, no, move |draft| {
            draft.kind = kind;
            draft.media_type = media_type.to_owned();
            draft.state = state.clone();
            draft.preview_type = preview.map(str::to_owned);
        });
        note(kept.await);
        drop(on_list);
    });
}

fn note(kept: Result<(), Problem>) {
    if let Err(no) = kept {
        tracing::warn!(target: "keyfare::console", code = no.code(), "a draft was not kept");
    }
}

type Seen = (license::WorkKind, &'static str, DraftState, Option<&'static str>);

fn read(console: &Console, path: &Path, no: DraftNo) -> Seen {
    let mut head = Vec::new();
    let opened = fs::File::open(path).and_then(|file| file.take(HEAD_LEN as u64).read_to_end(&mut head));
    let format = recognise(&head);
    let (kind, media_type) = (kind_on_shelf(format.kind()), format.media_type());
    let made = match (&console.reader, opened) {
        (_, Err(error)) => Err(NoPreview::Read(error)),
        (Some(reader), Ok(_)) => reader.derive(path, console.converter.as_ref()),
        // Without a process to read strangers' files in, none is read.
        (None, Ok(_)) => Err(NoPreview::Supply(media_type)),
    };
    let kept = made.and_then(|preview| {
        fs::write(console.preview(no), &preview.bytes)?;
        Ok(preview.media_type)
    });
    match kept {
        Ok(preview) => (kind, media_type, DraftState::Ready, Some(preview)),
        Err(no) => (kind, media_type, DraftState::NoPreview(no.code().to_owned()), None),
    }
}

/// Takes a preview that the publisher supplies.
pub(super) async fn own_preview(
    shop: &Arc<Stall>,
    publisher: PartyId,
    no: DraftNo,
    bytes: Vec<u8>,
) -> Result<(), Problem> {
    let path = shop.console.preview(no);
    let accepted = tokio::task::spawn_blocking(move || -> Result<Preview, NoPreview> {
        let preview = accept(bytes)?;
        fs::write(path, &preview.bytes)?;
        Ok(preview)
    });
    let preview = accepted.await.map_err(|_| Problem::by(&Fault::Panicked))??;
    change(shop, publisher, no, move |draft| {
        if draft.state == DraftState::Published {
            return;
        }
        draft.preview_type = Some(preview.media_type.to_owned());
        draft.state = DraftState::Ready;
    })
    .await
}

/// Everything that publishing takes, read from the store at one moment.
struct Ready {
    keys: PartyKeys,
    known: Arc<Known>,
    draft: Draft,
    version: Option<(ContentKey, OnShelf, Vec<OnShelf>)>,
    seller: Vec<u8>,
    currency: Currency,
    now: Moment,
    /// What its offer is numbered, if it is a new work.
    number: OfferNo,
}

/// Why a draft is not published.
#[derive(Debug)]
pub(super) enum NotYet {
    Wrong(Wrong),
    No(Problem),
}

impl From<Problem> for NotYet {
    fn from(no: Problem) -> Self {
        Self::No(no)
    }
}
impl From<Wrong> for NotYet {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

async fn ready(shop: &Stall, publisher: PartyId, no: DraftNo) -> Result<Ready, NotYet> {
    let read = shop
        .office
        .look::<_, Fault>(move |party, view, now| {
            let Some(draft) = party.draft(view, publisher, no)? else {
                return Ok(None);
            };
            let version = match draft.version_of {
                Some(package) => version(party, view, publisher, package)?,
                None => None,
            };
            let number = free_number(party, view, publisher, (no, &Form::kept(&draft.form)))?;
            Ok(Some((
                party.tenant_keys(view, publisher)?,
                party::Party::desk(party).known(view)?,
                version,
                party.certificate().to_vec(),
                draft,
                (now, number),
            )))
        })
        .await?;
    let (keys, known, version, seller, draft, (now, number)) = read.ok_or_else(Problem::nothing_here)?;
    let currency = Currency::new(&known.trust.realm().currency).map_err(|_| Wrong::Number)?;
    Ok(Ready {
        keys: keys.ok_or(Wrong::Keys)?,
        known,
        draft,
        version,
        seller,
        currency,
        now,
        number,
    })
}

pub(super) type Version = (ContentKey, OnShelf, Vec<OnShelf>);

pub(super) fn version(
    party: &party::shop::Shop,
    view: &mut dyn store::View,
    publisher: PartyId,
    package: Hash,
) -> Result<Option<Version>, Fault> {
    let Some(key) = party.key_for_version(view, publisher, package)? else {
        return Ok(None);
    };
    let Some(work) = party.work(view, package)? else {
        return Ok(None);
    };
    let Some(row) = party.in_window(view, work.content)? else {
        return Ok(None);
    };
    let mut offers = Vec::new();
    for number in row.numbers {
        let one = party.offer(view, number)?;
        offers.extend(one.filter(|one| one.listing.withdrawn.is_none() && one.listing.package == package));
    }
    let first = offers.first().cloned();
    Ok(first.map(|first| (key, first, offers)))
}

/// Those of the offers that have the same policy as the first: one publication has one.
fn alike(first: &OnShelf, offers: &[OnShelf]) -> Vec<OnShelf> {
    let same = |one: &&OnShelf| one.offer.policy == first.offer.policy;
    offers.iter().filter(same).cloned().collect()
}

/// The terms of all others, each as it stands: they come along to the next version one by one.
fn other_terms((_, first, offers): &Version) -> Vec<Terms> {
    let others = offers.iter().filter(|one| one.offer.policy != first.offer.policy);
    others.map(|one| same_terms(one, std::slice::from_ref(one))).collect()
}

/// The terms of what is sold now, for its next version.
pub(super) fn same_terms(first: &OnShelf, offers: &[OnShelf]) -> Terms {
    let policy = &first.policy;
    let sold = |one: &OnShelf| OfferTerms {
        number: one.offer.number,
        price: one.offer.price,
        rights: one.offer.rights,
        refund: one.offer.refund,
        edition: one.offer.edition,
        until: one.offer.until,
        tenders: one.offer.tenders.clone(),
    };
    let mut terms = Terms::sale(first.offer.number, first.offer.price, first.offer.until);
    terms.offers = offers.iter().map(sold).collect();
    terms.tax_permille = first.offer.tax_permille;
    terms.modes = policy.modes;
    terms.fare_copy = policy.fare_copy;
    terms.fare_move = policy.fare_move;
    terms.generations = policy.generations;
    terms.copies = policy.copies;
    terms.route = policy.route;
    terms.copy_rights = Some(policy.copy_rights);
    terms.hardware_only = policy.hardware_only;
    terms.as_file = policy.as_file;
    terms.players = policy.players;
    terms.payee = Some(first.offer.payee);
    terms.unlock = policy.unlock.clone();
    terms.knows_buyers = policy.knows_buyers.unwrap_or(false);
    terms
}

/// How locked copies are unlocked in this realm: by the first support centre that is listed.
pub(super) fn unlock(known: &Known, fee: Money, now: Moment) -> Option<Unlock> {
    known.parties().find_map(|party| {
        let centre = known.certified::<role::Support>(party.id, now)?;
        Some(Unlock {
            key: *centre.seal(),
            centres: vec![party.id],
            fee,
            arrives: Share::Tenth,
        })
    })
}

/// The number of a draft's offer: the same however often the same form is tried, and another one for another form, so that
/// an attempt that broke off half way stands in nobody's way. What somebody else sells under it is passed over.
pub(super) fn free_number(
    shop: &party::shop::Shop,
    view: &mut dyn store::View,
    publisher: PartyId,
    (no, form): (DraftNo, &Form),
) -> Result<OfferNo, Fault> {
    let mut number = number_of(no, form, 0);
    for attempt in 1..32 {
        let there = shop.offer(view, number)?;
        if there.is_none_or(|there| there.offer.publisher == publisher) {
            break;
        }
        number = number_of(no, form, attempt);
    }
    Ok(number)
}

fn number_of(no: DraftNo, form: &Form, attempt: u8) -> OfferNo {
    let text: Vec<String> = form
        .fields()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let hash = seal::hash_parts(&[&no, text.join("\n").as_bytes(), &[attempt]]).0;
    let part = u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]]);
    deal::enterprise::of_no_enterprise(part)
}

fn terms_of(it: &Ready) -> Result<Terms, Wrong> {
    if let Some((_, first, offers)) = &it.version {
        return Ok(same_terms(first, &alike(first, offers)));
    }
    let form = Form::kept(&it.draft.form);
    form.terms(it.number, it.currency, |fee| unlock(&it.known, fee, it.now), it.now)
}

/// Begins to publish a draft: what can be wrong with the form shows at once, the rest in the draft.
pub(super) async fn publish(shop: &Arc<Stall>, publisher: PartyId, no: DraftNo) -> Result<(), NotYet> {
    let it = ready(shop, publisher, no).await?;
    let form = Form::kept(&it.draft.form);
    let called = (form.title()?, form.credits()?);
    let terms = terms_of(&it)?;
    if it.draft.version_of.is_some() && it.version.is_none() {
        return Err(Problem::nothing_here().into());
    }
    let Some(on_list) = OnList::begin(shop, no, Job::Publishing(0)) else {
        return Ok(());
    };
    let (shop, (tell, told)) = (shop.clone(), oneshot::channel());
    // Its own task from the beginning: a browser that goes away in between neither stops it nor leaves it on the list.
    tokio::spawn(async move {
        let began = change(&shop, publisher, no, |draft| draft.state = DraftState::Publishing).await;
        let begins = began.is_ok();
        let _ = tell.send(began); // who pressed the button may have gone
        if begins {
            bring_out(&shop, publisher, no, (it, called, terms)).await;
        }
        drop(on_list);
    });
    told.await.map_err(|_| Problem::by(&Fault::Panicked))??;
    Ok(())
}

/// Publishes a draft, and writes into it what came of that.
async fn bring_out(shop: &Arc<Stall>, publisher: PartyId, no: DraftNo, (it, called, terms): (Ready, Called, Terms)) {
    let (state, content) = match make(shop, it, called, terms, no).await {
        Ok(content) => (DraftState::Published, Some(content)),
        Err(no) => (DraftState::Failed(no.code().to_owned(), no.detail().to_owned()), None),
    };
    let kept = change(shop, publisher, no, move |draft| {
        draft.state = state.clone();
        draft.content = content.or(draft.content);
    });
    let kept = kept.await;
    // Its files go when the draft says that it is published: after a power cut in between it is published once more, from them.
    if kept.is_ok() && content.is_some() {
        tidy(&shop.console, no).await;
    }
    note(kept);
}

/// What is not needed any more once it is on the shelf.
async fn tidy(console: &Console, no: DraftNo) {
    let room = console.room(no);
    let _ = tokio::task::spawn_blocking(move || fs::remove_dir_all(room)).await; // what stays only takes room
}

/// A work's title, and what else is said of it.
type Called = (String, package::Credits);

/// Seals and signs, brings the bundle, then the package.
async fn make(
    shop: &Arc<Stall>,
    it: Ready,
    called: Called,
    terms: Terms,
    no: DraftNo,
) -> Result<units::ContentId, Problem> {
    let publisher = it.keys.id();
    let others = it.version.as_ref().map(other_terms).unwrap_or_default();
    let (console, hint, drawn) = (shop.clone(), shop.sign.address.clone(), seed()?);
    let sealing = tokio::task::spawn_blocking(move || seal(&console.console, &it, called, terms, hint, no, &drawn));
    let (made, bundle) = sealing.await.map_err(|_| Problem::by(&Fault::Panicked))??;
    bring(shop, bundle, made.header, made.package.clone()).await?;
    for terms in others {
        offers::put(shop, publisher, made.header, &terms).await?;
    }
    Ok(made.content)
}

fn seal(
    console: &Console,
    it: &Ready,
    (title, credits): Called,
    terms: Terms,
    hint: String,
    no: DraftNo,
    seed: &seal::Seed,
) -> Result<(publisher::Publication, Vec<u8>), Problem> {
    let disk = |error: std::io::Error| {
        let text = format!("the draft's files cannot be read ({}); upload it again", error.kind());
        Problem::door(
            axum::http::StatusCode::INSUFFICIENT_STORAGE,
            "draft-files",
            Again::AfterYouAct,
            &text,
        )
    };
    let certifiers: Vec<Vec<u8>> = it.known.certifiers().iter().take(3).map(|c| c.to_vec()).collect();
    let vault = it.keys.derive("publisher/keys", &[]);
    let publisher = Publisher {
        signer: it.keys.signer(),
        certificate: it.keys.certificate(),
        certifiers: &certifiers,
        secret: &vault,
        trust: &it.known.trust,
        converter: None,
        reader: None,
    };
    let work = Work {
        file: console.original(no),
        title,
        kind: None,
        media_type: None,
        content: it.version.as_ref().map(|(_, first, _)| first.offer.content),
        edition: 1,
        // Made in the fenced process, or supplied: nothing of the file itself is decoded here.
        preview: Some(fs::read(console.preview(no)).map_err(disk)?),
        credits,
        terms,
    };
    let sellers = [Seller {
        certificate: it.seller.clone(),
        hint,
    }];
    let mut tell = |at: Progress| {
        let done = at.done.saturating_mul(100).checked_div(at.total).unwrap_or(100);
        let half = u8::try_from(done / 2).unwrap_or(50);
        console.tell(
            no,
            if at.step == Step::Reading {
                half
            } else {
                half.saturating_add(50)
            },
        );
    };
    let into = console.room(no).join("made");
    let mut make = || match &it.version {
        Some((key, ..)) => publisher::publish_version(&publisher, &work, key, &sellers, &into, it.now, seed, &mut tell),
        None => publisher::publish(&publisher, &work, &sellers, &into, it.now, seed, &mut tell),
    };
    let made = match make() {
        // Of an attempt with another form.
        Err(publisher::NotMade::OtherWork { .. }) => {
            fs::remove_dir_all(&into).map_err(disk)?;
            make()
        }
        made => made,
    };
    let made = made?;
    let bundle = made.bundles.first().ok_or_else(Problem::nothing_here)?;
    let bundle = fs::read(&bundle.1).map_err(disk)?;
    Ok((made, bundle))
}
