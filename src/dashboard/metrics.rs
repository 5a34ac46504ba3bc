//! Metrics for Prometheus, in the text format 0.0.4.
//!
//! In: what the watch has seen. Out: text. Every name is in the table below, with its meaning; `docs/metrics.md` is made
//! from it and a test compares the two. Labels have few values: kinds of events, purposes and services of the policy in
//! force, and `other`. Nothing of a visitor is in it.

use std::{collections::BTreeMap, fmt::Write};

use super::watch::Watch;
use crate::{audit::Choices, record::Kind};

pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// One metric as it is documented.
#[derive(Clone, Copy, Debug)]
struct Metric {
    name: &'static str,
    /// `counter` or `gauge`.
    kind: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
}

macro_rules! metrics {
    ($($constant:ident: $name:literal, $kind:literal, [$($label:literal),*], $help:literal;)*) => {
        $(const $constant: Metric = Metric { name: $name, kind: $kind, labels: &[$($label),*], help: $help };)*
        /// All metrics, in the order they are written.
        #[cfg(test)]
        const METRICS: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    BUILD: "tower_consent_build_info", "gauge", ["version"], "Always 1; the release is in the label.";
    READY: "tower_consent_ready", "gauge", [], "1 while choices can be recorded and, where there is no outbox, the store can be read, else 0.";
    ENTRIES: "tower_consent_log_entries", "gauge", [], "Entries of the log.";
    COUNTED: "tower_consent_log_entries_counted", "gauge", [], "Entries this process has counted; fewer than the log has while it is first read after a start.";
    UNREADABLE: "tower_consent_log_entries_unreadable", "gauge", [], "Entries that could not be counted: the store is damaged.";
    EVENTS: "tower_consent_events_total", "counter", ["kind"], "Events of the log by kind: accept, refuse, partial, withdraw and so on.";
    PURPOSES: "tower_consent_purpose_choices_total", "counter", ["purpose", "choice"], "Events that grant or refuse a purpose; purposes the policy in force does not have count as other.";
    WAITING: "tower_consent_recorder_waiting", "gauge", [], "Events that wait to be written.";
    ROOM: "tower_consent_recorder_room", "gauge", [], "Events that may wait before a choice is told to come again.";
    DEGRADED: "tower_consent_recorder_degraded", "gauge", [], "1 while the log cannot be written, else 0.";
    DEGRADED_SINCE: "tower_consent_recorder_degraded_since_seconds", "gauge", [], "Since when the log cannot be written, as a Unix time; 0 while it can.";
    OWED: "tower_consent_recorder_owed_withdrawals", "gauge", [], "Withdrawals that are kept until the log can be written again.";
    FAILED: "tower_consent_recorder_failures_total", "counter", [], "Events that could not be written and were answered with 503, since the process began.";
    OUTBOX: "tower_consent_outbox_waiting", "gauge", [], "Events that wait on this machine for the store to be back; absent without an outbox.";
    OUTBOX_ROOM: "tower_consent_outbox_room", "gauge", [], "Events that may wait there before a choice is told to come again; absent without an outbox.";
    OUTBOX_OLDEST: "tower_consent_outbox_oldest_timestamp_seconds", "gauge", [], "When the oldest of them was made, as a Unix time; 0 while none waits; absent without an outbox.";
    OUTBOX_AWAY: "tower_consent_outbox_store_away", "gauge", [], "1 while the store could not be written when that was tried last, else 0; absent without an outbox.";
    OUTBOX_SHIPPED: "tower_consent_outbox_shipped_total", "counter", [], "Events shipped from the outbox into the log since the process began; absent without an outbox.";
    BATCHES: "tower_consent_recorder_batches_total", "counter", [], "Batches made durable since the process began.";
    WRITTEN: "tower_consent_recorder_events_total", "counter", [], "Events made durable since the process began.";
    SPENT: "tower_consent_recorder_write_seconds_total", "counter", [], "Time spent making batches durable; divided by the batches it is the mean.";
    SYNCED: "tower_consent_recorder_last_sync_timestamp_seconds", "gauge", [], "When events were made durable last, as a Unix time; 0 before the first of this process.";
    BYTES: "tower_consent_store_bytes", "gauge", [], "Size of the store; absent where the store cannot tell.";
    WITHHELD: "tower_consent_withheld_total", "counter", ["service"], "How often a service was withheld from a page or a header. Written once a minute.";
    RELEASED: "tower_consent_released_total", "counter", ["service"], "How often a service was let through a page that was gated. Pages of visitors who allow everything are not gated.";
    UNDECLARED: "tower_consent_undeclared", "gauge", ["kind"], "Hosts, cookies and reported hosts that the policy in force does not declare.";
    EXPIRED: "tower_consent_cookies_expired_total", "counter", [], "Cookies expired after a refusal or withdrawal.";
    GONE: "tower_consent_cookies_gone_total", "counter", [], "Of them, those the browser no longer sent.";
    STAYING: "tower_consent_cookies_staying_total", "counter", [], "Of them, those that came again however often they were expired.";
    VERSIONS: "tower_consent_policy_versions", "gauge", [], "Versions of the policy that were published, up to the 50 newest.";
    POLICY: "tower_consent_policy_info", "gauge", ["version"], "Always 1; the first 16 digits of the version in force are in the label.";
    OPEN: "tower_consent_requests_open", "gauge", [], "Requests of people that are not answered yet.";
    OVERDUE: "tower_consent_requests_overdue", "gauge", [], "Of them, those whose term is over or cannot be computed.";
    LOGINS: "tower_consent_admin_failures_total", "counter", [], "Wrong tokens since the process began.";
}

/// Collects lines, metric by metric.
struct Page(String);

impl Page {
    fn write(&mut self, metric: Metric, samples: impl IntoIterator<Item = (Vec<String>, String)>) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let Metric { name, kind, help, labels } = metric;
        // Writing to a `String` cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (values, number) in samples {
            debug_assert_eq!(values.len(), labels.len(), "{name}");
            let labels: Vec<_> =
                labels.iter().zip(&values).map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.0, "{name}{labels} {number}");
        }
    }

    fn one(&mut self, metric: Metric, number: impl ToString) {
        self.write(metric, [(Vec::new(), number.to_string())]);
    }
}

/// The three signs a label's value cannot hold as they are (Prometheus text format).
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Writes all metrics.
pub(super) fn render(watch: &Watch, wrong_tokens: u64) -> String {
    let health = watch.handle.health();
    let policy = watch.handle.policy();
    let seen = watch.seen();
    let kept = health.outbox.as_ref().map(|outbox| outbox.waiting < outbox.room);
    let ready = health.degraded.is_none() && health.waiting < health.room && kept.unwrap_or(seen.fault.is_none());
    let total = seen.tally.total();
    let mut purposes: BTreeMap<&str, Choices> = BTreeMap::new();
    for (id, choices) in &total.purposes {
        let sum = purposes.entry(policy.purpose(id).map_or("other", |_| id.as_str())).or_default();
        sum.granted += choices.granted;
        sum.refused += choices.refused;
    }
    let mut services: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((id, _), held) in &seen.enforced.services {
        let known = policy.services().iter().any(|service| service.id == *id);
        let sum = services.entry(if known { id.as_str() } else { "other" }).or_default();
        sum.0 += held.withheld;
        sum.1 += held.released;
    }
    let undeclared = |kind: &'static str| {
        let things = seen.undeclared.iter().flat_map(|about| &about.seen).filter(|seen| seen.kind == kind);
        (vec![kind.to_owned()], things.count().to_string())
    };
    let time = |time: Option<time::OffsetDateTime>| time.map_or(0, time::OffsetDateTime::unix_timestamp);
    let mut page = Page(String::new());
    page.write(BUILD, [(vec![env!("CARGO_PKG_VERSION").to_owned()], "1".to_owned())]);
    page.one(READY, u8::from(ready));
    page.one(ENTRIES, seen.size);
    page.one(COUNTED, seen.read);
    page.one(UNREADABLE, seen.unreadable);
    page.write(EVENTS, Kind::ALL.map(|kind| (vec![kind.as_str().to_owned()], total.of(kind).to_string())));
    let choices = purposes.iter().flat_map(|(id, choices)| {
        [("granted", choices.granted), ("refused", choices.refused)]
            .map(|(choice, count)| (vec![(*id).to_owned(), choice.to_owned()], count.to_string()))
    });
    page.write(PURPOSES, choices);
    page.one(WAITING, health.waiting);
    page.one(ROOM, health.room);
    page.one(DEGRADED, u8::from(health.degraded.is_some()));
    page.one(DEGRADED_SINCE, time(health.degraded));
    page.one(OWED, health.owed);
    page.one(FAILED, health.failed);
    if let Some(outbox) = &health.outbox {
        page.one(OUTBOX, outbox.waiting);
        page.one(OUTBOX_ROOM, outbox.room);
        page.one(OUTBOX_OLDEST, time(outbox.oldest));
        page.one(OUTBOX_AWAY, u8::from(outbox.away.is_some()));
        page.one(OUTBOX_SHIPPED, outbox.shipped);
    }
    page.one(BATCHES, health.batches);
    page.one(WRITTEN, health.events);
    page.one(SPENT, health.spent.as_secs_f64());
    page.one(SYNCED, time(health.synced));
    page.write(BYTES, seen.bytes.map(|bytes| (Vec::new(), bytes.to_string())));
    page.write(WITHHELD, services.iter().map(|(id, sum)| (vec![(*id).to_owned()], sum.0.to_string())));
    page.write(RELEASED, services.iter().map(|(id, sum)| (vec![(*id).to_owned()], sum.1.to_string())));
    page.write(UNDECLARED, ["host", "cookie", "report"].map(undeclared));
    page.one(EXPIRED, seen.enforced.expired);
    page.one(GONE, seen.enforced.gone);
    page.one(STAYING, seen.enforced.staying);
    page.one(VERSIONS, seen.versions.len());
    page.write(POLICY, [(vec![policy.version()[..16].to_owned()], "1".to_owned())]);
    let today = crate::rights::local_day(&policy, watch.handle.site().clock.now());
    page.one(OPEN, seen.requests.iter().filter(|request| request.open).count());
    page.one(OVERDUE, seen.requests.iter().filter(|request| request.is_overdue(today)).count());
    page.one(LOGINS, wrong_tokens);
    page.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_manual_has_every_metric() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
        let page = std::fs::read_to_string(path).unwrap();
        let mut table = String::from("| name | type | labels | meaning |\n|---|---|---|---|\n");
        for Metric { name, kind, labels, help } in METRICS {
            let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            let _ = writeln!(table, "| `{name}` | {kind} | {} | {help} |", labels.join(", "));
        }
        assert!(page.contains(&table), "the table of docs/metrics.md should be:\n\n{table}");
    }

    #[test]
    fn names_follow_the_customs_of_prometheus() {
        let names: BTreeSet<_> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len());
        for Metric { name, kind, help, .. } in METRICS {
            assert!(name.starts_with("tower_consent_"), "{name}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == "counter", "{name}");
            assert!(help.ends_with('.') && !help.contains(['\\', '\n', '|']), "{name}");
        }
    }

    #[test]
    fn values_of_labels_are_escaped() {
        let mut page = Page(String::new());
        page.write(POLICY, [(vec!["a\"b\\c\nd".to_owned()], "1".to_owned())]);
        assert!(page.0.ends_with("{version=\"a\\\"b\\\\c\\nd\"} 1\n"), "{}", page.0);
    }
}
