//! The built page's security policy: what of it may run and load, written into `index.html` and beside it for servers. What
//! the policy allows is decided here alone; serving is `server`.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// The file that hosts of static pages read headers from, in the folder of the page.
pub(crate) const HEADERS: &str = "_headers";

/// How the page's element begins that holds the policy.
const META: &str = "<meta http-equiv=\"Content-Security-Policy\"";

/// Writes the policy of a built page into its `index.html`, and into [`HEADERS`] for servers. Workers need the latter: their
/// policy is that of their own response.
///
/// # Errors
/// If there is no page, or it cannot be read or written.
pub(crate) fn seal(folder: &Path) -> Result<()> {
    let page = folder.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let html = without_meta(&html)?;
    let policy = policy(&inline_scripts(&html)?);
    let (head, rest) = html.split_once("<head>").context("the page has no <head>")?;
    fs::write(&page, format!("{head}<head>\n    {META} content=\"{policy}\" />{rest}"))?;
    let headers = format!(
        "/*\n  Content-Security-Policy: {policy}\n  X-Content-Type-Options: nosniff\n  Referrer-Policy: no-referrer\n"
    );
    fs::write(folder.join(HEADERS), headers)?;
    Ok(())
}

/// Names and values of the headers in a [`HEADERS`] file.
pub(crate) fn headers(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| line.starts_with(' '));
    lines.filter_map(|line| line.trim().split_once(": ")).map(|(name, value)| (name.into(), value.into())).collect()
}

/// The policy of a page with these scripts in its text.
fn policy(scripts: &[&str]) -> String {
    let mut policy = String::from("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
    for script in scripts {
        // Parsers make one kind of line end of all, and hash what they made.
        let hash = Sha256::digest(script.replace("\r\n", "\n").as_bytes());
        policy.push_str(&format!(" 'sha256-{}'", STANDARD.encode(hash)));
    }
    for what in ["style", "font", "img", "connect", "worker", "manifest"] {
        policy.push_str(&format!("; {what}-src 'self'"));
    }
    policy.push_str("; base-uri 'none'; form-action 'none'");
    policy
}

/// The texts of scripts that stand in the page itself.
fn inline_scripts(html: &str) -> Result<Vec<&str>> {
    let mut scripts = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let (Some((attributes, after)), true) =
            (after.split_once('>'), after.starts_with(|next: char| next == '>' || next.is_whitespace()))
        else {
            bail!("a script of the page does not begin as one");
        };
        let (text, after) = after.split_once("</script>").context("a script of the page has no end")?;
        if !attributes.split_whitespace().any(|attribute| attribute.starts_with("src=")) {
            scripts.push(text);
        }
        rest = after;
    }
    Ok(scripts)
}

/// The page without the policy of an earlier call.
fn without_meta(html: &str) -> Result<String> {
    let Some((head, after)) = html.split_once(META) else { return Ok(html.to_owned()) };
    let (_, rest) = after.split_once('>').context("the page's policy has no end")?;
    Ok(format!("{}{rest}", head.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html><head>\n<title>t</title><script src=\"a.js\"></script></head>\
        <body><script type=\"module\">\nlet a = 1 > 0;\r\n</script></body></html>";

    #[test]
    fn only_scripts_in_the_page_are_hashed() {
        assert_eq!(inline_scripts(PAGE).unwrap(), ["\nlet a = 1 > 0;\r\n"]);
        // The hash that browsers print for this text.
        let policy = policy(&["alert(1)"]);
        assert!(
            policy
                .contains("script-src 'self' 'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='")
        );
        assert!(policy.starts_with("default-src 'none'; ") && policy.ends_with("; form-action 'none'"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }

    #[test]
    fn sealing_twice_is_sealing_once() {
        let folder = std::env::temp_dir().join(format!("lanevm-policy-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("index.html"), PAGE).unwrap();
        seal(&folder).unwrap();
        let once = fs::read_to_string(folder.join("index.html")).unwrap();
        seal(&folder).unwrap();
        assert_eq!(fs::read_to_string(folder.join("index.html")).unwrap(), once);
        assert_eq!(once.matches(META).count(), 1);
        assert!(once.find(META) < once.find("<script"));
        let headers = headers(&fs::read_to_string(folder.join(HEADERS)).unwrap());
        assert_eq!(headers[0].0, "Content-Security-Policy");
        assert!(once.contains(&headers[0].1));
        assert_eq!(headers.len(), 3);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn broken_pages_are_refused() {
        assert!(inline_scripts("<script>never ends").is_err());
        assert!(inline_scripts("<scripts>").is_err());
    }
}
