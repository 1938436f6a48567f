//! Money neither appears nor disappears: sums, currencies, and the price rule in wide integers (M3, M6).

use crate::cases;
use domain::catalogue::Term;
use domain::money::{Currency, Money};
use proptest::prelude::*;

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![
        3 => prop::sample::select(vec!["usd", "eur", "jpy", "kwd"]).prop_map(str::to_owned),
        1 => "[a-z]{3}",
    ]
    .prop_map(|code| Currency::parse(&code).unwrap())
}

/// Charges and refunds of one currency, small enough that no sum of them overflows.
fn entries() -> impl Strategy<Value = (Currency, Vec<i64>)> {
    (currency(), prop::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 1..20))
}

fn sum(currency: Currency, minors: &[i64]) -> Option<Money> {
    minors.iter().try_fold(Money::new(0, currency), |sum, minor| sum.plus(Money::new(*minor, currency)))
}

proptest! {
    #![proptest_config(cases(2048))]

    #[test]
    fn a_ledger_sums_up_to_the_same_in_any_order((currency, minors) in entries(), seed in any::<prop::sample::Index>()) {
        let exact: i128 = minors.iter().copied().map(i128::from).sum();
        let mut turned = minors.clone();
        turned.rotate_left(seed.index(minors.len()));
        turned.reverse();
        for entries in [&minors, &turned] {
            let sum = sum(currency, entries).expect("it fits");
            prop_assert_eq!(i128::from(sum.minor), exact);
            prop_assert_eq!(sum.currency, currency);
        }
        // What was charged and given back again, cent by cent, is nothing.
        let back: Vec<i64> = minors.iter().map(|minor| -minor).collect();
        let all = sum(currency, &[minors, back].concat());
        prop_assert_eq!(all, Some(Money::new(0, currency)));
    }

    #[test]
    fn two_currencies_never_make_a_sum(one in currency(), other in currency(), a in any::<i64>(), b in any::<i64>()) {
        let sum = Money::new(a, one).plus(Money::new(b, other));
        let exact = i64::try_from(i128::from(a) + i128::from(b)).ok();
        let expected = exact.filter(|_| one == other).map(|minor| Money::new(minor, one));
        prop_assert_eq!(sum, expected, "a sum is exact, or there is none");
    }

    #[test]
    fn an_amount_is_written_so_that_it_can_be_read_back_to_the_cent(minor in any::<i64>(), currency in currency()) {
        let text = Money::new(minor, currency).to_string();
        let (number, code) = text.split_once(' ').expect("number and currency");
        prop_assert_eq!(Currency::parse(code), Ok(currency));
        let fraction = number.split_once('.').map_or("", |(_, fraction)| fraction);
        prop_assert_eq!(fraction.len(), currency.decimals() as usize);
        prop_assert_eq!(number.replace('.', "").parse::<i64>(), Ok(minor));
    }

    #[test]
    fn a_code_is_read_in_any_case_and_nothing_else_is_a_code(text in "[a-zA-Z]{3}|\\PC{0,5}") {
        match Currency::parse(&text) {
            Ok(currency) => {
                prop_assert_eq!(currency.code(), text.to_ascii_lowercase());
                let written = serde_json::to_string(&currency).unwrap();
                prop_assert_eq!(serde_json::from_str::<Currency>(&written).unwrap(), currency);
            }
            Err(_) => prop_assert!(text.len() != 3 || !text.chars().all(|letter| letter.is_ascii_alphabetic())),
        }
    }

    #[test]
    fn a_term_costs_what_the_rule_says_to_half_a_cent(monthly in 1_i64..10_000_000_000) {
        for (term, months, percent) in
            [(Term::Monthly, 1, 100), (Term::Quarterly, 3, 95), (Term::Semiannual, 6, 90), (Term::Yearly, 12, 80)]
        {
            let exact_hundredths = i128::from(monthly) * months * percent;
            let price = i128::from(term.price_minor(monthly));
            if exact_hundredths < 9900 {
                // Below it one rule gives way to the other: never less than 99 minor units.
                prop_assert_eq!(price, 99, "{}", term);
            } else {
                let off = price * 100 - exact_hundredths;
                prop_assert!(-50 < off && off <= 50, "{term}: {price} for {exact_hundredths} hundredths");
            }
        }
    }

    #[test]
    fn the_lines_of_a_bill_add_up_to_the_price_whatever_is_bought_with_a_plan(
        monthly in prop::collection::vec(1_i64..10_000_000_000, 1..12),
        term in prop::sample::select(Term::ALL.to_vec()),
    ) {
        // Each line is rounded by itself, as Stripe bills it: the order's price is their sum, not a price of the sum.
        let lines: Vec<i64> = monthly.iter().map(|monthly| term.price_minor(*monthly)).collect();
        let price = sum(Currency::USD, &lines).expect("it fits");
        let exact: i128 = monthly
            .iter()
            .map(|monthly| (i128::from(*monthly) * i128::from(term.months() * (100 - term.discount_percent()))).max(9900))
            .sum();
        let off = i128::from(price.minor) * 100 - exact;
        prop_assert!(off.abs() <= 50 * lines.len() as i128, "more than half a cent for each line: {off} hundredths");
    }
}
