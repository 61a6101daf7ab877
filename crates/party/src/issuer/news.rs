//! News: what every contact brings a card: time, certifiers, revocations, and certificates for new tags.

use deal::wire::News;
use license::Receiver;
use minicbor::bytes::ByteVec;
use store::{Fault, Tx, View};
use units::{CardNo, Moment, Span, Tag};

use super::{
    CardRow, Issuer,
    card::{TAGS, TAGS_OF, TagRow},
};
use crate::realm::Subject;

/// Times of tags' certificates are rounded to this part of their life: whole days of fourteen.
const ROUND: u64 = 14;

impl Issuer {
    /// Certifies new tags of a card: writes them down and counts them. A tag that is certified already for the same keys
    /// stays as it is. False, and nothing written, when one belongs to somebody else or the day's number is used up.
    pub(super) fn certify_tags(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        row: &mut CardRow,
        tags: &[Receiver],
        now: Moment,
    ) -> Result<bool, Fault> {
        if now > row.tags_day.plus(Span::days(1)) {
            row.tags_day = now;
            row.tags_count = 0;
        }
        let mut new = Vec::new();
        for tag in tags {
            match TAGS.get(tx, &tag.tag)? {
                Some(known) if known.card == card && known.sign == tag.sign && known.seal == tag.seal => {}
                Some(_) => return Ok(false),
                None => new.push(tag),
            }
        }
        let count = row
            .tags_count
            .saturating_add(u32::try_from(new.len()).unwrap_or(u32::MAX));
        if count > self.config.tags_a_day {
            return Ok(false);
        }
        row.tags_count = count;
        // Rounded: seconds would tell two sellers that two tags were certified together, and so are one card's.
        let life = self.config.limits(row.class).life;
        let from = Moment(now.0.saturating_sub(now.0 % (life.0 / ROUND).max(1)));
        let until = from.plus(life);
        for tag in new {
            // Numbers in a row would tell the same: the number of a tag follows from the tag.
            let serial = self.serial_of(tag.tag);
            let kept = TagRow {
                card,
                sign: tag.sign,
                seal: tag.seal,
                from,
                until,
                serial,
            };
            // Two equal tags in one request: the second finds the first.
            if TAGS.insert(tx, &tag.tag, &kept)? {
                TAGS_OF.put(tx, &(card, serial), &tag.tag)?;
            }
            row.certificates_end = row.certificates_end.max(until);
        }
        Ok(true)
    }

    /// The number of a tag's certificate: what only this issuer can compute, without order, and the same again.
    fn serial_of(&self, tag: Tag) -> u64 {
        let whole = self.keys.derive("issuer/tag-serial", &[&tag.0]);
        let mut serial = [0; 8];
        serial.copy_from_slice(&whole.expose()[..8]);
        u64::from_be_bytes(serial)
    }

    /// The news, with the certificates of `tags` (as far as they were certified and have not ended). `None`: no tick has
    /// come from the clock yet.
    pub(super) fn news(&self, view: &mut dyn View, tags: &[Tag], now: Moment) -> Result<Option<News>, Fault> {
        let Some((_, tick)) = self.desk.latest_tick(view)? else {
            return Ok(None);
        };
        let known = self.desk.known(view)?;
        let mut certified = Vec::new();
        for tag in tags {
            let Some(row) = TAGS.get(view, tag)?.filter(|row| row.until >= now) else {
                continue;
            };
            let receiver = Receiver {
                tag: *tag,
                sign: row.sign,
                seal: row.seal,
            };
            let class = super::card::CARDS
                .get(view, &row.card)?
                .map_or(seal::Class::Software, |c| c.class);
            let subject = Subject::tag(&receiver, class);
            let certificate = self.certifier.certify(&subject, row.from, row.until, row.serial);
            certified.push((*tag, row.until, ByteVec::from(certificate)));
        }
        Ok(Some(News {
            tick,
            certifiers: known.certifiers().to_vec(),
            issuer: ByteVec::from(self.keys.certificate().to_vec()),
            tags: certified,
            revoked: known.revoked().to_vec(),
            revoked_no: known.number,
        }))
    }
}
