//! How often a request allocates, and how much memory a response holds while it is open.

use std::alloc::System;

use bytes::Bytes;
use http_body_util::BodyExt;
use page::{
    case::{LONG, all},
    material,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::ServiceExt;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Requests that are counted of each case.
const COUNTED: usize = 8;
/// Responses that are open at once.
const OPEN: usize = 64;

fn main() {
    let cases = all(&material::kept());
    println!("{:23} {:>12} {:>12} {:>12}", "case", "allocations", "more: layer", "bytes");
    let mut counts = Vec::new();
    for case in &cases {
        for _ in 0..2 {
            pollster::block_on(case.run(case.request()));
        }
        let requests: Vec<_> = (0..COUNTED).map(|_| case.request()).collect();
        let region = Region::new(ALLOCATOR);
        for request in requests {
            pollster::block_on(case.run(request));
        }
        let change = region.change();
        let count = (change.allocations + change.reallocations) / COUNTED;
        counts.push((case.name, count));
        let bare = counts.iter().find(|(name, _)| *name == case.bare).map_or(0, |(_, count)| *count);
        println!("{:23} {count:12} {:12} {:12}", case.name, count - bare, change.bytes_allocated / COUNTED);
    }

    println!("\nmemory of one open response, half of {} MB passed, {OPEN} open at once", LONG >> 20);
    for case in cases.iter().filter(|case| case.name.contains("5 MB")) {
        let region = Region::new(ALLOCATOR);
        let mut open = Vec::new();
        let mut passed = 0;
        for _ in 0..OPEN {
            let response = pollster::block_on(case.service.clone().oneshot(case.request())).expect("it fails never");
            let mut body = response.into_body();
            passed = 0;
            while passed < LONG / 2 {
                let frame = pollster::block_on(body.frame()).expect("there is more").expect("the body is whole");
                passed += frame.data_ref().map_or(0, Bytes::len);
            }
            open.push(body);
        }
        let change = region.change();
        // `realloc` is told apart in these counts.
        let held = change.bytes_allocated as isize - change.bytes_deallocated as isize;
        println!("{:23} {:8} bytes each ({passed} bytes passed)", case.name, held / OPEN as isize);
    }
}
