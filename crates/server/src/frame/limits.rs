//! Limits: every size and time that a stranger could stretch, in one table (docs/threats.md, rule 30). The tests stand
//! at each limit and one beyond it.

use std::time::Duration;

/// The longest body of a message or a JSON document, in bytes. Uploads of packages stream and are bounded by their header.
pub const BODY_MAX: usize = 1 << 20;
/// The longest answer of a peer that is read, in bytes.
pub const ANSWER_MAX: usize = 1 << 20;
/// The longest request target, in bytes.
pub const TARGET_MAX: usize = 2048;
/// The most header fields of a request.
pub const HEADERS_MAX: usize = 64;
/// The longest head of a request, in bytes.
pub const HEAD_MAX: usize = 32 << 10;
/// How long a request may take until its answer begins.
pub const REQUEST_TIME: Duration = Duration::from_secs(30);
/// How long a connection may be silent: before a head, between pieces of an upload.
pub const IDLE_TIME: Duration = Duration::from_secs(10);
/// How long a peer may take to answer.
pub const PEER_TIME: Duration = Duration::from_secs(5);
/// How long stopping waits for requests that are under way.
pub const STOP_TIME: Duration = Duration::from_secs(10);
/// Connections at once, all sources together.
pub const CONNECTIONS_MAX: usize = 4096;
/// Connections at once from one source beyond this machine.
pub const CONNECTIONS_PER_SOURCE_MAX: usize = 256;
/// Entries of one page of a list.
pub const PAGE_MAX: u32 = 200;
/// Entries of a page when nobody says how many.
pub const PAGE_DEFAULT: u32 = 24;
/// The furthest page of a list.
pub const PAGE_NO_MAX: u32 = 100_000;
/// The longest search text, in characters.
pub const QUERY_MAX: usize = 100;
/// Ranges of one request.
pub const RANGES_MAX: usize = 8;
/// Uploads at once.
pub const UPLOADS_MAX: usize = 16;
/// Questions about slips that travel to the issuer in one request.
pub const PRESENTS_MAX: usize = 256;
/// How long a shop waits for the issuer before its floor limit decides.
pub const PRESENT_TIME: Duration = Duration::from_secs(2);
