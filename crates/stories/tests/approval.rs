//! The purchase approval, in memory: every way it can end, with everybody's books; and what happens when somebody cheats.

mod approval {
    mod cheats;
    mod linked;
    mod once;
    mod power;
    mod told;
    mod world;
}
