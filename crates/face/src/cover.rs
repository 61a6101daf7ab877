//! Cover: a picture for a work that brings none, drawn from its content number. Shop and wallet draw the same for the same work,
//! so a person knows it again.

use core::fmt::Write as _;

/// What a cover shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Rings, for what is heard.
    Sound,
    /// Lights, for what moves.
    Film,
    /// Leaves, for what is read.
    Book,
    /// Hills, for what is looked at.
    Picture,
    /// Blocks, for what is played with.
    Game,
    /// Stairs, for everything else.
    Other,
}

/// Ground, middle, accent, light. No yellow: that is for fares.
const PALETTES: [[&str; 4]; 8] = [
    ["#0d2436", "#123a52", "#e2553d", "#f4efe6"],
    ["#1f1838", "#130f24", "#f6a5c0", "#8fc7dd"],
    ["#dfe9ea", "#b9cccf", "#c8452f", "#22343a"],
    ["#f1614b", "#7b1e2b", "#fff0e0", "#3a0d16"],
    ["#eef0e4", "#c9d3b4", "#6f9a43", "#2f4f33"],
    ["#175c54", "#0f4039", "#ff8a5c", "#f0efe2"],
    ["#f7d9c4", "#b65c3b", "#5d2a22", "#fff4ea"],
    ["#27282b", "#55565a", "#d84a3a", "#e6e2dc"],
];

/// A picture of 400 by 400.
#[derive(Debug, Clone, Copy)]
pub struct Cover {
    seed: u64,
    scene: Scene,
}

impl Cover {
    /// The cover of a work: `seed` is its content number.
    pub fn new(seed: &[u8], scene: Scene) -> Self {
        let mixed = seed.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { seed: mixed, scene }
    }
    /// A number below `below`, the same for the same place of the same seed (SplitMix64).
    fn pick(&self, place: usize, below: u32) -> u32 {
        let step = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::try_from(place).unwrap_or(0).wrapping_add(1));
        let mut mixed = self.seed.wrapping_add(step);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(below.max(1))).unwrap_or(0)
    }
    /// As SVG, without anything that a page would have to allow.
    pub fn svg(&self) -> String {
        let palette = PALETTES.get(self.pick(0, 8) as usize).copied().unwrap_or(PALETTES[0]);
        let mut out = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 400 400\">");
        let _ = write!(out, "<path d=\"M0 0h400v400H0z\" fill=\"{}\"/>", palette[0]);
        match self.scene {
            Scene::Sound => self.rings(&mut out, palette),
            Scene::Film => self.lights(&mut out, palette),
            Scene::Book => self.leaves(&mut out, palette),
            Scene::Picture => self.hills(&mut out, palette),
            Scene::Game => self.blocks(&mut out, palette),
            Scene::Other => self.stairs(&mut out, palette),
        }
        out.push_str("</svg>");
        out
    }

    fn rings(&self, out: &mut String, [_, mid, accent, light]: [&str; 4]) {
        let (x, y) = (140 + self.pick(1, 120), 150 + self.pick(2, 90));
        let _ = write!(out, "<path d=\"M0 {0}h400v{1}H0z\" fill=\"{mid}\"/>", y + 60, 340 - y);
        let gap = 24 + self.pick(3, 14);
        for ring in 1..=4 {
            let _ = write!(
                out,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\" fill=\"none\" stroke=\"{light}\" stroke-width=\"9\" \
                 stroke-dasharray=\"{} {}\"/>",
                18 + ring * gap,
                60 + self.pick(ring as usize + 4, 200),
                12 + self.pick(ring as usize + 8, 60),
            );
        }
        let _ = write!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"16\" fill=\"{accent}\"/>");
    }

    fn lights(&self, out: &mut String, [_, mid, accent, light]: [&str; 4]) {
        let _ = write!(out, "<path d=\"M0 258h400v142H0z\" fill=\"{mid}\"/>");
        for n in 0..8_usize {
            let at = u32::try_from(n).unwrap_or(0);
            let (x, r) = (36 + at * 46, 9 + self.pick(n + 1, 24));
            let y = 232 - self.pick(n + 9, 90);
            let colour = if self.pick(n + 17, 2) == 0 { accent } else { light };
            let long = 24 + self.pick(n + 25, 84);
            let _ = write!(
                out,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{colour}\"/>\
                 <path d=\"M{x} 276v{long}\" stroke=\"{colour}\" stroke-width=\"5\" opacity=\".55\"/>"
            );
        }
    }

    fn leaves(&self, out: &mut String, [_, mid, accent, light]: [&str; 4]) {
        let tip = 90 + self.pick(1, 70);
        let x = 160 + self.pick(2, 80);
        let _ = write!(
            out,
            "<path d=\"M0 400L{x} {tip}L400 400z\" fill=\"{mid}\"/><path d=\"M{x} {tip}L400 400H{x}z\" fill=\"{light}\" opacity=\".85\"/>"
        );
        for n in 0..5_usize {
            let at = u32::try_from(n).unwrap_or(0);
            let _ = write!(
                out,
                "<path d=\"M{} {}h{}\" stroke=\"{}\" stroke-width=\"7\" stroke-linecap=\"round\"/>",
                40,
                44 + at * 26,
                60 + self.pick(n + 3, 150),
                if n == 0 { accent } else { light },
            );
        }
        let _ = write!(
            out,
            "<circle cx=\"{x}\" cy=\"{tip}\" r=\"{}\" fill=\"{accent}\"/>",
            12 + self.pick(8, 26)
        );
    }

    fn hills(&self, out: &mut String, [_, mid, accent, light]: [&str; 4]) {
        let (sun, high) = (70 + self.pick(1, 250), 70 + self.pick(2, 60));
        let _ = write!(
            out,
            "<circle cx=\"{sun}\" cy=\"{high}\" r=\"{}\" fill=\"{light}\"/>",
            26 + self.pick(3, 26)
        );
        let (a, b) = (170 + self.pick(4, 60), 130 + self.pick(5, 70));
        let _ = write!(
            out,
            "<path d=\"M0 330L90 {a}L160 270L250 {b}L400 320V400H0z\" fill=\"{mid}\"/>\
             <path d=\"M0 {}L120 {}L200 350L320 {}L400 340V400H0z\" fill=\"{accent}\"/>",
            350 + self.pick(6, 30),
            290 + self.pick(7, 30),
            270 + self.pick(8, 40),
        );
    }

    fn blocks(&self, out: &mut String, [_, mid, accent, light]: [&str; 4]) {
        let _ = write!(out, "<path d=\"M0 320q100 -60 200 0t200 0V400H0z\" fill=\"{mid}\"/>");
        for n in 0..9_usize {
            let at = u32::try_from(n).unwrap_or(0);
            let (x, y) = (80 + at % 3 * 84, 60 + at / 3 * 78);
            let (colour, round) = match self.pick(n + 1, 4) {
                0 => continue,
                1 => (accent, 34),
                2 => (light, 8),
                _ => (mid, 20),
            };
            let _ = write!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"68\" height=\"62\" rx=\"{round}\" fill=\"{colour}\"/>"
            );
        }
    }

    fn stairs(&self, out: &mut String, [_, mid, accent, light]: [&str; 4]) {
        for n in 0..6_usize {
            let at = u32::try_from(n).unwrap_or(0);
            let x = 40 + at * 50;
            let top = 340 - at * (36 + self.pick(1, 12));
            let colour = if n % 2 == 0 { light } else { mid };
            let _ = write!(out, "<path d=\"M{x} 360V{top}H360V360z\" fill=\"{colour}\"/>");
        }
        let x = 70 + self.pick(2, 90);
        let _ = write!(
            out,
            "<circle cx=\"{x}\" cy=\"{}\" r=\"24\" fill=\"{accent}\"/>",
            110 + self.pick(3, 90)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_is_the_same_for_the_same_work_small_and_without_yellow() {
        let scenes = [
            Scene::Sound,
            Scene::Film,
            Scene::Book,
            Scene::Picture,
            Scene::Game,
            Scene::Other,
        ];
        for scene in scenes {
            let of = |seed: u8| Cover::new(&[seed; 16], scene).svg();
            assert_eq!(of(7), of(7));
            let different = (0..40).map(of).collect::<std::collections::BTreeSet<_>>().len();
            assert!(different > 20, "{scene:?}: {different} of 40");
            for seed in 0..40 {
                let svg = of(seed);
                assert!(svg.len() < 2_000, "{scene:?}: {} bytes", svg.len());
                assert!(!svg.contains("style") && !svg.contains("#ffc629"));
                assert_eq!(svg.matches('<').count(), svg.matches('>').count());
            }
        }
        assert!(Cover::new(&[], Scene::Other).svg().ends_with("</svg>"));
    }
}
