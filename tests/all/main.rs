//! Behaviour through the public API, in one binary: linking is the cost of a test suite.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test may panic and must tell what it left out

mod alive;
#[cfg(all(feature = "axum", feature = "testing"))]
mod axum;
mod bodies;
#[cfg(feature = "testing")]
mod caching;
mod choice;
#[cfg(feature = "cli")] // without it there is no binary
mod cli;
mod cookies;
mod corpus;
#[cfg(feature = "dashboard")]
mod dashboard;
#[cfg(feature = "cli")] // it is the binary that is driven
mod documents;
#[cfg(feature = "sled")] // it is the embedded store that is killed
mod durable;
#[cfg(feature = "export")]
mod export;
#[cfg(feature = "cli")] // it is the binary that is driven
mod export_cli;
mod folder;
mod formats;
mod gate;
mod held;
#[cfg(feature = "cli")] // it is the binary that is driven
mod init;
mod language;
mod links;
mod mirror;
#[cfg(feature = "lint")] // the rules are held against what is left, too
mod mutations;
mod neutral;
mod news_site;
mod oracle;
#[cfg(feature = "sled")] // an outbox is an embedded store
mod outbox;
mod peer;
mod placeholder;
mod policies;
#[cfg(all(feature = "postgres", feature = "sled"))] // logs are carried between the two
mod postgres;
#[cfg(all(feature = "postgres", feature = "sled"))] // an outbox is an embedded store
mod postgres_shared;
#[cfg(feature = "proxy")]
mod proxy;
mod random;
mod reload;
#[cfg(feature = "cli")] // it is the binary that is driven
mod rights;
#[cfg(feature = "lint")]
mod rules;
#[cfg(feature = "lint")] // the page is made from the rules
mod rules_page;
#[cfg(feature = "scan")]
mod scan;
#[cfg(feature = "cli")] // it is the binary that goes through a site
mod scan_site;
mod second_lock;
mod servers;
mod soup;
mod storage;
mod stores;
mod structure;
#[cfg(feature = "testing")]
mod testing;
#[cfg(feature = "scan")]
mod trackers;
#[cfg(all(feature = "export", feature = "sled"))] // they are what was written
mod upgrade;
mod versions;
mod visitor;
