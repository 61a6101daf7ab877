//! Writes the demo's works and their previews into a directory, to be looked at and listened to, and previews of any
//! further files: `cargo run -p keyfare-publisher --example demo -- /tmp/demo [FILE...]`.

use publisher::{demo, kind, preview, recognise};
use std::{
    error::Error,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let dir = arguments.next().ok_or("name a directory")?;
    fs::create_dir_all(&dir)?;
    let mut files = Vec::new();
    for work in demo::works() {
        let path = dir.join(work.file_name);
        fs::write(&path, (work.bytes)())?;
        files.push(path);
    }
    files.extend(arguments);
    for file in files {
        match shown(&file, &dir) {
            Ok(what) => println!("{}: {what}", file.display()),
            Err(no) => println!("{}: {no}", file.display()),
        }
    }
    Ok(())
}

fn shown(file: &Path, dir: &Path) -> Result<String, Box<dyn Error>> {
    let mut head = Vec::new();
    File::open(file)?.take(kind::HEAD_LEN as u64).read_to_end(&mut head)?;
    let format = recognise(&head);
    let converter = std::env::var_os("PATH").and_then(|path| preview::Converter::find(&path));
    let it = preview::derive(file, format, converter.as_ref())?;
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let extension = it.media_type.rsplit('/').next().unwrap_or("bin");
    fs::write(dir.join(format!("preview-of-{name}.{extension}")), &it.bytes)?;
    let len = fs::metadata(file)?.len();
    Ok(format!(
        "{len} bytes, {format:?}; preview {} of {} bytes",
        it.media_type,
        it.bytes.len()
    ))
}
