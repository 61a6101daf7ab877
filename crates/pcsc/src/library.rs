//! The PC/SC library: its functions, found at run time, behind safe ones.
//!
//! `unsafe` is here and nowhere else in this crate: calls into C with pointers to our own buffers, which outlive each call
//! and whose lengths go beside them. Function types are those of the PC/SC Lite headers on Linux (numbers are `long`).
#![expect(unsafe_code, reason = "a C library: see the head of this file")]

use std::ffi::{CStr, CString, c_char, c_long, c_ulong, c_void};
use std::ptr;
use std::sync::Arc;

use libloading::Library as Loaded;

type Dword = c_ulong;
type Long = c_long;

/// Names under which systems have it.
const NAMES: &[&str] = &["libpcsclite.so.1", "libpcsclite_real.so.1"];
/// The longest answer: 64 KiB and a status word.
const ANSWER_MAX: usize = 65_536 + 2;

/// How readers answer: a code of the PC/SC interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(pub u32);

impl Code {
    const OK: Self = Self(0);
    /// No such reader.
    pub const UNKNOWN_READER: Self = Self(0x8010_0009);
    /// Nothing has changed for as long as was waited.
    pub const TIMEOUT: Self = Self(0x8010_000A);
    /// Another program holds the card.
    pub const SHARED: Self = Self(0x8010_000B);
    /// No card in the reader.
    pub const NO_CARD: Self = Self(0x8010_000C);
    /// The service does not run.
    pub const NO_SERVICE: Self = Self(0x8010_001D);
    /// The service has stopped.
    pub const SERVICE_STOPPED: Self = Self(0x8010_001E);
    /// No reader at all.
    pub const NO_READERS: Self = Self(0x8010_002E);
    /// The service lets this user not.
    pub const DENIED: Self = Self(0x8010_006A);

    fn of(answer: Long) -> Result<(), Self> {
        // Codes have 32 bits, whatever the width of the number they come in.
        let code = Self(answer as u32);
        if code == Self::OK { Ok(()) } else { Err(code) }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = match *self {
            Self::UNKNOWN_READER => "no such reader",
            Self::SHARED => "another program is using the card",
            Self::NO_CARD | Self(0x8010_0069) => "no card is in the reader",
            Self(0x8010_0066 | 0x8010_0067) => "the card does not answer",
            Self(0x8010_0068) => "the card was reset",
            Self::NO_SERVICE | Self::SERVICE_STOPPED => "the smart-card service does not run",
            Self::NO_READERS => "there is no reader",
            Self::DENIED => "this user may not use readers",
            Self(0x8010_0016 | 0x8010_002F | 0x8010_0013) => "the card was pulled, or its reader failed",
            Self(code) => return write!(f, "PC/SC code {code:08X}"),
        };
        f.write_str(words)
    }
}

#[repr(C)]
struct IoRequest {
    protocol: c_ulong,
    length: c_ulong,
}

/// One reader, as `SCardGetStatusChange` fills it in.
#[repr(C)]
struct ReaderState {
    name: *const c_char,
    user: *mut c_void,
    current: Dword,
    event: Dword,
    atr_length: Dword,
    atr: [u8; 33],
}

const SCOPE_SYSTEM: Dword = 2;
const EXCLUSIVE: Dword = 1;
const T1: Dword = 2;
const RESET_CARD: Dword = 1;
const STATE_CHANGED: Dword = 0x02;
const STATE_PRESENT: Dword = 0x20;

type Establish = unsafe extern "C" fn(Dword, *const c_void, *const c_void, *mut Long) -> Long;
type Release = unsafe extern "C" fn(Long) -> Long;
type ListReaders = unsafe extern "C" fn(Long, *const c_char, *mut c_char, *mut Dword) -> Long;
type StatusChange = unsafe extern "C" fn(Long, Dword, *mut ReaderState, Dword) -> Long;
type Connect = unsafe extern "C" fn(Long, *const c_char, Dword, Dword, *mut Long, *mut Dword) -> Long;
type Disconnect = unsafe extern "C" fn(Long, Dword) -> Long;
type Transmit =
    unsafe extern "C" fn(Long, *const IoRequest, *const u8, Dword, *mut IoRequest, *mut u8, *mut Dword) -> Long;

/// The functions, and the library that must stay loaded as long as they do.
struct Functions {
    establish: Establish,
    release: Release,
    list_readers: ListReaders,
    status_change: StatusChange,
    connect: Connect,
    disconnect: Disconnect,
    transmit: Transmit,
    _library: Loaded,
}

impl Functions {
    fn load() -> Option<Self> {
        NAMES.iter().find_map(|name| {
            // SAFETY: loading it runs its initialisers, which set up its own state and nothing of ours.
            let library = unsafe { Loaded::new(*name) }.ok()?;
            // SAFETY: the names are the interface's, and the types those of its headers; the pointers are kept beside the
            // library, which is dropped last.
            unsafe {
                Some(Self {
                    establish: *library.get::<Establish>(b"SCardEstablishContext\0").ok()?,
                    release: *library.get::<Release>(b"SCardReleaseContext\0").ok()?,
                    list_readers: *library.get::<ListReaders>(b"SCardListReaders\0").ok()?,
                    status_change: *library.get::<StatusChange>(b"SCardGetStatusChange\0").ok()?,
                    connect: *library.get::<Connect>(b"SCardConnect\0").ok()?,
                    disconnect: *library.get::<Disconnect>(b"SCardDisconnect\0").ok()?,
                    transmit: *library.get::<Transmit>(b"SCardTransmit\0").ok()?,
                    _library: library,
                })
            }
        })
    }
}

/// A context: this program at the smart-card service.
pub struct Context {
    functions: Functions,
    handle: Long,
}

/// Why there is no context.
pub enum NoContext {
    /// The library is not on this machine.
    NoLibrary,
    /// The service said no.
    Refused(Code),
}

impl Context {
    /// Opens one.
    pub fn open() -> Result<Self, NoContext> {
        let functions = Functions::load().ok_or(NoContext::NoLibrary)?;
        let mut handle = 0;
        // SAFETY: the handle is ours and outlives the call; the other two pointers are reserved and must be null.
        let answer = unsafe { (functions.establish)(SCOPE_SYSTEM, ptr::null(), ptr::null(), &mut handle) };
        Code::of(answer).map_err(NoContext::Refused)?;
        Ok(Self { functions, handle })
    }

    /// The names of all readers.
    pub fn readers(&self) -> Result<Vec<CString>, Code> {
        let mut length: Dword = 0;
        // SAFETY: with a null buffer the library says how much room it needs.
        let answer = unsafe { (self.functions.list_readers)(self.handle, ptr::null(), ptr::null_mut(), &mut length) };
        match Code::of(answer) {
            Err(Code::NO_READERS) => return Ok(vec![]),
            other => other?,
        }
        let mut buffer = vec![0u8; usize::try_from(length).unwrap_or(0)];
        // SAFETY: the buffer has as many bytes as `length` says.
        let answer =
            unsafe { (self.functions.list_readers)(self.handle, ptr::null(), buffer.as_mut_ptr().cast(), &mut length) };
        match Code::of(answer) {
            Err(Code::NO_READERS) => return Ok(vec![]),
            other => other?,
        }
        // Names end in a zero each, the list in one more.
        let names = buffer.split_inclusive(|byte| *byte == 0);
        let names = names.filter_map(|name| CStr::from_bytes_with_nul(name).ok());
        Ok(names.filter(|name| !name.is_empty()).map(CStr::to_owned).collect())
    }

    /// What is in a reader now: the answer to reset of its card, if there is one.
    pub fn card_in(&self, reader: &CStr) -> Result<Option<Vec<u8>>, Code> {
        Ok(self.look(reader, 0, 0)?.1)
    }

    /// Waits until the reader holds a card, or holds none, for at most so many milliseconds. Did it come to that?
    pub fn wait_for(&self, reader: &CStr, card: bool, millis: u32) -> Result<bool, Code> {
        let (mut known, mut seen) = self.look(reader, 0, 0)?;
        while seen.is_some() != card {
            match self.look(reader, known, millis) {
                Ok(next) => (known, seen) = next,
                Err(Code::TIMEOUT) => return Ok(false),
                Err(other) => return Err(other),
            }
        }
        Ok(true)
    }

    /// The state of a reader once it differs from `known`, and the card in it.
    fn look(&self, reader: &CStr, known: Dword, millis: u32) -> Result<(Dword, Option<Vec<u8>>), Code> {
        let mut state = ReaderState {
            name: reader.as_ptr(),
            user: ptr::null_mut(),
            current: known,
            event: 0,
            atr_length: 0,
            atr: [0; 33],
        };
        // SAFETY: one state, which outlives the call, and whose name does too.
        let answer = unsafe { (self.functions.status_change)(self.handle, millis.into(), &mut state, 1) };
        Code::of(answer)?;
        let atr = state.atr.get(..usize::try_from(state.atr_length).unwrap_or(0));
        let present = state.event & STATE_PRESENT != 0;
        Ok((
            state.event & !STATE_CHANGED,
            present.then(|| atr.unwrap_or_default().to_vec()),
        ))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the handle was given by this library and is not used again.
        let _ = unsafe { (self.functions.release)(self.handle) };
    }
}

/// A card that this program alone is talking to.
pub struct Connection {
    context: Arc<Context>,
    handle: Long,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens the card in `reader`, for this program alone.
    pub fn open(context: Arc<Context>, reader: &CStr) -> Result<Self, Code> {
        let (mut handle, mut protocol) = (0, 0);
        // SAFETY: both numbers and the name are ours and outlive the call.
        let answer = unsafe {
            (context.functions.connect)(
                context.handle,
                reader.as_ptr(),
                EXCLUSIVE,
                T1,
                &mut handle,
                &mut protocol,
            )
        };
        Code::of(answer)?;
        Ok(Self {
            context,
            handle,
            buffer: vec![0; ANSWER_MAX],
        })
    }

    /// Sends a command and brings the answer.
    pub fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Code> {
        let send = IoRequest {
            protocol: T1,
            length: size_of::<IoRequest>() as c_ulong,
        };
        let mut length = self.buffer.len() as Dword;
        // SAFETY: command and buffer are as long as is said and outlive the call; the receive header may be null.
        let answer = unsafe {
            (self.context.functions.transmit)(
                self.handle,
                &send,
                command.as_ptr(),
                command.len() as Dword,
                ptr::null_mut(),
                self.buffer.as_mut_ptr(),
                &mut length,
            )
        };
        Code::of(answer)?;
        let got = self.buffer.get(..usize::try_from(length).unwrap_or(0));
        Ok(got.unwrap_or_default().to_vec())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the handle was given by this library and is not used again. Reset: what was agreed to here ends here.
        let _ = unsafe { (self.context.functions.disconnect)(self.handle, RESET_CARD) };
    }
}
