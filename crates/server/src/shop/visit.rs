//! Visit: the frame of a shop's pages, with the parts of its site that the navigation knows.

use face::{Here, Page};

use super::pages::Sign;
pub(crate) use crate::pages::Visit;

/// The parts of a shop's site that its navigation knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Works,
    Publishers,
    Help,
    Refunds,
    Stores,
    Elsewhere,
}

impl Sign {
    /// The frame of a page of this shop.
    pub fn page(&self, visit: &Visit, at: At) -> Page {
        let words = visit.words;
        let here = |path: &str, text, of: At| Here::new(visit.to(path), text, of == at);
        Page {
            words,
            name: self.name.clone(),
            home: visit.to("/"),
            nav_name: words.shop_nav(),
            nav: vec![
                here("/", words.shop_works(), At::Works),
                here("/publishers", words.shop_publishers(), At::Publishers),
                here("/help", words.shop_how(), At::Help),
                Here::new(
                    format!("{}/", self.wallet.trim_end_matches('/')),
                    words.your_card(),
                    false,
                ),
            ],
            elsewhere: visit.elsewhere(),
            ours: false,
            foot: words.sells_with(&self.name),
            foot_links: vec![
                here("/refunds", words.shop_refunds(), At::Refunds),
                here("/data", words.shop_stores(), At::Stores),
            ],
            dev: self.dev,
        }
    }
}
