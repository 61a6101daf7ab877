//! Listening to a program that reads strangers' files: no longer than patience lasts, and to no more than it may say.

use std::{
    io::{self, Read},
    process::Child,
    sync::mpsc,
    thread,
    time::Duration,
};

/// Hears the program out on its standard output, up to a byte more than it may say. `None`: patience was lost first.
pub(super) fn listen(child: &mut Child, patience: Duration, most: u64) -> io::Result<Option<Vec<u8>>> {
    let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let (tell, hear) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = out.take(most + 1).read_to_end(&mut bytes);
        // Nobody listens any more once patience was lost.
        let _ = tell.send(read.map(|_| bytes));
    });
    hear.recv_timeout(patience).ok().transpose()
}
