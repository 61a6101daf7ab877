//! Excerpts of sound as plain samples: cutting WAV files natively, and wrapping bare samples as one.

use package::ReadAt;

use super::{EXCERPT_SECONDS_MAX, NoPreview, Preview, first, len_of};

/// The most samples per second of an excerpt: enough to know a song by, light on the network.
const RATE_MAX: u32 = 16_000;
const CHUNKS_MAX: usize = 1000;
const FRAMES_AT_ONCE: usize = 16 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    U8,
    S16,
    S24,
    S32,
    F32,
}

impl Coding {
    const fn len(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::S16 => 2,
            Self::S24 => 3,
            Self::S32 | Self::F32 => 4,
        }
    }

    /// One sample of exactly [`Coding::len`] bytes, as -1 to 1.
    fn read(self, bytes: &[u8]) -> f32 {
        let value = match (self, bytes) {
            (Self::U8, &[a]) => (f32::from(a) - 128.0) / 128.0,
            (Self::S16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Self::S24, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0,
            (Self::S32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32 / 2_147_483_648.0,
            (Self::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            _ => 0.0,
        };
        if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 }
    }
}

/// Where the samples of a WAV file lie, and how they are written.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    coding: Coding,
    channels: usize,
    rate: u32,
    data_at: u64,
    frames: u64,
}

/// The first [`EXCERPT_SECONDS_MAX`] seconds or a third, whichever is less: one channel, 16 bits, faded in and out.
pub(super) fn excerpt(content: &impl ReadAt) -> Result<Preview, NoPreview> {
    let layout = layout(content)?;
    let wanted = (layout.frames / 3).min(u64::from(EXCERPT_SECONDS_MAX) * u64::from(layout.rate));
    let mono = mono(content, &layout, wanted as usize)?;
    let step = layout.rate.div_ceil(RATE_MAX);
    let rate = layout.rate / step;
    Ok(wrapped(&thinned(&mono, step as usize), rate))
}

/// Samples as a WAV file of one channel and 16 bits, faded.
pub(super) fn wrapped(samples: &[f32], rate: u32) -> Preview {
    let mut samples = samples.to_vec();
    fade(&mut samples, rate);
    Preview {
        media_type: "audio/wav",
        bytes: file_of(&samples, rate),
    }
}

/// A WAV file of one channel and 16 bits.
pub(crate) fn file_of(samples: &[f32], rate: u32) -> Vec<u8> {
    let len = samples.len() as u32 * 2;
    let mut out = Vec::with_capacity(44 + len as usize);
    out.extend(b"RIFF");
    out.extend((36 + len).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(rate.to_le_bytes());
    out.extend((rate * 2).to_le_bytes());
    out.extend(b"\x02\0\x10\0data");
    out.extend(len.to_le_bytes());
    for sample in samples {
        out.extend(((sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).to_le_bytes());
    }
    out
}

/// 15 ms in, 1.5 s (at most a quarter) out: an excerpt begins and ends without a click.
fn fade(samples: &mut [f32], rate: u32) {
    let (up, down) = (
        (rate as usize * 3 / 200).max(1),
        (rate as usize * 3 / 2).min(samples.len() / 4).max(1),
    );
    for (at, sample) in samples.iter_mut().take(up).enumerate() {
        *sample *= at as f32 / up as f32;
    }
    for (at, sample) in samples.iter_mut().rev().take(down).enumerate() {
        *sample *= at as f32 / down as f32;
    }
}

/// Reads `wanted` frames and averages their channels.
fn mono(content: &impl ReadAt, layout: &Layout, wanted: usize) -> Result<Vec<f32>, NoPreview> {
    let frame_len = layout.coding.len() * layout.channels;
    let mut out = Vec::with_capacity(wanted);
    while out.len() < wanted {
        let ask = (wanted - out.len()).min(FRAMES_AT_ONCE);
        let bytes = first(
            content,
            layout.data_at + (out.len() * frame_len) as u64,
            ask * frame_len,
        )?;
        let before = out.len();
        out.extend(bytes.chunks_exact(frame_len).map(|frame| {
            frame
                .chunks_exact(layout.coding.len())
                .map(|sample| layout.coding.read(sample))
                .sum::<f32>()
                / layout.channels as f32
        }));
        if out.len() == before {
            return Err(NoPreview::Damaged("the sound ends too early"));
        }
    }
    Ok(out)
}

/// Every `step`th sample, after what the lower rate cannot carry was filtered out (a sinc under a raised cosine).
fn thinned(samples: &[f32], step: usize) -> Vec<f32> {
    if step <= 1 {
        return samples.to_vec();
    }
    let reach = 12 * step as i64;
    let taps: Vec<f32> = (-reach..=reach)
        .map(|at| {
            let x = at as f32 / step as f32 * 0.9 * core::f32::consts::PI;
            let window = 0.5 + 0.5 * (at as f32 / (reach + 1) as f32 * core::f32::consts::PI).cos();
            if at == 0 { 1.0 } else { x.sin() / x * window }
        })
        .collect();
    let sum: f32 = taps.iter().sum();
    (0..samples.len() / step)
        .map(|n| {
            let middle = (n * step) as i64;
            let term = |(k, tap): (usize, &f32)| {
                let at = usize::try_from(middle + k as i64 - reach).ok();
                at.and_then(|at| samples.get(at)).map_or(0.0, |sample| sample * tap)
            };
            taps.iter().enumerate().map(term).sum::<f32>() / sum
        })
        .collect()
}

/// Walks the chunks of a RIFF file. Sizes are compared with what is there before they are believed.
fn layout(content: &impl ReadAt) -> Result<Layout, NoPreview> {
    let len = len_of(content)?;
    let (mut at, mut format) = (12u64, None);
    for _ in 0..CHUNKS_MAX {
        let head = first(content, at, 8)?;
        let Some((&[a, b, c, d, e, f, g, h], _)) = head.split_first_chunk::<8>() else {
            break;
        };
        let (name, size) = ([a, b, c, d], u64::from(u32::from_le_bytes([e, f, g, h])));
        let body = at + 8;
        match (&name, format) {
            (b"fmt ", None) => format = Some(parsed(&first(content, body, size.min(40) as usize)?)?),
            (b"data", Some((coding, channels, rate))) => {
                // A recorder that was cut off leaves 0 or the largest size: what is there counts.
                let there = len.saturating_sub(body).min(if size == 0 { u64::MAX } else { size });
                let frames = there / (coding_len(coding, channels) as u64);
                if frames < u64::from(rate) / 4 {
                    return Err(NoPreview::Damaged("there is hardly any sound in it"));
                }
                return Ok(Layout {
                    coding,
                    channels,
                    rate,
                    data_at: body,
                    frames,
                });
            }
            _ => {}
        }
        at = body + size + (size & 1);
    }
    Err(NoPreview::Damaged("no sound was found in it"))
}

const fn coding_len(coding: Coding, channels: usize) -> usize {
    coding.len() * channels
}

/// The `fmt ` chunk: plain samples of one to eight channels.
fn parsed(bytes: &[u8]) -> Result<(Coding, usize, u32), NoPreview> {
    let no = NoPreview::Damaged("its format chunk is too short");
    let u16_at = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let (Some(tag), Some(channels), Some(rate), Some(bits)) = (u16_at(0), u16_at(2), u32_at(4), u16_at(14)) else {
        return Err(no);
    };
    // The extensible form says the real tag in the first two bytes of its id.
    let tag = if tag == 0xfffe { u16_at(24).ok_or(no)? } else { tag };
    let coding = match (tag, bits) {
        (1, 8) => Coding::U8,
        (1, 16) => Coding::S16,
        (1, 24) => Coding::S24,
        (1, 32) => Coding::S32,
        (3, 32) => Coding::F32,
        _ => return Err(NoPreview::Supply("a WAV file that does not hold plain samples")),
    };
    if !(1..=8).contains(&channels) || !(4000..=192_000).contains(&rate) {
        return Err(NoPreview::Damaged("its channels or its rate are none a sound has"));
    }
    Ok((coding, usize::from(channels), rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of `hz` with as many channels, `seconds` long.
    fn tone(hz: f32, rate: u32, channels: u16, seconds: u32) -> Vec<u8> {
        let mono: Vec<f32> = (0..rate * seconds)
            .map(|n| (n as f32 / rate as f32 * hz * core::f32::consts::TAU).sin() * 0.5)
            .collect();
        let mut file = file_of(&mono, rate);
        if channels == 2 {
            let body = file.split_off(44);
            file[22] = 2;
            file.extend(body.chunks_exact(2).flat_map(|s| [s[0], s[1], s[0], s[1]]));
            let len = (file.len() - 44) as u32;
            file[40..44].copy_from_slice(&len.to_le_bytes());
        }
        file
    }

    fn loudness(samples: &[f32]) -> f32 {
        (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
    }

    fn read(file: &[u8]) -> (Layout, Vec<f32>) {
        let file = file.to_vec();
        let layout = layout(&file).unwrap();
        let samples = mono(&file, &layout, layout.frames as usize).unwrap();
        (layout, samples)
    }

    // proves: XD-2
    #[test]
    fn a_song_becomes_twenty_light_seconds() {
        let song = tone(440.0, 44_100, 2, 70);
        let it = excerpt(&song).unwrap();
        assert!(it.bytes.len() * 10 < song.len(), "{}", it.bytes.len());
        let (layout, samples) = read(&it.bytes);
        assert_eq!((layout.channels, layout.rate, layout.frames), (1, 14_700, 20 * 14_700));
        // The tone is still there, as loud as it was, and ends in silence.
        let middle = &samples[14_700..10 * 14_700];
        assert!((loudness(middle) - 0.5 / 2f32.sqrt()).abs() < 0.01);
        let turns = middle.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        assert!((turns as i64 - 440 * 9).abs() <= 1, "{turns}");
        assert!(samples[0] == 0.0 && samples.last().unwrap().abs() < 0.001);
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_does_not_come_back_as_noise() {
        let it = excerpt(&tone(12_000.0, 48_000, 1, 9)).unwrap();
        let (layout, samples) = read(&it.bytes);
        assert_eq!((layout.rate, layout.frames), (16_000, 3 * 16_000));
        assert!(loudness(&samples) < 0.005, "{}", loudness(&samples));
    }

    #[test]
    fn depths_are_read() {
        for (tag, bits, bytes) in [
            (1u16, 8u16, &[192u8][..]),
            (1, 24, &[0, 0, 64]),
            (1, 32, &[0, 0, 0, 64]),
            (3, 32, &[0, 0, 0, 63]),
        ] {
            let mut file = tone(1.0, 8000, 1, 1)[..44].to_vec();
            file[20..22].copy_from_slice(&tag.to_le_bytes());
            file[34..36].copy_from_slice(&bits.to_le_bytes());
            file.extend(bytes.iter().copied().cycle().take(bytes.len() * 8000));
            let len = (file.len() - 44) as u32;
            file[40..44].copy_from_slice(&len.to_le_bytes());
            let (layout, samples) = read(&file);
            assert_eq!(layout.frames, 8000);
            assert_eq!(samples[4000], 0.5, "{tag} {bits}");
        }
    }

    // proves: row-88
    #[test]
    fn lies_about_sizes_cost_nothing() {
        let song = tone(440.0, 8000, 1, 3);
        for cut in (0..song.len()).step_by(97).chain(0..60) {
            let _ = excerpt(&song[..cut].to_vec());
        }
        assert!(excerpt(&Vec::new()).is_err());
        assert!(excerpt(&song[..44].to_vec()).is_err());
        // Sizes of four gigabytes: what is there counts.
        let mut large = song.clone();
        large[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(excerpt(&large).unwrap().bytes, excerpt(&song).unwrap().bytes);
        let mut rate = song.clone();
        rate[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(excerpt(&rate).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(at in 0usize..60, bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..20)) {
            let mut song = tone(440.0, 8000, 1, 1);
            song[at..at + bytes.len()].copy_from_slice(&bytes);
            if let Ok(it) = excerpt(&song) {
                proptest::prop_assert!(it.bytes.len() <= license::PREVIEW_LEN_MAX);
            }
        }
    }
}
