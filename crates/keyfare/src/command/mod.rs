//! One file for each command.

pub mod audit;
pub mod buy;
pub mod card;
pub mod doctor;
pub mod inspect;
pub mod play;
pub mod publish;
pub mod read_upload;
pub mod refund;
pub mod serve;
pub mod support;
pub mod tour;
pub mod up;
pub mod vault;
pub mod wallet;
