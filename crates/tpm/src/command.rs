//! Command: bytes to a TPM and back, as part 1 and 3 of its specification lay them out.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::Fault;

/// The owner's hierarchy.
pub(crate) const OWNER: u32 = 0x4000_0001;
/// How long to wait before asking a busy TPM again.
pub(crate) const PAUSES: [Duration; 8] = [
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
const NO_SESSIONS: u16 = 0x8001;
const SESSIONS: u16 = 0x8002;
const HEAD: usize = 10;
/// Authorisation by a word that is shown.
const PASSWORD: u32 = 0x4000_0009;

/// How a command is authorised.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Session<'a> {
    /// By an empty word.
    Empty,
    /// By this word.
    Word(&'a [u8; 32]),
}

/// A command as it is built: handles, authorisation, parameters.
#[derive(Debug)]
pub(crate) struct Command<'a> {
    code: u32,
    handles: Vec<u8>,
    session: Option<Session<'a>>,
    parameters: Zeroizing<Vec<u8>>,
}

impl<'a> Command<'a> {
    pub(crate) fn new(code: u32) -> Self {
        Self {
            code,
            handles: Vec::new(),
            session: None,
            // Room for every command here: a buffer that moves would leave a secret behind.
            parameters: Zeroizing::new(Vec::with_capacity(1024)),
        }
    }
    pub(crate) fn handle(mut self, handle: u32) -> Self {
        self.handles.extend_from_slice(&handle.to_be_bytes());
        self
    }
    pub(crate) fn with(mut self, session: Session<'a>) -> Self {
        self.session = Some(session);
        self
    }
    pub(crate) fn u16(mut self, value: u16) -> Self {
        self.parameters.extend_from_slice(&value.to_be_bytes());
        self
    }
    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.parameters.extend_from_slice(&value.to_be_bytes());
        self
    }
    /// Bytes with their length before them. All of them are ours, and short.
    pub(crate) fn sized(self, bytes: &[u8]) -> Self {
        let mut more = self.u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
        more.parameters.extend_from_slice(bytes);
        more
    }
    pub(crate) const fn has_session(&self) -> bool {
        self.session.is_some()
    }

    pub(crate) fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let word: &[u8] = match &self.session {
            Some(Session::Word(word)) => *word,
            Some(Session::Empty) | None => &[],
        };
        let session_len = if self.has_session() {
            13_usize.saturating_add(word.len())
        } else {
            0
        };
        let len = [HEAD, self.handles.len(), session_len, self.parameters.len()]
            .iter()
            .sum();
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        let tag = if self.has_session() { SESSIONS } else { NO_SESSIONS };
        out.extend_from_slice(&tag.to_be_bytes());
        out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(&self.code.to_be_bytes());
        out.extend_from_slice(&self.handles);
        if self.has_session() {
            let word_len = u16::try_from(word.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&u32::from(word_len).saturating_add(9).to_be_bytes());
            out.extend_from_slice(&PASSWORD.to_be_bytes());
            // No nonce; the session goes on.
            out.extend_from_slice(&[0, 0, 1]);
            out.extend_from_slice(&word_len.to_be_bytes());
            out.extend_from_slice(word);
        }
        out.extend_from_slice(&self.parameters);
        out
    }
}

/// An answer that says it was done, read from the front.
#[derive(Debug)]
pub(crate) struct Answer {
    bytes: Zeroizing<Vec<u8>>,
    at: usize,
    /// The handle of what was loaded, if one was asked for; zero otherwise.
    pub(crate) handle: u32,
}

impl Answer {
    /// Bytes without a head.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes: Zeroizing::new(bytes),
            at: 0,
            handle: 0,
        }
    }

    /// Reads an answer to a command that returns so many handles.
    pub(crate) fn read(bytes: Vec<u8>, handles: usize, session: bool) -> Result<Self, Fault> {
        let mut answer = Self::of(bytes);
        let tag = answer.u16()?;
        if answer.u32()? as usize != answer.bytes.len() {
            return Err(Fault::Answer);
        }
        if let Some(fault) = Fault::of(answer.u32()?) {
            return Err(fault);
        }
        if tag != if session { SESSIONS } else { NO_SESSIONS } {
            return Err(Fault::Answer);
        }
        for _ in 0..handles {
            answer.handle = answer.u32()?;
        }
        if session {
            // What follows the parameters is the session's own.
            let len = answer.u32()? as usize;
            let end = answer.at.checked_add(len).filter(|end| *end <= answer.bytes.len());
            answer.bytes.truncate(end.ok_or(Fault::Answer)?);
        }
        Ok(answer)
    }

    fn take(&mut self, len: usize) -> Result<&[u8], Fault> {
        let end = self.at.checked_add(len).ok_or(Fault::Answer)?;
        let taken = self.bytes.get(self.at..end).ok_or(Fault::Answer)?;
        self.at = end;
        Ok(taken)
    }
    pub(crate) fn u8(&mut self) -> Result<u8, Fault> {
        self.take(1)?.first().copied().ok_or(Fault::Answer)
    }
    pub(crate) fn u16(&mut self) -> Result<u16, Fault> {
        let bytes = self.take(2)?.try_into().map_err(|_| Fault::Answer)?;
        Ok(u16::from_be_bytes(bytes))
    }
    pub(crate) fn u32(&mut self) -> Result<u32, Fault> {
        let bytes = self.take(4)?.try_into().map_err(|_| Fault::Answer)?;
        Ok(u32::from_be_bytes(bytes))
    }
    /// Bytes with their length before them.
    pub(crate) fn sized(&mut self) -> Result<&[u8], Fault> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }
    /// Nothing is left over.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Fault::Answer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_its_parts_in_their_places() {
        let word = [7; 32];
        let bytes = Command::new(0x136)
            .handle(0x0180_0001)
            .handle(0x0180_0001)
            .with(Session::Word(&word))
            .sized(&[1, 2])
            .bytes();
        let mut expected = vec![0x80, 2, 0, 0, 0, 67, 0, 0, 1, 0x36];
        expected.extend_from_slice(&[1, 0x80, 0, 1, 1, 0x80, 0, 1]);
        expected.extend_from_slice(&[0, 0, 0, 41, 0x40, 0, 0, 9, 0, 0, 1, 0, 32]);
        expected.extend_from_slice(&word);
        expected.extend_from_slice(&[0, 2, 1, 2]);
        assert_eq!(*bytes, expected);
        let plain = Command::new(0x165).u32(0x8000_0000).bytes();
        assert_eq!(*plain, [0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x65, 0x80, 0, 0, 0]);
    }

    #[test]
    fn an_answer_cut_anywhere_or_with_another_length_is_none() {
        let whole = [
            0x80, 2, 0, 0, 0, 25, 0, 0, 0, 0, 0x80, 0, 0, 1, 0, 0, 0, 4, 0, 2, 5, 6, 0, 0, 1,
        ];
        let mut answer = Answer::read(whole.to_vec(), 1, true).unwrap();
        assert_eq!(answer.handle, 0x8000_0001);
        assert_eq!(answer.sized().unwrap(), [5, 6]);
        assert!(answer.end().is_ok() && answer.u8().is_err());
        for cut in 0..whole.len() {
            assert!(Answer::read(whole[..cut].to_vec(), 1, true).is_err(), "{cut}");
            let mut told = whole[..cut].to_vec();
            // The same with a length that fits: never a panic, and never bytes that are not there.
            if cut >= 6 {
                told[2..6].copy_from_slice(&(cut as u32).to_be_bytes());
                let read = Answer::read(told, 1, true).map(|mut answer| answer.sized().map(<[u8]>::to_vec));
                assert!(matches!(&read, Err(_) | Ok(Err(_))) || cut >= 22, "{cut}: {read:?}");
            }
        }
    }

    #[test]
    fn codes_are_read_whichever_parameter_they_speak_of() {
        let of = |code| Fault::of(code).map(|f| f.to_string());
        assert_eq!(of(0), None);
        for code in [0x18B, 0x28B, 0x14A] {
            assert!(matches!(Fault::of(code), Some(Fault::Nothing)), "{code:#x}");
        }
        for code in [0x98E, 0x9A2, 0x149] {
            assert!(matches!(Fault::of(code), Some(Fault::Word)), "{code:#x}");
        }
        assert!(matches!(Fault::of(0x1DF), Some(Fault::OtherTpm)));
        assert!(matches!(Fault::of(0x922), Some(Fault::Busy)));
        assert!(matches!(Fault::of(0x902), Some(Fault::Refused(0x902))));
    }
}
