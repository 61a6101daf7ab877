//! The external device: a center sells to a separate secure device, every delivery under a key of its own; the device keeps
//! keys and money under its master key and opens content by either of two procedures.

use card::{Keeping, Want};
use units::{Currency, Money};

use crate::{
    Figures, Holder, Parties, Stuck, Tale, Work,
    sale::{books, finish, play, song},
};

/// Tells the story of the external device. A purse too small ends in a refusal, and the books are as they were.
pub fn external_device(parties: &mut dyn Parties, figures: &Figures) -> Result<Tale, Stuck> {
    let mut tale = Tale::new("external-device");
    let currency = Currency::new(&parties.realm().currency).unwrap_or(Currency::JPY);
    let money = |minor| {
        Money::new(minor, currency).map_err(|e| Stuck {
            code: "amount".into(),
            text: e.to_string(),
        })
    };
    let price = money(figures.price)?;

    let mut device = Holder::born("device", parties, currency, &figures.seed)?;
    let says = "is made with a master key Km that never leaves it; its own secret is kept only as Km[Kus]; it registers and is certified";
    tale.step("device", says, Some("XD-1"), books(&[&device], parties));
    let kept = kept_in_clear(&device);
    tale.must(!kept, "something the device keeps outside can be read without Km");

    device.first_money(parties, money(figures.purse)?)?;
    tale.step(
        "device",
        format!("receives a first amount of {}", money(figures.purse)?),
        Some("XD-1"),
        books(&[&device], parties),
    );

    let content = song(&figures.seed);
    let work = Work {
        title: "Harbour Lights".into(),
        content: content.clone(),
        media_type: "audio/wav".into(),
        price: figures.price,
        unique: true,
        handing: None,
    };
    let listing = parties.publish(&work).map_err(|text| Stuck {
        code: "publish".into(),
        text,
    })?;
    tale.must(
        listing.preview.len() < content.len(),
        "the advertising version is not lighter than the content",
    );
    let says = format!(
        "registers content M ({} bytes), derives M' ({} bytes) and puts M' into its window",
        content.len(),
        listing.preview.len()
    );
    tale.step("center", says, Some("XD-2"), books(&[&device], parties));
    tale.step(
        "terminal",
        format!(
            "shows M' free of charge; its user asks to buy number {}",
            listing.number
        ),
        Some("XD-3"),
        books(&[&device], parties),
    );

    let checked = device.ask(parties, listing.number, &listing.sheet)?;
    let before = books(&[&device], parties);
    let (deal, pay) = match device.commit(parties, &checked, &Want::default()) {
        Ok(committed) => committed,
        Err(no) => {
            let after = books(&[&device], parties);
            tale.must(after == before, "a refused payment changed somebody's books");
            tale.refusal("device", &no.code, no.text, Some("XD-8"), after);
            return Ok(finish(tale, parties, &[&device], figures));
        }
    };
    let says = format!(
        "shows its balance, sets {price} aside before any key is opened, sealed so that only the center reads it"
    );
    tale.step("device", says, Some("XD-8"), books(&[&device], parties));

    device.power_cut()?;
    let settled = device.finish(parties, crate::Counterpart::Shop, &pay)?;
    let card::Settled::Given {
        license: Some(license), ..
    } = settled
    else {
        return Err(Stuck {
            code: "no-license".into(),
            text: format!("the center did not give: {settled:?}"),
        });
    };
    let says = "makes a fresh Ke for this delivery and sends Kup[Ke]; the line and the power were cut in between, and asking again finished it";
    tale.step("center", says, Some("XD-4"), books(&[&device], parties));
    tale.must(
        !kept_in_clear(&device),
        "something the device keeps outside can be read without Km",
    );

    let played = play(&mut device, parties, &listing, deal, license)?;
    tale.must(played == content, "procedure 1 did not give the content");
    let says = "procedure 1: opened Kup[Ke] as it arrived, keeps Km[Ke]; hands out M piece by piece";
    tale.step("device", says, Some("XD-6"), books(&[&device], parties));

    second_delivery(&mut tale, parties, figures, &mut device, &listing, deal, &content)?;
    Ok(finish(tale, parties, &[&device], figures))
}

/// The same content delivered again, kept by the other procedure, if the purse still holds the price.
fn second_delivery(
    tale: &mut Tale,
    parties: &mut dyn Parties,
    figures: &Figures,
    device: &mut Holder,
    listing: &crate::Listing,
    first: units::DealId,
    content: &[u8],
) -> Result<(), Stuck> {
    let seed = device.draw();
    device
        .card
        .keep_keys(Keeping::AsTheyCame, &seed)
        .map_err(|e| Stuck::of(&e))?;
    let before = books(&[device], parties);
    let (second, license) = match device.buy(parties, listing.number, &listing.sheet, &Want::default()) {
        Ok(bought) => bought,
        Err(no) => {
            let after = books(&[device], parties);
            tale.must(after == before, "a refused payment changed somebody's books");
            tale.refusal(
                "device",
                &no.code,
                format!("a second delivery: {}", no.text),
                Some("XD-8"),
                after,
            );
            return Ok(());
        }
    };
    let (one, a) = parties.package(listing, first).map_err(|text| Stuck {
        code: "package".into(),
        text,
    })?;
    let (two, b) = parties.package(listing, second).map_err(|text| Stuck {
        code: "package".into(),
        text,
    })?;
    let (_, again) = parties.package(listing, second).map_err(|text| Stuck {
        code: "package".into(),
        text,
    })?;
    tale.must(one.key.id != two.key.id && a != b, "two deliveries share a key");
    tale.must(b == again, "a delivery sealed again is not the same bytes");
    let says = format!(
        "sells it again for {}: another Ke, another package; sealed again after a cut, the very same bytes",
        figures.price
    );
    tale.step("center", says, Some("XD-4"), books(&[device], parties));
    let played = play(device, parties, listing, second, license)?;
    tale.must(played == content, "procedure 2 did not give the content");
    let says = "procedure 2: kept Km{Kup[Ke]} as it came, and opened it only now, to use it";
    tale.step("device", says, Some("XD-7"), books(&[device], parties));
    Ok(())
}

/// Is anything of what the device keeps outside readable? Titles, ids and documents are looked for.
fn kept_in_clear(device: &Holder) -> bool {
    let journal = device.card.journal();
    let all: Vec<u8> = journal
        .snapshot
        .iter()
        .chain(journal.records.iter().flatten())
        .copied()
        .collect();
    let mut marks: Vec<Vec<u8>> = vec![b"Harbour".to_vec()];
    marks.extend(device.card.number().map(|n| n.0.to_vec()));
    marks.extend(
        device
            .card
            .state()
            .licenses
            .values()
            .filter_map(|held| held.document.get(..48))
            .map(<[u8]>::to_vec),
    );
    marks
        .iter()
        .any(|mark| all.windows(mark.len()).any(|w| w == mark.as_slice()))
}
