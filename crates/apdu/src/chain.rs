//! The card's side of long data: commands that come in parts, answers that leave in parts.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{Command, Status, command::EXTENDED_MAX};

/// The most data of one command, all parts together: a quote, its ask and an offer sheet, each as long as any message.
const DATA_MAX: usize = 3 * seal::cbor::MESSAGE_MAX + 1024;

/// A command with all its data.
pub struct Whole {
    /// Class, without the bit for parts.
    pub cla: u8,
    /// Instruction.
    pub ins: u8,
    /// Both parameters.
    pub p: [u8; 2],
    /// All data; wiped afterwards, for there may be a PIN in it.
    pub data: Zeroizing<Vec<u8>>,
    /// Room for the answer.
    pub room: usize,
}

/// Parts of a command that have come, and parts of an answer that have not left.
#[derive(Default)]
pub struct Chain {
    head: Option<[u8; 4]>,
    data: Zeroizing<Vec<u8>>,
    answer: Vec<u8>,
}

impl Chain {
    /// Takes one command off the contacts: the whole of it once its last part is here, or what to answer to a part.
    pub fn take(&mut self, command: &Command<'_>) -> Result<Whole, Status> {
        // An answer is fetched by the very next commands or not at all.
        self.answer.clear();
        let head = [command.cla & !crate::MORE, command.ins, command.p1, command.p2];
        if self.head != Some(head) {
            self.data.clear();
        }
        self.head = None;
        if self.data.len().saturating_add(command.data.len()) > DATA_MAX {
            self.data.clear();
            return Err(Status::LENGTH);
        }
        self.data.extend_from_slice(command.data);
        if command.continues() {
            self.head = Some(head);
            return Err(Status::OK);
        }
        Ok(Whole {
            cla: head[0],
            ins: command.ins,
            p: [command.p1, command.p2],
            data: core::mem::take(&mut self.data),
            room: command.room,
        })
    }

    /// The answer to a command whose sender has `room`: as much as fits, and how much is left.
    pub fn give(&mut self, answer: Vec<u8>, room: usize) -> Vec<u8> {
        self.answer = answer;
        self.rest(room)
    }

    /// GET RESPONSE.
    pub fn more(&mut self, room: usize) -> Vec<u8> {
        if self.answer.is_empty() {
            return Status::CONDITIONS.0.to_be_bytes().to_vec();
        }
        self.rest(room)
    }

    fn rest(&mut self, room: usize) -> Vec<u8> {
        let now = self.answer.len().min(room).min(EXTENDED_MAX);
        let left = self.answer.split_off(now);
        let status = if left.is_empty() {
            Status::OK
        } else {
            Status::more(left.len())
        };
        let mut out = core::mem::replace(&mut self.answer, left);
        out.extend_from_slice(&status.0.to_be_bytes());
        out
    }
}
