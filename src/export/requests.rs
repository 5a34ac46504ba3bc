//! The register of requests: one row for each, with its term and what became of it.
//!
//! In: events of requests and the policy they came under. Out: a table. In memory are the requests, not the events.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{event::Event, table::row, written};
use crate::{
    audit::Entry,
    policy::Policy,
    rights::{Due, Request, Requests, State},
    store::Error,
};

const COLUMNS: [&str; 17] = [
    "number",
    "received",
    "by",
    "source",
    "subject",
    "policy",
    "request",
    "laws",
    "clock",
    "due",
    "put_off_to",
    "state",
    "identified",
    "put_off",
    "answered",
    "refused",
    "done",
];

/// The requests of an export.
#[derive(Default)]
pub(super) struct Register {
    requests: Requests,
    /// What only the event of a request tells: who wrote it, whose it is, under which policy.
    came: BTreeMap<u64, [String; 3]>,
}

impl Register {
    /// Takes an event of a request; a step of a request that is not in this export tells nothing here.
    pub(super) fn take(
        &mut self,
        index: u64,
        entry: &Entry,
        event: &Event<'_>,
        subject: Option<&str>,
        policy: Option<&Policy>,
    ) -> Result<(), Error> {
        if event.kind == "request" {
            let came = [event.by, subject.unwrap_or_default(), &event.policy].map(str::to_owned);
            self.came.insert(index, came);
        } else {
            let number = event.facts.get("request").and_then(|number| number.parse().ok());
            if !number.is_some_and(|number| self.requests.has(number)) {
                return Ok(());
            }
        }
        self.requests.take(index, entry, policy).map(drop)
    }

    /// Writes the table.
    pub(super) fn write(self, out: &mut impl Write) -> io::Result<()> {
        row(out, COLUMNS)?;
        for request in self.requests.into_list() {
            let [by, subject, policy] = self.came.get(&request.number).cloned().unwrap_or_default();
            row(out, cells(&request, &by, &subject, &policy))?;
        }
        Ok(())
    }
}

fn cells(request: &Request, by: &str, subject: &str, policy: &str) -> [String; COLUMNS.len()] {
    let (clock, due, put_off) = match &request.due {
        Due::Until(deadline) => {
            let last = request.due_day().filter(|day| *day != deadline.day);
            (deadline.clock.clone(), deadline.day.to_string(), last.map(|day| day.to_string()).unwrap_or_default())
        }
        // An empty cell would be taken for "no term".
        Due::Unknown(missing) => (String::new(), missing.to_string(), String::new()),
        Due::NoPolicy => (String::new(), "the policy it came under is not at hand".to_owned(), String::new()),
    };
    let when = |state: State| {
        let step = request.steps.iter().find(|step| step.state == state);
        step.map(|step| written(step.time)).unwrap_or_default()
    };
    let laws: Vec<&str> = request.laws.iter().map(|law| law.as_str()).collect();
    [
        request.number.to_string(),
        written(request.received),
        by.to_owned(),
        request.source.clone(),
        subject.to_owned(),
        policy.to_owned(),
        request.what.as_str().to_owned(),
        laws.join(" "),
        clock,
        due,
        put_off,
        request.state().as_str().to_owned(),
        when(State::Identified),
        when(State::Extended),
        when(State::Answered),
        when(State::Refused),
        when(State::Done),
    ]
}
