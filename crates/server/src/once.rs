//! Once: requests of people and programs that are not signed messages carry an id of their own. The same id with the same body
//! gives the same answer for ever, with another body it is refused, and one caller's ids are nobody else's (row-53).

use axum::http::{HeaderMap, StatusCode};
use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Fault, Map, Part, Step, Table, Tx, Value};
use units::{Again, Hash, Refusal};

use crate::frame::Problem;

/// The field that carries the id.
pub const FIELD: &str = "idempotency-key";

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Done {
    #[n(0)]
    body: Hash,
    #[n(1)]
    answer: ByteVec,
}
impl Value for Done {}

const DONE: Map<[u8; 32], Done> = Map::new(Table::new("http_once"));

/// What a store needs for this.
pub static PART: Part = Part::new("http", &[Step::Create(&[DONE.table()])]);

/// One request: who asks for what, under which id, and what exactly.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    name: Hash,
    body: Hash,
}

/// The id stands for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this Idempotency-Key was used for another request; draw a new one")]
pub struct OtherRequest;

impl Refusal for OtherRequest {
    fn code(&self) -> &'static str {
        "idempotency-key-other-body"
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

impl Request {
    /// The request in these headers. Refuses without an id of 16 to 64 plain characters.
    pub fn read(headers: &HeaderMap, operation: &str, caller: &[u8], body: &[u8]) -> Result<Self, Problem> {
        let mut ids = headers.get_all(FIELD).iter();
        let id = ids
            .next()
            .filter(|_| ids.next().is_none())
            .map_or(&[][..], |id| id.as_bytes());
        if !(16..=64).contains(&id.len()) || !id.iter().all(u8::is_ascii_graphic) {
            let text =
                "send an Idempotency-Key of 16 to 64 characters, drawn at random, and the same one when you repeat";
            return Err(Problem::door(
                StatusCode::BAD_REQUEST,
                "idempotency-key-missing",
                Again::AfterYouAct,
                text,
            ));
        }
        let name = seal::hash_parts(&[b"once", operation.as_bytes(), caller, id]);
        Ok(Self {
            name,
            body: seal::hash(body),
        })
    }

    /// Randomness that is the same whenever the request is: ids drawn from it do not change on a repeat.
    pub fn name(&self) -> Hash {
        self.name
    }

    /// Does `work` the first time, and gives its answer every time.
    pub fn once<E>(
        &self,
        tx: &mut dyn Tx,
        work: impl FnOnce(&mut dyn Tx) -> Result<Vec<u8>, E>,
    ) -> Result<Result<Vec<u8>, OtherRequest>, E>
    where
        E: From<Fault>,
    {
        if let Some(done) = DONE.get(tx, &self.name.0)? {
            let same = done.body == self.body;
            return Ok(if same {
                Ok(done.answer.into())
            } else {
                Err(OtherRequest)
            });
        }
        let answer = work(tx)?;
        DONE.put(
            tx,
            &self.name.0,
            &Done {
                body: self.body,
                answer: ByteVec::from(answer.clone()),
            },
        )?;
        Ok(Ok(answer))
    }
}
