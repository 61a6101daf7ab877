//! A program between wallet and shop that may alter what passes.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// What it does to answers under a path; everything else passes as it is.
#[derive(Debug, Clone)]
pub enum Lie {
    /// Nothing.
    Honest,
    /// Turns over a bit in the middle of answers to this path.
    Turn(&'static str),
    /// Gives the answer that it heard under this path before.
    Repeat(&'static str),
    /// Answers the first path with what lies under the second.
    Swap(&'static str, &'static str),
    /// Says no under this path, in words of its own, and passes nothing on.
    Refuse(&'static str),
    /// Replaces a piece of text in answers under this path by another of the same length.
    Reword(&'static str, &'static str, &'static str),
}

/// The program. Its thread ends with the process.
#[derive(Clone)]
pub struct Proxy {
    lie: Arc<Mutex<Lie>>,
    heard: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Proxy {
    /// Listens on `at` and passes to `to`.
    pub fn between(at: u16, to: u16) -> Self {
        let proxy = Self {
            lie: Arc::new(Mutex::new(Lie::Honest)),
            heard: Arc::default(),
        };
        let (listener, passing) = (TcpListener::bind(("127.0.0.1", at)).unwrap(), proxy.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let proxy = passing.clone();
                // A side that goes away ends this exchange and no more.
                std::thread::spawn(move || proxy.pass(stream, to).ok());
            }
        });
        proxy
    }
    /// From now on.
    pub fn tell(&self, lie: Lie) {
        *self.lie.lock().unwrap() = lie;
    }

    fn pass(&self, mut near: TcpStream, to: u16) -> std::io::Result<()> {
        let Some((head, body)) = message(&mut near)? else {
            return Ok(());
        };
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let lie = self.lie.lock().unwrap().clone();
        let asked = match lie {
            Lie::Swap(from, other) if path == from => head.replacen(from, other, 1),
            Lie::Refuse(from) if path == from => {
                let no = br#"{"type":"about:blank","title":"Sold out","status":409,"code":"sold-out","again":"never","detail":"the last one went to somebody else"}"#;
                return answer(&mut near, "409 Conflict", "application/problem+json", no);
            }
            _ => head,
        };
        let mut far = TcpStream::connect(("127.0.0.1", to))?;
        let lines = asked
            .lines()
            .filter(|l| !l.to_ascii_lowercase().starts_with("connection:"));
        let head: Vec<&str> = lines.collect();
        far.write_all(format!("{}\r\nConnection: close\r\n\r\n", head.join("\r\n").trim_end()).as_bytes())?;
        far.write_all(&body)?;
        let mut whole = Vec::new();
        far.read_to_end(&mut whole)?;
        let at = whole
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .map_or(whole.len(), |at| at + 4);
        let before = self.heard.lock().unwrap().insert(path.clone(), whole[at..].to_vec());
        match lie {
            Lie::Turn(of) if path == of && at < whole.len() => {
                let middle = (at + whole.len()) / 2;
                whole[middle] ^= 1;
            }
            Lie::Repeat(of) if path == of => {
                let before = before.expect("nothing was heard before");
                // Keep it: what is repeated is always the same.
                self.heard.lock().unwrap().insert(path, before.clone());
                return answer(&mut near, "200 OK", "application/cbor", &before);
            }
            Lie::Reword(of, this, that) if path.starts_with(of) => {
                let body = String::from_utf8_lossy(&whole[at..]).replace(this, that);
                return answer(&mut near, "200 OK", "application/json", body.as_bytes());
            }
            _ => {}
        }
        near.write_all(&whole)
    }
}

fn answer(to: &mut TcpStream, status: &str, kind: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    to.write_all(head.as_bytes())?;
    to.write_all(body)
}

/// Head and body of one request; nothing where nobody asked.
fn message(from: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let (mut bytes, mut buf) = (Vec::new(), [0; 16 << 10]);
    let mut end = None;
    loop {
        if end.is_none() {
            end = bytes.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4);
        }
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let len = head.lines().find_map(|l| {
                l.to_ascii_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse::<usize>()
                    .ok()
            });
            if bytes.len() >= end + len.unwrap_or(0) {
                return Ok(Some((head, bytes[end..].to_vec())));
            }
        }
        let n = from.read(&mut buf)?;
        if n == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&buf[..n]);
    }
}
