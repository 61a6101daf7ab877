//! The sale: a publisher seals, a shop sells, a card pays, the song plays.

use card::Want;
use package::{KeySource, Package, StretchKey, Withheld};
use units::{Currency, Moment, Money};

use crate::{Books, Figures, Holder, Parties, Stuck, Tale, Work};

/// Tells the sale. A purse too small ends in a refusal, and the books are as they were.
pub fn sale(parties: &mut dyn Parties, figures: &Figures) -> Result<Tale, Stuck> {
    let mut tale = Tale::new("sale");
    let currency = Currency::new(&parties.realm().currency).unwrap_or(Currency::JPY);
    let money = |minor| {
        Money::new(minor, currency).map_err(|e| Stuck {
            code: "amount".into(),
            text: e.to_string(),
        })
    };
    let price = money(figures.price)?;

    let mut buyer = Holder::born("buyer", parties, currency, &figures.seed)?;
    let before = books(&[&buyer], parties);
    tale.step(
        "buyer",
        "gets a card: it enrols with the money issuer and receives its certificates",
        Some("XD-1"),
        before,
    );

    buyer.first_money(parties, money(figures.purse)?)?;
    let loaded = books(&[&buyer], parties);
    tale.step(
        "buyer",
        format!("loads {} from the bank account onto the card", money(figures.purse)?),
        Some("XD-8"),
        loaded,
    );

    let content = song(&figures.seed);
    let work = Work {
        title: "Night Ferry".into(),
        content: content.clone(),
        media_type: "audio/wav".into(),
        price: figures.price,
        unique: false,
        handing: None,
    };
    let listing = parties.publish(&work).map_err(|text| Stuck {
        code: "publish".into(),
        text,
    })?;
    let says = format!(
        "seals \"Night Ferry\" ({} bytes) and signs an offer: number {}, {price}",
        content.len(),
        listing.number
    );
    tale.step("publisher", says, Some("SD-4"), books(&[&buyer], parties));

    let checked = buyer.ask(parties, listing.number, &listing.sheet)?;
    let says = format!(
        "asks; the shop's signed quote says {} for \"{}\"; the card finds the seller certified as \"{}\"",
        checked.quote().price,
        checked.title(),
        checked.giver_name()
    );
    tale.step("buyer", says, Some("SD-1"), books(&[&buyer], parties));

    let asked = books(&[&buyer], parties);
    let (deal, pay) = match buyer.commit(parties, &checked, &Want::default()) {
        Ok(committed) => committed,
        Err(no) => {
            let after = books(&[&buyer], parties);
            tale.must(after == asked, "a refused payment changed somebody's books");
            tale.refusal("card", &no.code, no.text, Some("SD-1"), after);
            return Ok(finish(tale, parties, &[&buyer], figures));
        }
    };
    let says =
        format!("the holder agrees with his PIN; {price} is set aside on the card, durably, before anything is said");
    tale.step("card", says, Some("XD-8"), books(&[&buyer], parties));

    buyer.power_cut()?;
    tale.step(
        "card",
        "the power goes and comes back: the payment is still named on the card",
        None,
        books(&[&buyer], parties),
    );

    let settled = buyer.finish(parties, crate::Counterpart::Shop, &pay)?;
    let card::Settled::Given {
        license: Some(license),
        receipt,
        ..
    } = settled
    else {
        return Err(Stuck {
            code: "no-license".into(),
            text: format!("the shop did not give: {settled:?}"),
        });
    };
    let says = format!(
        "presents the slip to the issuer, gives the license and writes receipt {}",
        receipt.map_or("-".into(), |n| n.to_string())
    );
    tale.step("shop", says, Some("SD-2"), books(&[&buyer], parties));

    let again = buyer.finish(parties, crate::Counterpart::Shop, &pay);
    let code = again.err().map_or("taken again".into(), |e| e.code);
    tale.step(
        "terminal",
        format!("sends the same payment again: the same answer, nothing further happens ({code})"),
        None,
        books(&[&buyer], parties),
    );

    let played = play(&mut buyer, parties, &listing, deal, license)?;
    tale.must(played == content, "what was played is not what was sealed");
    tale.step(
        "player",
        format!("plays piece by piece: {} bytes, equal to the publisher's", played.len()),
        Some("SD-6"),
        books(&[&buyer], parties),
    );

    let mut friend = Holder::born("friend", parties, currency, &figures.seed)?;
    let denied = play(&mut friend, parties, &listing, deal, license);
    let code = denied.err().map_or("played".to_owned(), |e| e.code);
    tale.must(code == "no-license", "another card played the file");
    tale.step(
        "friend",
        format!("copies the file; his card says {code}: a license is the way"),
        Some("SD-2"),
        books(&[&buyer, &friend], parties),
    );

    let contact = buyer.report(parties)?;
    tale.must(!contact.frozen, "the issuer takes an honest card for an old copy");
    tale.step(
        "buyer",
        "meets the issuer: reports, and gets fresh certificates",
        None,
        books(&[&buyer, &friend], parties),
    );
    Ok(finish(tale, parties, &[&buyer, &friend], figures))
}

/// Closes a tale: audits, and the sums that only somebody who sees all books can make.
pub(crate) fn finish(mut tale: Tale, parties: &mut dyn Parties, holders: &[&Holder], figures: &Figures) -> Tale {
    parties.settle_down();
    let books = books(holders, parties);
    for finding in parties.audit() {
        tale.must(false, finding);
    }
    let on_cards: i64 = books.cards.values().map(|c| c.purse + c.reserved + c.escrow).sum();
    let figure = |party: &str, key: &str| books.parties.get(party).and_then(|b| b.get(key)).copied().unwrap_or(0);
    let float = figure("issuer", "float");
    let reserved: i64 = books.cards.values().map(|c| c.reserved).sum();
    tale.must(
        float == on_cards || float == on_cards - reserved,
        format!("the issuer's float is {float}, the cards hold {on_cards}"),
    );
    tale.must(figures.purse >= 0, "a purse below zero");
    tale.books = books;
    tale
}

/// Everybody's books now.
pub(crate) fn books(holders: &[&Holder], parties: &mut dyn Parties) -> Books {
    let cards = holders.iter().map(|h| (h.name.clone(), h.books())).collect();
    Books {
        cards,
        parties: parties.books(),
    }
}

/// Keys of stretches, from a card, against one play.
struct FromCard<'a> {
    holder: &'a Holder,
    ticket: card::PlayTicket,
    header: &'a package::Header,
    now: Moment,
}

impl KeySource for FromCard<'_> {
    fn stretch(&self, index: u32) -> Result<StretchKey, Withheld> {
        self.holder
            .card
            .release(&self.ticket, self.header, index, self.now)
            .map_err(|no| Withheld::by(&no))
    }
}

/// Plays a package to its end with the keys a card releases.
pub(crate) fn play(
    holder: &mut Holder,
    parties: &mut dyn Parties,
    listing: &crate::Listing,
    deal: units::DealId,
    license: units::LicenseId,
) -> Result<Vec<u8>, Stuck> {
    let (header, sealed) = parties.package(listing, deal).map_err(|text| Stuck {
        code: "package".into(),
        text,
    })?;
    let (now, len) = (parties.now(), header.geometry.content_len());
    heard(holder, &header, sealed, license, now, len)
}

/// Plays the first `len` bytes of a package with the keys a card releases.
pub(crate) fn heard(
    holder: &mut Holder,
    header: &package::Header,
    sealed: Vec<u8>,
    license: units::LicenseId,
    now: Moment,
    len: u64,
) -> Result<Vec<u8>, Stuck> {
    let seed = holder.draw();
    let ticket = holder.card.begin_play(license, now, &seed).map_err(|e| Stuck::of(&e))?;
    let mut package = Package::open(sealed).map_err(|e| Stuck::of(&e))?;
    let keys = FromCard {
        holder,
        ticket,
        header,
        now,
    };
    let mut out = vec![0; usize::try_from(len).unwrap_or(0)];
    let mut at = 0;
    while at < out.len() {
        let read = package
            .read_at(at as u64, out.get_mut(at..).unwrap_or_default(), &keys)
            .map_err(|e| Stuck::of(&e))?;
        if read == 0 {
            break;
        }
        at += read;
    }
    out.truncate(at);
    Ok(out)
}

/// Something like a song: a short tone that is different in every telling, as 8-bit sound in a WAV file.
pub(crate) fn song(seed: &[u8; 32]) -> Vec<u8> {
    const RATE: u32 = 8000;
    let samples: Vec<u8> = (0..RATE * 2)
        .map(|n| {
            let note = seed.get((n / 2000) as usize % 32).copied().unwrap_or(0) % 24;
            let period = 24 + u32::from(note);
            if n % period < period / 2 { 96 } else { 160 }
        })
        .collect();
    let len = samples.len() as u32;
    let mut out = Vec::with_capacity(samples.len() + 44);
    out.extend(b"RIFF");
    out.extend((36 + len).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    out.extend([1, 0, 1, 0]);
    out.extend(RATE.to_le_bytes());
    out.extend(RATE.to_le_bytes());
    out.extend([1, 0, 8, 0]);
    out.extend(b"data");
    out.extend(len.to_le_bytes());
    out.extend(samples);
    out
}
