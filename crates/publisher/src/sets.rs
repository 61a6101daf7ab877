//! Sets: other works of the same publisher whose licenses open this one too (ST-21): its content key stands in its front under
//! theirs.

use std::path::PathBuf;

use package::{ContentKey, KeyId, SetKey};
use seal::{ContentSecret, Secret, Seed};
use units::{ContentId, RealmId};

use crate::{NotMade, Publisher, draft::Draft};

/// The keys of the sets a work belongs to.
pub(crate) struct Sets(Vec<ContentKey>);

impl Sets {
    /// Those of the publications in these directories, each once.
    pub(crate) fn of(publisher: &Publisher<'_>, dirs: &[PathBuf]) -> Result<Self, NotMade> {
        let mut keys: Vec<ContentKey> = Vec::with_capacity(dirs.len());
        for dir in dirs {
            let draft = Draft::read(dir, publisher.secret)?.ok_or_else(|| NotMade::NoSet { dir: dir.clone() })?;
            let key = draft.content_key();
            if keys.iter().all(|known| known.id() != key.id()) {
                keys.push(key);
            }
        }
        Ok(Self(keys))
    }

    /// What tells one request from another: the sets' names.
    pub(crate) fn names(&self) -> Vec<u8> {
        self.0.iter().flat_map(|key| key.id().0).collect()
    }

    /// The lines of a front: this content key under each of the sets' keys. The same key gives the same lines.
    pub(crate) fn lines(&self, realm: RealmId, content: ContentId, key: &ContentKey) -> Vec<SetKey> {
        let secret = ContentSecret::new(*key.secret_bytes_for_wrapping());
        let line = |of: &ContentKey| {
            let KeyId(set) = of.id();
            // Known to whoever knows both keys, and different for each pair of them: a seed for one nonce.
            let pair: [&[u8]; 2] = [&set, content.as_bytes()];
            let seed = Secret::new(*secret.expose()).derive("set", &pair);
            let wrapped = license::wrap_in_set(
                &ContentSecret::new(*of.secret_bytes_for_wrapping()),
                (realm, content, key.id().0),
                &secret,
                &Seed::new(*seed.expose()),
            );
            SetKey { set: of.id(), wrapped }
        };
        self.0.iter().map(line).collect()
    }
}
