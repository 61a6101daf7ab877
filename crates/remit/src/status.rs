//! Status: what a bank says to orders, one by one (pain.002.001.12). Only what was settled moves money at the customer's side;
//! what is pending waits, and is never ordered again under another id.

use units::{Moment, TransferId};

use crate::xml::{self, Node, NotRead, NotWritten, Writer, moment_text, plain};

const VERSION: &str = "pain.002.001.12";

/// What became of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Settled on the customer's account (ACSC), then.
    Settled(Moment),
    /// Refused, for ever (RJCT), with the bank's reason.
    Refused(String),
    /// Not yet (PDNG).
    Pending,
}

/// One order and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusLine {
    /// The order.
    pub id: TransferId,
    /// What became of it.
    pub outcome: Outcome,
}

/// A bank's answer to a message of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The message's own id.
    pub id: String,
    /// When it was written.
    pub at: Moment,
    /// The message it answers.
    pub about: String,
    /// Each order.
    pub lines: Vec<StatusLine>,
}

impl Status {
    /// As a document.
    pub fn write(&self) -> Result<String, NotWritten> {
        plain("a message's id", &self.id, 35)?;
        plain("a message's id", &self.about, 35)?;
        let mut to = Writer::new(VERSION);
        to.within("CstmrPmtStsRpt", |to| {
            to.within("GrpHdr", |to| {
                to.text("MsgId", &self.id);
                to.text("CreDtTm", &moment_text(self.at));
                Ok::<(), NotWritten>(())
            })?;
            to.within("OrgnlGrpInfAndSts", |to| {
                to.text("OrgnlMsgId", &self.about);
                to.text("OrgnlMsgNmId", "pain.001.001.09");
                Ok::<(), NotWritten>(())
            })?;
            to.within("OrgnlPmtInfAndSts", |to| {
                to.text("OrgnlPmtInfId", &self.about);
                self.lines.iter().try_for_each(|line| line.write(to))
            })
        })?;
        Ok(to.end())
    }

    /// Out of a document.
    pub fn read(bytes: &[u8]) -> Result<Self, NotRead> {
        let message = xml::read(bytes, VERSION, "CstmrPmtStsRpt")?;
        let head = message.one("GrpHdr")?;
        let block = message.one("OrgnlPmtInfAndSts")?;
        Ok(Self {
            id: head.text_at(&["MsgId"])?.to_owned(),
            at: head.one("CreDtTm")?.moment("CreDtTm")?,
            about: message.text_at(&["OrgnlGrpInfAndSts", "OrgnlMsgId"])?.to_owned(),
            lines: block
                .all("TxInfAndSts")
                .map(StatusLine::read)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl StatusLine {
    fn write(&self, to: &mut Writer) -> Result<(), NotWritten> {
        to.within("TxInfAndSts", |to| {
            to.text("OrgnlEndToEndId", &self.id.to_string());
            match &self.outcome {
                Outcome::Settled(at) => {
                    to.text("TxSts", "ACSC");
                    to.text("AccptncDtTm", &moment_text(*at));
                }
                Outcome::Refused(why) => {
                    plain("a reason", why, 35)?;
                    to.text("TxSts", "RJCT");
                    to.path(&["StsRsnInf", "Rsn", "Prtry"], why);
                }
                Outcome::Pending => to.text("TxSts", "PDNG"),
            }
            Ok(())
        })
    }

    fn read(node: &Node) -> Result<Self, NotRead> {
        let outcome = match node.text_at(&["TxSts"])? {
            // ACSC: settled for the debtor; ACCC: for the creditor too.
            "ACSC" | "ACCC" => Outcome::Settled(node.one("AccptncDtTm")?.moment("AccptncDtTm")?),
            "RJCT" => {
                let reason = node.at(&["StsRsnInf", "Rsn"])?;
                let text = match reason.maybe("Cd")? {
                    Some(code) => code.text(),
                    None => reason.text_at(&["Prtry"])?,
                };
                Outcome::Refused(text.to_owned())
            }
            // Received, accepted technically, on its way: nothing is certain yet.
            _ => Outcome::Pending,
        };
        Ok(Self {
            id: node.one("OrgnlEndToEndId")?.transfer("OrgnlEndToEndId")?,
            outcome,
        })
    }
}
