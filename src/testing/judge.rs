//! What of a page belongs to a service, and whether the visitor has allowed that service.

use std::sync::Arc;

use super::page::Live;
use crate::{decision::Decision, gate::Rules, policy, scan::Form};

/// Says of what a page holds whether the visitor has allowed it.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) rules: Arc<Rules>,
    pub(super) decision: Decision,
}

impl Judge {
    /// Returns the services something that is live belongs to.
    pub(super) fn of<'s>(&'s self, live: &'s Live) -> Vec<&'s policy::Service> {
        let matcher = &self.rules.matcher;
        match live {
            // A hint without a path opens a connection, which all services of a host share.
            Live::Address(Form::Hint, address) if address.path() == "/" => matcher.connected(address).collect(),
            Live::Address(form, address) => {
                form.carriers().iter().flat_map(|carrier| matcher.included(address, *carrier)).collect()
            }
            Live::Script(_, text) => matcher.running(text.as_bytes()).collect(),
        }
    }

    pub(super) fn asking<'s>(&self, services: impl Iterator<Item = &'s policy::Service>) -> Vec<String> {
        services.filter(|service| self.rules.asks(service)).map(|service| service.id.clone()).collect()
    }

    pub(super) fn refused_cookie(&self, name: &str) -> Vec<String> {
        self.refused(self.rules.matcher.setting(name))
    }

    /// Names the services among these that are withheld, each once, with the purpose.
    pub(super) fn refused<'s>(&self, services: impl Iterator<Item = &'s policy::Service>) -> Vec<String> {
        let told = |service: &policy::Service| {
            let purpose = self.rules.withholds(service, &self.decision)?;
            Some(format!("`{}` (`{purpose}` is not allowed)", service.id))
        };
        let mut all: Vec<String> = services.filter_map(told).collect();
        all.sort();
        all.dedup();
        all
    }
}
