//! What a site asks of robots (RFC 9309).
//!
//! In: the text of `robots.txt` and the name we go by. Out: whether an address may be fetched. It fetches nothing.

/// The rules of a `robots.txt` that are meant for one robot.
///
/// # Example
///
/// ```
/// use tower_consent::scan::Robots;
/// let robots = Robots::parse("User-agent: *\nDisallow: /admin\nAllow: /admin/help$\n", "tower-consent");
/// assert!(robots.allows("/news"));
/// assert!(!robots.allows("/admin/users"));
/// assert!(robots.allows("/admin/help"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    /// Pattern, and whether it allows.
    rules: Vec<(String, bool)>,
}

/// A parser must take 500 KiB (RFC 9309, section 2.5); beyond it nothing is read.
const LARGEST: usize = 512 * 1024;

impl Robots {
    /// Reads the rules for a robot of this name; those for `*` when it is not named.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::Robots;
    /// let text = "User-agent: *\nDisallow: /\n\nUser-agent: tower-consent\nDisallow: /admin\n";
    /// assert!(Robots::parse(text, "tower-consent").allows("/news"));
    /// assert!(!Robots::parse(text, "another-robot").allows("/news"));
    /// ```
    pub fn parse(text: &str, robot: &str) -> Self {
        let end = (0..=LARGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let mut named = None::<Vec<(String, bool)>>;
        let mut others = Vec::new();
        // Who the group that is being read is for: this robot, everyone.
        let (mut for_us, mut for_all) = (false, false);
        let mut in_rules = true;
        for line in text[..end].trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "user-agent" => {
                    if in_rules {
                        (for_us, for_all, in_rules) = (false, false, false);
                    }
                    // The name may be followed by a version, which does not count.
                    let product = value.split(['/', ' ']).next().unwrap_or_default();
                    for_us |= product.eq_ignore_ascii_case(robot);
                    for_all |= value == "*";
                    if for_us {
                        named.get_or_insert_default();
                    }
                }
                rule @ ("allow" | "disallow") => {
                    in_rules = true;
                    if !value.is_empty() {
                        let rule = (value.to_owned(), rule == "allow");
                        if for_us {
                            named.get_or_insert_default().push(rule.clone());
                        }
                        if for_all {
                            others.push(rule);
                        }
                    }
                }
                _ => {}
            }
        }
        Self { rules: named.unwrap_or(others) }
    }

    /// Says whether a path with its query may be fetched: the longest pattern decides, and of two equal ones that
    /// which allows.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::Robots;
    /// let robots = Robots::parse("User-agent: *\nDisallow: /*?print=\nAllow: /sport/*?print=\n", "tower-consent");
    /// assert!(!robots.allows("/news/1?print=1"));
    /// assert!(robots.allows("/sport/1?print=1"));
    /// ```
    pub fn allows(&self, path: &str) -> bool {
        let fitting = self.rules.iter().filter(|(pattern, _)| fits(pattern, path));
        fitting.max_by_key(|(pattern, allow)| (pattern.len(), *allow)).is_none_or(|(_, allow)| *allow)
    }
}

/// Says whether a pattern fits the beginning of a path: `*` is anything, `$` at the end is the end.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<_> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        if whole && at + 1 == parts.len() {
            return rest.ends_with(part);
        }
        // The earliest place leaves the most for what follows.
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    !whole || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_pattern_decides() {
        let text = "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\nDisallow: /p*q\n\
                    User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\
                    User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\
                    User-Agent: quxbot\n";
        let allows = |robot: &str, path: &str| Robots::parse(text, robot).allows(path);
        assert!(allows("tower-consent", "/"));
        assert!(!allows("tower-consent", "/a/b.gif"));
        assert!(allows("tower-consent", "/a/b.gif?x"));
        assert!(!allows("tower-consent", "/example/x"));
        assert!(!allows("tower-consent", "/p1q2"));
        assert!(allows("foobot", "/example/page.html"));
        assert!(!allows("foobot", "/example/other"));
        assert!(allows("FooBot", "/example/allowed.gif"));
        assert!(!allows("bazbot", "/example/page.html") && !allows("barbot", "/example/page.html"));
        assert!(allows("bazbot", "/example/x"));
        // A group without rules: everything is allowed, and the rules for `*` are not for it.
        assert!(allows("quxbot", "/example/x"));
    }

    #[test]
    fn groups_of_one_name_are_one_and_the_rest_is_passed_over() {
        let text = "\u{feff}# hello\r\nSitemap: /map\r\nuser-agent: a/1.0\r\ndisallow: /1 # why\r\nCrawl-delay: 9\r\n\
                    user-agent: b\r\ndisallow: /2\r\n\r\nuser-agent: a\r\ndisallow: /3\r\nnonsense\r\n";
        let robots = Robots::parse(text, "a");
        assert_eq!([robots.allows("/1"), robots.allows("/2"), robots.allows("/3")], [false, true, false]);
        assert!(Robots::parse("", "a").allows("/"));
        assert!(Robots::parse("User-agent: *\nDisallow:\n", "a").allows("/"));
        let equal = Robots::parse("User-agent: *\nDisallow: /page\nAllow: /page\n", "a");
        assert!(equal.allows("/page"));
    }

    #[test]
    fn stars_and_ends_fit_as_written() {
        for (pattern, path, expected) in [
            ("/", "/x", true),
            ("/a*c", "/abbbcd", true),
            ("/a*c$", "/abcd", false),
            ("/a*c$", "/abcc", true),
            ("/a*b*c$", "/a-b-c", true),
            ("/a*b*b$", "/ab", false),
            ("*$", "/x", true),
            ("/$", "/x", false),
            ("/a$", "/a", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
