//! The purchase approval, in memory: every way it can end, with everybody's books; and what happens when somebody cheats.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod approval {
    mod cheats;
    mod late;
    mod linked;
    mod once;
    mod power;
    mod restored;
    mod silent;
    mod told;
    mod world;
}
