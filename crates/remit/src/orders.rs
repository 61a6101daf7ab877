//! Orders: what a customer wants moved out of one account (pain.001.001.09).

use units::{Currency, Moment, Money, TransferId};

use crate::{
    Account,
    xml::{self, Node, NotRead, NotWritten, Writer, moment_text, plain},
};

const VERSION: &str = "pain.001.001.09";
/// The most orders of one message.
pub const ORDERS_MAX: usize = 10_000;

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id, for ever.
    pub id: TransferId,
    /// Into which account.
    pub to: Account,
    /// How much.
    pub amount: Money,
    /// What for, as statements show it: at most 140 characters that every bank takes.
    pub reference: String,
}

/// Orders of one customer, out of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// The message's own id: at most 35 characters.
    pub id: String,
    /// When it was written.
    pub at: Moment,
    /// Who writes, for people.
    pub by: String,
    /// Out of which account.
    pub from: Account,
    /// What.
    pub orders: Vec<Order>,
}

fn sum(orders: &[Order], currency: Currency) -> Option<Money> {
    orders
        .iter()
        .try_fold(Money::zero(currency), |sum, one| sum.plus(one.amount).ok())
}

impl Orders {
    /// As a document.
    pub fn write(&self) -> Result<String, NotWritten> {
        plain("a message's id", &self.id, 35)?;
        plain("a name", &self.by, 60)?;
        if !(1..=ORDERS_MAX).contains(&self.orders.len()) {
            return Err(NotWritten::Lines(ORDERS_MAX));
        }
        let currency = self
            .orders
            .first()
            .map(|one| one.amount.currency())
            .ok_or(NotWritten::Currency)?;
        let total = sum(&self.orders, currency).ok_or(NotWritten::Currency)?;
        let (count, total) = (self.orders.len().to_string(), total.figures().replace(',', ""));
        let mut to = Writer::new(VERSION);
        to.within("CstmrCdtTrfInitn", |to| {
            to.within("GrpHdr", |to| {
                to.text("MsgId", &self.id);
                to.text("CreDtTm", &moment_text(self.at));
                to.text("NbOfTxs", &count);
                to.text("CtrlSum", &total);
                to.path(&["InitgPty", "Nm"], &self.by);
                Ok(())
            })?;
            to.within("PmtInf", |to| {
                to.text("PmtInfId", &self.id);
                to.text("PmtMtd", "TRF");
                to.text("NbOfTxs", &count);
                to.text("CtrlSum", &total);
                to.path(&["ReqdExctnDt", "DtTm"], &moment_text(self.at));
                to.path(&["Dbtr", "Nm"], &self.by);
                self.from.write("DbtrAcct", to);
                to.path(&["DbtrAgt", "FinInstnId", "Othr", "Id"], "NOTPROVIDED");
                self.orders.iter().try_for_each(|one| one.write(to))
            })
        })?;
        Ok(to.end())
    }

    /// Out of a document. The count and the sum of the whole must be what the lines add up to.
    pub fn read(bytes: &[u8]) -> Result<Self, NotRead> {
        let message = xml::read(bytes, VERSION, "CstmrCdtTrfInitn")?;
        let head = message.one("GrpHdr")?;
        let block = message.one("PmtInf")?;
        if block.text_at(&["PmtMtd"])? != "TRF" {
            return Err(NotRead::Wrong("PmtMtd"));
        }
        let orders: Vec<Order> = block.all("CdtTrfTxInf").map(Order::read).collect::<Result<_, _>>()?;
        if !(1..=ORDERS_MAX).contains(&orders.len()) {
            return Err(NotRead::Wrong("CdtTrfTxInf"));
        }
        let currency = orders
            .first()
            .map(|one| one.amount.currency())
            .ok_or(NotRead::Missing("CdtTrfTxInf"))?;
        let total = sum(&orders, currency).ok_or(NotRead::Wrong("InstdAmt"))?;
        let count = u64::try_from(orders.len()).unwrap_or(u64::MAX);
        for part in [head, block] {
            let said = part.maybe("NbOfTxs")?.map(|node| node.count("NbOfTxs")).transpose()?;
            if said.is_some_and(|said| said != count) {
                return Err(NotRead::Wrong("NbOfTxs"));
            }
            let said = part.maybe("CtrlSum")?.map(Node::text);
            if said.is_some_and(|said| Money::parse(said, currency) != Ok(total)) {
                return Err(NotRead::Wrong("CtrlSum"));
            }
        }
        Ok(Self {
            id: head.text_at(&["MsgId"])?.to_owned(),
            at: head.one("CreDtTm")?.moment("CreDtTm")?,
            by: head.text_at(&["InitgPty", "Nm"])?.to_owned(),
            from: Account::read(block.one("DbtrAcct")?)?,
            orders,
        })
    }
}

impl Order {
    fn write(&self, to: &mut Writer) -> Result<(), NotWritten> {
        plain("a reference", &self.reference, 140)?;
        to.within("CdtTrfTxInf", |to| {
            to.path(&["PmtId", "EndToEndId"], &self.id.to_string());
            to.within("Amt", |to| {
                to.money("InstdAmt", self.amount);
                Ok::<(), NotWritten>(())
            })?;
            self.to.write("CdtrAcct", to);
            to.path(&["RmtInf", "Ustrd"], &self.reference);
            Ok(())
        })
    }

    fn read(node: &Node) -> Result<Self, NotRead> {
        let reference = node.text_at(&["RmtInf", "Ustrd"])?;
        plain("", reference, 140).map_err(|_| NotRead::Wrong("Ustrd"))?;
        Ok(Self {
            id: node.at(&["PmtId", "EndToEndId"])?.transfer("EndToEndId")?,
            to: Account::read(node.one("CdtrAcct")?)?,
            amount: node.at(&["Amt", "InstdAmt"])?.money("InstdAmt")?,
            reference: reference.to_owned(),
        })
    }
}
