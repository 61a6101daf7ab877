//! Done: the buyer has closed. Nothing depends on it but how long a delivery's secret is kept.

use store::Tx;
use units::Moment;

use super::{PayRefused, Shop};
use crate::door::open_done;

impl Shop {
    /// Takes a sealed `done`. A word about a deal that is not known here changes nothing.
    pub fn done(&self, tx: &mut dyn Tx, message: &[u8], now: Moment) -> Result<(), PayRefused> {
        let done = open_done(&self.keys, self.desk.realm_id(), message)?;
        for deal in crate::decided::close::<PayRefused>(tx, done, self.keys.audience(), now)? {
            self.keep_secret_until(tx, deal, now)?;
        }
        Ok(())
    }
}
