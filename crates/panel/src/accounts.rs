//! Names for logins at the panel.

/// A login's name: what stands before the `@`, as far as the panel allows it, and a suffix that makes it unique.
///
/// The panel wants at least three characters out of letters, digits, `_`, `.` and `-`, with a letter or digit at both ends.
pub fn username(email: &str, suffix: &str) -> String {
    let local = email.split('@').next().unwrap_or_default().to_lowercase();
    let kept: String =
        local.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).take(24).collect();
    let stem = kept.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let stem = if stem.is_empty() { "player" } else { stem };
    format!("{stem}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::username;

    #[test]
    fn names_keep_to_the_panels_rules() {
        for (email, expected) in [
            ("Ada@example.test", "ada.x1y2"),
            ("a@b", "a.x1y2"),
            ("..__@b", "player.x1y2"),
            ("ünïcödé+tag@b", "ncdtag.x1y2"),
            ("-dash-@b", "dash.x1y2"),
        ] {
            assert_eq!(username(email, "x1y2"), expected);
        }
    }
}
