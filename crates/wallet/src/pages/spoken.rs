//! Spoken: the amounts in an engine's sentence, as people write them, and the refusals that are about amounts in the reader's
//! own language with all their figures.

use face::{Said, Shown, Sum, Words};
use units::{Currency, Money};

/// The sentence with its amounts as people write them, and the amounts, in the order in which they stand.
pub(super) fn spoken(w: Words, text: &str) -> (String, Vec<Money>) {
    let (mut out, mut sums) = (Vec::new(), Vec::new());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        match words.peek().and_then(|next| amount(word, next)) {
            Some((money, rest)) => {
                out.push(format!("{}{rest}", money.shown(w.lang()).plain()));
                sums.push(money);
                words.next();
            }
            None => out.push(word.to_owned()),
        }
    }
    (out.join(" "), sums)
}

/// "JPY" and "1,200;" as an amount, and what stands behind it. Only what an amount would print is one: "TPM 2.0" is not.
fn amount<'a>(code: &str, figures: &'a str) -> Option<(Money, &'a str)> {
    let end = figures.trim_end_matches(|c: char| !c.is_ascii_digit()).len();
    let (figures, rest) = figures.split_at_checked(end)?;
    let money = Money::parse(&figures.replace(',', ""), Currency::new(code).ok()?).ok()?;
    (money.figures() == figures).then_some((money, rest))
}

/// A refusal that is about amounts, by its code, from the amounts its sentence names.
pub(super) fn of_amounts(w: Words, code: &str, sums: &[Money]) -> Option<Said> {
    Some(match (code, sums) {
        ("purse-too-small", [purse, _, missing]) => w.conf_short(Sum(*purse), Sum(*missing)),
        ("above-payment-limit", [amount, limit]) => w.conf_limit(Sum(*amount), Sum(*limit)),
        ("above-own-limit", [amount, limit]) => w.conf_own_limit(Sum(*amount), Sum(*limit)),
        ("above-own-day", [amount, limit, spent]) => w.conf_own_day(Sum(*amount), Sum(*limit), Sum(*spent)),
        ("balance-limit", [limit, would]) => w.conf_balance(Sum(*limit), Sum(*would)),
        ("credit-limit", [would, limit]) => w.conf_credit(Sum(*limit), Sum(*would)),
        ("quote-price-changed", [offered, asked]) => w.conf_changed(Sum(*asked), Sum(*offered)),
        ("centre-limit", [sum]) => w.conf_centre_limit(Sum(*sum)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::problem::why;
    use card::QuoteRefusal;
    use deal::PayRefusal;
    use face::{Lang, Words};
    use units::{Currency, Money, Refusal};

    fn yen(minor: i64) -> Money {
        Money::new(minor, Currency::JPY).unwrap()
    }

    /// Every refusal about amounts says all it is about, in both languages, and never as a program writes it.
    ///
    /// proves: XD-11
    #[test]
    fn refusals_about_amounts_say_their_figures_in_both_languages() {
        let (amount, limit, spent) = (yen(1_200), yen(1_000), yen(900));
        let all: [(&dyn Refusal, &[i64]); 7] = [
            (
                &PayRefusal::PurseTooSmall {
                    purse: yen(40),
                    due: yen(300),
                    missing: yen(260),
                },
                &[40, 260],
            ),
            (&PayRefusal::AboveLimit { amount, limit }, &[1_200, 1_000]),
            (&PayRefusal::AboveOwnLimit { amount, limit }, &[1_200, 1_000]),
            (&PayRefusal::AboveOwnDay { amount, spent, limit }, &[1_200, 1_000, 900]),
            (
                &PayRefusal::BalanceLimit {
                    limit: yen(30_000),
                    would: yen(52_350),
                },
                &[30_000, 52_350],
            ),
            (
                &PayRefusal::CreditLimit {
                    limit,
                    would: yen(1_900),
                },
                &[1_000, 1_900],
            ),
            (
                &QuoteRefusal::PriceChanged {
                    offered: amount,
                    asked: yen(1_500),
                },
                &[1_200, 1_500],
            ),
        ];
        for (no, sums) in all {
            for lang in Lang::ALL {
                let said = why(Words(lang), no.code(), &no.to_string()).plain();
                assert!(!said.contains("JPY"), "{said}");
                for sum in sums {
                    let figures = face::Shown::shown(&yen(*sum), lang).plain();
                    assert!(said.contains(&figures), "{figures} in {said}");
                }
            }
        }
    }

    #[test]
    fn amounts_are_spoken_and_nothing_else_is() {
        let en = |text: &str| super::spoken(Words(Lang::En), text).0;
        assert_eq!(
            en("it holds JPY 1,200; load JPY 40 more"),
            "it holds \u{a5}1,200; load \u{a5}40 more"
        );
        assert_eq!(en("EUR 12.50 is due"), "\u{20ac}12.50 is due");
        for text in ["a TPM 2.0 is needed", "the PIN 1234", "JPY", "JPY 1200", "", " a  b "] {
            assert_eq!(en(text), text);
        }
    }
}
