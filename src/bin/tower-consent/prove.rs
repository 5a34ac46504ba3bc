//! `prove`: sends stored pages through the gate in every state of consent and looks for what is alive in the outcome.
//!
//! In: a policy, a folder of pages. Out: for each thing that would still be requested or run, page, state, carrier and
//! the bytes. The judge is another reader than the gate: a tree built by html5ever, with `noscript` read as elements
//! too. Of a policy whose pages are the same for everyone, each page also goes through the whole layer as visitors in every state
//! ask for it, and head and bytes must be the same. It changes no file.

mod everyone;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use scraper::{ElementRef, Html};
use serde::Serialize;
use tower_consent::{
    Decision, Policy,
    gate::{Gate, Rules},
    policy::Pages,
};

use super::Format;

/// States are all subsets of the purposes asked for, so their number doubles with each.
const MOST_PURPOSES: usize = 10;

/// Sends stored pages through the gate in every state of consent; fails when anything refused is alive.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tower-consent prove policies/news-site --pages saved-pages")]
pub(super) struct Prove {
    /// The policy folder.
    folder: PathBuf,
    /// A folder of pages (`*.html`, `*.htm`), looked through with its subfolders.
    #[arg(long, value_name = "DIR")]
    pages: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    pages: usize,
    states: usize,
    /// Things withheld, over all pages and states.
    withheld: usize,
    /// The same by carrier.
    by_carrier: BTreeMap<&'static str, usize>,
    alive: Vec<Alive>,
    /// Scripts of the site and data blocks that came out changed.
    changed: Vec<Alive>,
    /// Pages the gate cut off, with the reason.
    cut: Vec<Alive>,
    /// Visitors each page was compared for, where pages are the same for everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<usize>,
    /// Pages that are not the same for everyone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differing: Vec<Alive>,
}

/// Something that should not be there.
#[derive(Debug, Serialize)]
struct Alive {
    page: String,
    /// Purposes allowed.
    state: String,
    carrier: String,
    bytes: String,
}

impl Prove {
    pub(super) fn run(&self) -> ExitCode {
        match self.prove() {
            Ok(report) => {
                let lists = [&report.alive, &report.changed, &report.cut, &report.differing];
                let good = lists.iter().all(|list| list.is_empty());
                match self.format {
                    Format::Json => println!("{:#}", serde_json::to_value(&report).unwrap_or_default()),
                    Format::Text => print(&report),
                }
                if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(error) => {
                eprintln!("tower-consent: {error}");
                ExitCode::from(2)
            }
        }
    }

    fn prove(&self) -> Result<Report, Box<dyn std::error::Error>> {
        let policy = Policy::load(&self.folder)?;
        let rules = Rules::new(&policy);
        let asked: Vec<&str> = policy.asked().map(|purpose| purpose.id.as_str()).collect();
        if asked.len() > MOST_PURPOSES {
            return Err(format!("{} purposes have too many states: at most {MOST_PURPOSES}", asked.len()).into());
        }
        let pages = pages(&self.pages)?;
        if pages.is_empty() {
            return Err(format!("`{}` holds no page", self.pages.display()).into());
        }
        let address = policy.site().origin.join("/a/page")?;
        let mut report = Report { pages: pages.len(), states: 1 << asked.len(), ..Report::default() };
        let visitors = match policy.gate().pages {
            Pages::Neutral => Some(everyone::Visitors::new(&policy)?),
            _ => None,
        };
        report.compared = visitors.as_ref().map(everyone::Visitors::len);
        for path in &pages {
            let page = fs::read(path)?;
            for (state, bytes) in visitors.iter().flat_map(|visitors| visitors.differing(&page)) {
                let (page, carrier) = (path.display().to_string(), "response".to_owned());
                report.differing.push(Alive { page, state, carrier, bytes });
            }
            let before = Outside::of(&page, &rules);
            for state in 0..1u32 << asked.len() {
                let allowed: Vec<&str> =
                    asked.iter().enumerate().filter(|(bit, _)| state & 1 << bit != 0).map(|(_, id)| *id).collect();
                let decision = Decision::granting(&policy, allowed.iter().copied());
                let told = |carrier: &str, bytes: String| Alive {
                    page: path.display().to_string(),
                    state: if allowed.is_empty() { "none".to_owned() } else { allowed.join("+") },
                    carrier: carrier.to_owned(),
                    bytes,
                };
                let mut gate = Gate::new(&rules, &decision, address.as_str())?;
                let out = page.chunks(16 << 10).try_fold(Vec::new(), |mut out, piece| {
                    out.extend(gate.feed(piece)?);
                    Ok(out)
                });
                let out = out.and_then(|mut out| {
                    out.extend(gate.finish()?);
                    Ok::<_, tower_consent::gate::Error>(out)
                });
                let out = match out {
                    Ok(out) => out,
                    Err(error) => {
                        report.cut.push(told("page", error.to_string()));
                        continue;
                    }
                };
                for met in gate.met().iter().filter(|met| met.withheld) {
                    report.withheld += 1;
                    *report.by_carrier.entry(met.carrier.as_str()).or_default() += 1;
                }
                let refused = |service: &str| {
                    let service = policy.service(service);
                    service.is_some_and(|service| decision.withholds(service).is_some())
                };
                let after = Outside::of(&out, &rules);
                for (carrier, services, bytes) in &after.loads {
                    if services.iter().any(|service| refused(service)) {
                        report.alive.push(told(carrier, bytes.clone()));
                    }
                }
                for (text, count) in &before.own {
                    if after.own.get(text) != Some(count) {
                        report.changed.push(told("script", text.clone()));
                    }
                }
            }
        }
        Ok(report)
    }
}

/// What a reader from outside finds in a page.
#[derive(Default)]
struct Outside {
    /// What loads or runs: carrier, services it belongs to, the bytes.
    loads: Vec<(String, Vec<String>, String)>,
    /// Scripts that belong to no service, and data blocks: text → how often.
    own: BTreeMap<String, usize>,
}

impl Outside {
    fn of(page: &[u8], rules: &Rules) -> Self {
        let mut outside = Self::default();
        outside.read(&Html::parse_document(&String::from_utf8_lossy(page)), rules);
        outside
    }

    fn read(&mut self, tree: &Html, rules: &Rules) {
        for element in tree.tree.nodes().filter_map(ElementRef::wrap) {
            let name = element.value().name();
            let text: String = element.text().collect();
            if name == "noscript" {
                // Read once more as elements, which it is to a browser without scripting.
                self.read(&Html::parse_fragment(&text), rules);
            }
            let kind = element.value().attr("type").unwrap_or_default().trim().to_ascii_lowercase();
            let runs = ["", "module", "text/javascript", "application/javascript"].contains(&kind.as_str());
            if name == "script" {
                let services = rules.services_run(text.as_bytes());
                let address = element.value().attr("src").map(|src| rules.services(&absolute(src)));
                if services.is_empty() && address.is_none_or(|services| services.is_empty()) {
                    *self.own.entry(element.html()).or_default() += 1;
                } else if runs && !services.is_empty() {
                    self.push("inline", services, &element);
                }
            }
            for (attribute, value) in element.value().attrs() {
                let loads = match (name, attribute) {
                    ("script", _) if !runs => false,
                    ("a" | "area" | "base", _) => false,
                    ("link", "href") => element.value().attr("rel").is_some_and(loads_by_relation),
                    (
                        _,
                        "src" | "srcset" | "data" | "poster" | "href" | "xlink:href" | "background" | "imagesrcset",
                    ) => true,
                    _ => false,
                };
                if loads {
                    for part in value.split([' ', ',']).filter(|part| !part.is_empty()).chain([value]) {
                        self.push(name, rules.services(&absolute(part)), &element);
                    }
                } else if (name, attribute) == ("iframe", "srcdoc") {
                    self.read(&Html::parse_document(value), rules);
                } else if attribute.starts_with("on") {
                    self.push("inline", rules.services_run(value.as_bytes()), &element);
                }
            }
        }
    }

    fn push<S: Into<String>>(&mut self, carrier: &str, services: Vec<S>, element: &ElementRef<'_>) {
        if !services.is_empty() {
            let services = services.into_iter().map(Into::into).collect();
            self.loads.push((carrier.to_owned(), services, element.html().chars().take(200).collect()));
        }
    }
}

fn loads_by_relation(relation: &str) -> bool {
    const LOADING: [&str; 7] =
        ["preconnect", "dns-prefetch", "preload", "prefetch", "modulepreload", "stylesheet", "icon"];
    relation.split_whitespace().any(|word| LOADING.iter().any(|load| word.eq_ignore_ascii_case(load)))
}

/// An address without a scheme is the page's; the site is reached by https.
fn absolute(address: &str) -> String {
    let address = address.trim();
    if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() }
}

fn pages(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html" || extension == "htm") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn print(report: &Report) {
    let lists = [
        ("alive", &report.alive),
        ("changed", &report.changed),
        ("cut off", &report.cut),
        ("differs", &report.differing),
    ];
    for (what, list) in lists {
        for found in list {
            println!("{what}: {} with {} allowed, {}: {}", found.page, found.state, found.carrier, found.bytes);
        }
    }
    let by: Vec<String> = report.by_carrier.iter().map(|(carrier, count)| format!("{carrier} {count}")).collect();
    println!(
        "{} pages in {} states: {} things withheld ({}), {} alive, {} changed, {} cut off",
        report.pages,
        report.states,
        report.withheld,
        by.join(", "),
        report.alive.len(),
        report.changed.len(),
        report.cut.len()
    );
    if let Some(visitors) = report.compared {
        let differing = report.differing.len();
        println!("the same for everyone: {} pages for {visitors} visitors, {differing} differing", report.pages);
    }
}
