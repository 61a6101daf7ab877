//! One file for each command.

pub mod audit;
pub mod buy;
pub mod card;
pub mod collect;
pub mod console;
pub mod copy;
pub mod doctor;
pub mod insert;
pub mod inspect;
pub mod locked;
pub mod lost;
pub mod open;
pub mod play;
pub mod publish;
pub mod read_upload;
pub mod read_work;
pub mod readers;
pub mod receive;
pub mod refund;
pub mod serve;
pub mod support;
pub mod tour;
pub mod unlock;
pub mod up;
pub mod vault;
pub mod wallet;
