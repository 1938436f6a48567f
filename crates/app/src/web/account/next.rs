//! Where signing in leads.

/// The page after signing in, if the wish does not lead away from this site; else the visitor's servers.
pub(in crate::web) fn after_sign_in(wish: &str) -> &str {
    own_path_or(wish, "/servers")
}

/// Where somebody wants to go, if it does not lead away from this site.
pub(in crate::web) fn own_path_or<'w>(wish: &'w str, otherwise: &'w str) -> &'w str {
    if is_own_path(wish) { wish } else { otherwise }
}

/// The longest: a page about a whole list of ticked servers.
const LONGEST: usize = 4096;

/// Browsers read `//host`, `/\host` and paths with tabs or line breaks as addresses of other sites.
fn is_own_path(path: &str) -> bool {
    let mut chars = path.chars();
    let begins = chars.next() == Some('/') && chars.next() != Some('/');
    begins && path.len() <= LONGEST && !path.contains(|c: char| c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_site_are_kept() {
        for path in ["/", "/servers", "/orders/ord_1?session=cs_1", "/games/rust?plan=rust-12g#top"] {
            assert_eq!(after_sign_in(path), path);
        }
        let ticked =
            format!("/console/services/acts/suspend?{}", "service=svc_019ca9450a00700a95398c3f4870ba68&".repeat(50));
        assert_eq!(after_sign_in(&ticked), ticked, "a page of the list, all of it ticked");
    }

    #[test]
    fn whatever_may_lead_away_is_not_followed() {
        for path in [
            "",
            "servers",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/\t/evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(after_sign_in(path), "/servers", "{path:?}");
        }
        assert_eq!(after_sign_in(&format!("/{}", "a".repeat(5000))), "/servers");
    }
}
