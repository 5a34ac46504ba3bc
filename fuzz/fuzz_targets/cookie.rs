//! Any bytes as the `Cookie` header, where `@` stands for a choice that was really made: a purpose is granted only when
//! that cookie is there, and no other of its name.

#![no_main]

mod site;

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use site::Site;

static MADE: LazyLock<(Site, String, String)> = LazyLock::new(|| {
    let site = Site::new();
    let cookie = site.choose("accept");
    let name = cookie.split('=').next().expect("a cookie has a name").to_owned();
    (site, name, cookie)
});

fuzz_target!(|data: &[u8]| {
    let (site, name, made) = &*MADE;
    let header: Vec<u8> =
        data.iter().flat_map(|byte| if *byte == b'@' { made.as_bytes().to_vec() } else { vec![*byte] }).collect();
    let Ok(value) = HeaderValue::from_bytes(&header) else {
        return;
    };
    let mut request = Request::get("/").header("host", "news.example").body(Bytes::new()).expect("a request");
    request.headers_mut().insert("cookie", value);
    let answer = site.ask(request, &HeaderMap::new());
    assert_eq!(answer.status, 200);
    if answer.granted.iter().any(|purpose| purpose != "necessary") {
        let text = String::from_utf8_lossy(&header);
        let mut named = text
            .split(';')
            .map(|pair| pair.trim_matches([' ', '\t']))
            .filter(|pair| pair.split_once('=').is_some_and(|(own, _)| own.trim_matches([' ', '\t']) == name));
        assert!(text.contains(made.as_str()), "granted without the cookie: {text}");
        // Of two the stricter counts, and what is not ours grants nothing.
        assert!(named.all(|pair| pair == made), "granted beside another cookie of the name: {text}");
    }
});
