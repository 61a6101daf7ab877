//! Parts: a plain text of any length, read a part at a time. Parts end where a paragraph, a line or a word ends, and the same
//! text has the same parts at every reading.

use super::{PlayRefused, Session};

/// About how long a part is, in bytes.
const PART: u64 = 24 << 10;
/// How far the end of a part is moved to where something ends.
const SLACK: usize = 8 << 10;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Which one, from 0.
    pub number: u64,
    /// Of how many.
    pub of: u64,
    /// Its letters. What is no UTF-8 in it is shown as such.
    pub text: String,
}

impl Session {
    /// A part of a text; one beyond the last is the last. Waits for disk and card.
    pub fn part(&self, number: u64) -> Result<Part, PlayRefused> {
        part(self.len(), number, |at, buf| self.peek(at, buf))
    }
}

fn part<E>(len: u64, number: u64, read: impl Fn(u64, &mut [u8]) -> Result<usize, E>) -> Result<Part, E> {
    let of = len.div_ceil(PART).max(1);
    let number = number.min(of - 1);
    let from = cut(len, number * PART, &read)?;
    let to = cut(len, (number + 1) * PART, &read)?;
    let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(0)];
    let n = read(from, &mut bytes)?;
    bytes.truncate(n);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Part { number, of, text })
}

/// The first good place to part at or after `at`.
fn cut<E>(len: u64, at: u64, read: impl Fn(u64, &mut [u8]) -> Result<usize, E>) -> Result<u64, E> {
    if at == 0 || at >= len {
        return Ok(at.min(len));
    }
    let mut window = vec![0; SLACK];
    let n = read(at, &mut window)?;
    let window = window.get(..n).unwrap_or_default();
    let after = |end: &[u8]| {
        window
            .windows(end.len())
            .position(|w| w == end)
            .map(|at| at + end.len())
    };
    let letter = || window.iter().take(4).position(|byte| byte & 0xc0 != 0x80);
    let skip = after(b"\n\n")
        .or_else(|| after(b"\n"))
        .or_else(|| after(b" "))
        .or_else(letter);
    Ok(at + skip.unwrap_or(0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &[u8]) -> Vec<Part> {
        let read = |at: u64, buf: &mut [u8]| {
            let rest = text.get(at as usize..).unwrap_or_default();
            let n = rest.len().min(buf.len());
            buf[..n].copy_from_slice(&rest[..n]);
            Ok::<_, ()>(n)
        };
        let len = text.len() as u64;
        let of = part(len, 0, read).unwrap().of;
        (0..of).map(|n| part(len, n, read).unwrap()).collect()
    }

    #[test]
    fn parts_end_where_something_ends_and_leave_nothing_out() {
        let paragraphs = "One more night on the water.\nTwo lamps.\n\n".repeat(3_000);
        let words = "water ".repeat(20_000);
        let letters = "海".repeat(30_000);
        for (text, ends) in [(&paragraphs, "\n\n"), (&words, " "), (&letters, "海")] {
            let parts = parts(text.as_bytes());
            assert!(parts.len() > 3);
            assert!(
                parts
                    .iter()
                    .all(|p| p.text.ends_with(ends) && p.text.len() < PART as usize + SLACK)
            );
            assert_eq!(parts.iter().map(|p| p.text.as_str()).collect::<String>(), *text);
        }
        assert_eq!(parts(b"").len(), 1);
        let short = parts(b"A line.\n<b>Not bold</b>");
        assert_eq!((short.len(), short[0].text.as_str()), (1, "A line.\n<b>Not bold</b>"));
        assert!(parts(&[0xff; 100_000]).iter().all(|p| p.text.starts_with('\u{fffd}')));
    }
}
