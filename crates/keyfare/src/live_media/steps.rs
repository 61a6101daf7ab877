//! Steps: what happens, in order. Each is a command as a person types it, or an act at the desk.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{PASSWORD, Said, WORD, Walk, hand_out, layout::WORK};

/// The whole story. A purse too small ends it at the gateway, and no medium is used up.
pub fn all(walk: &mut Walk) -> Result<()> {
    people(walk)?;
    press(walk)?;
    let user = registers(walk, "owner")?;
    let Some(file) = copies(walk)? else {
        return Ok(());
    };
    borrowed(walk)?;
    lent(walk, &file)?;
    let file = if walk.media.bound.1 { repaired(walk)? } else { file };
    reissued(walk, &user, &file)?;
    shares(walk)
}

fn people(walk: &mut Walk) -> Result<()> {
    for (name, role) in [("mina", "maker"), ("ken", "counter"), ("aya", "auditor")] {
        let new = json!({ "name": name, "password": PASSWORD, "role": role });
        walk.told(&walk.at.console.clone(), "/v1/people", walk.token.trim(), Some(&new))?;
    }
    for name in ["owner", "friend"] {
        let new = json!({ "name": name, "password": PASSWORD });
        walk.ask(&walk.at.gateway, "/v1/customers", walk.token.trim(), Some(&new), None)?;
        if walk.figures.purse > 0 {
            let paid = json!({ "name": name, "amount": Walk::amount(walk.figures.purse) });
            let key = format!("pay-in-of-the-{name}-in-this-story");
            walk.ask(
                &walk.at.gateway,
                "/v1/pay-ins",
                walk.token.trim(),
                Some(&paid),
                Some(&key),
            )?;
        }
    }
    Ok(())
}

/// Presses a batch, and brings it to the console.
fn batch(walk: &Walk, args: &[&str], into: &str, count: &str) -> Result<Value> {
    let (into, console) = (walk.path(&[into]), walk.at.console.clone());
    let rest = [
        "--count",
        count,
        "--into",
        &into,
        "--send",
        &console,
        "--name",
        "mina",
        "--password-stdin",
    ];
    let all: Vec<&str> = ["press"].iter().chain(args).chain(&rest).copied().collect();
    walk.must_run("", &all, &format!("{PASSWORD}\n"))
}

fn press(walk: &mut Walk) -> Result<()> {
    let (work, price, count) = (
        WORK.to_string(),
        walk.figures.price.to_string(),
        walk.media.count.max(1).to_string(),
    );
    let media = batch(walk, &["media", &work, "--price", &price], "media", &count)?;
    let ids = media["ids"].as_array().map_or(0, Vec::len);
    walk.tale.must(
        ids == walk.media.count.max(1) as usize,
        format!("{ids} media have ids, not {count}"),
    );
    for (kind, count) in [("cards", "3"), ("players", "2"), ("drives", "3")] {
        batch(walk, &[kind], kind, count)?;
    }
    walk.says(
        "factory",
        format!("presses {count} media with a MID each, and cards, players and drives; each batch is known to the server by one sealed file, at {price}"),
        "CM-1",
    );
    for (n, name) in ["owner", "friend"].into_iter().enumerate() {
        for kind in ["card", "player", "drive"] {
            let from = walk.path(&[&format!("{kind}s"), &format!("{kind}-{:05}", n + 1)]);
            hand_out(Path::new(&from), Path::new(&walk.path(&[name, "devices", kind])))?;
        }
    }
    Ok(())
}

fn registers(walk: &mut Walk, who: &str) -> Result<String> {
    let gateway = walk.at.gateway.clone();
    let sign = [
        "device",
        "sign-in",
        "--gateway",
        &gateway,
        "--name",
        who,
        "--password-stdin",
    ];
    walk.must_run(who, &sign, &format!("{PASSWORD}\n"))?;
    let said = walk.must_run(who, &["device", "register", "--stdin"], &format!("{WORD}\n"))?;
    let ids = match walk.media.bound {
        (true, true) => "Client ID, HDD-ID and MC-ID",
        (true, false) => "Client ID and MC-ID",
        (false, true) => "HDD-ID and MC-ID",
        (false, false) => "MC-ID",
    };
    walk.says(
        who,
        format!("signs in at the gateway and registers with {ids}; the User ID comes back under the card's key"),
        "CM-2",
    );
    Ok(said["user_id"].as_str().unwrap_or_default().to_owned())
}

fn import(walk: &Walk, who: &str, extra: &[&str]) -> Result<Said> {
    let medium = walk.path(&["media", "medium-00001"]);
    let most = walk.figures.price.to_string();
    let args: Vec<&str> = ["import", &medium, "--at-most", &most]
        .iter()
        .chain(extra)
        .copied()
        .collect();
    Ok(walk.run(who, &args, "")?.0)
}

/// Plays a copy behind a pipe.
fn play(walk: &Walk, who: &str, file: &str, extra: &[&str]) -> Result<(Said, Vec<u8>)> {
    let args: Vec<&str> = ["play", file, "--pipe"].iter().chain(extra).copied().collect();
    walk.run(who, &args, "")
}

fn copies(walk: &mut Walk) -> Result<Option<String>> {
    let before = walk.books();
    let said = match import(walk, "owner", &[])? {
        Ok(said) => said,
        no => {
            walk.refused("owner", no, "balance-too-small", "CM-9", &before);
            return Ok(None);
        }
    };
    let (price, file) = (walk.figures.price, text(&said, "file"));
    walk.tale.must(
        said["charged"].as_i64() == Some(price) && said["reported"] == true,
        format!("the copy says {said}"),
    );
    walk.says(
        "gateway",
        format!("holds {price}, passes on what is sealed, and charges once for the key that came"),
        "CM-9",
    );
    walk.says(
        "player",
        "decrypts and re-encrypts piece by piece onto the drive; the Content-Key is erased, the copy reported",
        "CM-4",
    );
    let again = import(walk, "owner", &[])?;
    let same = again.is_ok_and(|again| again["charged"].is_null() && text(&again, "file") == file);
    walk.tale.must(same, "the same medium again was not found copied");
    plays(
        walk,
        "owner",
        &file,
        &[],
        "plays the copy without a network, with this card, on this player and drive",
    )?;
    Ok(Some(file))
}

fn plays(walk: &mut Walk, who: &str, file: &str, extra: &[&str], says: &str) -> Result<()> {
    let (said, played) = play(walk, who, file, extra)?;
    let whole = said.is_ok() && played == walk.content;
    walk.tale
        .must(whole, format!("the copy does not play for {who}: {said:?}"));
    walk.says("player", says, "CM-5");
    Ok(())
}

fn text(said: &Value, name: &str) -> String {
    said[name].as_str().unwrap_or_default().to_owned()
}

fn borrowed(walk: &mut Walk) -> Result<()> {
    registers(walk, "friend")?;
    let before = walk.books();
    let said = import(walk, "friend", &[])?;
    walk.refused("friend", said, "medium-used", "CM-6", &before);
    Ok(())
}

fn lent(walk: &mut Walk, file: &str) -> Result<()> {
    let before = walk.books();
    let (card, drive) = (
        walk.path(&["owner", "devices", "card"]),
        walk.path(&["owner", "devices", "drive"]),
    );
    let lent = ["--card", &card, "--drive", &drive];
    if walk.media.bound.0 {
        let (said, _) = play(walk, "friend", file, &lent)?;
        walk.refused("friend", said, "playback-not-permitted", "CM-5", &before);
    } else {
        let says = "plays with the lent card and drive: this server binds copies to no player";
        plays(walk, "friend", file, &lent, says)?;
    }
    Ok(())
}

/// The drive breaks and is exchanged; the owner copies again, for nothing.
fn repaired(walk: &mut Walk) -> Result<String> {
    let shown = walk.must_run("owner", &["device", "show"], "")?;
    let id = |kind: &str| {
        let all = shown["devices"].as_array().cloned().unwrap_or_default();
        let found = all.iter().find(|one| one["kind"] == kind);
        found.map(|one| text(one, "id")).unwrap_or_default()
    };
    let (from, to) = (
        walk.path(&["drives", "drive-00003"]),
        walk.path(&["owner", "devices", "drive-2"]),
    );
    hand_out(Path::new(&from), Path::new(&to))?;
    let fresh = copying::device::Kept::at(Path::new(&to)).body()?.id().to_string();
    let (console, token) = (walk.at.console.clone(), walk.session("ken")?);
    let exchange =
        json!({ "keeper": id("card"), "broken": id("drive"), "replacement": fresh, "reason": "the drive fell down" });
    let done = walk.told(&console, "/v1/exchanges", &token, Some(&exchange))?;
    let order = text(&done, "order");
    let bytes = walk.ask(&console, &format!("/v1/orders/{order}"), &token, None, None)?;
    let paper = walk.path(&["order.cbor"]);
    std::fs::write(&paper, bytes)?;
    walk.says(
        "operator",
        "exchanges the broken drive: its id is dead, the card is to be erased",
        "CM-7",
    );
    walk.must_run("owner", &["device", "erase", &paper, "--drive", &to], "")?;
    let said = import(walk, "owner", &["--drive", &to])?.map_err(|(code, text)| anyhow::anyhow!("{text} ({code})"))?;
    walk.tale.must(
        said["charged"] == 0,
        format!("the second copy after a repair was charged: {said}"),
    );
    let file = text(&said, "file");
    let says = "plays from the new drive: the card confirmed the erasing, the medium was free for its owner alone, for nothing";
    plays(walk, "owner", &file, &["--drive", &to], says)?;
    Ok(file)
}

fn reissued(walk: &mut Walk, user: &str, file: &str) -> Result<()> {
    let (from, to) = (
        walk.path(&["cards", "card-00003"]),
        walk.path(&["owner", "devices", "card-2"]),
    );
    hand_out(Path::new(&from), Path::new(&to))?;
    let drive = Path::new(file)
        .parent()
        .and_then(Path::parent)
        .context("the copy has no drive")?;
    let drive = drive.to_string_lossy().into_owned();
    let ask = ["device", "reissue", "--card", &to, "--drive", &drive, "--stdin"];
    let before = walk.books();
    let (said, _) = walk.run("owner", &ask, &format!("{user}\ngrey heron\n"))?;
    walk.refused("thief", said, "reissue-refused", "CM-8", &before);
    let said = walk.must_run("owner", &ask, &format!("{user}\n{WORD}\n"))?;
    walk.tale.must(
        said["copies"] == 1,
        format!("the new card got {} copies", said["copies"]),
    );
    plays(
        walk,
        "owner",
        file,
        &["--card", &to, "--drive", &drive],
        "plays what was copied before with the new card, which two proofs brought: User ID and word",
    )?;
    if walk.media.bound.0 {
        let before = walk.books();
        let (said, _) = play(walk, "owner", file, &["--drive", &drive])?;
        walk.refused("lost card", said, "playback-not-permitted", "CM-8", &before);
    }
    Ok(())
}

/// The gateway pays what it owes, and both sides' statements say the same.
fn shares(walk: &mut Walk) -> Result<()> {
    let (gateway, console, token) = (
        walk.at.gateway.clone(),
        walk.at.console.clone(),
        walk.token.trim().to_owned(),
    );
    let statement = walk.told(&gateway, "/v1/statement", &token, None)?;
    let owed = statement["owed"].as_i64().unwrap_or(-1);
    let auditor = walk.session("aya")?;
    let path = format!("/v1/statements/{}", walk.at.gateway_id);
    let other = walk.told(&console, &path, &auditor, None)?;
    walk.tale.must(statement == other, "the two statements differ");
    let price = walk.figures.price;
    let own = price.saturating_mul(i64::from(walk.media.gateway_permille)) / 1000;
    walk.tale.must(
        owed == price.saturating_sub(own),
        format!("{owed} is owed of {price} at {} permille", walk.media.gateway_permille),
    );
    if owed > 0 {
        let (market, id) = (&walk.all.market, walk.at.gateway_id);
        walk.all
            .runtime
            .block_on(market.deposit(id, owed, "cash-of-this-story-s-gateway"))?;
    }
    // Said once: what is under way goes on by itself.
    let once = Some("settlement-of-this-story");
    walk.ask(&gateway, "/v1/settlements", &token, Some(&json!({})), once)?;
    let mut left = owed;
    for _ in 0..200 {
        left = walk.told(&gateway, "/v1/statement", &token, None)?["owed"]
            .as_i64()
            .unwrap_or(-1);
        let theirs = walk.told(&console, &path, &auditor, None)?["owed"]
            .as_i64()
            .unwrap_or(-1);
        if (left, theirs) == (0, 0) {
            break;
        }
        // Processes do what they do by themselves; they are given a moment for it.
        walk.all
            .runtime
            .block_on(async { tokio::time::sleep(core::time::Duration::from_millis(50)).await });
    }
    walk.tale.must(left == 0, format!("{left} is owed still"));
    let trail = walk.told(&console, "/v1/trail", &auditor, None)?;
    walk.tale.must(
        trail["edited"].as_array().is_some_and(Vec::is_empty),
        "the trail does not hold",
    );
    walk.says(
        "gateway",
        format!("pays the {owed} it owes by a cheque that the server brings to the bank"),
        "CM-10",
    );
    Ok(())
}
