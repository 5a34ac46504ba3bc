//! Requests over the network, from a test that may run on the same single thread as the site it asks.
//!
//! In: a request with a whole address. Out: the whole response, whatever its status; redirects are not followed.

use std::{io::Read, sync::LazyLock, time::Duration};

use http::{Request, Response};
use tokio::sync::oneshot;
use ureq::Agent;

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 64 << 20;

/// Asks on a thread of its own, so that whoever waits holds nobody up.
///
/// # Errors
///
/// When there is no answer within 30 seconds, with the reason.
pub(super) async fn ask(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, String> {
    static AGENT: LazyLock<Agent> = LazyLock::new(|| {
        let configuration = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build();
        configuration.new_agent()
    });
    let (sender, answer) = oneshot::channel();
    std::thread::spawn(move || {
        // Who waited may have gone.
        let _ = sender.send(whole(&AGENT, request).map_err(|error| error.to_string()));
    });
    answer.await.unwrap_or_else(|_| Err("the request was given up".to_owned()))
}

fn whole(agent: &Agent, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    // A request that has no body must not say that it is empty.
    let response = if request.body().is_empty() { agent.run(request.map(|_| ()))? } else { agent.run(request)? };
    let (head, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    body.as_reader().take(LONGEST).read_to_end(&mut bytes)?;
    Ok(Response::from_parts(head, bytes))
}
