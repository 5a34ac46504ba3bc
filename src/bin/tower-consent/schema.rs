//! `schema`: prints what an editor needs to complete and check `policy.toml` while it is written.

use std::process::ExitCode;

use tower_consent::policy;

use super::screen;

/// Said by `schema --help`.
pub(super) const HELP: &str = "\
Editors with Taplo (\"Even Better TOML\" in Visual Studio Code, and others) complete keys and show what each means:

  1. tower-consent schema > policy.schema.json        beside policy.toml
  2. add as the first line of policy.toml:
       #:schema ./policy.schema.json

Or, for all policies of a project, in a file `.taplo.toml` at its root:

  [[rule]]
  include = [\"policies/*/policy.toml\"]
  [rule.schema]
  path = \"./policy.schema.json\"";

pub(super) fn run() -> ExitCode {
    let text = format!("{:#}\n", policy::schema());
    screen::print(&text).err().unwrap_or(ExitCode::SUCCESS)
}
