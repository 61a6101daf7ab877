//! Every part, drawn once, in both languages; and what a template can rely on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use askama::Template;
use face::{
    CardPage, Fare, Here, Key, Lang, MoneyBar, Page, Pips, Plot, Route, Said, Shapes, Story, Teeth, Week, Words,
};
use units::{Currency, Moment, Money};

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "face/page.html" %}{% import "face/parts.html" as face %}
{% block title %}{{ page.words.help() }}{% endblock %}
{% block main %}
{% for icon in icons %}{% call face::icon(icon) %}{% endcall %}{% endfor %}
{% call face::note("fareful", "clock", "status") %}<p>{{ page.words.way_sale(price, seller) }}</p>{% endcall %}
<dl class="facts">{% call face::fact(page.words.bar_purse()) %}{{ page.words.show(price) }}{% endcall %}</dl>
{% call face::tag("good", "tick", "genuine") %}{% endcall %}{% call face::mark() %}{% endcall %}
{% call face::rail(key, true) %}{% endcall %}
{% call face::moneybar(page.words, bar, "hatch") %}{% endcall %}
{% call face::route("Steps", route) %}{% endcall %}
{% call face::qr("/qr.svg", "A code") %}{% endcall %}
{% call face::pips(pips) %}{% endcall %}
{% call face::plot(page.words, plot, "Fares", "Rising", "p") %}{% endcall %}
{% endblock %}"#
)]
struct Parts<'a> {
    page: &'a Page,
    icons: [&'static str; 18],
    price: Money,
    seller: &'a str,
    key: Key,
    bar: MoneyBar,
    route: Route,
    pips: Pips,
    plot: Plot,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "face/card.html" %}{% block title %}t{% endblock %}{% block main %}<h1>{{ card.words.pay_ask(price, seller) }}</h1><button class="btn go">{{ card.words.pay_yes(fare) }}</button>{% endblock %}"#
)]
struct Confirm<'a> {
    card: &'a CardPage,
    price: Money,
    seller: &'a str,
    fare: Fare,
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

fn page(lang: Lang) -> Page {
    let words = Words(lang);
    Page {
        words,
        name: "Tako & <Works>".to_owned(),
        home: "/".to_owned(),
        nav_name: words.language(),
        nav: vec![Here::new("/help", words.help(), true)],
        elsewhere: vec![(Lang::Ja, "/ja/".to_owned())],
        ours: false,
        foot: words.sells_with("Tako & <Works>"),
        foot_links: Vec::new(),
        dev: true,
    }
}

fn parts(lang: Lang) -> String {
    let week = |n: u64, known, home| Week {
        at: Moment(n * 604_800_000),
        known: yen(known),
        home: yen(home),
    };
    let icons = [
        "tick",
        "stop",
        "clock",
        "danger",
        "offline",
        "shield",
        "box",
        "wait",
        "download",
        "scan",
        "on",
        "back",
        "search",
        "card",
        "play",
        "pause",
        "print",
        "no such icon",
    ];
    Parts {
        page: &page(lang),
        icons,
        price: yen(1_200),
        seller: "Lantern <b>",
        key: Key::new(lang, yen(100), Teeth::Upto(3)).big().silent(),
        bar: MoneyBar::new(yen(2_350), yen(700), yen(100)).unwrap(),
        route: Route {
            stops: ["one", "two", "three"].map(Said::of).to_vec(),
            at: 1,
            is_plain: false,
        },
        pips: Pips { left: 2, all: 3 },
        plot: Plot::new(lang, &[week(0, 100, 0), week(1, 900, 400)]).unwrap(),
    }
    .render()
    .unwrap()
}

#[test]
fn every_part_can_be_drawn_in_both_languages() {
    for lang in Lang::ALL {
        let html = parts(lang);
        for told in [
            "class=\"route\"",
            "<li class=\"done\">one</li><li aria-current=\"step\">two</li><li>three</li>",
            "class=\"note fareful\" role=\"status\"",
            "Lantern &#60;b&#62;",
            "Tako &#38; &#60;Works&#62;",
            "class=\"rail live\"",
            "<i class=\"left\"></i><i class=\"left\"></i><i></i>",
            "<polygon class=\"due\"",
            "hreflang=\"ja\"",
            face::SHEET_AT,
        ] {
            assert!(html.contains(told), "{told} in {html}");
        }
        assert!(!html.contains("<b>") && !html.contains(" style=") && !html.contains("<script"));
        assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())));
    }
}

#[test]
fn a_cards_page_says_what_is_asked_as_its_language_says_it() {
    let card = |lang| CardPage {
        words: Words(lang),
        two_words: "quiet harbour".to_owned(),
        shapes: Shapes::of([1, 20, 255]),
        elsewhere: Vec::new(),
        offline: true,
        dev: false,
    };
    let draw = |lang| {
        Confirm {
            card: &card(lang),
            price: yen(1_200),
            seller: "<i>Minato</i>",
            fare: Fare(yen(1_200)),
        }
        .render()
        .unwrap()
    };
    assert!(draw(Lang::En).contains("<h1>Pay ¥1,200 to &#60;i&#62;Minato&#60;/i&#62;?</h1>"));
    assert!(draw(Lang::Ja).contains("<h1>&#60;i&#62;Minato&#60;/i&#62;に1,200円を支払いますか?</h1>"));
    assert!(draw(Lang::Ja).contains("<data class=\"fare\" value=\"1200\">1,200円</data>を支払う</button>"));
    assert_eq!(draw(Lang::En).matches("<path d=\"M").count(), 3);
}

#[test]
fn stories_are_listed_by_page_and_found_by_name() {
    let all = [
        Story {
            name: "front-empty",
            page: "Front",
            state: "empty",
            draw: |lang| Ok(lang.tag().to_owned()),
        },
        Story {
            name: "front-full",
            page: "Front",
            state: "full",
            draw: |_| Ok(String::new()),
        },
    ];
    let html = face::stories(&page(Lang::Ja), "/ja/stories", &all).unwrap();
    assert!(html.contains("href=\"/ja/stories/front-empty\"") && html.contains("2件"));
    let found = face::story(&all, "front-empty").unwrap();
    assert_eq!((found.draw)(Lang::Ja).unwrap(), "ja");
    assert!(face::story(&all, "nothing").is_none());
}

#[test]
fn attributes_take_words_without_tags() {
    let said = Words(Lang::En).pay_yes(Fare(yen(80)));
    assert_eq!(said.html(), "Pay <data class=\"fare\" value=\"80\">¥80</data>");
    assert_eq!(said.attr().html(), "Pay ¥80");
    assert_eq!(Said::of("<&").plain(), "<&");
}
