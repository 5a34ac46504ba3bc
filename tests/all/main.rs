//! Behaviour through the public API, in one binary: linking is the cost of a test suite.

mod choice;
mod corpus;
mod durable;
mod news_site;
mod policies;
mod servers;
mod structure;
