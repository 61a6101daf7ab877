//! Money in JSON: a decimal integer of minor units as text, with its currency beside it. Numbers are not taken, for they pass
//! through floating point on their way (row-54).

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use units::{Again, Currency, Money};

use crate::frame::Problem;

/// An amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Minor units: digits only.
    #[schema(pattern = "^(0|[1-9][0-9]{0,15})$", example = "1000")]
    pub minor: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "JPY")]
    pub currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self {
            minor: money.minor().to_string(),
            currency: money.currency().code().to_owned(),
        }
    }
}

impl Amount {
    /// As money of this realm.
    pub fn money(&self, realm: Currency) -> Result<Money, Problem> {
        let digits = self.minor.bytes().all(|b| b.is_ascii_digit());
        let plain = digits && self.minor.len() <= 16 && (self.minor == "0" || !self.minor.starts_with('0'));
        let minor = self.minor.parse::<i64>().ok().filter(|_| plain);
        let currency = Currency::new(&self.currency).ok().filter(|c| *c == realm);
        let money = minor.zip(currency).and_then(|(m, c)| Money::new(m, c).ok());
        money.ok_or_else(|| {
            let text = format!("an amount is whole minor units as text, 0 to 10^15, with the currency {realm}");
            Problem::door(StatusCode::UNPROCESSABLE_ENTITY, "amount", Again::Never, &text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-54
    #[test]
    fn only_whole_minor_units_of_the_realms_currency_are_money() {
        let check = |json: &str, ok: bool| {
            let read = serde_json::from_str::<Amount>(json).ok();
            let money = read.and_then(|amount| amount.money(Currency::JPY).ok());
            assert_eq!(money.is_some(), ok, "{json}");
        };
        let of = |minor: &str| format!("{{\"minor\":\"{minor}\",\"currency\":\"JPY\"}}");
        for good in ["0", "1", "1000", "1000000000000000"] {
            check(&of(good), true);
        }
        for bad in [
            "-1",
            "+1",
            "00",
            "01",
            "0.0005",
            "1e400",
            "1,00",
            "9223372036854775808",
            "1000000000000001",
            "",
            " 1",
            "1 ",
            "\u{661}",
            "0x10",
            "NaN",
            "null",
        ] {
            check(&of(bad), false);
        }
        check("{\"minor\":1000,\"currency\":\"JPY\"}", false);
        check("{\"minor\":1e3,\"currency\":\"JPY\"}", false);
        check("{\"minor\":\"1000\"}", false);
        check("{\"minor\":\"1000\",\"currency\":\"EUR\"}", false);
        check("{\"minor\":\"1000\",\"currency\":\"jpy\"}", false);
        check("{\"minor\":\"1000\",\"currency\":\"JPY\",\"digits\":2}", false);
    }
}
