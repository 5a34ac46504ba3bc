//! Real pages pass through a policy that matches nothing: output = input + one banner.

use std::{fs, path::PathBuf};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, Policy, store::Memory};

use super::news_site::policy;

/// A folder of the corpus, or a loud line that it is not there.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    let corpus = std::env::var("TOWER_CONSENT_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus").to_owned());
    let folder = PathBuf::from(corpus).join(folder);
    if !folder.is_dir() {
        println!("!!! NO CORPUS at {}: NOT tested with it (set TOWER_CONSENT_CORPUS)", folder.display());
        return None;
    }
    Some(folder)
}

fn pages() -> Option<Vec<PathBuf>> {
    let entries = fs::read_dir(corpus("pages")?).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    Some(paths.filter(|path| path.extension().is_some_and(|extension| extension == "html")).collect())
}

/// The seed policy with services that stand on no page.
pub(crate) fn matching_nothing() -> Policy {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    let end = text.find("[[service]]").unwrap();
    text.truncate(end);
    text.push_str(
        "[[service]]\nid = \"nowhere\"\ntitle = \"x\"\npurpose = \"metrics\"\noperator = \"x\"\ncountry = \"RU\"\n\
         hosts = [\"counter.nowhere.example\"]\ninline = [\"counter.nowhere.example\"]\n",
    );
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:?}"))
}

/// Sends a page in pieces through the layer for a visitor with this cookie; `None` where the gate ended it.
pub(crate) async fn through(
    layer: &ConsentLayer,
    page: &[u8],
    size: usize,
    kind: &'static str,
    cookie: &str,
) -> Option<Vec<u8>> {
    let pieces: Vec<Result<Frame<Bytes>, std::convert::Infallible>> =
        page.chunks(size).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
    let inner = service_fn(move |_: Request<String>| {
        let pieces = pieces.iter().map(|piece| Ok(Frame::data(piece.as_ref().unwrap().data_ref().unwrap().clone())));
        let body = StreamBody::new(futures_stream(pieces.collect()));
        async move {
            Ok::<_, std::convert::Infallible>(Response::builder().header("content-type", kind).body(body).unwrap())
        }
    });
    let mut service = layer.layer(inner);
    let request =
        Request::get("/").header("host", "news.example").header("cookie", cookie).body(String::new()).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    Some(response.into_body().collect().await.ok()?.to_bytes().to_vec())
}

type Piece = Result<Frame<Bytes>, std::convert::Infallible>;

fn futures_stream(pieces: Vec<Piece>) -> impl futures_core::Stream<Item = Piece> {
    tokio_stream::iter(pieces)
}

#[tokio::test]
async fn real_pages_pass_with_one_banner_in_any_pieces() {
    let Some(pages) = pages() else { return };
    assert_eq!(pages.len(), 26);
    let layer = ConsentLayer::new(matching_nothing(), Memory::default()).unwrap();
    for path in pages {
        let page = fs::read(&path).unwrap();
        for size in [1, 7, 4096] {
            for kind in ["text/html", "text/html; charset=utf-8"] {
                // One-byte pieces are slow; the other charset is covered by the larger ones.
                if size == 1 && kind != "text/html" {
                    continue;
                }
                let out = through(&layer, &page, size, kind, "").await.expect("a real page is not cut off");
                let name = format!("{} in pieces of {size} as {kind}", path.display());
                let start = find(&out, b"<section id=\"tc\"").unwrap_or_else(|| panic!("no banner: {name}"));
                let end = start + find(&out[start..], b"</section>").unwrap() + b"</section>".len();
                let banner = &out[start..end];
                assert!(kind != "text/html" || banner.is_ascii(), "{name}");
                let link =
                    end + find(&out[end..], b"<section id=\"tc-l\"").unwrap_or_else(|| panic!("no link: {name}"));
                let behind = link + find(&out[link..], b"</section>").unwrap() + b"</section>".len();
                assert!(kind != "text/html" || out[link..behind].is_ascii(), "{name}");
                let without = [&out[..start], &out[end..link], &out[behind..]].concat();
                assert!(without == page, "{name} was changed");
                assert_eq!(find(&out[end..], b"<section id=\"tc\""), None, "{name}");
            }
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
