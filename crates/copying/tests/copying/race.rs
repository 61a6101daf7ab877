//! Many at once over SQLite: a hundred media, users at random, two instances of the server; a hundred keys, each one user's.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use copying::{
    server::AskRefused,
    town::User,
    wire::{Answer, Open},
};
use seal::Seed;
use store::sqlite::{Opening, Sqlite};

use crate::world::{World, medium, yen};

const USERS: usize = 40;
const MEDIA: u32 = 100;
const ASKS: usize = 10_000;

/// proves: CM-3 CM-6 row-71
#[test]
fn ten_thousand_questions_for_a_hundred_media_give_a_hundred_keys() {
    let mut world = World::new(&[], |settings| settings.tries_max = u32::MAX);
    let media = world.media(0, MEDIA);
    let mut users: Vec<User> = (0..USERS).map(|_| world.user()).collect();
    // The same rows on a real disk.
    let dir = tempfile::tempdir().unwrap();
    let realm = party::Party::desk(&*world.town.server).realm_id();
    let opening = Opening {
        role: "copying".into(),
        realm,
        new_id: [7; 16],
    };
    let sqlite = Sqlite::open(&dir.path().join("store.db"), &opening, copying::server::PARTS).unwrap();
    let store = sqlite.store();
    let tables: Vec<_> = copying::server::PARTS.iter().flat_map(|part| part.tables()).collect();
    let old = world.town.disk.store();
    for table in tables {
        let rows = old
            .read(move |view| view.scan(table, &store::Range::all(), false, 100_000))
            .unwrap();
        store
            .write(move |tx| -> Result<(), store::Fault> {
                for (key, value) in &rows {
                    tx.put(table, key, value)?;
                }
                Ok(())
            })
            .unwrap();
    }
    // Every question is made before any is asked: whoever comes first wins.
    let mut asks = Vec::new();
    let mut draw = 88_172_645_463_325_252_u64;
    for n in 0..ASKS {
        draw ^= draw << 13;
        draw ^= draw >> 7;
        draw ^= draw << 17;
        let (user, id) = (draw as usize % USERS, media[(draw >> 32) as usize % MEDIA as usize]);
        let seed = world.town.seed();
        users[user].keeper.refused();
        let ask = users[user]
            .keeper
            .ask_key(medium(id), yen(0), None, None, &seed)
            .unwrap();
        asks.push((n, user, id, ask));
    }
    let (asks, won) = (Arc::new(asks), Arc::new(Mutex::new(BTreeMap::new())));
    let threads: Vec<_> = (0..4)
        .map(|at| {
            let (store, server, now) = (store.clone(), world.town.server.clone(), world.town.now);
            let (asks, won) = (asks.clone(), won.clone());
            std::thread::spawn(move || {
                // Many questions wait for one commit, as they do behind HTTP.
                let mine: Vec<_> = asks.iter().filter(|(n, ..)| n % 4 == at).collect();
                for some in mine.chunks(250) {
                    let waiting: Vec<_> = some
                        .iter()
                        .map(|(n, user, id, ask)| {
                            let (server, ask) = (server.clone(), ask.clone());
                            let mut seed = [1; 32];
                            seed[..8].copy_from_slice(&n.to_be_bytes());
                            let answer = store.submit(move |tx| server.ask(tx, &ask, None, now, &Seed::new(seed)));
                            (user, id, answer)
                        })
                        .collect();
                    for (user, id, answer) in waiting {
                        match answer.wait().unwrap() {
                            Ok(answer) => {
                                let Open::Given(charge) = Answer::parse(&answer).unwrap().open else {
                                    panic!("no key")
                                };
                                let first = *won.lock().unwrap().entry(*id).or_insert((*user, charge.delivery));
                                assert_eq!(
                                    first,
                                    (*user, charge.delivery),
                                    "two users, or two keys, for one medium"
                                );
                            }
                            Err(no) => assert_eq!(no, AskRefused::MediumUsed),
                        }
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(won.lock().unwrap().len(), MEDIA as usize);
    let server = world.town.server.clone();
    let found = store.read(move |view| party::Party::audit(&*server, view)).unwrap();
    assert_eq!(found, Vec::<String>::new());
}
