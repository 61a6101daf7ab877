//! Fault: why a TPM did not do it.

/// Why a TPM did not do it. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It cannot be reached.
    #[error("the TPM cannot be reached: {0}")]
    Link(#[from] std::io::Error),
    /// It answered with something that is no answer to what was asked.
    #[error("the TPM answered with something else than was asked")]
    Answer,
    /// It asks for time, again and again.
    #[error("the TPM is busy; try again in a moment")]
    Busy,
    /// What was to be opened was sealed by another TPM, or by this one before it was cleared.
    #[error("this was sealed by another TPM, or by this one before it was cleared")]
    OtherTpm,
    /// There is a place of this number.
    #[error("the TPM has something else in this place")]
    Taken,
    /// There is nothing of this number.
    #[error("the TPM has nothing in this place")]
    Nothing,
    /// The word is wrong.
    #[error("the TPM wants another word for this place")]
    Word,
    /// It said no, with this code.
    #[error("the TPM refused with code {0:#x}")]
    Refused(u32),
}

impl Fault {
    /// What a response code means; `None`: it was done.
    pub(crate) const fn of(code: u32) -> Option<Self> {
        // Codes about one parameter, handle or session say which in bits of their own.
        let plain = if code & 0x80 != 0 { code & 0xBF } else { code };
        Some(match plain {
            0 => return None,
            // Retry, yielded, testing, and a counter that is raised too often.
            0x922 | 0x908 | 0x90A | 0x920 => Self::Busy,
            // Integrity, and a parent that is another's.
            0x9F => Self::OtherTpm,
            0x14C => Self::Taken,
            // No such handle; a place that was never written to.
            0x8B | 0x14A => Self::Nothing,
            0x8E | 0xA2 | 0x149 => Self::Word,
            _ => Self::Refused(code),
        })
    }
}
