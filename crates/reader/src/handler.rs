//! The driver's C interface, IFD handler version 3, as pcscd calls it.
//!
//! `unsafe` is here and nowhere else in this crate, because the daemon hands over raw pointers and finds the functions by
//! name. Each use says why it holds: pointers are the daemon's, valid for the call, with the lengths it gives beside them;
//! null is checked all the same. No function panics, for there is nobody above it to catch that.
//!
//! Every reader has a lock of its own, and a reader that is busy counts as one with a card in it: a slow card in one
//! reader holds up nobody at another.
#![expect(unsafe_code, reason = "a C interface: see the head of this file")]
#![allow(non_snake_case, reason = "the daemon finds these functions by their names")]

use std::collections::HashMap;
use std::ffi::{CStr, OsStr, c_char, c_long, c_ulong};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use crate::{Slot, SlotError};

/// The daemon's unsigned number.
pub type Dword = c_ulong;
/// The daemon's answer code.
pub type Code = c_long;

const SUCCESS: Code = 0;
const ERROR_TAG: Code = 600;
const ERROR_POWER_ACTION: Code = 608;
const COMMUNICATION_ERROR: Code = 612;
const RESPONSE_TIMEOUT: Code = 613;
const NOT_SUPPORTED: Code = 614;
const ICC_PRESENT: Code = 615;
const ICC_NOT_PRESENT: Code = 616;
const NO_SUCH_DEVICE: Code = 617;
const INSUFFICIENT_BUFFER: Code = 618;

const POWER_UP: Dword = 500;
const POWER_DOWN: Dword = 501;
const RESET: Dword = 502;

const TAG_ATR: Dword = 0x0303;
const TAG_SLOT_THREAD_SAFE: Dword = 0x0FAC;
const TAG_THREAD_SAFE: Dword = 0x0FAD;
const TAG_SLOTS_NUMBER: Dword = 0x0FAE;
const TAG_SIMULTANEOUS_ACCESS: Dword = 0x0FAF;
/// How many readers one daemon can have: its own limit.
const READERS_MAX: u8 = 16;

type Readers = HashMap<Dword, Arc<Mutex<Slot>>>;
static READERS: RwLock<Option<Readers>> = RwLock::new(None);

/// The protocol header beside a command. Only its place in the call matters here.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// Which protocol: T=1 always.
    pub protocol: Dword,
    /// Size of the header.
    pub length: Dword,
}

fn reader(lun: Dword) -> Option<Arc<Mutex<Slot>>> {
    let readers = READERS.read().unwrap_or_else(PoisonError::into_inner);
    readers.as_ref()?.get(&lun).cloned()
}

fn locked(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies `bytes` to where the daemon wants them and says how many.
///
/// # Safety
/// `length` must be null or point to a number, `to` to as many bytes as that number says.
unsafe fn hand_out(bytes: &[u8], to: *mut u8, length: *mut Dword) -> Code {
    if length.is_null() || to.is_null() {
        return COMMUNICATION_ERROR;
    }
    // SAFETY: not null, and the daemon's for the time of the call.
    let room = unsafe { *length };
    let fits = usize::try_from(room).is_ok_and(|room| bytes.len() <= room);
    // SAFETY: as above.
    unsafe { *length = if fits { bytes.len() as Dword } else { 0 } };
    if !fits {
        return INSUFFICIENT_BUFFER;
    }
    // SAFETY: `to` has at least `bytes.len()` bytes, and the daemon's memory is none of ours.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    SUCCESS
}

/// Opens the reader whose socket `name` names: "sock:/path", or the path alone.
///
/// # Safety
/// `name` must be null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHCreateChannelByName(lun: Dword, name: *const c_char) -> Code {
    if name.is_null() {
        return NO_SUCH_DEVICE;
    }
    // SAFETY: not null; a C string of the daemon's, read during the call only.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let path = name.strip_prefix(b"sock:").unwrap_or(name);
    let mut readers = READERS.write().unwrap_or_else(PoisonError::into_inner);
    let readers = readers.get_or_insert_with(HashMap::new);
    // A reader that was never closed goes first: it takes its socket with it.
    readers.remove(&lun);
    let Ok(slot) = Slot::open(Path::new(OsStr::from_bytes(path))) else {
        return NO_SUCH_DEVICE;
    };
    readers.insert(lun, Arc::new(Mutex::new(slot)));
    SUCCESS
}

/// Readers here have names, not numbers.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCreateChannel(_lun: Dword, _channel: Dword) -> Code {
    NOT_SUPPORTED
}

/// Closes a reader; the card in it is pulled.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCloseChannel(lun: Dword) -> Code {
    let mut readers = READERS.write().unwrap_or_else(PoisonError::into_inner);
    let found = readers.as_mut().and_then(|readers| readers.remove(&lun));
    if found.is_some() { SUCCESS } else { NO_SUCH_DEVICE }
}

/// What the reader can do, and what its card answered to reset.
///
/// # Safety
/// `length` must be null or point to a number, `value` to as many bytes as that number says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHGetCapabilities(lun: Dword, tag: Dword, length: *mut Dword, value: *mut u8) -> Code {
    let bytes = match tag {
        TAG_ATR => match reader(lun) {
            Some(slot) => locked(&slot).atr().to_vec(),
            None => return NO_SUCH_DEVICE,
        },
        TAG_SLOTS_NUMBER | TAG_THREAD_SAFE | TAG_SLOT_THREAD_SAFE => vec![1],
        TAG_SIMULTANEOUS_ACCESS => vec![READERS_MAX],
        _ => return ERROR_TAG,
    };
    // SAFETY: handed through from the daemon.
    unsafe { hand_out(&bytes, value, length) }
}

/// Nothing can be set.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetCapabilities(_lun: Dword, _tag: Dword, _length: Dword, _value: *const u8) -> Code {
    NOT_SUPPORTED
}

/// There is nothing to negotiate on a socket.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetProtocolParameters(
    _lun: Dword,
    _protocol: Dword,
    _flags: u8,
    _pts1: u8,
    _pts2: u8,
    _pts3: u8,
) -> Code {
    SUCCESS
}

/// Powers the card on or off, or resets it.
///
/// # Safety
/// `length` must be null or point to a number, `atr` to as many bytes as that number says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHPowerICC(lun: Dword, action: Dword, atr: *mut u8, length: *mut Dword) -> Code {
    let Some(slot) = reader(lun) else {
        return NO_SUCH_DEVICE;
    };
    let mut slot = locked(&slot);
    match action {
        POWER_DOWN => {
            slot.power_off();
            if !length.is_null() {
                // SAFETY: not null, and the daemon's for the time of the call.
                unsafe { *length = 0 };
            }
            SUCCESS
        }
        POWER_UP | RESET => match slot.power_on(action == RESET) {
            // The daemon's buffer has room for the longest there is; some of its versions leave the number unset.
            Ok(answer) => {
                if length.is_null() {
                    return ERROR_POWER_ACTION;
                }
                // SAFETY: not null; ATR buffers of the daemon have 33 bytes.
                unsafe { *length = crate::slot::ATR_MAX as Dword };
                // SAFETY: handed through from the daemon.
                unsafe { hand_out(answer, atr, length) }
            }
            Err(_) => ERROR_POWER_ACTION,
        },
        _ => NOT_SUPPORTED,
    }
}

/// Carries a command.
///
/// # Safety
/// `command` must point to `command_length` bytes, `length` to a number and `answer` to as many bytes as that number says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHTransmitToICC(
    lun: Dword,
    _send: Header,
    command: *const u8,
    command_length: Dword,
    answer: *mut u8,
    length: *mut Dword,
    _receive: *mut Header,
) -> Code {
    let (Some(slot), false) = (reader(lun), command.is_null() || length.is_null()) else {
        return NO_SUCH_DEVICE;
    };
    let Ok(size) = usize::try_from(command_length) else {
        return COMMUNICATION_ERROR;
    };
    // SAFETY: not null, and as long as the daemon says, for the time of the call.
    let command = unsafe { std::slice::from_raw_parts(command, size) };
    let met = locked(&slot).transmit(command);
    match met {
        // SAFETY: handed through from the daemon.
        Ok(bytes) => unsafe { hand_out(&bytes, answer, length) },
        Err(error) => {
            // SAFETY: checked above.
            unsafe { *length = 0 };
            match error {
                SlotError::Silent => RESPONSE_TIMEOUT,
                SlotError::Absent | SlotError::Strange => COMMUNICATION_ERROR,
            }
        }
    }
}

/// Has no controls.
///
/// # Safety
/// `returned` must be null or point to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHControl(
    _lun: Dword,
    _code: Dword,
    _send: *const u8,
    _send_length: Dword,
    _receive: *mut u8,
    _receive_length: Dword,
    returned: *mut Dword,
) -> Code {
    if !returned.is_null() {
        // SAFETY: not null, and the daemon's for the time of the call.
        unsafe { *returned = 0 };
    }
    NOT_SUPPORTED
}

/// Is a card in the reader? One that is busy is.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHICCPresence(lun: Dword) -> Code {
    let Some(slot) = reader(lun) else {
        return NO_SUCH_DEVICE;
    };
    let present = match slot.try_lock() {
        Ok(mut slot) => slot.present(),
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Poisoned(slot)) => slot.into_inner().present(),
    };
    if present { ICC_PRESENT } else { ICC_NOT_PRESENT }
}
