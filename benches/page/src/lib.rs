//! What the price of the gate is measured with: pages, policies, visitors, and one service for each case.
//!
//! In: where the stored pages are, if they are there. Out: services and requests, ready to be run. It measures nothing
//! itself; `bin/price.rs` and `bin/allocations.rs` do.

pub mod case;
pub mod loopback;
pub mod material;
pub mod rival;
