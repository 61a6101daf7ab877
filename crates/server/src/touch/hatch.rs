//! Hatch: a simulated hatch. Its register is its list of drops: number, how it ended, slot.

use std::{io, path::Path};

use party::{
    mechanism::Jam,
    shop::{Fell, Hatch},
};

use super::log::Lines;

/// The hatch.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    lines: Lines,
    jammed: std::path::PathBuf,
}

impl Slots {
    /// The hatch whose register lies in this directory. A file `jammed` there names slots that give nothing, one on a line.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            lines: Lines::open(dir.join("hatch"))?,
            jammed: dir.join("jammed"),
        })
    }

    fn last(&self) -> Result<Option<(u64, Fell)>, Jam> {
        let lines = self.lines.read()?;
        let Some(line) = lines.last() else { return Ok(None) };
        let mut parts = line.split(' ');
        let number = parts.next().and_then(|number| number.parse().ok());
        let fell = match parts.next() {
            Some("out") => Some(Fell::Out),
            Some("stuck") => Some(Fell::Stuck),
            _ => None,
        };
        match number.zip(fell) {
            Some(last) => Ok(Some(last)),
            None => Err(Jam(format!("its register does not read: {line}"))),
        }
    }

    fn is_jammed(&self, slot: u32) -> bool {
        let text = std::fs::read_to_string(&self.jammed).unwrap_or_default();
        text.lines().any(|line| line.trim().parse() == Ok(slot))
    }
}

impl Hatch for Slots {
    fn register(&self) -> Result<u64, Jam> {
        Ok(self.last()?.map_or(0, |(number, _)| number))
    }
    fn drop_from(&mut self, slot: u32, number: u64) -> Result<Fell, Jam> {
        if let Some((last, fell)) = self.last()?
            && number <= last
        {
            return Ok(fell);
        }
        let (word, fell) = if self.is_jammed(slot) {
            ("stuck", Fell::Stuck)
        } else {
            ("out", Fell::Out)
        };
        self.lines.add(&format!("{number} {word} {slot}"))?;
        Ok(fell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hatch_told_twice_gives_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut slots = Slots::open(dir.path()).unwrap();
        assert_eq!(slots.register(), Ok(0));
        assert_eq!(slots.drop_from(4, 1), Ok(Fell::Out));
        assert_eq!(slots.drop_from(4, 1), Ok(Fell::Out));
        std::fs::write(dir.path().join("jammed"), "4\n").unwrap();
        assert_eq!(slots.drop_from(4, 2), Ok(Fell::Stuck));
        let mut again = Slots::open(dir.path()).unwrap();
        assert_eq!((again.register(), again.drop_from(4, 2)), (Ok(2), Ok(Fell::Stuck)));
        assert_eq!(
            std::fs::read_to_string(dir.path().join("hatch")).unwrap(),
            "1 out 4\n2 stuck 4\n"
        );
    }
}
