//! Challenges: what a passkey signs. Asking for one writes nothing, so nobody fills a disk with them; using one writes that
//! it was used, until it would have ended anyway.

use seal::Seed;
use store::{Fault, Keys, Map, Table, Tx};
use units::{Moment, Span};

use crate::{AccountId, Gate, NotAPasskey, SessionId};

const LIFE: Span = Span::minutes(10);

/// What a challenge is for. One made for one purpose is refused for every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in, by whoever holds a passkey.
    Enter,
    /// Registering a passkey of this account.
    Register(AccountId),
    /// Completing or refreshing this session.
    Again(SessionId),
}

impl Purpose {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Enter => vec![0],
            Self::Register(account) => [&[1], &account.0[..]].concat(),
            Self::Again(session) => [&[2], &session.0.0[..]].concat(),
        }
    }
}

pub(crate) const USED: Map<(Moment, [u8; 16]), ()> = Map::new(Table::new("signin_challenges_used"));

impl Gate {
    /// A fresh challenge: nonce, end and a seal of this gate over both and the purpose.
    pub fn challenge(&self, purpose: Purpose, now: Moment, seed: &Seed) -> String {
        let (nonce, end) = (seed.id("challenge"), now.plus(LIFE));
        data_encoding::BASE64URL_NOPAD.encode(&self.challenge_bytes(purpose, nonce, end))
    }

    fn challenge_bytes(&self, purpose: Purpose, nonce: [u8; 16], end: Moment) -> Vec<u8> {
        let end = end.0.to_be_bytes();
        let mac = self.mac("challenge", &[&purpose.bytes(), &nonce, &end]);
        [&nonce[..], &end, &mac[..16]].concat()
    }

    /// Uses a challenge up.
    pub(crate) fn spend_challenge(
        &self,
        tx: &mut dyn Tx,
        challenge: &str,
        purpose: Purpose,
        now: Moment,
    ) -> Result<(), NotAPasskey> {
        let no = NotAPasskey::Challenge;
        let bytes = data_encoding::BASE64URL_NOPAD
            .decode(challenge.as_bytes())
            .map_err(|_| NotAPasskey::Challenge)?;
        let (nonce, rest) = bytes.split_first_chunk::<16>().ok_or(NotAPasskey::Challenge)?;
        let (end, _) = rest.split_first_chunk::<8>().ok_or(NotAPasskey::Challenge)?;
        let end = Moment(u64::from_be_bytes(*end));
        if !seal::same(&bytes, &self.challenge_bytes(purpose, *nonce, end)) || now >= end {
            return Err(no);
        }
        if USED.insert(tx, &(end, *nonce), &())? {
            Ok(())
        } else {
            Err(no)
        }
    }

    pub(crate) fn forget_challenges(&self, tx: &mut dyn Tx, now: Moment, limit: usize) -> Result<(), Fault> {
        for (key, ()) in USED.range(tx, Keys::all().until(&now), limit)? {
            USED.delete(tx, &key)?;
        }
        Ok(())
    }
}
