//! Any bytes as the body of a choice, with `@` for a token that is good, and the first byte for its kind and path: the
//! answer is one that is documented, and a choice counts only with the token.

#![no_main]

mod site;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use site::Site;

static MADE: LazyLock<(Site, String)> = LazyLock::new(|| {
    let site = Site::new();
    let token = site.token();
    (site, token)
});

fuzz_target!(|data: &[u8]| {
    let (site, token) = &*MADE;
    let Some((how, body)) = data.split_first() else {
        return;
    };
    let kind =
        ["application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data; boundary=a"]
            [usize::from(how & 3)];
    let path =
        ["/_consent/choice", "/_consent/withdraw", "/_consent/requests", "/_consent/csp"][usize::from((how >> 2) & 3)];
    let body: Vec<u8> =
        body.iter().flat_map(|byte| if *byte == b'@' { token.as_bytes().to_vec() } else { vec![*byte] }).collect();
    let has_token = body.windows(token.len()).any(|window| window == token.as_bytes());
    let answer = site.post(path, body.clone().into(), kind);
    let known = [200, 202, 204, 303, 400, 403, 404, 405, 409, 413, 415, 422, 429, 503];
    assert!(known.contains(&answer.status), "{} to {}", answer.status, String::from_utf8_lossy(&body));
    if path == "/_consent/choice" && matches!(answer.status, 200 | 303) {
        assert!(has_token, "a choice without a token: {}", String::from_utf8_lossy(&body));
    }
    // A way back leads nowhere else.
    if let Some(to) = answer.headers.get("location").and_then(|value| value.to_str().ok()) {
        let base = url::Url::parse("https://news.example/").expect("an address");
        let host = base.join(to).expect("a browser can read it").host_str().map(str::to_owned);
        assert_eq!(host.as_deref(), Some("news.example"), "{to}");
    }
});
