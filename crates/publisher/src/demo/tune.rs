//! Night Ferry: a boat song in six-eight time, D minor, 52 bars, about two minutes. Harp and bass rock, reeds sing, strings
//! hold, bells answer; sea and a horn around them.

use super::band::{BASS, BELL, Dice, HARP, HORN, RATE, REED, STRINGS, Tape};

/// The song as a WAV file: 16 bits, one channel.
pub(super) fn wav() -> Vec<u8> {
    crate::preview::wave_file(&samples(), RATE)
}

/// A bar: its chord, and its melody as `note/eighths` (`-` is a rest).
type Bar = (&'static str, &'static str);

const INTRO: [Bar; 4] = [("Dm", ""), ("Dm/C", ""), ("Bb", ""), ("A7", "")];
const THEME: [Bar; 8] = [
    ("Dm", "A4/3 D5/2 E5/1"),
    ("Dm/C", "F5/3 E5/2 D5/1"),
    ("Bb", "A5/3 G5/2 F5/1"),
    ("F/A", "F5/2 E5/1 C5/3"),
    ("Gm", "D5/3 Bb4/2 D5/1"),
    ("Dm/F", "F5/3 D5/2 A4/1"),
    ("Asus", "G4/1 A4/1 Bb4/1 D5/3"),
    ("A7", "C#5/5 -/1"),
];
const THEME_TURNED: [Bar; 8] = [
    ("Dm", "A4/3 D5/2 E5/1"),
    ("Dm/C", "F5/3 E5/1 F5/1 E5/1"),
    ("Bb", "A5/3 G5/2 F5/1"),
    ("F/A", "F5/2 E5/1 C5/3"),
    ("Gm", "D5/2 F5/1 Bb5/3"),
    ("C7", "A5/2 G5/1 E5/3"),
    ("F", "A5/5 -/1"),
    ("F", "-/3 C5/1 F5/1 G5/1"),
];
const OPEN_WATER: [Bar; 8] = [
    ("F", "A5/4 G5/1 F5/1"),
    ("C/E", "G5/3 E5/3"),
    ("Dm", "F5/4 E5/1 D5/1"),
    ("Bb", "D5/3 C5/1 D5/1 F5/1"),
    ("F", "A5/3 C6/3"),
    ("C/E", "Bb5/1 A5/1 G5/1 E5/3"),
    ("Gm", "F5/2 E5/1 D5/2 Bb4/1"),
    ("A7", "C#5/3 E5/3"),
];
const THEME_HOME: [Bar; 8] = [
    ("Dm", "A4/3 D5/2 E5/1"),
    ("Dm/C", "F5/3 E5/2 D5/1"),
    ("Bb", "A5/3 G5/1 A5/1 F5/1"),
    ("F/A", "F5/2 E5/1 C5/3"),
    ("Gm", "D5/2 F5/1 Bb5/3"),
    ("A7", "A5/2 G5/1 E5/2 C#5/1"),
    ("Dm", "D5/6"),
    ("Dm", ""),
];
const BRIDGE: [Bar; 4] = [
    ("Bb", "F5/3 D5/3"),
    ("C7", "G5/3 E5/3"),
    ("F/A", "A5/2 G5/1 F5/2 E5/1"),
    ("A7", "E5/3 C#5/3"),
];
const HARBOUR: [Bar; 4] = [("Bb", "D5/3 F5/3"), ("Gm6", "E5/3 D5/3"), ("D", "F#5/6"), ("D", "A5/6")];

fn song() -> Vec<Bar> {
    let parts: [&[Bar]; 8] = [
        &INTRO,
        &THEME,
        &THEME_TURNED,
        &OPEN_WATER,
        &THEME_HOME,
        &BRIDGE,
        &THEME_HOME,
        &HARBOUR,
    ];
    parts.concat()
}

/// Bass note and four notes above it, as MIDI numbers.
fn chord(name: &str) -> (u8, [u8; 4]) {
    match name {
        "Dm/C" => (36, [57, 62, 65, 69]),
        "Dm/F" => (41, [57, 62, 65, 69]),
        "Bb" => (34, [58, 62, 65, 69]),
        "F" => (41, [57, 60, 65, 69]),
        "F/A" => (33, [57, 60, 65, 69]),
        "C/E" => (40, [55, 60, 64, 67]),
        "C7" => (36, [58, 60, 64, 67]),
        "Gm" => (43, [58, 62, 65, 70]),
        "Gm6" => (43, [58, 62, 64, 70]),
        "Asus" => (33, [57, 62, 64, 69]),
        "A7" => (33, [57, 61, 64, 67]),
        "D" => (38, [57, 62, 66, 69]),
        _ => (38, [57, 62, 65, 69]),
    }
}

/// The notes of a melody: MIDI number (or a rest), and its length in eighths.
fn melody(text: &str) -> impl Iterator<Item = (Option<u8>, f32)> + '_ {
    text.split_whitespace().filter_map(|word| {
        let (name, eighths) = word.split_once('/')?;
        Some((note(name), eighths.parse().ok()?))
    })
}

fn note(name: &str) -> Option<u8> {
    let step = match name.as_bytes().first()? {
        b'C' => 0,
        b'D' => 2,
        b'E' => 4,
        b'F' => 5,
        b'G' => 7,
        b'A' => 9,
        b'B' => 11,
        _ => return None,
    };
    let octave = name.as_bytes().last()?.checked_sub(b'0')?;
    let sign = if name.contains('#') { 1 } else { 0 };
    let flat = if name.contains('b') { 1 } else { 0 };
    (octave * 12 + 12 + step + sign).checked_sub(flat)
}

/// When a bar begins, in seconds, and how long its eighths are: the boat slows down towards the quay.
fn times(bars: usize) -> Vec<(f32, f32)> {
    const EIGHTH: f32 = 0.362;
    let mut at = 2.2;
    (0..bars)
        .map(|n| {
            let slow = match bars - n {
                1 => 1.5,
                2 => 1.3,
                3 => 1.14,
                4 => 1.06,
                _ => 1.0,
            };
            let begins = at;
            at += 6.0 * EIGHTH * slow;
            (begins, EIGHTH * slow)
        })
        .collect()
}

fn samples() -> Vec<f32> {
    let song = song();
    let times = times(song.len());
    let end = times.last().map_or(0.0, |(at, eighth)| at + 6.0 * eighth);
    let mut tape = Tape::new(end + 4.0);
    let mut dice = Dice(0x0ff_5e7);
    for (n, ((name, tune), (at, eighth))) in song.iter().zip(&times).enumerate() {
        let part = Part {
            n,
            at: *at,
            eighth: *eighth,
            last: n + 1 == song.len(),
            chord: chord(name),
        };
        part.rock(&mut tape, &mut dice);
        part.hold(&mut tape);
        part.sing(&mut tape, &mut dice, tune);
    }
    for (at, midi) in [(0.3, 38), (0.3, 45), (end - 4.4, 38), (end - 4.4, 45)] {
        tape.play(&HORN, at, 2.2, midi, 0.05);
    }
    tape.sea(0.8);
    tape.room(0.34);
    tape.master(0.82)
}

/// One bar as it is played.
struct Part {
    n: usize,
    at: f32,
    eighth: f32,
    last: bool,
    chord: (u8, [u8; 4]),
}

impl Part {
    /// Louder where the water is open, softer at both ends.
    fn level(&self) -> f32 {
        match self.n {
            0..4 => 0.7,
            4..20 => 0.86,
            20..28 => 1.0,
            28..36 => 0.88,
            36..40 => 0.78,
            40..48 => 1.0,
            _ => 0.74,
        }
    }

    /// Harp and bass: the rocking.
    fn rock(&self, tape: &mut Tape, dice: &mut Dice) {
        let (root, notes) = self.chord;
        let level = self.level();
        for (step, which) in [0usize, 1, 2, 3, 2, 1].into_iter().enumerate() {
            let late = dice.roll() * 0.006 + if self.last { step as f32 * 0.05 } else { 0.0 };
            let touch = if step % 3 == 0 { 0.17 } else { 0.12 } * (1.0 + 0.12 * dice.roll());
            let at = self.at + step as f32 * self.eighth + late;
            tape.play(&HARP, at, 1.1, notes[which], touch * level);
        }
        tape.play(&BASS, self.at, self.eighth * 2.8, root, 0.25 * level);
        if !self.last {
            // The fifth in the middle of the bar, below the chord.
            let fifth = if root < 38 { root + 7 } else { root - 5 };
            tape.play(
                &BASS,
                self.at + 3.0 * self.eighth,
                self.eighth * 2.6,
                fifth,
                0.15 * level,
            );
        }
    }

    /// Strings, from the second theme on.
    fn hold(&self, tape: &mut Tape) {
        if self.n < 12 {
            return;
        }
        let level = 0.03 * self.level();
        for midi in self.chord.1 {
            tape.play(&STRINGS, self.at - 0.25, self.eighth * 6.0, midi, level);
        }
    }

    /// The reeds, and the bells that answer them.
    fn sing(&self, tape: &mut Tape, dice: &mut Dice, tune: &str) {
        let level = self.level();
        let mut eighths = 0.0;
        for (midi, len) in melody(tune) {
            let at = self.at + eighths * self.eighth + dice.roll() * 0.008;
            if let Some(midi) = midi {
                let held = len * self.eighth * 0.93 + if self.last { 1.0 } else { 0.0 };
                tape.play(&REED, at, held, midi, 0.135 * level * (1.0 + 0.06 * dice.roll()));
                if self.n >= 40 {
                    tape.play(&BELL, at, 0.5, midi + 12, 0.05 * level);
                }
            }
            eighths += len;
        }
        // Where the melody rests, bells fill in the chord; before it begins, they are buoys.
        if tune.is_empty() || tune.starts_with('-') {
            let top = self.chord.1[3] + 12;
            tape.play(&BELL, self.at + 2.0 * self.eighth, 0.6, top, 0.07 * level);
            tape.play(
                &BELL,
                self.at + 4.0 * self.eighth,
                0.6,
                self.chord.1[2] + 12,
                0.05 * level,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_is_full_and_every_note_can_be_played() {
        for (name, tune) in song() {
            let notes: Vec<_> = melody(tune).collect();
            assert_eq!(notes.len(), tune.split_whitespace().count(), "{tune}");
            assert!(
                tune.is_empty() || notes.iter().map(|(_, len)| len).sum::<f32>() == 6.0,
                "{tune}"
            );
            assert!(
                notes
                    .iter()
                    .flat_map(|(midi, _)| midi)
                    .all(|midi| (67..=84).contains(midi)),
                "{tune}"
            );
            assert!(name == "Dm" || chord(name) != chord("Dm"), "{name} is no chord of ours");
        }
        assert_eq!(
            (note("A4"), note("Bb4"), note("C#5"), note("-")),
            (Some(69), Some(70), Some(73), None)
        );
        assert_eq!(song().len(), 52);
    }

    #[test]
    fn it_lasts_two_minutes_is_neither_too_loud_nor_too_soft_and_always_the_same() {
        let tune = samples();
        let seconds = tune.len() as f32 / RATE as f32;
        assert!((110.0..130.0).contains(&seconds), "{seconds} s");
        let peak = tune.iter().fold(0.0f32, |most, s| most.max(s.abs()));
        assert!((0.75..0.9).contains(&peak), "{peak}");
        let loudness = |part: &[f32]| (part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32).sqrt();
        assert!((0.07..0.25).contains(&loudness(&tune)), "{}", loudness(&tune));
        // No second of it is empty, none is only noise at full level.
        for (n, second) in tune
            .chunks_exact(RATE as usize)
            .enumerate()
            .skip(1)
            .take(seconds as usize - 4)
        {
            assert!(
                (0.004..0.4).contains(&loudness(second)),
                "second {n}: {}",
                loudness(second)
            );
        }
        assert!(
            tune.iter().sum::<f32>().abs() / (tune.len() as f32) < 0.001,
            "no direct current"
        );
        assert_eq!(tune, samples());
    }
}
