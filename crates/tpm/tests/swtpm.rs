//! Against a real emulator of the chip (swtpm).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod emulator;

use emulator::Emulator;
use tpm::{Fault, Place, Tpm};
use zeroize::Zeroizing;

fn place(n: u8) -> Place {
    Place {
        index: tpm::INDICES.start + u32::from(n),
        word: Zeroizing::new([n; 32]),
    }
}

// proves: XD-1
#[test]
fn a_secret_opens_with_its_own_tpm_and_no_other() {
    let (one, other) = (Emulator::start(), Emulator::start());
    let mut tpm = one.connect();
    assert!(!tpm.maker().unwrap().is_empty());
    let sealed = tpm.seal(&[9; 32]).unwrap();
    assert!(!sealed.windows(32).any(|w| w == [9; 32]), "the secret is not in it");
    // Many times over: nothing stays loaded in a chip with three places.
    for _ in 0..8 {
        assert_eq!(*tpm.unseal(&sealed).unwrap(), [9; 32]);
    }
    let mut stranger = other.connect();
    assert!(matches!(stranger.unseal(&sealed), Err(Fault::OtherTpm)));
    for at in [4, 40, sealed.len() - 1] {
        let mut bad = sealed.clone();
        bad[at] ^= 1;
        assert!(tpm.unseal(&bad).is_err(), "byte {at}");
    }
    for cut in 0..sealed.len() {
        assert!(tpm.unseal(&sealed[..cut]).is_err(), "cut at {cut}");
    }
    drop(tpm);
    // The machine was switched off meanwhile.
    let one = one.restart();
    assert_eq!(*one.connect().unseal(&sealed).unwrap(), [9; 32]);
}

#[test]
fn a_value_goes_forward_only_and_outlives_the_power() {
    let emulator = Emulator::start();
    let mut tpm = emulator.connect();
    assert_eq!(tpm.value(&place(1)).unwrap(), None);
    tpm.define(&place(1)).unwrap();
    assert!(matches!(tpm.define(&place(1)), Err(Fault::Taken)));
    let first = tpm.value(&place(1)).unwrap().unwrap();
    tpm.extend(&place(1), &[5; 32]).unwrap();
    let second = tpm.value(&place(1)).unwrap().unwrap();
    assert_ne!(first, second);
    // Another word does nothing, and locks nothing.
    let thief = Place {
        word: Zeroizing::new([2; 32]),
        ..place(1)
    };
    for _ in 0..40 {
        assert!(matches!(tpm.extend(&thief, &[5; 32]), Err(Fault::Word)));
        assert!(matches!(tpm.value(&thief), Err(Fault::Word)));
    }
    drop(tpm);
    let emulator = emulator.restart();
    let mut tpm = emulator.connect();
    assert_eq!(tpm.value(&place(1)).unwrap(), Some(second));
    tpm.undefine(place(1).index).unwrap();
    assert_eq!(tpm.value(&place(1)).unwrap(), None);
}

#[test]
fn whoever_is_no_tpm_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Tpm::open(&dir.path().join("nothing")), Err(Fault::Link(_))));
    let file = dir.path().join("file");
    std::fs::write(&file, [0x80, 1, 0, 0, 0, 10, 0, 0, 0, 0]).unwrap();
    assert!(Tpm::open(&file).is_err());
}
