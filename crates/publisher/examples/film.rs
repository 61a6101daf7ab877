//! Makes the demo's film anew: draws its frames, takes the sound from the demo's song, and has ffmpeg put both into one
//! file. Run by `cargo xtask film`; the result is committed, so that a first start needs no ffmpeg.

use std::{
    env,
    error::Error,
    fs,
    io::Write,
    process::{Command, Stdio},
};

use publisher::demo::{self, Film};

/// Frames per second.
const RATE: usize = 20;
/// Where in the song the film's sound begins, in seconds.
const SOUND_FROM: &str = "9";

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args_os().nth(1).ok_or("name the file to write")?;
    let song = demo::works()
        .into_iter()
        .find(|work| work.kind == package::Kind::Sound)
        .ok_or("the demo has no song")?;
    let sound = env::temp_dir().join(format!("keyfare-film-{}.wav", std::process::id()));
    fs::write(&sound, (song.bytes)())?;
    let (wide, high) = Film::SIZE;
    let fades = format!("afade=t=in:d=1.5,afade=t=out:st={}:d=2", Film::SECONDS - 2.0);
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"])
        .args(["-s", &format!("{wide}x{high}"), "-r", &RATE.to_string(), "-i", "-"])
        .args(["-ss", SOUND_FROM, "-i"])
        .arg(&sound)
        .args([
            "-t",
            &Film::SECONDS.to_string(),
            "-vf",
            "scale=640:400:flags=lanczos",
            "-af",
            &fades,
        ])
        .args([
            "-c:v", "libx264", "-preset", "veryslow", "-crf", "27", "-pix_fmt", "yuv420p",
        ])
        .args([
            "-c:a",
            "aac",
            "-b:a",
            "80k",
            "-ac",
            "1",
            "-map_metadata",
            "-1",
            "-fflags",
            "+bitexact",
        ])
        .args(["-movflags", "+faststart"])
        .arg(&out)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut frames = ffmpeg.stdin.take().ok_or("ffmpeg takes no frames")?;
    let film = Film::new();
    let count = (Film::SECONDS * RATE as f32) as usize;
    for n in 0..count {
        frames.write_all(&film.frame(n as f32 / RATE as f32))?;
        if n % RATE == 0 {
            eprint!("\rframe {n} of {count}");
        }
    }
    drop(frames);
    eprintln!();
    let ended = ffmpeg.wait()?;
    fs::remove_file(&sound)?;
    if ended.success() {
        Ok(())
    } else {
        Err("ffmpeg refused".into())
    }
}
