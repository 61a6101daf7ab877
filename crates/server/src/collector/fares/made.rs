//! Made: the page of fares in its states, with made-up figures.

use face::{Lang, Story};
use party::{
    collector::{ByPath, Figures, Path, Sum, day_of, week_of},
    issuer::Outstanding,
};
use units::{ContentId, Currency, Moment, Money, PartyId};

use super::{Sign, draw};
use crate::pages::Visit;

/// 20 November 2026.
const NOW: Moment = Moment(1_795_132_800_000);

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "fares-coming",
        page: "Fares",
        state: "coming home",
        draw: coming,
    },
    Story {
        name: "fares-none",
        page: "Fares",
        state: "no copies yet",
        draw: none,
    },
    Story {
        name: "fares-told-nothing",
        page: "Fares",
        state: "home, and the issuer has told nothing",
        draw: told_nothing,
    },
    Story {
        name: "fares-old",
        page: "Fares",
        state: "some have been out for more than sixty days",
        draw: long_out,
    },
    Story {
        name: "fares-refused",
        page: "Fares",
        state: "some were not honoured: of a revoked card",
        draw: not_honoured,
    },
    Story {
        name: "fares-silent",
        page: "Fares",
        state: "a way that brought fares brings none",
        draw: way_down,
    },
    Story {
        name: "fares-evil-names",
        page: "Fares",
        state: "names that want to be more than names",
        draw: evil,
    },
];

const PUBLISHER: PartyId = PartyId([7; 16]);

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn tell(figures: &Figures, lang: Lang) -> Result<String, askama::Error> {
    let sign = Sign {
        name: "Minato Tape Works".to_owned(),
        id: PUBLISHER,
        dev: true,
    };
    draw((&sign, None), &Visit::told(lang), figures, Currency::JPY, NOW)
}

const fn nothing() -> Figures {
    Figures {
        paths: [Sum { count: 0, minor: 0 }; Path::ALL.len()],
        titles: Vec::new(),
        days: Vec::new(),
        under_way: Sum { count: 0, minor: 0 },
        refused: Sum { count: 0, minor: 0 },
        rebates: Sum { count: 0, minor: 0 },
        outstanding: None,
        told: Vec::new(),
    }
}

fn out(week: u64, minor: i64) -> Outstanding {
    Outstanding {
        number: week,
        payee: PUBLISHER,
        count: minor.unsigned_abs() / 100,
        sum: yen(minor),
        given_up: 2,
        given_up_sum: yen(200),
        unclaimed: 0,
        unclaimed_sum: yen(0),
        at: NOW,
    }
}

/// A quarter in which copies of three works went from hand to hand: more every week, by every way.
fn quarter() -> Figures {
    let mut figures = nothing();
    let today = day_of(NOW);
    let mut works = [ByPath::default(); 3];
    for back in (0..80_u64).rev() {
        let mut paths = ByPath::default();
        for (at, path) in paths.iter_mut().enumerate() {
            let place = u64::try_from(at).unwrap_or(0);
            let count = (80 - back) * (6 - place) * (1 + back % 3) / 60;
            *path = Sum {
                count,
                minor: i64::try_from(count).unwrap_or(0) * 100,
            };
            for of in [Some(&mut figures.paths[at]), works[at % 3].get_mut(at)]
                .into_iter()
                .flatten()
            {
                *of = of.and(*path);
            }
        }
        figures.days.push((today - back, paths));
    }
    let names = ["Night Ferry", "Harbour Lights", "Last Boat Home"];
    figures.titles = names
        .into_iter()
        .zip(works)
        .zip(1..)
        .map(|((name, paths), id)| (ContentId([id; 16]), Some(name.to_owned()), paths))
        .collect();
    let week = week_of(NOW);
    figures.told = (0..13)
        .map(|n| (week - 12 + n, out(n, 4_000 + 1_700 * i64::try_from(n).unwrap_or(0))))
        .collect();
    figures.outstanding = figures.told.last().map(|(_, told)| told.clone());
    figures.under_way = Sum { count: 3, minor: 300 };
    figures.rebates = Sum { count: 41, minor: 820 };
    figures
}

fn coming(lang: Lang) -> Result<String, askama::Error> {
    tell(&quarter(), lang)
}

fn none(lang: Lang) -> Result<String, askama::Error> {
    tell(&nothing(), lang)
}

fn told_nothing(lang: Lang) -> Result<String, askama::Error> {
    let figures = Figures {
        outstanding: None,
        told: Vec::new(),
        ..quarter()
    };
    tell(&figures, lang)
}

/// Known early, and little of it home.
fn old_fares() -> Figures {
    let mut figures = nothing();
    let paths = [Sum { count: 4, minor: 400 }; Path::ALL.len()];
    (figures.paths, figures.days) = (paths, vec![(day_of(NOW) - 3, paths)]);
    figures.told = vec![(week_of(NOW) - 11, out(1, 9_000)), (week_of(NOW), out(2, 6_700))];
    figures.outstanding = figures.told.last().map(|(_, told)| told.clone());
    figures
}

fn long_out(lang: Lang) -> Result<String, askama::Error> {
    tell(&old_fares(), lang)
}

fn not_honoured(lang: Lang) -> Result<String, askama::Error> {
    let mut figures = quarter();
    figures.refused = Sum { count: 3, minor: 300 };
    tell(&figures, lang)
}

/// Nothing came by the cash machines' first way for seventeen days.
fn without_machines() -> Figures {
    let mut figures = quarter();
    let since = day_of(NOW) - 17;
    let late = figures.days.iter_mut().filter(|(day, _)| *day > since);
    late.for_each(|(_, paths)| paths[2] = Sum::default());
    figures
}

fn way_down(lang: Lang) -> Result<String, askama::Error> {
    tell(&without_machines(), lang)
}

fn evil(lang: Lang) -> Result<String, askama::Error> {
    let mut figures = quarter();
    for (_, name, _) in &mut figures.titles {
        *name = Some("<script>alert(1)</script>".to_owned());
    }
    tell(&figures, lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_can_be_told_in_both_languages() {
        crate::pages::tell_all(STORIES);
    }

    #[test]
    fn the_page_shows_every_figure_in_plot_and_table_and_what_is_out_is_known_less_home() {
        let html = coming(Lang::En).unwrap();
        assert_eq!(html.matches("<svg class=\"plot").count(), 4);
        assert!(html.matches("<table").count() >= 5);
        let figures = quarter();
        let home = party::collector::whole(&figures.paths).minor;
        let weeks = super::super::weeks(&figures, NOW, yen);
        let last = weeks.last().unwrap();
        assert_eq!((weeks.len(), last.home.minor()), (12, home));
        // 300 are taken and not answered: home here, out for the issuer, and counted once.
        let told = figures.outstanding.unwrap().sum.minor();
        assert_eq!(last.known.minor() - home, told - 300);
        assert_eq!(
            super::super::old(&weeks),
            None,
            "all that was known then may be home by now"
        );
        // Of 9,000 known eleven weeks ago 2,400 can be home by now.
        let late = super::super::weeks(&old_fares(), NOW, yen);
        assert_eq!(super::super::old(&late), Some(yen(6_600)));
        assert_eq!(super::super::silent(&quarter(), day_of(NOW)), vec![]);
        let down = super::super::silent(&without_machines(), day_of(NOW));
        assert_eq!(down, vec![(Path::AtmBefore, day_of(NOW) - 17)]);
        assert!(
            way_down(Lang::En)
                .unwrap()
                .contains(": nothing has come this way since ")
        );
        assert!(!html.contains("nothing has come this way"));
        assert!(not_honoured(Lang::En).unwrap().contains("not honoured by") && !html.contains("not honoured by"));
        assert!(long_out(Lang::En).unwrap().contains("more than 60 days") && !html.contains("more than 60 days"));
        assert!(weeks.windows(2).all(|two| two[0].home.minor() <= two[1].home.minor()));
    }
}
