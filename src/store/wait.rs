//! Waiting for a store on the thread that asks.

use std::future::IntoFuture;

/// Waits on this thread for what a store or the writer of the log answers, on any runtime or none.
///
/// A task of tokio may only do so much before it must give way, and channels of tokio answer "not yet" from then on. Who
/// waits here cannot give way: without lifting that limit he would ask for ever.
pub(crate) fn wait<F: IntoFuture>(answer: F) -> F::Output {
    pollster::block_on(tokio::task::coop::unconstrained(answer.into_future()))
}
