//! What people ask an operator to do with their data, and what the operator owes them: requests with their statutory
//! clocks, the answer to a person, evidence of destruction, and the end of what is kept.
//!
//! In: the log, a policy, the time. Out: the register of requests with due days, papers ready to sign, records for the
//! log. The register is computed from the log each time; nothing of it is kept elsewhere but a note of where requests
//! stand. It writes to the log only in a retention run, and answers nobody by itself: that is the operator's.

mod account;
mod act;
mod deadline;
mod register;
mod request;
mod retention;
mod subject;

#[cfg(feature = "export")]
pub(crate) use self::register::Requests;
pub(crate) use self::retention::Daily;
pub use self::{
    account::{Elsewhere, account, elsewhere, linked},
    act::{Destruction, Papers, Unsaid, destructions},
    deadline::{Clock, Deadline, clocks, deadline, local_day},
    register::{policy_in_force, register, request, requests_of},
    request::{Due, LONGEST_TEXT, Request, State, Step, Unfit, What, received},
    retention::{Plan, Run, Terms, plan, run, short_lived},
    subject::{Subject, SubjectEvent},
};
