//! Fetch: getting a package from its seller by ranges, going on where it stopped, and readable from its first byte.

use std::{fs, io, sync::Arc};

use license::{Delivery, License};
use package::Front;
use units::{Again, Hash, LicenseId, Refusal};

use super::{Arrival, KeptError, Packages, Presence, kept};
use crate::{
    carry::{CarryRefusal, Part},
    engine::{Wallet, locked},
    player::CardKeys,
};

/// Why a package is not here. In order of precedence; the license is fine, and what came stays for the next try.
#[derive(Debug, thiserror::Error)]
pub enum FetchRefused {
    /// No such license.
    #[error("this license is not on the card")]
    NoLicense,
    /// The seller could not be reached, or said no.
    #[error("{0}; the license is fine, and any other copy of the file will do")]
    Carry(#[from] CarryRefusal),
    /// Something else came.
    #[error("the seller sent another file than the license is for; it was thrown away")]
    OtherPackage,
    /// It could not be kept.
    #[error(transparent)]
    Kept(#[from] KeptError),
}

impl Refusal for FetchRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoLicense => "no-license",
            Self::Carry(e) => e.code(),
            Self::OtherPackage => "package-another",
            Self::Kept(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NoLicense => Again::Never,
            Self::Carry(e) => e.again(),
            Self::OtherPackage => Again::Later,
            Self::Kept(e) => e.again(),
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(e) => e.theirs(),
            _ => None,
        }
    }
}

/// A package that is being fetched: for which license, and which of the versions it opens.
struct Wanted {
    id: LicenseId,
    license: Arc<License>,
    header: Hash,
    arrival: Arc<Arrival>,
}

/// How often a broken download is taken up again before the background gets it.
const TRIES: u32 = 4;

impl Packages {
    /// The arrival of a package: a running one, or a new one that goes on with what is here. `true`: the caller fetches.
    fn arrive(&self, header: Hash) -> io::Result<(Arc<Arrival>, bool)> {
        let mut arrivals = locked(&self.arrivals);
        if let Some(running) = arrivals.get(&header) {
            return Ok((running.clone(), false));
        }
        let mut options = fs::OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(self.part(header))?;
        let have = file.metadata()?.len();
        let arrival = Arc::new(Arrival::new(file, have));
        arrivals.insert(header, arrival.clone());
        Ok((arrival, true))
    }

    /// Is anything here in part?
    fn any_part(&self) -> bool {
        let is_part = |e: io::Result<fs::DirEntry>| e.is_ok_and(|e| e.path().extension().is_some_and(|x| x == "part"));
        fs::read_dir(&self.dir).is_ok_and(|mut found| found.any(is_part))
    }

    fn departed(&self, header: Hash) {
        locked(&self.arrivals).remove(&header);
    }

    /// Is what came the package with this header, whole?
    fn holds(&self, header: Hash, arrival: &Arrival) -> Result<bool, KeptError> {
        let front = Front::read_by(&mut |at, len| {
            let mut bytes = vec![0; len];
            let n = package::ReadAt::fill_at(arrival, at as u64, &mut bytes).map_err(KeptError::Read)?;
            bytes.truncate(n);
            Ok::<_, KeptError>(bytes)
        });
        Ok(front.is_ok_and(|f| f.package() == header && f.package_len() == arrival.progress().0))
    }
}

impl Wallet {
    /// Begins to fetch the package of a license, if it is not here, and returns at once: a player finds it arriving.
    pub async fn fetch_soon(&self, id: LicenseId) -> Result<(), FetchRefused> {
        let wanted = self.start_fetch(id, None).await?;
        self.go_on_fetching(wanted);
        Ok(())
    }

    /// The same with the latest version that was heard of; nothing if none was.
    pub async fn fetch_newer_soon(&self, id: LicenseId) -> Result<(), FetchRefused> {
        let license = self.license(id).await.ok_or(FetchRefused::NoLicense)?;
        if let Some(newer) = self.packages().newer(license.link.header) {
            let wanted = self.start_fetch(id, Some(newer.package)).await?;
            self.go_on_fetching(wanted);
        }
        Ok(())
    }

    fn go_on_fetching(&self, wanted: Option<Wanted>) {
        let Some(wanted) = wanted else { return };
        let wallet = self.clone();
        tokio::spawn(async move {
            if let Err(no) = wallet.run_fetch(wanted).await {
                tracing::info!(code = no.told(), "a package has not come");
            }
        });
    }

    /// Fetches the package of a license: all of it is here when this returns. If a fetch is under way already, returns at
    /// once.
    pub async fn fetch(&self, id: LicenseId) -> Result<(), FetchRefused> {
        match self.start_fetch(id, None).await? {
            Some(wanted) => self.run_fetch(wanted).await,
            None => Ok(()),
        }
    }

    async fn start_fetch(&self, id: LicenseId, version: Option<Hash>) -> Result<Option<Wanted>, FetchRefused> {
        let license = self.license(id).await.ok_or(FetchRefused::NoLicense)?;
        let header = version.unwrap_or(license.link.header);
        if matches!(self.packages().presence(header), Presence::Here(_)) {
            return Ok(None);
        }
        let (arrival, mine) = self.packages().arrive(header).map_err(KeptError::Read)?;
        Ok(mine.then_some(Wanted {
            id,
            license,
            header,
            arrival,
        }))
    }

    /// What came whole and is another package came perhaps from somebody near by who is not the seller: then once more, another
    /// way.
    async fn run_fetch(&self, mut wanted: Wanted) -> Result<(), FetchRefused> {
        loop {
            let (id, header, seller) = (wanted.id, wanted.header, wanted.license.seller);
            match self.fetch_once(wanted).await {
                Err(FetchRefused::OtherPackage) if self.carrier().doubt(seller) => {}
                result => return result,
            }
            match self.start_fetch(id, Some(header)).await? {
                Some(again) => wanted = again,
                None => return Ok(()),
            }
        }
    }

    async fn fetch_once(&self, wanted: Wanted) -> Result<(), FetchRefused> {
        let (header, arrival) = (wanted.header, wanted.arrival.clone());
        let result = match self.fetch_into(&wanted).await {
            Ok(()) => self.put_on_shelf(wanted).await,
            no => no,
        };
        if let Err(no) = &result {
            arrival.stop(no.to_string());
        }
        self.packages().departed(header);
        result
    }

    async fn fetch_into(&self, wanted: &Wanted) -> Result<(), FetchRefused> {
        let (license, arrival) = (&wanted.license, &wanted.arrival);
        let path = match license.offer.delivery {
            Delivery::Shared(_) => format!("/v1/packages/{}", wanted.header),
            Delivery::Unique => format!("/v1/deliveries/{}", license.link.deal),
        };
        // Its seller, then whoever keeps works: what comes is checked by its name, so that any copy will do.
        let mut sources = vec![license.seller];
        if matches!(license.offer.delivery, Delivery::Shared(_)) {
            sources.extend(self.keepers().await);
        }
        let mut sources = sources.into_iter();
        let mut from = sources.next().unwrap_or(license.seller);
        let mut tries = 0_u32;
        loop {
            let mut broke: Option<io::Error> = None;
            let (before, of) = arrival.progress();
            if of.is_some_and(|of| before >= of) {
                return Ok(());
            }
            let mut take = |part: Part| {
                broke = arrival.add(&part.bytes, part.whole).err();
                broke.is_none()
            };
            let streamed = self.carrier().stream(from, &path, before, &mut take).await;
            if let Some(error) = broke {
                return Err(KeptError::Read(error).into());
            }
            let (have, of) = arrival.progress();
            match streamed {
                // Without a length the end of the stream is the end of the file.
                Ok(()) if of.is_none_or(|of| have >= of) => return Ok(()),
                Ok(()) if have == before => tries = tries.saturating_add(1),
                Ok(()) => {}
                Err(no) if no.again() != Again::Later || tries >= TRIES => match sources.next() {
                    Some(next) => (from, tries) = (next, 0),
                    None => return Err(no.into()),
                },
                Err(_) if have > before => tries = 0,
                Err(_) => tries = tries.saturating_add(1),
            }
            if tries > TRIES {
                return Err(FetchRefused::OtherPackage);
            }
            arrival.resume();
            tokio::time::sleep(std::time::Duration::from_millis(
                100_u64.saturating_mul(1 << tries.min(6)),
            ))
            .await;
        }
    }

    /// Content servers of this realm, by the registry's signed directory.
    async fn keepers(&self) -> Vec<units::PartyId> {
        let Ok(listed) = self.carrier().directory(false).await else {
            return Vec::new();
        };
        listed
            .with_role::<seal::role::Content>(self.now())
            .map(|one| one.id)
            .collect()
    }

    async fn put_on_shelf(&self, wanted: Wanted) -> Result<(), FetchRefused> {
        let wallet = self.clone();
        let shelved = tokio::task::spawn_blocking(move || {
            let (packages, header) = (wallet.packages(), wanted.header);
            wanted.arrival.finish().map_err(KeptError::Read)?;
            if !packages.holds(header, &wanted.arrival)? {
                fs::remove_file(packages.part(header)).map_err(KeptError::Read)?;
                return Err(FetchRefused::OtherPackage);
            }
            match wanted.license.offer.delivery {
                Delivery::Shared(_) => {
                    let whole = packages.path(header, "keyfare");
                    fs::rename(packages.part(header), whole).map_err(KeptError::Read)?;
                }
                Delivery::Unique => wallet.keep_unique(wanted.id, header)?,
            }
            Ok(())
        });
        // A fetch that never ended would stand in the way of every later one.
        let broke = |_| Err(KeptError::Read(io::Error::other("it was not put away")).into());
        shelved.await.unwrap_or_else(broke)
    }

    /// A package for this card alone is kept under Km: opened, where nothing is counted by it, or as it came.
    fn keep_unique(&self, id: LicenseId, header: Hash) -> Result<(), KeptError> {
        let packages = self.packages();
        let (part, kept_at) = (packages.part(header), packages.kept(header));
        let seed = self.seed();
        let open_now = self.on_card_here(|card| {
            let held = card.state().licenses.get(&id);
            card.image().keep_opened && held.is_some_and(|h| !h.rights.counted() && h.rights.period.is_none())
        });
        let keys = open_now.then(|| CardKeys::for_keeping(self, id)).flatten();
        match keys {
            Some(keys) => {
                let super::Readable::Sealed(mut package, _) = Packages::at_path(&part)? else {
                    return Err(KeptError::Damaged(0));
                };
                let keys = keys.of(package.front().header().clone());
                kept::keep_opened(&kept_at, &mut package, &keys, &packages.vault, &seed)?;
                package.forget();
            }
            None => {
                let file = fs::File::open(&part).map_err(KeptError::Read)?;
                kept::keep_as_it_came(&kept_at, header, &file, &packages.vault, &seed)?;
            }
        }
        fs::remove_file(&part).map_err(KeptError::Read)
    }

    /// Goes on with packages that were still coming when this program ended.
    pub(crate) async fn fetch_missing(&self) {
        if !self.packages().any_part() {
            return;
        }
        let stopped = |presence, header| {
            matches!(presence, Presence::Arriving { .. }) && self.packages().arriving(header).is_none()
        };
        for shelf in self.library().await {
            // What cannot be fetched now is tried in the next round.
            if shelf
                .license
                .as_ref()
                .is_some_and(|l| stopped(shelf.package, l.link.header))
            {
                let _ = self.fetch_soon(shelf.held.id).await;
            }
            if shelf.newer.as_ref().is_some_and(|it| stopped(it.presence, it.package)) {
                let _ = self.fetch_newer_soon(shelf.held.id).await;
            }
        }
    }
}
