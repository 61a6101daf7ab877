//! Presenter: brings slips to the issuer in company. A shop asks the issuer once per sale; what is asked while earlier questions
//! are under way travels together, so a hundred sales at once cost a few requests and a few disk writes over there. Nobody
//! waits for company: the first question leaves at once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use minicbor::{Decode, Encode, bytes::ByteVec};
use tokio::sync::{mpsc, oneshot};

use crate::{
    frame::limits::{PRESENT_TIME, PRESENTS_MAX},
    peers::{Heard, Peers},
};

/// Requests to one issuer that may be under way at once.
const UNDER_WAY_MAX: usize = 2;

/// Several signed `present`s in one request.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Presents(#[n(0)] pub Vec<ByteVec>);

/// What came of each, in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Presenteds(#[n(0)] pub Vec<OnePresented>);

/// What came of one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum OnePresented {
    /// The issuer's signed answer.
    #[n(0)]
    Answer(#[n(0)] ByteVec),
    /// It refused, with this code.
    #[n(1)]
    Refused(#[n(0)] String),
}

type Question = (Vec<u8>, oneshot::Sender<Heard>);

/// Where questions to issuers gather. Keeps nothing that another process would miss: every question is written down by its
/// party before it comes here.
#[derive(Debug)]
pub struct Presenter {
    peers: Peers,
    desks: Mutex<HashMap<String, mpsc::UnboundedSender<Question>>>,
}

impl Presenter {
    /// One that has not asked anything.
    pub fn new(peers: Peers) -> Self {
        Self {
            peers,
            desks: Mutex::default(),
        }
    }

    /// Asks the issuer at `address`, silent after two seconds.
    pub async fn ask(&self, address: &str, present: Vec<u8>) -> Heard {
        let (tell, told) = oneshot::channel();
        let mut question = Some((present, tell));
        // A desk whose task has ended is opened anew, once.
        for _ in 0..2 {
            let Some(asked) = question.take() else { break };
            if let Err(back) = self.desk(address).send(asked) {
                self.close(address);
                question = Some(back.0);
            }
        }
        match tokio::time::timeout(PRESENT_TIME, told).await {
            Ok(Ok(heard)) => heard,
            _ => Heard::Silent,
        }
    }

    fn desk(&self, address: &str) -> mpsc::UnboundedSender<Question> {
        let mut desks = self.desks.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || {
            let (send, receive) = mpsc::unbounded_channel();
            tokio::spawn(gather(self.peers.clone(), address.to_owned(), receive));
            send
        };
        desks.entry(address.to_owned()).or_insert_with(open).clone()
    }

    fn close(&self, address: &str) {
        self.desks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(address);
    }
}

async fn gather(peers: Peers, address: String, mut questions: mpsc::UnboundedReceiver<Question>) {
    let room = std::sync::Arc::new(tokio::sync::Semaphore::new(UNDER_WAY_MAX));
    let mut batch = Vec::new();
    loop {
        let Ok(place) = room.clone().acquire_owned().await else {
            return;
        };
        if questions.recv_many(&mut batch, PRESENTS_MAX).await == 0 {
            return;
        }
        let (peers, address, asked) = (peers.clone(), address.clone(), core::mem::take(&mut batch));
        tokio::spawn(async move {
            bring(&peers, &address, asked).await;
            drop(place);
        });
    }
}

async fn bring(peers: &Peers, address: &str, mut asked: Vec<Question>) {
    // Who gave up waiting will come again.
    asked.retain(|(_, tell)| !tell.is_closed());
    let (bodies, tells): (Vec<_>, Vec<_>) = asked
        .into_iter()
        .map(|(body, tell)| (ByteVec::from(body), tell))
        .unzip();
    let heard = peers
        .post(address, "presents", seal::cbor::to_bytes(&Presents(bodies)))
        .await;
    let each: Vec<Heard> = match heard {
        Heard::Answer(bytes) => match minicbor::decode::<Presenteds>(&bytes) {
            Ok(answers) if answers.0.len() == tells.len() => answers.0.into_iter().map(Heard::from).collect(),
            _ => vec![Heard::Silent; tells.len()],
        },
        no => vec![no; tells.len()],
    };
    for (tell, heard) in tells.into_iter().zip(each) {
        let _ = tell.send(heard); // who gave up waiting will come again
    }
}

impl From<OnePresented> for Heard {
    fn from(one: OnePresented) -> Self {
        match one {
            OnePresented::Answer(bytes) => Self::Answer(Bytes::from(Vec::from(bytes))),
            OnePresented::Refused(code) => Self::Refused(code),
        }
    }
}
