//! The rule language in which eggs say what a variable may hold, such as `required|string|max:20`.
//!
//! The panel checks every value against these rules when a server is created; we check first, so that a plan with a value that
//! would be refused is off sale before anybody pays. Source: Pterodactyl's egg variables, validated by Laravel.

mod parse;

use parse::Rule;
use std::collections::BTreeSet;

/// A value that its rules refuse. Never carries the value, which may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the egg's rule `{rule}`: {reason}")]
pub struct RuleProblem {
    /// The rule as the egg writes it.
    pub rule: String,
    /// What it asks for.
    pub reason: &'static str,
}

/// Checks a value against an egg's rules, the way the panel will. Rules that we do not know count as passed; see [`unknown`].
///
/// # Errors
/// The first rule that refuses the value.
pub fn check(rules: &str, value: &str) -> Result<(), RuleProblem> {
    let rules = parse::rules(rules);
    let has = |wanted: &Rule| rules.iter().any(|(_, rule)| rule == wanted);
    // The panel trims what it gets and reads an empty text as null.
    let value = value.trim();
    let given = if value.is_empty() { None } else { Some(value) };
    if given.is_none() && has(&Rule::Nullable) && !has(&Rule::Required) {
        return Ok(());
    }
    let numeric = has(&Rule::Numeric) || has(&Rule::Integer);
    for (text, rule) in &rules {
        if let Err(reason) = rule.accepts(given, numeric) {
            return Err(RuleProblem { rule: text.clone(), reason });
        }
    }
    Ok(())
}

/// The rules in `rules` that [`check`] lets pass because it does not know them.
pub fn unknown(rules: &str) -> Vec<String> {
    let unknown = parse::rules(rules).into_iter().filter(|(_, rule)| matches!(rule, Rule::Unknown));
    unknown.map(|(text, _)| text).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The spelling of a yes or no, or of a choice, that the rules accept: `true` becomes `1` for a boolean, `True` for `in:True`.
/// Other values come back as they are.
pub fn spelled(rules: &str, value: &str) -> String {
    let rules = parse::rules(rules);
    let choice = rules.iter().find_map(|(_, rule)| match rule {
        Rule::In(choices) => choices.iter().find(|choice| choice.eq_ignore_ascii_case(value)),
        _ => None,
    });
    if let Some(choice) = choice {
        return choice.clone();
    }
    let boolean = rules.iter().any(|(_, rule)| *rule == Rule::Boolean);
    match value.to_ascii_lowercase().as_str() {
        "true" if boolean => "1".to_owned(),
        "false" if boolean => "0".to_owned(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused_by(rules: &str, value: &str) -> Option<String> {
        check(rules, value).err().map(|problem| problem.rule)
    }

    #[test]
    fn an_empty_value_is_null_and_needs_nullable() {
        assert_eq!(check("nullable|string|max:20", ""), Ok(()));
        assert_eq!(refused_by("required|string", " ").as_deref(), Some("required"));
        assert_eq!(refused_by("required|nullable", "").as_deref(), Some("required"));
        for rule in ["string", "boolean", "numeric", "integer", "in:a,b", "regex:/^x*$/", "alpha_num", "url", "min:1"] {
            assert_eq!(refused_by(rule, "").as_deref(), Some(rule));
        }
        assert_eq!(check("max:30", ""), Ok(()));
    }

    #[test]
    fn sizes_count_characters_of_text_and_the_value_of_numbers() {
        assert_eq!(check("required|string|between:3,15", "1.20.4"), Ok(()));
        assert_eq!(refused_by("required|string|between:3,15", "1").as_deref(), Some("between:3,15"));
        assert_eq!(check("required|numeric|between:1,32", "32"), Ok(()));
        assert_eq!(refused_by("required|numeric|between:1,32", "33").as_deref(), Some("between:1,32"));
        assert_eq!(check("required|int|between:0,60", "0"), Ok(()));
        assert_eq!(check("string|max:3", "äöü"), Ok(()));
        assert_eq!(refused_by("required|string|alpha_num|size:32", "ABC").as_deref(), Some("size:32"));
    }

    #[test]
    fn numbers_are_read_as_the_panel_reads_them() {
        assert_eq!(check("integer", "-7"), Ok(()));
        for odd in ["7.0", "007", "1e3", "seven", "--7"] {
            assert!(check("integer", odd).is_err(), "{odd}");
        }
        assert_eq!(check("numeric", "7.5"), Ok(()));
        assert!(check("numeric", "inf").is_err());
        assert_eq!(check("numeric|digits_between:1,3", "100"), Ok(()));
        assert!(check("numeric|digits_between:1,3", "1.5").is_err());
    }

    #[test]
    fn choices_and_yes_or_no_are_exact_but_can_be_respelled() {
        assert!(check("required|boolean", "true").is_err());
        assert_eq!(spelled("required|boolean", "true"), "1");
        assert!(check("required|string|in:True", "true").is_err());
        assert_eq!(spelled("required|string|in:True", "true"), "True");
        assert_eq!(spelled("required|string|in:false,true", "false"), "false");
        assert_eq!(spelled("required|string", "true"), "true");
        assert!(check("not_in:a,b", "b").is_err());
    }

    #[test]
    fn a_regular_expression_may_hold_the_separator() {
        let rules = r"required|regex:/^(a|b\/c)$/i|max:3";
        assert_eq!(check(rules, "B/C"), Ok(()));
        assert!(check(rules, "ab").is_err());
        assert_eq!(check(r"required|regex:/^([\w\d._-]+)(\.jar)$/", "server.jar"), Ok(()));
        assert_eq!(refused_by(r"required|string|not_regex:/^\d+$/", "1234").as_deref(), Some(r"not_regex:/^\d+$/"));
    }

    #[test]
    fn a_rule_that_we_do_not_know_passes_and_is_named() {
        let rules = r"required|ends_with:x|regex:/^(?!no)/|regex:/unfinished";
        assert_eq!(check(rules, "anything"), Ok(()));
        assert_eq!(unknown(rules), ["ends_with:x", "regex:/^(?!no)/", "regex:/unfinished"]);
        assert_eq!(unknown("required|string|max:20"), Vec::<String>::new());
    }

    #[test]
    fn the_problem_does_not_tell_the_value() {
        let problem = check("alpha_dash", "p4ss word").unwrap_err();
        assert!(!problem.to_string().contains("p4ss"));
    }

    proptest! {
        #[test]
        fn no_rule_and_no_value_makes_the_checker_panic(rules in any::<String>(), value in any::<String>()) {
            let _ = check(&rules, &value);
        }

        #[test]
        fn a_longer_limit_never_refuses_what_a_shorter_one_takes(value in "[a-z]{1,20}", max in 1_usize..20) {
            if check(&format!("required|string|max:{max}"), &value).is_ok() {
                let longer = max + 1;
                prop_assert_eq!(check(&format!("required|string|max:{longer}"), &value), Ok(()));
            }
        }
    }
}
