//! Playing: counts before keys, shares, both ways of keeping, packages that are still coming, and nothing in the open on
//! the disk.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::{path::Path, sync::Arc};

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use card::Keeping;
use license::Rights;
use town::{Kindly, PIN, Person, Town};
use units::{LicenseId, Moment, Refusal, Share, Span};
use wallet::{
    Outcome, Wallet,
    packages::Presence,
    player::{Player, Session, Step, Watch, serve},
};

async fn buy(wallet: &Wallet, town: &Town, work: &town::Work) -> LicenseId {
    let checked = wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    match wallet.pay(&checked, PIN, card::Want::default()).await.unwrap() {
        Outcome::Given { license: Some(id), .. } => id,
        other => panic!("{other:?}"),
    }
}

async fn owner(town: &Arc<Town>, kindly: Kindly) -> (Person, Player, LicenseId, town::Work) {
    let work = town.publish(kindly);
    let person = town.card(5000).await;
    let id = buy(&person.wallet, town, &work).await;
    let player = Player::new(person.wallet.clone(), Watch::default());
    (person, player, id, work)
}

/// A request for content as a media player makes it.
async fn ask(session: &Arc<Session>, range: Option<&str>) -> Result<(StatusCode, HeaderMap, Vec<u8>), String> {
    let mut headers = HeaderMap::new();
    if let Some(range) = range {
        headers.insert(header::RANGE, HeaderValue::try_from(range).unwrap());
    }
    let response = serve(session.clone(), None, &Method::GET, &headers)
        .await
        .map_err(|no| no.code().to_owned())?;
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|e| e.to_string())?;
    Ok((parts.status, parts.headers, body.to_vec()))
}

/// Every file below `root`, whole.
fn files(root: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

fn assert_no_plaintext(root: &Path) {
    for (path, bytes) in files(root) {
        assert!(
            !bytes.windows(16).any(|w| w == b"PLAINTEXT-MARKER"),
            "{}",
            path.display()
        );
    }
}

/// proves: SD-6 SD-7 row-41
#[tokio::test]
async fn a_work_is_streamed_in_ranges_and_never_written() {
    let town = Town::new();
    let (person, player, id, work) = owner(&town, Kindly::default()).await;
    let session = player.play(id).await.unwrap();
    assert_eq!(session.id().len(), 52);
    let (status, headers, body) = ask(&session, None).await.unwrap();
    assert_eq!((status, &body), (StatusCode::OK, &work.plain));
    for (name, value) in [
        ("content-type", "audio/flac"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("accept-ranges", "bytes"),
        ("content-length", "300000"),
    ] {
        assert_eq!(headers[name], value);
    }
    let (status, headers, body) = ask(&session, Some("bytes=100000-100009")).await.unwrap();
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::PARTIAL_CONTENT, &work.plain[100_000..100_010])
    );
    assert_eq!(headers["content-range"], "bytes 100000-100009/300000");
    let (status, headers, _) = ask(&session, Some("bytes=300000-")).await.unwrap();
    assert_eq!(
        (status, headers["content-range"].to_str().unwrap()),
        (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */300000")
    );
    let head = serve(session.clone(), None, &Method::HEAD, &HeaderMap::new())
        .await
        .unwrap();
    assert_eq!(head.headers()["content-length"], "300000");
    assert!(axum::body::to_bytes(head.into_body(), 1).await.unwrap().is_empty());
    player.end(session.id());
    assert_eq!(ask(&session, None).await.unwrap_err(), "play-ended");
    assert!(player.session(session.id()).is_none());
    let steps: Vec<Step> = player.log().lines().iter().map(|l| l.step).collect();
    assert_eq!(steps[..3], [Step::Began, Step::Asked, Step::Played]);
    let line = player
        .log()
        .lines()
        .into_iter()
        .rfind(|l| l.step == Step::Played)
        .unwrap();
    assert_eq!(
        (line.content, line.from, line.to),
        (work.offer.content.to_string(), Some(100_000), Some(100_010))
    );
    assert_no_plaintext(&person.root);
}

/// proves: SD-6
#[tokio::test]
async fn a_file_finds_its_license_or_says_clearly_that_there_is_none() {
    let town = Town::new();
    let (person, player, _, work) = owner(&town, Kindly::default()).await;
    let other = town.publish(Kindly {
        title: "Harbour Lights",
        ..Kindly::default()
    });
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let session = player.play_file(&path("a.keyfare", &work.package)).await.unwrap();
    assert_eq!(ask(&session, Some("bytes=5-24")).await.unwrap().2, work.plain[5..25]);
    let no = player.play_file(&path("b.keyfare", &other.package)).await.unwrap_err();
    assert_eq!(no.code(), "no-license");
    assert!(
        no.to_string()
            .contains("no card here holds a license for \"Harbour Lights\""),
        "{no}"
    );
    assert_eq!(
        player.play_file(&path("c", b"MP3")).await.unwrap_err().code(),
        "not-a-package"
    );
    let cut = &work.package[..work.package.len() - 1];
    assert_eq!(
        player.play_file(&path("d", cut)).await.unwrap_err().code(),
        "package-truncated"
    );
    let mut damaged = work.package.clone();
    damaged[150_000] ^= 1;
    player.end(session.id());
    let session = player.play_file(&path("e", &damaged)).await.unwrap();
    assert!(ask(&session, None).await.is_err());
    assert!(ask(&session, Some("bytes=0-9")).await.is_ok());
    // Put on the shelf, it plays by its license.
    person.wallet.packages().adopt(&path("f", &work.package)).unwrap();
    assert!(matches!(
        person.wallet.packages().presence(work.header),
        Presence::Here(_)
    ));
}

/// proves: row-35 SD-6
#[tokio::test]
async fn a_play_is_counted_before_its_first_key_and_goes_on_after_a_kill() {
    let town = Town::new();
    let rights = Rights {
        plays: Some(2),
        ..Rights::UNLIMITED
    };
    let (person, player, id, work) = owner(
        &town,
        Kindly {
            rights,
            ..Kindly::default()
        },
    )
    .await;
    let left = async |wallet: &Wallet| wallet.shelf(id).await.unwrap().held.rights.plays;
    // Here before anything plays, so that no download outlives the program that is killed below.
    person.wallet.fetch(id).await.unwrap();
    let session = player.play(id).await.unwrap();
    assert_eq!(left(&person.wallet).await, Some(1));
    assert_eq!(ask(&session, Some("bytes=0-9")).await.unwrap().2, work.plain[..10]);
    // Interrupted and continued: the same play.
    assert_eq!(player.play(id).await.unwrap().id(), session.id());
    assert_eq!(left(&person.wallet).await, Some(1));
    // Half of it was heard, and where that was is known.
    session.set_place(61_000);
    // Killed: the same play goes on, from there, and nothing is counted.
    drop((session, player));
    drop(person.wallet);
    let wallet = town.wake(&person.root).await;
    let player = Player::new(wallet.clone(), Watch::default());
    assert!(player.goes_on_until(id).is_some());
    let session = player.play(id).await.unwrap();
    assert_eq!((left(&wallet).await, session.place()), (Some(1), 61_000));
    assert_eq!(player.log().lines().last().unwrap().step, Step::Continued);
    assert_eq!(ask(&session, None).await.unwrap().2, work.plain);
    // Played through: the next is the second.
    assert!(player.goes_on_until(id).is_none());
    let session = player.play(id).await.unwrap();
    assert_eq!((left(&wallet).await, session.place()), (Some(0), 0));
    // A list of plays that was put back from a copy gives none: what counts is the card's word, which ends with the day.
    let kept = std::fs::read(wallet.home().plays()).unwrap();
    player.end(session.id());
    std::fs::write(wallet.home().plays(), &kept).unwrap();
    drop((session, player));
    town.hand.pass(Span(Span::days(1).0 + 1));
    let player = Player::new(wallet.clone(), Watch::default());
    // The next one would be a third.
    assert_eq!(player.play(id).await.unwrap_err().code(), "no-plays-left");
    assert_eq!(
        player.log().lines().last().unwrap().code.as_deref(),
        Some("no-plays-left")
    );
}

/// A button that is pressed twice at once begins one play.
///
/// proves: row-35
#[tokio::test]
async fn a_play_asked_for_twice_at_once_is_counted_once() {
    let town = Town::new();
    let rights = Rights {
        plays: Some(2),
        ..Rights::UNLIMITED
    };
    let kindly = Kindly {
        rights,
        ..Kindly::default()
    };
    let (person, player, id, _) = owner(&town, kindly).await;
    person.wallet.fetch(id).await.unwrap();
    let (one, other) = tokio::join!(player.play(id), player.play(id));
    assert_eq!(one.unwrap().id(), other.unwrap().id());
    let held = person.wallet.shelf(id).await.unwrap().held;
    assert_eq!(held.rights.plays, Some(1));
}

/// An interrupted play is continued for a day, and no longer.
#[tokio::test]
async fn an_interrupted_play_ends_with_the_day() {
    let town = Town::new();
    let rights = Rights {
        plays: Some(5),
        ..Rights::UNLIMITED
    };
    let (_person, player, id, _) = owner(
        &town,
        Kindly {
            rights,
            ..Kindly::default()
        },
    )
    .await;
    let session = player.play(id).await.unwrap();
    town.hand.pass(Span::days(1));
    assert_eq!(player.play(id).await.unwrap().id(), session.id());
    town.hand.pass(Span::seconds(1));
    assert_ne!(player.play(id).await.unwrap().id(), session.id());
    assert_eq!(ask(&session, None).await.unwrap_err(), "play-ended");
}

/// proves: row-34
#[tokio::test]
async fn a_tenth_is_a_tenth_however_often_one_asks() {
    let town = Town::new();
    let rights = Rights {
        share: Share::Tenth,
        ..Rights::UNLIMITED
    };
    let (_person, player, id, work) = owner(
        &town,
        Kindly {
            rights,
            ..Kindly::default()
        },
    )
    .await;
    for _ in 0..3 {
        let session = player.play(id).await.unwrap();
        let (_, _, body) = ask(&session, None).await.unwrap();
        assert_eq!(body, work.plain[..30_000]);
        assert_eq!(
            ask(&session, Some("bytes=30000-30009")).await.unwrap().0,
            StatusCode::RANGE_NOT_SATISFIABLE
        );
        let mut buf = [0; 16];
        for at in [30_000, 150_000, 299_990, 300_000, u64::MAX] {
            assert_eq!(session.read(at, &mut buf).unwrap(), 0, "{at}");
        }
        player.end(session.id());
    }
}

/// proves: XD-5
#[tokio::test]
async fn what_has_come_plays_while_the_rest_is_still_coming() {
    let town = Town::new();
    let (person, player, id, work) = owner(&town, Kindly::default()).await;
    let arrival = {
        let dir = tempfile::tempdir().unwrap();
        let file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(dir.path().join("part"))
            .unwrap();
        Arc::new(wallet::packages::Arrival::new(file, 0))
    };
    // A reader waits at a byte that has not come, and gets it the moment it does.
    let half = work.package.len() / 2;
    arrival
        .add(&work.package[..half], Some(work.package.len() as u64))
        .unwrap();
    let reader = arrival.clone();
    let waits = tokio::task::spawn_blocking(move || {
        let mut buf = [0; 8];
        package::ReadAt::read_at(&*reader, half as u64, &mut buf).map(|n| buf[..n].to_vec())
    });
    let mut here = [0; 8];
    assert_eq!(package::ReadAt::read_at(&*arrival, 100, &mut here).unwrap(), 8);
    arrival.add(&work.package[half..half + 8], None).unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), &work.package[half..half + 8]);
    arrival.stop("the seller went away".into());
    assert!(package::ReadAt::read_at(&*arrival, half as u64 + 8, &mut here).is_err());

    // The whole way: nothing is here, the download breaks once, and the play goes on to the end.
    assert_eq!(person.wallet.packages().presence(work.header), Presence::Absent);
    town.breaks_after.store(100_000, std::sync::atomic::Ordering::SeqCst);
    let session = player.play(id).await.unwrap();
    assert_eq!(ask(&session, None).await.unwrap().2, work.plain);
}

/// A download that was cut off goes on where it stopped, also after a restart.
#[tokio::test]
async fn a_download_is_resumed() {
    let town = Town::new();
    let (person, player, id, work) = owner(&town, Kindly::default()).await;
    drop(player);
    let part = person.root.join("packages").join(format!("{}.part", work.header));
    std::fs::write(&part, &work.package[..70_000]).unwrap();
    assert!(matches!(
        person.wallet.packages().presence(work.header),
        Presence::Arriving { have: 70_000, .. }
    ));
    person.wallet.fetch(id).await.unwrap();
    assert_eq!(
        std::fs::read(person.wallet.packages().file(work.header).unwrap()).unwrap(),
        work.package
    );
    // Something else in its place is thrown away.
    person.wallet.packages().remove(work.header).unwrap();
    std::fs::write(&part, vec![7; 70_000]).unwrap();
    assert_eq!(person.wallet.fetch(id).await.unwrap_err().code(), "package-another");
    assert_eq!(person.wallet.packages().presence(work.header), Presence::Absent);
    person.wallet.fetch(id).await.unwrap();
}

/// proves: XD-6 XD-7 XD-1
#[tokio::test]
async fn a_unique_package_is_kept_opened_or_as_it_came_and_always_under_the_master_key() {
    for keeping in [Keeping::Opened, Keeping::AsTheyCame] {
        let town = Town::new();
        let work = town.publish(Kindly {
            unique: true,
            ..Kindly::default()
        });
        let person = town.card_keeping(5000, keeping).await;
        let id = buy(&person.wallet, &town, &work).await;
        assert_eq!(
            person.wallet.shelf(id).await.unwrap().held.opened.is_empty(),
            keeping == Keeping::AsTheyCame
        );
        person.wallet.fetch(id).await.unwrap();
        let player = Player::new(person.wallet.clone(), Watch::default());
        let session = player.play(id).await.unwrap();
        assert_eq!(ask(&session, None).await.unwrap().2, work.plain);
        assert_eq!(
            ask(&session, Some("bytes=65530-65560")).await.unwrap().2,
            work.plain[65_530..65_561]
        );
        // What lies there is neither the content nor the package, but either of them under Km.
        let kept: Vec<_> = files(&person.root.join("packages"));
        assert_eq!(kept.len(), 1);
        let (path, bytes) = &kept[0];
        assert!(path.extension().is_some_and(|e| e == "kept"));
        assert_eq!(bytes[10], if keeping == Keeping::Opened { 1 } else { 2 });
        assert!(!bytes[23..].windows(8).any(|w| w == b"KEYFARE\x01"));
        assert_no_plaintext(&person.root);
        // Damaged: refused, nothing handed out.
        let mut damaged = bytes.clone();
        let at = damaged.len() - 100;
        damaged[at] ^= 1;
        std::fs::write(path, damaged).unwrap();
        player.end(session.id());
        let session = player.play(id).await.unwrap();
        assert!(ask(&session, Some("bytes=299990-")).await.is_err());
        // On another card it opens nothing.
        let other = town.card(0).await;
        let there = other.root.join("packages").join(path.file_name().unwrap());
        std::fs::write(&there, bytes).unwrap();
        let header = person.wallet.license(id).await.unwrap().link.header;
        assert!(other.wallet.packages().readable(header).is_err());
    }
}

/// Kept opened, and still the card is asked: a period that ends stops the play.
#[tokio::test]
async fn content_that_is_kept_opened_still_asks_the_card() {
    let town = Town::new();
    let work = town.publish(Kindly {
        unique: true,
        rights: Rights {
            until: Some(town.now().plus(Span::minutes(30))),
            ..Rights::UNLIMITED
        },
        ..Kindly::default()
    });
    let person = town.card_keeping(5000, Keeping::Opened).await;
    let id = buy(&person.wallet, &town, &work).await;
    person.wallet.fetch(id).await.unwrap();
    let player = Player::new(person.wallet.clone(), Watch::default());
    let session = player.play(id).await.unwrap();
    assert!(ask(&session, Some("bytes=0-9")).await.is_ok());
    town.hand.pass(Span::minutes(31));
    assert!(ask(&session, Some("bytes=200000-200009")).await.is_err());
    assert_eq!(player.play(id).await.unwrap_err().code(), "license-ended");
}

/// proves: SD-6
#[tokio::test]
async fn a_player_that_is_watched_stops_and_says_why() {
    let town = Town::new();
    let (person, _, id, _) = owner(&town, Kindly::default()).await;
    let status = person.dir.path().join("status");
    std::fs::write(&status, "Name:\tkeyfare\nTracerPid:\t0\n").unwrap();
    let player = Player::new(person.wallet.clone(), Watch::status_file(status.clone()));
    let session = player.play(id).await.unwrap();
    assert!(ask(&session, Some("bytes=0-9")).await.is_ok());
    std::fs::write(&status, "Name:\tkeyfare\nTracerPid:\t4711\n").unwrap();
    assert_eq!(ask(&session, Some("bytes=10-19")).await.unwrap_err(), "player-watched");
    let no = player.play(id).await.unwrap_err();
    assert!(no.to_string().contains("process 4711"), "{no}");
    assert!(
        player
            .log()
            .lines()
            .iter()
            .any(|l| l.step == Step::Stopped && l.code.as_deref() == Some("player-watched"))
    );
    // Gone again: a new play.
    std::fs::write(&status, "TracerPid:\t0\n").unwrap();
    assert_ne!(player.play(id).await.unwrap().id(), session.id());
}

/// proves: SD-6
#[tokio::test]
async fn a_file_leaves_the_player_only_where_publisher_and_holder_agree_and_is_gone_afterwards() {
    let town = Town::new();
    let (person, player, id, _) = owner(&town, Kindly::default()).await;
    assert_eq!(player.hand_out(id, true).await.unwrap_err().code(), "not-as-file");
    let work = town.publish(Kindly {
        media_type: "application/pdf",
        title: "../Stairs: Numbered",
        as_file: true,
        ..Kindly::default()
    });
    let id = buy(&person.wallet, &town, &work).await;
    assert_eq!(player.hand_out(id, false).await.unwrap_err().code(), "not-agreed");
    let handed = player.hand_out(id, true).await.unwrap();
    let path = handed.path().to_owned();
    assert_eq!(std::fs::read(&path).unwrap(), work.plain);
    assert!(path.starts_with(&person.root) && path.extension().unwrap() == "pdf");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    drop(handed);
    assert!(!path.exists());
    assert_no_plaintext(&person.root);
    // One that was left by a program that was killed goes at the next start.
    let left = player.hand_out(id, true).await.unwrap();
    let path = left.path().to_owned();
    std::mem::forget(left);
    assert!(path.exists());
    let _next = Player::new(person.wallet.clone(), Watch::default());
    assert!(!path.exists());
}

/// proves: SD-28 row-100
#[tokio::test]
async fn a_license_opens_later_versions_which_only_its_publisher_makes_and_nobody_turns_back() {
    let town = Town::new();
    let (person, player, id, work) = owner(&town, Kindly::default()).await;
    let (wallet, day) = (&person.wallet, |n| Some(Moment(1_795_000_000_000).plus(Span::days(n))));
    let newer = || wallet.packages().newer(work.header).map(|it| it.package);
    // Nobody lists anything; then only what was sold.
    assert_eq!(wallet.look_for_newer_of(id).await.unwrap_err().told(), "not-found");
    town.list(&work, &[]);
    assert!(!wallet.look_for_newer_of(id).await.unwrap() && newer().is_none());
    // What somebody else signed, and what says no moment, is no version.
    let second = town.version(&work, day(2), 200_000, &town.shop);
    let third = town.version(&work, day(3), 210_000, &town.shop);
    let forged = town.version(&work, day(9), 220_000, &town.centre);
    let timeless = town.version(&work, None, 230_000, &town.shop);
    town.list(&work, &[&forged, &timeless]);
    assert!(!wallet.look_for_newer_of(id).await.unwrap() && newer().is_none());
    town.list(&work, &[&third, &second, &forged]);
    assert!(wallet.look_for_newer_of(id).await.unwrap());
    assert_eq!(newer(), Some(third.name), "the latest, however they are listed");
    // Heard of is not fetched: what was bought plays.
    wallet.fetch(id).await.unwrap();
    let session = player.play(id).await.unwrap();
    assert_eq!(ask(&session, Some("bytes=0-9")).await.unwrap().2, work.plain[..10]);
    // A shop that hides the third, or shows the second as the latest, turns nothing back.
    town.list(&work, &[&second]);
    assert!(!wallet.look_for_newer_of(id).await.unwrap());
    assert_eq!(newer(), Some(third.name));
    wallet.fetch_newer_soon(id).await.unwrap();
    let session = player.play(id).await.unwrap();
    assert_eq!(ask(&session, None).await.unwrap().2, third.plain, "also while it comes");
    let shelf = wallet.shelf(id).await.unwrap();
    assert!(matches!(
        shelf.newer.unwrap().presence,
        Presence::Here(_) | Presence::Arriving { .. }
    ));
    // The one that was bought is still there.
    let sold = player.play_sold(id).await.unwrap();
    assert_eq!(ask(&sold, None).await.unwrap().2, work.plain);
}

/// proves: SD-28 row-100
#[tokio::test]
async fn a_license_of_a_part_and_one_of_an_unknown_age_have_no_later_versions() {
    let town = Town::new();
    let part = Kindly {
        rights: Rights {
            share: Share::Tenth,
            ..Rights::UNLIMITED
        },
        ..Kindly::default()
    };
    let (person, _, id, work) = owner(&town, part).await;
    let second = town.version(&work, Some(Moment(9)), 200_000, &town.shop);
    town.list(&work, &[&second]);
    assert!(!person.wallet.look_for_newer_of(id).await.unwrap());
    // Whole, but the shop says nothing of what it sold, and the file is not here: nothing is newer than what nobody knows.
    let whole = town.work();
    let id = buy(&person.wallet, &town, &whole).await;
    let second = town.version(&whole, Some(Moment(9)), 200_000, &town.shop);
    let told = serde_json::json!({ "versions": [second.row] });
    town.listed.lock().unwrap().insert(whole.header.to_string(), told);
    assert!(!person.wallet.look_for_newer_of(id).await.unwrap());
    person.wallet.fetch(id).await.unwrap();
    assert!(person.wallet.look_for_newer_of(id).await.unwrap());
    // A work that left the shelf still plays for who bought it.
    town.works.lock().unwrap().clear();
    town.more.lock().unwrap().clear();
    let player = Player::new(person.wallet.clone(), Watch::default());
    let session = player.play(id).await.unwrap();
    assert_eq!(ask(&session, Some("bytes=0-9")).await.unwrap().2, whole.plain[..10]);
}
