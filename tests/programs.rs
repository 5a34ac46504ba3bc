//! What the test programs share (`tests/faults`, `tests/instances`): a site without a socket, random numbers, figures.

use std::{
    convert::Infallible,
    fs,
    io::{self, Write},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, util::BoxCloneSyncService};
use tower_consent::{ConsentLayer, Policy};

pub(crate) type Service = BoxCloneSyncService<Request<Full<Bytes>>, Response<Bytes>, Infallible>;

pub(crate) fn policy() -> Policy {
    Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
}

/// The layer around a page with a counter.
pub(crate) fn service(layer: &ConsentLayer) -> Service {
    let inner = tower::service_fn(|_: Request<Full<Bytes>>| async {
        let page = "<!DOCTYPE html><body><p>news<script src=https://mc.yandex.ru/metrika/tag.js></script>";
        let response = Response::builder().header("content-type", "text/html; charset=utf-8");
        Ok::<_, Infallible>(response.body(Full::new(Bytes::from(page))).unwrap())
    });
    let service = layer.layer(inner);
    BoxCloneSyncService::new(tower::service_fn(move |request| {
        let service = service.clone();
        async move {
            let (head, body) = service.oneshot(request).await.unwrap().into_parts();
            Ok(Response::from_parts(head, body.collect().await.unwrap().to_bytes()))
        }
    }))
}

pub(crate) fn tell(line: &str) {
    let mut output = io::stdout().lock();
    // One write for a line: a kill leaves it whole or not at all.
    output.write_all(format!("{line}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

/// The most memory this process ever had, in MiB.
pub(crate) fn peak() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

/// Takes bytes and counts them.
#[derive(Default)]
pub(crate) struct Counted(pub(crate) u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Random numbers with a seed that is printed and can be set again by `SEED`.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded() -> Self {
        let given = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()) * 2_654_435_761 + 1);
        println!("SEED={seed}");
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
