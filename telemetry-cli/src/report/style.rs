//! The style sheet, and its hash for the Content-Security-Policy.

/// The content of the element `style`.
pub(super) const STYLE: &str = include_str!("style.css");

/// The policy of the page: nothing is loaded, no script runs, and only this style sheet applies.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'sha256-WQ3HnEGfYp6Q7N7wzOKDXm32NZZT4dyUgr38fxuILio='; base-uri 'none'; form-action 'none'";

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{POLICY, STYLE};

    #[test]
    fn the_policy_has_the_hash_of_the_style_sheet() {
        let hash = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
        let source = format!("'sha256-{}'", STANDARD.encode(hash));
        assert!(
            POLICY.contains(&source),
            "the hash of style.css is {source}"
        );
    }
}
