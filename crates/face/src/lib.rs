//! The face of Keyfare: what every page of every party has in common.
//!
//! Not here: any page of any party, any rule, any figure. A page brings its figures; this crate says how they look and read.
//!
//! ```text
//!   words/en, words/ja ──(build)──► Words: one method per message ─┐
//!   static/face.css ─────(build)──► SHEET, named after its content │
//!   templates/face/*.html: page frames, one macro per component ◄──┴── Key, MoneyBar, Plot, Cover: drawings
//! ```
//!
//! A crate with pages puts `askama.toml` beside its manifest (`dirs = ["templates", "../face/templates"]`), extends
//! `face/page.html` (or `face/card.html` for what only a card may ask) with a field `page: &face::Page`, and imports
//! `face/parts.html`:
//!
//! ```text
//! {% extends "face/page.html" %}
//! {% import "face/parts.html" as face %}
//! {% block title %}{{ page.words.help() }}{% endblock %}
//! {% block main %}<p>{{ page.words.sells_with(seller) }}</p>{% endblock %}
//! ```
//!
//! Yellow means a fare, and decorates nothing else: use [`Fare`] and [`Key`] for fares, [`Sum`] for every other amount.
//!
//! ```
//! use face::{Lang, Words};
//! use units::{Currency, Money};
//! let price = Money::new(1_200, Currency::JPY)?;
//! assert_eq!(Words(Lang::En).pay_ask(price, "Lantern & Co").plain(), "Pay ¥1,200 to Lantern & Co?");
//! assert_eq!(Words(Lang::Ja).pay_ask(price, "Lantern & Co").html(), "Lantern &#38; Coに1,200円を支払いますか?");
//! # Ok::<(), units::MoneyError>(())
//! ```

mod asset;
mod bar;
mod cover;
mod key;
mod lang;
mod page;
mod plot;
mod policy;
mod said;
mod shown;
mod steps;
mod story;
mod words;

pub use asset::{Asset, MARK_AT, SHEET_AT, asset};
pub use bar::MoneyBar;
pub use cover::{Cover, Scene};
pub use key::{Key, Teeth};
pub use lang::{COOKIE, Lang};
pub use page::{CardPage, Here, Page, Shape, Shapes};
pub use plot::{Plot, Week};
pub use policy::{HEADERS, page_policy};
pub use said::Said;
pub use shown::{Bytes, Clock, Code, Counted, Day, Fare, Link, Permille, ShortDay, Shown, Sum, plural};
pub use steps::{Pips, Route};
pub use story::{Story, stories, story};
pub use words::{MESSAGES, Words};
