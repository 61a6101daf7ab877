//! Band: the instruments of the demo's tune. Additive voices, a sea, a little room around them.
//!
//! Only additions, multiplications and rounding: the same samples on every machine, which library functions for sines and
//! powers do not promise.

/// Samples per second.
pub(super) const RATE: u32 = 22_050;

/// sin(2 pi `turns`), to five decimals.
pub(super) fn sine(turns: f32) -> f32 {
    let x = turns - turns.round();
    let x = if x > 0.25 {
        0.5 - x
    } else if x < -0.25 {
        -0.5 - x
    } else {
        x
    };
    let s = x * core::f32::consts::TAU;
    let q = s * s;
    s * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0))))
}

/// Numbers that look random and are always the same.
#[derive(Debug, Clone)]
pub(super) struct Dice(pub(super) u32);

impl Dice {
    /// The next one, from -1 to 1.
    pub(super) fn roll(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / 2_147_483_648.0 - 1.0
    }
}

/// The frequency of a note by its MIDI number: 69 is the A at 440 Hz.
pub(super) fn pitch(midi: u8) -> f32 {
    const SEMITONE: f32 = 1.059_463_1;
    let mut hertz = 440.0;
    for _ in 69..midi {
        hertz *= SEMITONE;
    }
    for _ in midi..69 {
        hertz /= SEMITONE;
    }
    hertz
}

/// A voice: its partials and how it begins and ends. Times in seconds.
#[derive(Debug)]
pub(super) struct Voice {
    /// (multiple of the pitch, level, time in which it falls to a half)
    partials: &'static [(f32, f32, f32)],
    attack: f32,
    release: f32,
    /// Depth of the vibrato in turns, and of the tremolo.
    sway: (f32, f32),
}

/// Plucked strings.
pub(super) const HARP: Voice = Voice {
    partials: &[
        (1.0, 1.0, 0.55),
        (2.0, 0.42, 0.3),
        (3.0, 0.2, 0.18),
        (4.0, 0.11, 0.11),
        (5.0, 0.05, 0.07),
    ],
    attack: 0.004,
    release: 0.5,
    sway: (0.0, 0.0),
};
/// The melody: reeds, as of a small accordion on deck.
pub(super) const REED: Voice = Voice {
    partials: &[
        (1.0, 1.0, 6.0),
        (2.0, 0.5, 5.0),
        (3.0, 0.34, 4.0),
        (4.0, 0.12, 3.0),
        (5.0, 0.09, 2.0),
        (1.0035, 0.45, 6.0),
    ],
    attack: 0.055,
    release: 0.14,
    sway: (0.10, 0.12),
};
/// Small bells above it.
pub(super) const BELL: Voice = Voice {
    partials: &[(1.0, 1.0, 0.7), (2.756, 0.35, 0.25), (5.404, 0.12, 0.1)],
    attack: 0.003,
    release: 0.9,
    sway: (0.0, 0.0),
};
/// Held chords.
pub(super) const STRINGS: Voice = Voice {
    partials: &[
        (0.9985, 0.7, 20.0),
        (1.0015, 0.7, 20.0),
        (2.001, 0.26, 20.0),
        (3.0, 0.1, 20.0),
        (3.997, 0.04, 20.0),
    ],
    attack: 0.7,
    release: 0.9,
    sway: (0.03, 0.08),
};
/// Plucked bass.
pub(super) const BASS: Voice = Voice {
    partials: &[(1.0, 0.8, 0.9), (2.0, 0.5, 0.5), (3.0, 0.2, 0.3)],
    attack: 0.008,
    release: 0.25,
    sway: (0.0, 0.0),
};
/// A ship's horn, far off.
pub(super) const HORN: Voice = Voice {
    partials: &[
        (1.0, 0.8, 9.0),
        (2.0, 0.7, 9.0),
        (3.0, 0.5, 9.0),
        (4.0, 0.22, 9.0),
        (5.0, 0.16, 9.0),
        (1.004, 0.5, 9.0),
    ],
    attack: 0.35,
    release: 0.8,
    sway: (0.02, 0.05),
};

/// What is heard so far.
pub(super) struct Tape {
    samples: Vec<f32>,
}

impl Tape {
    pub(super) fn new(seconds: f32) -> Self {
        Self {
            samples: vec![0.0; (seconds * RATE as f32) as usize],
        }
    }

    /// Plays one note: when, how long, how high, how loud.
    pub(super) fn play(&mut self, voice: &Voice, at: f32, seconds: f32, midi: u8, level: f32) {
        let (rate, hertz) = (RATE as f32, pitch(midi));
        let from = (at.max(0.0) * rate) as usize;
        let (attack, held, release) = (voice.attack * rate, seconds * rate, voice.release * rate);
        let len = (held + release) as usize;
        for (multiple, strength, half) in voice.partials {
            if hertz * multiple > rate * 0.45 {
                continue;
            }
            let step = f64::from(hertz * multiple / rate);
            // ln 2: for slow decays the first term of the exponential is the whole of it.
            let fall = 1.0 - core::f32::consts::LN_2 / (half * rate);
            let (mut phase, mut loud) = (0.0f64, level * strength);
            for (n, out) in self.samples.iter_mut().skip(from).take(len).enumerate() {
                let n = n as f32;
                let up = (n / attack).min(1.0);
                let down = ((held + release - n) / release).clamp(0.0, 1.0);
                // The vibrato comes in once the note stands.
                let stands = ((n / rate - 0.25) * 2.0).clamp(0.0, 1.0);
                let sway = sine(n / rate * 5.1) * stands;
                let turns = (phase - phase.floor()) as f32 + voice.sway.0 * sway * multiple;
                *out += sine(turns) * loud * up * down * down * (1.0 + voice.sway.1 * sway);
                phase += step;
                loud *= fall;
            }
        }
    }

    /// The sea: soft noise that comes and goes like water along a hull.
    pub(super) fn sea(&mut self, level: f32) {
        let (mut dice, mut slow, mut slower, mut floor) = (Dice(0x5ea5_1de5), 0.0f32, 0.0f32, 0.0f32);
        let len = self.samples.len() as f32;
        for (n, out) in self.samples.iter_mut().enumerate() {
            let seconds = n as f32 / RATE as f32;
            slow += (dice.roll() - slow) * 0.11;
            slower += (slow - slower) * 0.25;
            floor += (slower - floor) * 0.004;
            let swell = 0.55 + 0.3 * sine(seconds * 0.135) + 0.15 * sine(seconds * 0.0731 + 0.3);
            // Nearest at the beginning and the end, when the engine is quiet.
            let place = (n as f32 / len * 2.0 - 1.0).abs();
            *out += (slower - floor) * level * swell * (0.35 + 0.65 * place * place);
        }
    }

    /// A room: four echoes that feed themselves, smeared twice.
    pub(super) fn room(&mut self, wet: f32) {
        let dry = self.samples.clone();
        let mut sum = vec![0.0f32; dry.len()];
        for (delay, keep) in [(797, 0.80), (907, 0.785), (1013, 0.77), (1117, 0.755)] {
            let (mut ring, mut soft, mut at) = (vec![0.0f32; delay], 0.0f32, 0);
            for (out, sample) in sum.iter_mut().zip(&dry) {
                let echo = ring[at];
                soft += (echo - soft) * 0.6;
                ring[at] = sample + soft * keep;
                at = (at + 1) % delay;
                *out += echo * 0.25;
            }
        }
        for (delay, keep) in [(113, 0.6), (337, 0.55)] {
            let (mut ring, mut at) = (vec![0.0f32; delay], 0);
            for sample in &mut sum {
                let echo = ring[at];
                let fed = *sample + echo * keep;
                *sample = echo - fed * keep;
                ring[at] = fed;
                at = (at + 1) % delay;
            }
        }
        for (out, echo) in self.samples.iter_mut().zip(sum) {
            *out += echo * wet;
        }
    }

    /// The finished samples: no rumble, faded at both ends, the loudest at `peak`.
    pub(super) fn master(mut self, peak: f32) -> Vec<f32> {
        let (mut before, mut high) = (0.0f32, 0.0f32);
        for sample in &mut self.samples {
            high = *sample - before + high * 0.9965;
            before = *sample;
            *sample = high;
        }
        let loudest = self
            .samples
            .iter()
            .fold(0.0f32, |most, sample| most.max(sample.abs()))
            .max(1e-6);
        // A soft knee lifts what is quiet a little without cutting what is loud.
        let knee = |x: f32| x * (1.5 - 0.5 * x * x);
        let (ends, len) = (RATE as usize * 3, self.samples.len());
        for (n, sample) in self.samples.iter_mut().enumerate() {
            let edge = (n.min(len - n) as f32 / ends as f32).min(1.0);
            *sample = knee(*sample / loudest) * peak * edge.min(if n < len / 2 { edge * 4.0 } else { edge });
        }
        self.samples
    }
}
