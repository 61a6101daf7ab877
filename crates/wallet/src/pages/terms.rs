//! Terms: what a license lets its holder do, as people read it, in the words that shops use for the same.

use face::{Day, Key, Permille, Said, Scene, Teeth, Words};
use license::{Offer, Policy, Rights};
use units::Share;

/// A share of a work.
pub(super) fn percent(share: Share) -> Permille {
    Permille(u16::from(share.percent()).saturating_mul(10))
}

/// What a buyer would get, a sentence each.
pub(super) fn of_offer(w: Words, offer: &Offer, policy: &Policy) -> Vec<Said> {
    let mut lines = rights(w, &offer.rights);
    lines.push(handing(w, policy));
    lines
}

/// Rights, a sentence each.
fn rights(w: Words, rights: &Rights) -> Vec<Said> {
    let mut lines = vec![match rights.plays {
        Some(plays) => w.offer_line_plays(plays),
        None => w.offer_line_unlimited(),
    }];
    if let Some(period) = rights.period {
        lines.push(w.offer_line_period(period));
    }
    if let Some(until) = rights.until {
        lines.push(w.offer_line_until(Day(until)));
    }
    match rights.share {
        Share::Whole => {}
        Share::Nothing => lines.push(w.offer_line_nothing()),
        share => lines.push(w.offer_line_part(percent(share))),
    }
    lines
}

/// What a friend would pay.
fn handing(w: Words, policy: &Policy) -> Said {
    let deep = policy.generations;
    match (policy.modes.copy && deep > 0, policy.modes.move_) {
        (true, _) if policy.fare_copy.is_zero() => w.friend_copy_free(deep),
        (true, _) => w.friend_copy(Key::new(w.lang(), policy.fare_copy, Teeth::Upto(deep)), deep),
        (false, true) if policy.fare_move.is_zero() => w.friend_move_free(),
        (false, true) => w.friend_move(Key::new(w.lang(), policy.fare_move, Teeth::Upto(0))),
        _ => match &policy.unlock {
            Some(unlock) if policy.modes.locked => {
                w.friend_locked(Key::new(w.lang(), unlock.fee, Teeth::Upto(0)).due())
            }
            _ => w.friend_none(),
        },
    }
}

/// The rule for handing back, as the offer has it.
pub(super) fn refund(w: Words, offer: &Offer) -> Said {
    let rule = offer.refund;
    match (rule.days, rule.unplayed) {
        (0, _) => w.offer_refund_none(),
        (days, true) => w.offer_refund_unplayed(days, Permille(rule.permille)),
        (days, false) => w.offer_refund_any(days, Permille(rule.permille)),
    }
}

/// Where the cover of a licensed work is: drawn here, from its number, as shops draw it that have no picture.
pub(super) fn art(offer: &Offer) -> String {
    format!("/art/{}/{}", scene_word(&offer.media_type), offer.content)
}

/// What stands on the cover of content of this type.
fn scene_word(media_type: &str) -> &'static str {
    match media_type.split('/').next().unwrap_or_default() {
        "audio" => "sound",
        _ if media_type == publisher::album::MEDIA_TYPE => "sound",
        "video" => "video",
        "image" => "picture",
        _ if media_type.starts_with("text/html") || media_type.contains("zip") && !media_type.contains("epub") => {
            "program"
        }
        "text" => "text",
        _ if media_type.contains("epub") || media_type.contains("pdf") => "text",
        _ => "mixed",
    }
}

/// The scene of such a word.
pub(super) fn scene(word: &str) -> Option<Scene> {
    Some(match word {
        "sound" => Scene::Sound,
        "video" => Scene::Film,
        "text" => Scene::Book,
        "picture" => Scene::Picture,
        "program" => Scene::Game,
        "mixed" => Scene::Other,
        _ => return None,
    })
}
