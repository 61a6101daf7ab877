//! The gate over a store in memory: passwords, waits, sessions, second steps, invitations; and passkeys made in software.

#![allow(clippy::unwrap_used)] // a test that cannot go on says so

mod key;
mod rows;

use std::sync::{Arc, Barrier, Mutex};

use key::SoftKey;
use rows::Rows;
use serde_json::Value;
use signin::*;
use store::memory::Memory;
use units::{Moment, PartyId, Refusal, Span};

const NOW: Moment = Moment(1_700_000_000_000);
const SHOP: PartyId = PartyId([7; 16]);
const RIGHT: &str = "a ferry at nine o'clock";

fn seed(n: u8) -> seal::Seed {
    seal::Seed::new([n; 32])
}

fn site() -> Site {
    Site {
        id: "localhost".into(),
        origins: vec!["http://localhost:8080".into()],
        name: "A shop".into(),
    }
}

struct World {
    gate: Gate,
    store: Rows,
    aiko: AccountId,
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn from(last: u8) -> Source {
    Source::of([192, 0, 2, last].into())
}

impl World {
    fn new() -> Self {
        let rules = Rules {
            cost: Cost::TINY,
            ..Rules::usual(site())
        };
        let gate = Gate::new(&seal::Secret::new([7; 32]), rules);
        let store = Rows::default();
        let hashed = gate.hash(&Password::new(RIGHT).unwrap(), &seed(1));
        let aiko = store.write(|tx| {
            let aiko = gate.open_account(tx, &name("Aiko"), NOW, &seed(2))?;
            gate.set_password(tx, aiko, &hashed)?;
            Ok::<_, NameTaken>(aiko)
        });
        Self {
            aiko: aiko.unwrap(),
            gate,
            store,
        }
    }

    fn enter(
        &self,
        who: &str,
        password: &str,
        source: &Source,
        device: Option<&str>,
        now: Moment,
    ) -> Result<Option<Entered>, SlowDown> {
        let attempt = self
            .store
            .write(|tx| self.gate.begin(tx, &name(who), source, device, now))?;
        let weighed = attempt.weigh(&self.gate, &Typed::new(password));
        let seed = seal::Seed::new(seal::hash_parts(&[who.as_bytes(), &now.0.to_be_bytes()]).0);
        Ok(self.store.write(|tx| self.gate.finish(tx, &weighed, now, &seed))?)
    }

    fn live(&self, token: &Token, now: Moment) -> Result<Live, NotLive> {
        self.store.read(|view| self.gate.live(view, token, now))
    }

    fn register(&self, key: &mut SoftKey, now: Moment) -> Result<units::Hash, NotAPasskey> {
        let options = self
            .store
            .read(|view| self.gate.registration(view, self.aiko, &name("Aiko"), now, &seed(3)));
        let answer = key.create(&challenge(&options.unwrap()));
        self.store
            .write(|tx| self.gate.register_passkey(tx, self.aiko, "my key", &answer, now))
    }
}

fn challenge(options: &Value) -> String {
    options["challenge"].as_str().unwrap().to_owned()
}

#[test]
fn the_right_password_opens_a_session_and_says_what_failed_meanwhile() {
    let world = World::new();
    for _ in 0..3 {
        assert!(world.enter("aiko", "wrong", &from(1), None, NOW).unwrap().is_none());
    }
    let entered = world
        .enter("AIKO", RIGHT, &from(2), None, NOW.plus(Span::minutes(1)))
        .unwrap()
        .unwrap();
    assert_eq!((entered.failed.count, entered.failed.last), (3, NOW));
    assert_eq!(
        world
            .live(&entered.session, NOW.plus(Span::minutes(2)))
            .unwrap()
            .account,
        world.aiko
    );
    let again = world
        .enter("aiko", RIGHT, &from(2), None, NOW.plus(Span::minutes(2)))
        .unwrap()
        .unwrap();
    assert_eq!(again.failed, Failed::default());
}

// proves: row-66
#[test]
fn an_unknown_name_and_a_wrong_password_do_the_same_work() {
    let world = World::new();
    let work = |who: &str| {
        world.store.log.borrow_mut().clear();
        assert!(world.enter(who, "wrong", &from(9), None, NOW).unwrap().is_none());
        world.store.log.borrow().clone()
    };
    let (known, unknown) = (work("aiko"), work("mako"));
    assert_eq!(known, unknown);
    assert_eq!(known.iter().filter(|line| line.starts_with("put")).count(), 4);
}

// proves: row-66
#[test]
fn guessing_waits_longer_and_longer_whether_or_not_there_is_such_a_name() {
    let world = World::new();
    for who in ["aiko", "nobody"] {
        let place = from(if who == "aiko" { 1 } else { 2 });
        for _ in 0..5 {
            assert!(world.enter(who, "wrong", &place, None, NOW).unwrap().is_none(), "{who}");
        }
        let SlowDown::Wait(until) = world.enter(who, "wrong", &place, None, NOW).unwrap_err() else {
            panic!()
        };
        assert_eq!(until, NOW.plus(Span::seconds(2)), "{who}");
        assert!(world.enter(who, "wrong", &place, None, until).unwrap().is_none());
        let SlowDown::Wait(next) = world.enter(who, "wrong", &place, None, until).unwrap_err() else {
            panic!()
        };
        assert_eq!(next, until.plus(Span::seconds(4)), "{who}");
    }
    // One place and many names: it waits as well.
    let mut heard = 0;
    for n in 0..100 {
        let who = format!("name {n}");
        heard += u32::from(world.enter(&who, "x", &from(3), None, NOW.plus(Span::days(1))).is_ok());
    }
    assert_eq!(heard, 30);
}

// proves: row-66
#[test]
fn strangers_lock_nobody_out() {
    let world = World::new();
    let entered = world.enter("aiko", RIGHT, &from(1), None, NOW).unwrap().unwrap();
    // Two thousand places try, and so does her own.
    for n in 0..2000_u32 {
        let place = Source::of(std::net::Ipv4Addr::from(0x0a00_0000 + n).into());
        assert!(world.enter("aiko", "wrong", &place, None, NOW).unwrap().is_none());
    }
    for _ in 0..20 {
        let _ = world.enter("aiko", "wrong", &from(1), None, NOW);
    }
    // Her own browser is heard although its place has to wait, and a place that never tried is heard once.
    assert!(world.enter("aiko", RIGHT, &from(1), None, NOW).is_err());
    assert!(
        world
            .enter("aiko", RIGHT, &from(1), Some(&entered.device), NOW)
            .unwrap()
            .is_some()
    );
    assert!(world.enter("aiko", RIGHT, &from(200), None, NOW).unwrap().is_some());
    // While it is hot, a place has one free try and not five.
    assert!(world.enter("aiko", "wrong", &from(201), None, NOW).unwrap().is_none());
    assert!(world.enter("aiko", "wrong", &from(201), None, NOW).is_err());
    // What a browser keeps is worth nothing for another name, nor made up.
    for device in [entered.device.as_str(), "AAAA", ""] {
        assert!(world.enter("mako", "x", &from(202), Some(device), NOW).is_ok());
        assert!(
            world
                .enter(
                    "aiko",
                    RIGHT,
                    &from(1),
                    Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                    NOW
                )
                .is_err()
        );
    }
}

// proves: row-66
#[test]
fn a_thousand_tries_at_once_are_a_thousand_counted_tries() {
    let gate = Arc::new(World::new().gate);
    let store = Memory::open(&[&PART]).unwrap().store();
    let heard = Arc::new(Mutex::new(0_u32));
    let start = Arc::new(Barrier::new(8));
    std::thread::scope(|threads| {
        for _ in 0..8 {
            let (gate, store, heard, start) = (gate.clone(), store.clone(), heard.clone(), start.clone());
            threads.spawn(move || {
                start.wait();
                for _ in 0..125 {
                    let gate = gate.clone();
                    let begun = store.write(move |tx| gate.begin(tx, &name("aiko"), &from(5), None, NOW));
                    *heard.lock().unwrap() += u32::from(begun.is_ok());
                }
            });
        }
    });
    assert_eq!(*heard.lock().unwrap(), 5);
}

#[test]
fn sessions_end_by_idleness_by_age_and_by_signing_out() {
    let world = World::new();
    let enter = |at| world.enter("aiko", RIGHT, &from(1), None, at).unwrap().unwrap().session;
    let idle = enter(NOW);
    assert!(world.live(&idle, NOW.plus(Span::minutes(29))).is_ok());
    assert_eq!(world.live(&idle, NOW.plus(Span::minutes(30))), Err(NotLive::Ended));
    let busy = enter(NOW.plus(Span::seconds(1)));
    for minutes in (20..720).step_by(20) {
        let now = NOW.plus(Span::minutes(minutes));
        let live = world.live(&busy, now).unwrap();
        assert!(live.unnoted && !live.fresh);
        world.store.write(|tx| world.gate.seen(tx, live.session, now)).unwrap();
    }
    assert_eq!(world.live(&busy, NOW.plus(Span::minutes(721))), Err(NotLive::Ended));
    let (one, two) = (enter(NOW.plus(Span::seconds(2))), enter(NOW.plus(Span::seconds(3))));
    let now = NOW.plus(Span::seconds(4));
    let stay = world.live(&one, now).unwrap().session;
    world
        .store
        .write(|tx| world.gate.sign_out_everywhere(tx, world.aiko, Some(stay)))
        .unwrap();
    assert_eq!(world.live(&two, now), Err(NotLive::NoSession));
    assert!(world.live(&one, now).is_ok());
    world.store.write(|tx| world.gate.sign_out(tx, &one)).unwrap();
    assert_eq!(world.live(&one, now), Err(NotLive::NoSession));
    assert!(!world.gate.csrf_fits(&two, &world.gate.csrf(&one)));
}

// proves: row-98
#[test]
fn no_token_code_or_password_lies_in_the_store() {
    let world = World {
        store: Rows::default(),
        ..World::new()
    };
    let hashed = world.gate.hash(&Password::new(RIGHT).unwrap(), &seed(1));
    let (aiko, invitation, codes) = world
        .store
        .write(|tx| {
            let aiko = world.gate.open_account(tx, &name("aiko"), NOW, &seed(2))?;
            world.gate.set_password(tx, aiko, &hashed)?;
            let grant = Grant::new(SHOP, "owner");
            let invitation = Invitation {
                grant,
                by: None,
                until: NOW.plus(Span::days(7)),
            };
            let token = world.gate.invite(tx, &invitation, &seed(5))?;
            Ok::<_, NameTaken>((aiko, token, world.gate.draw_codes(tx, aiko, &seed(6))?))
        })
        .unwrap();
    let entered = world.enter("aiko", RIGHT, &from(1), None, NOW).unwrap().unwrap();
    assert_eq!(entered.account, aiko);
    let mut secrets = vec![
        RIGHT.to_owned(),
        entered.session.expose().to_owned(),
        invitation.expose().to_owned(),
    ];
    secrets.extend(codes);
    let all = world.store.all();
    assert!(all.len() > 500);
    for secret in &secrets {
        assert!(!all.windows(secret.len()).any(|w| w == secret.as_bytes()));
    }
    assert!(!format!("{entered:?} {invitation:?}").contains(entered.session.expose()));
}

#[test]
fn an_invitation_opens_one_account_once_and_in_time() {
    let world = World::new();
    let invitation = Invitation {
        grant: Grant::new(SHOP, "editor"),
        by: None,
        until: NOW.plus(Span::days(7)),
    };
    let token = world
        .store
        .write(|tx| world.gate.invite(tx, &invitation, &seed(9)))
        .unwrap();
    let hashed = world
        .gate
        .hash(&Password::new("another long sentence").unwrap(), &seed(8));
    let accept = |who: &str, at| {
        world
            .store
            .write(|tx| world.gate.accept(tx, &token, &name(who), &hashed, at, &seed(10)))
    };
    assert_eq!(
        accept("mako", NOW.plus(Span::days(7))).unwrap_err().code(),
        "invitation-unknown"
    );
    assert_eq!(accept("AIKO", NOW).unwrap_err().code(), "name-taken");
    let entered = accept("mako", NOW).unwrap();
    let roles = world
        .store
        .read(|view| world.gate.grants(view, entered.account))
        .unwrap();
    assert_eq!(roles, [Grant::new(SHOP, "editor")]);
    assert_eq!(accept("miko", NOW).unwrap_err(), NotInvited::NoInvitation);
    world
        .store
        .write(|tx| world.gate.take_back(tx, entered.account, &roles[0]))
        .unwrap();
    assert!(
        world
            .store
            .read(|view| world.gate.people(view, SHOP))
            .unwrap()
            .is_empty()
    );
    world.store.write(|tx| world.gate.forget(tx, entered.account)).unwrap();
    assert_eq!(
        world.store.read(|view| world.gate.find(view, &name("mako"))).unwrap(),
        None
    );
    assert_eq!(world.live(&entered.session, NOW), Err(NotLive::NoSession));
}

#[test]
fn a_second_step_is_a_passkey_or_a_code_and_cannot_be_asked_of_who_has_none() {
    let world = World::new();
    let ask = || {
        world
            .store
            .write(|tx| world.gate.ask_second_step(tx, world.aiko, true))
            .unwrap()
    };
    assert!(!ask());
    let codes = world
        .store
        .write(|tx| world.gate.draw_codes(tx, world.aiko, &seed(6)))
        .unwrap();
    assert!(codes.len() == CODES && ask());
    let entered = world.enter("aiko", RIGHT, &from(1), None, NOW).unwrap().unwrap();
    assert!(entered.second_step);
    assert_eq!(world.live(&entered.session, NOW), Err(NotLive::Half));
    let by_code = |token: &Token, typed: &str| {
        world
            .store
            .write(|tx| world.gate.complete_by_code(tx, token, typed, NOW, &seed(11)))
    };
    assert_eq!(by_code(&entered.session, "aaaa-aaaa").unwrap_err(), NotLive::Code);
    let whole = by_code(&entered.session, &codes[3].to_uppercase().replace('-', " ")).unwrap();
    assert!(world.live(&whole, NOW).is_ok());
    // The half token is dead: a session is never raised under a token that was seen before.
    assert_eq!(world.live(&entered.session, NOW), Err(NotLive::NoSession));
    let again = world.enter("aiko", RIGHT, &from(2), None, NOW).unwrap().unwrap();
    assert_eq!(by_code(&again.session, &codes[3]).unwrap_err(), NotLive::Code);
    let mut key = SoftKey::ed25519("localhost", "http://localhost:8080");
    world.register(&mut key, NOW).unwrap();
    let (_, half) = world
        .store
        .read(|view| world.gate.half(view, &again.session, NOW))
        .unwrap();
    let options = world.gate.assertion(Purpose::Again(half), NOW, &seed(12));
    let answer = key.get(&challenge(&options));
    let whole = world
        .store
        .write(|tx| world.gate.complete_by_key(tx, &again.session, &answer, NOW, &seed(13)));
    assert_eq!(world.live(&whole.unwrap(), NOW).unwrap().account, world.aiko);
}

#[test]
fn both_kinds_of_passkeys_let_in_and_count_as_both_steps() {
    let world = World::new();
    for mut key in [
        SoftKey::p256("localhost", "http://localhost:8080"),
        SoftKey::ed25519("localhost", "http://localhost:8080"),
    ] {
        let at = NOW.plus(Span::seconds(u64::from(key.kind)));
        world.register(&mut key, at).unwrap();
        let options = world.gate.assertion(Purpose::Enter, NOW, &seed(20 + key.kind));
        let answer = key.get(&challenge(&options));
        let enter = || {
            world
                .store
                .write(|tx| world.gate.enter_by_key(tx, &answer, NOW, &seed(21)))
        };
        let entered = enter().unwrap();
        assert!(entered.account == world.aiko && !entered.second_step);
        assert!(world.live(&entered.session, NOW).unwrap().fresh);
        assert_eq!(enter().unwrap_err(), NotAPasskey::Challenge, "the same answer again");
    }
    assert_eq!(
        world
            .store
            .read(|view| world.gate.passkeys(view, world.aiko))
            .unwrap()
            .len(),
        2
    );
}

// proves: row-93
#[test]
fn a_passkey_answers_one_page_one_purpose_and_one_time() {
    let world = World::new();
    let mut key = SoftKey::p256("localhost", "http://localhost:8080");
    let name = world.register(&mut key, NOW).unwrap();
    let enter = |answer: &[u8], at| {
        world
            .store
            .write(|tx| world.gate.enter_by_key(tx, answer, at, &seed(21)))
            .map(|_| ())
            .unwrap_err()
    };
    let fresh = |n: u8| challenge(&world.gate.assertion(Purpose::Enter, NOW, &seed(n)));
    assert_eq!(enter(b"{}", NOW), NotAPasskey::Malformed);
    assert_eq!(enter(&vec![b' '; 20_000], NOW), NotAPasskey::Malformed);
    assert_eq!(
        enter(&key.get(&fresh(30)), NOW.plus(Span::minutes(10))),
        NotAPasskey::Challenge
    );
    assert_eq!(enter(&key.get("AAAA"), NOW), NotAPasskey::Challenge);
    let other = challenge(&world.gate.assertion(Purpose::Register(world.aiko), NOW, &seed(31)));
    assert_eq!(enter(&key.get(&other), NOW), NotAPasskey::Challenge);
    assert_eq!(
        enter(&key.clone_at("http://localhost:9090").get(&fresh(32)), NOW),
        NotAPasskey::OtherOrigin
    );
    assert_eq!(
        enter(&key.clone_for("evil.example").get(&fresh(33)), NOW),
        NotAPasskey::OtherSite
    );
    key.flags = 0x01;
    assert_eq!(enter(&key.get(&fresh(34)), NOW), NotAPasskey::NotVerified);
    key.flags = 0x05;
    let stranger = SoftKey::p256("localhost", "http://localhost:8080");
    assert_eq!(enter(&{ stranger }.get(&fresh(35)), NOW), NotAPasskey::Unknown);
    let mut bad: Value = serde_json::from_slice(&key.get(&fresh(36))).unwrap();
    bad["response"]["signature"] = "MEUCIQDAAAA".into();
    assert_eq!(enter(&serde_json::to_vec(&bad).unwrap(), NOW), NotAPasskey::Signature);
    // Two of one key: one counts on, the other comes with an old count and locks it.
    key.count = 10;
    let answer = key.get(&fresh(37));
    assert!(
        world
            .store
            .write(|tx| world.gate.enter_by_key(tx, &answer, NOW, &seed(22)))
            .is_ok()
    );
    key.count = 5;
    let copy = key.get(&fresh(38));
    assert_eq!(enter(&copy, NOW), NotAPasskey::Copied);
    world.store.write(|tx| world.gate.lock_copied(tx, &copy)).unwrap();
    key.count = 50;
    assert_eq!(enter(&key.get(&fresh(39)), NOW), NotAPasskey::Copied);
    assert_eq!(
        world.register(&mut key, NOW.plus(Span::seconds(9))),
        Err(NotAPasskey::Registered)
    );
    assert!(
        world
            .store
            .write(|tx| world.gate.remove_passkey(tx, world.aiko, name))
            .unwrap()
    );
    assert_eq!(enter(&key.get(&fresh(40)), NOW), NotAPasskey::Unknown);
}

// proves: row-94
#[test]
fn asking_for_challenges_and_guessing_names_fills_no_disk() {
    let world = World {
        store: Rows::default(),
        ..World::new()
    };
    let rows = |table: &str| world.store.count(table);
    for n in 0..200 {
        world.gate.assertion(Purpose::Enter, NOW, &seed(n));
        let at = NOW.plus(Span::days(u64::from(n)));
        let _ = world.enter(&format!("guess {n}"), "x", &from(n), None, at);
    }
    assert_eq!(
        (
            rows("signin_challenges_used"),
            rows("signin_sessions"),
            rows("signin_accounts")
        ),
        (0, 0, 0)
    );
    assert!(rows("signin_tries") <= 600 && rows("signin_failed") <= 200);
    // What ended is swept.
    let hashed = world.gate.hash(&Password::new(RIGHT).unwrap(), &seed(1));
    world
        .store
        .write(|tx| {
            let id = world.gate.open_account(tx, &name("aiko"), NOW, &seed(2))?;
            Ok::<_, NameTaken>(world.gate.set_password(tx, id, &hashed)?)
        })
        .unwrap();
    world.enter("aiko", RIGHT, &from(1), None, NOW).unwrap().unwrap();
    assert_eq!(rows("signin_sessions"), 1);
    world
        .store
        .write(|tx| world.gate.tend(tx, NOW.plus(Span::days(1))))
        .unwrap();
    assert_eq!(
        rows("signin_sessions") + rows("signin_sessions_by_end") + rows("signin_sessions_by_account"),
        0
    );
}

// proves: row-82
#[test]
fn cut_and_altered_registrations_are_refused_without_a_panic() {
    let world = World::new();
    let mut key = SoftKey::p256("localhost", "http://localhost:8080");
    for cut in 0..key.attestation_len() {
        let purpose = Purpose::Register(world.aiko);
        let fresh = world.gate.challenge(purpose, NOW, &seal::Seed::new([cut as u8; 32]));
        let answer = key.create_cut(&fresh, cut);
        assert!(
            world
                .store
                .write(|tx| world.gate.register_passkey(tx, world.aiko, "", &answer, NOW))
                .is_err(),
            "{cut}"
        );
    }
    for algorithm in [-257_i64, -7, -8, 0] {
        let fresh = world
            .gate
            .challenge(Purpose::Register(world.aiko), NOW, &seal::Seed::new([99; 32]));
        let answer = key.create_with(&fresh, algorithm, 7);
        let no = world
            .store
            .write(|tx| world.gate.register_passkey(tx, world.aiko, "", &answer, NOW));
        assert_eq!(no, Err(NotAPasskey::Algorithm), "{algorithm}: a curve nobody has");
    }
}

// proves: row-97 row-98
#[test]
fn an_account_takes_further_roles_tells_all_it_has_and_goes_when_nobody_works_with_it() {
    let world = World::new();
    let (gate, store, aiko) = (&world.gate, &world.store, world.aiko);
    let other = PartyId([8; 16]);
    let invite = |over, n| {
        let invitation = Invitation {
            grant: Grant::new(over, "owner"),
            by: None,
            until: NOW.plus(Span::days(7)),
        };
        store.write(|tx| gate.invite(tx, &invitation, &seed(n))).unwrap()
    };
    let (one, two) = (invite(SHOP, 20), invite(other, 21));
    let join = |token: &Token, id, at| store.write(|tx| gate.join(tx, token, id, at));
    assert_eq!(
        join(&one, AccountId([9; 16]), NOW).unwrap_err().code(),
        "invitation-unknown"
    );
    assert_eq!(
        join(&one, aiko, NOW.plus(Span::days(7))).unwrap_err().code(),
        "invitation-unknown"
    );
    assert_eq!(join(&one, aiko, NOW).unwrap(), Grant::new(SHOP, "owner"));
    assert_eq!(join(&one, aiko, NOW).unwrap_err().code(), "invitation-unknown", "once");
    join(&two, aiko, NOW).unwrap();
    let told = store.read(|view| gate.about(view, aiko)).unwrap().unwrap();
    assert_eq!(
        (told.account.name.as_str(), told.password, told.codes),
        ("Aiko", true, 0)
    );
    assert_eq!((told.grants.len(), told.passkeys.len(), told.sessions.len()), (2, 0, 0));
    assert_eq!(format!("{told:?}"), "About(private)");
    assert!(
        store
            .read(|view| gate.about(view, AccountId([9; 16])))
            .unwrap()
            .is_none()
    );
    // With a role it stays, however old; without one it goes when its time is over, and its name is free.
    let later = NOW.plus(Span::days(180));
    let sweep = |before| store.write(|tx| gate.forget_unused(tx, before, 10)).unwrap();
    assert_eq!(sweep(later), 0);
    for over in [SHOP, other] {
        store
            .write(|tx| gate.take_back(tx, aiko, &Grant::new(over, "owner")))
            .unwrap();
    }
    assert_eq!((sweep(NOW), sweep(later), sweep(later)), (0, 1, 0));
    assert!(store.read(|view| gate.about(view, aiko)).unwrap().is_none());
    assert!(store.read(|view| gate.find(view, &name("aiko"))).unwrap().is_none());
}
