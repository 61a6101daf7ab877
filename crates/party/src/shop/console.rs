//! Console: what a shop keeps for publishers who work in its pages: their keys, if they choose so, and their drafts.
//!
//! A publisher who keeps his keys himself signs on his own machine and sends bundles; nothing here is needed for that. One who
//! leaves them here lets the shop sign in his name: his secret lies in the shop's store under the shop's own key, so
//! whoever has both has his name. The pages say so before anybody agrees.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Secret, Seed, Vault, role};
use store::{Fault, Keys, Map, Part, Step, Table, Tx, Value, View};
use units::{Again, ContentId, Hash, Moment, PartyId, Refusal};

use super::{Shop, media, payout, sold, tenants, version};
use crate::keys::{KeysRefused, PartyKeys};

/// The most drafts of one publisher.
pub const DRAFTS_MAX: usize = 200;

/// A publisher who works in this console.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub struct Tenant {
    /// The name in the certificate.
    #[n(0)]
    pub name: String,
    /// The certificate.
    #[n(1)]
    pub certificate: ByteVec,
    /// The secret under the shop's own key; empty: the publisher keeps it.
    #[n(2)]
    pub(super) secret: ByteVec,
    /// Since when.
    #[n(3)]
    pub since: Moment,
}
impl Value for Tenant {}

impl Tenant {
    /// Can the console sign in its name?
    pub fn keys_here(&self) -> bool {
        !self.secret.is_empty()
    }
}

/// How far a draft has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DraftState {
    /// The file is here; its preview is being made.
    #[n(0)]
    Reading,
    /// Preview and terms are for people to look at.
    #[n(1)]
    Ready,
    /// No preview could be made by itself: the code says why. One is to be supplied.
    #[n(2)]
    NoPreview(#[n(0)] String),
    /// Being sealed, signed and put on the shelf.
    #[n(3)]
    Publishing,
    /// That did not work: code and text. May be tried again.
    #[n(4)]
    Failed(#[n(0)] String, #[n(1)] String),
    /// On the shelf.
    #[n(5)]
    Published,
}

/// A draft: a file in quarantine, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Draft {
    /// Since when.
    #[n(0)]
    pub since: Moment,
    /// What its sender called the file. Shown, never used as a name of ours.
    #[n(1)]
    pub file_name: String,
    /// Bytes.
    #[n(2)]
    pub len: u64,
    /// What its content shows it to be: the media type.
    #[n(3)]
    pub media_type: String,
    /// What kind of work.
    #[n(4)]
    pub kind: license::WorkKind,
    /// How far it is.
    #[n(5)]
    pub state: DraftState,
    /// Media type of the preview, once there is one.
    #[n(6)]
    pub preview_type: Option<String>,
    /// The form as it was last kept.
    #[n(7)]
    pub form: Vec<(String, String)>,
    /// The package this is a new version of.
    #[n(8)]
    pub version_of: Option<Hash>,
    /// The work it became.
    #[n(9)]
    pub content: Option<ContentId>,
}
impl Value for Draft {}

/// A draft's number: random.
pub type DraftNo = [u8; 16];

pub(super) const TENANTS: Map<PartyId, Tenant> = Map::new(Table::new("console_tenants"));
const DRAFTS: Map<(PartyId, DraftNo), Draft> = Map::new(Table::new("console_drafts"));

/// What the console keeps in the shop's store.
pub(super) static PART: Part = Part::new(
    "console",
    &[
        Step::Create(&[TENANTS.table(), DRAFTS.table()]),
        Step::Create(&[
            version::VERSIONS.table(),
            payout::PAYOUTS.table(),
            payout::BY_PUBLISHER.table(),
        ]),
        Step::Run {
            what: "note versions and sales of what was published before",
            run: version::note_before,
        },
        Step::Create(&[tenants::APPLICANTS.table()]),
        Step::Create(&[media::MEDIA_ORDERS.table()]),
        Step::Create(&[sold::OF_WORK.table(), sold::BY_DAY.table()]),
    ],
);

/// Why the shop does not keep a publisher's keys, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntrustRefused {
    /// Secret and certificate are of different parties.
    #[error(transparent)]
    Keys(#[from] KeysRefused),
    /// Not a publisher of this realm.
    #[error("this is no certificate of a publisher of this realm; have one made by the registry")]
    NoPublisher,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for EntrustRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Keys(no) => no.code(),
            Self::NoPublisher => "entrust-no-publisher",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Keys(no) => no.again(),
            Self::NoPublisher => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl Shop {
    pub(super) fn tenants_vault(&self) -> Vault {
        Vault::new(&self.keys.derive("shop/vault", &[]), "publishers")
    }

    /// Keeps a publisher's keys: from now on the console signs in his name. The same again changes nothing but the
    /// certificate.
    pub fn entrust(
        &self,
        tx: &mut dyn Tx,
        secret: &Secret,
        certificate: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<PartyId, EntrustRefused> {
        let known = self.desk.known(tx)?;
        let own = Secret::new(*secret.expose());
        let keys = PartyKeys::load(own, self.desk.realm_id(), certificate.to_vec())?;
        let checked = known.trust.check_ever::<role::Publisher>(certificate);
        let checked = checked.map_err(|_| EntrustRefused::NoPublisher)?;
        let there = TENANTS.get(tx, &keys.id())?;
        let tenant = Tenant {
            name: checked.claims().name.clone(),
            certificate: ByteVec::from(certificate.to_vec()),
            secret: self.tenants_vault().lock(&keys.id().0, secret.expose(), seed).into(),
            since: there.map_or(now, |there| there.since),
        };
        TENANTS.put(tx, &keys.id(), &tenant)?;
        Ok(keys.id())
    }

    /// Gives a publisher's keys up: nothing is signed in his name here any more, and his programs are told nothing. What was
    /// published stays.
    pub fn hand_back_keys(&self, tx: &mut dyn Tx, publisher: PartyId) -> Result<bool, Fault> {
        self.remove_hooks(tx, publisher)?;
        TENANTS.delete(tx, &publisher)
    }

    /// A publisher who works here.
    pub fn tenant(&self, view: &mut dyn View, publisher: PartyId) -> Result<Option<Tenant>, Fault> {
        TENANTS.get(view, &publisher)
    }

    /// What a party of this realm is called, as its registry lists it or its works say.
    pub fn party_name(&self, view: &mut dyn View, id: PartyId) -> Result<Option<String>, Fault> {
        if let Some(listed) = self.desk.known(view)?.party(id) {
            return Ok(Some(listed.name.clone()));
        }
        let row = version::any_work_of(view, id)?;
        Ok(row.map(|work| work.publisher_name))
    }

    /// All of them.
    pub fn tenants(&self, view: &mut dyn View) -> Result<Vec<(PartyId, Tenant)>, Fault> {
        TENANTS.range(view, Keys::all(), 1000)
    }

    /// The keys of a publisher who left them here.
    pub fn tenant_keys(&self, view: &mut dyn View, publisher: PartyId) -> Result<Option<PartyKeys>, Fault> {
        let Some((tenant, secret)) = self.tenant_secret(view, publisher)? else {
            return Ok(None);
        };
        let keys = PartyKeys::load(secret, self.desk.realm_id(), tenant.certificate.to_vec());
        keys.map(Some).map_err(|_| Fault::Corrupt {
            table: TENANTS.table().name(),
            why: "a publisher's certificate is another's".to_owned(),
        })
    }

    /// A publisher who left his keys here, with their secret: whoever collects for him signs with it too.
    pub fn tenant_secret(&self, view: &mut dyn View, publisher: PartyId) -> Result<Option<(Tenant, Secret)>, Fault> {
        let Some(tenant) = TENANTS.get(view, &publisher)?.filter(Tenant::keys_here) else {
            return Ok(None);
        };
        let damaged = || Fault::Corrupt {
            table: TENANTS.table().name(),
            why: "a publisher's secret; are these the shop's own keys?".to_owned(),
        };
        let plain = self
            .tenants_vault()
            .unlock(&publisher.0, &tenant.secret)
            .map_err(|_| damaged())?;
        let plain = zeroize::Zeroizing::new(plain);
        let secret = Secret::from_slice(&plain).ok_or_else(damaged)?;
        Ok(Some((tenant, secret)))
    }

    /// A draft.
    pub fn draft(&self, view: &mut dyn View, publisher: PartyId, no: DraftNo) -> Result<Option<Draft>, Fault> {
        DRAFTS.get(view, &(publisher, no))
    }

    /// A publisher's drafts.
    pub fn drafts(&self, view: &mut dyn View, publisher: PartyId) -> Result<Vec<(DraftNo, Draft)>, Fault> {
        let rows = DRAFTS.range(view, Keys::under(&publisher), DRAFTS_MAX)?;
        Ok(rows.into_iter().map(|((_, no), draft)| (no, draft)).collect())
    }

    /// At most `limit` drafts that nobody has published and that are older than `before`.
    pub fn old_drafts(
        &self,
        view: &mut dyn View,
        before: Moment,
        limit: usize,
    ) -> Result<Vec<(PartyId, DraftNo)>, Fault> {
        let mut old = Vec::new();
        DRAFTS.each::<Fault>(view, Keys::all(), |_, key, draft| {
            if draft.since < before && draft.state != DraftState::Published && old.len() < limit {
                old.push(key);
            }
            Ok(())
        })?;
        Ok(old)
    }

    /// Writes a draft down.
    pub fn keep_draft(&self, tx: &mut dyn Tx, publisher: PartyId, no: DraftNo, draft: &Draft) -> Result<(), Fault> {
        DRAFTS.put(tx, &(publisher, no), draft)
    }

    /// Throws a draft away; false when there is none.
    pub fn drop_draft(&self, tx: &mut dyn Tx, publisher: PartyId, no: DraftNo) -> Result<bool, Fault> {
        DRAFTS.delete(tx, &(publisher, no))
    }
}
