//! `init`: a policy folder to start from, which checks clean once the operator's block is filled.

mod policy;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use tower_consent::{catalogue, purpose::PurposeKind};

/// The arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tower-consent init policies/my-site --language ru --name \"Мой сайт\" --origin https://my-site.example
  tower-consent init policies/shop --language en --service google-analytics --service youtube
  tower-consent scan https://my-site.example   tells which services the pages include

Then fill the block [operator] of policy.toml, read the texts, and run
  tower-consent check policies/my-site")]
pub(crate) struct Init {
    /// The folder to write; it must not exist or be empty.
    folder: PathBuf,
    /// Languages of the texts, the default first; give it again for each further one.
    #[arg(long = "language", value_enum, default_values_t = [Tongue::Ru])]
    languages: Vec<Tongue>,
    /// Name of the site.
    #[arg(long, default_value = "Example")]
    name: String,
    /// Where visitors reach it: scheme and host.
    #[arg(long, default_value = "https://example.com")]
    origin: String,
    /// A known service that the pages include; give it again for each further one.
    #[arg(long = "service", value_name = "ID")]
    services: Vec<String>,
    /// Adds recommendation technologies of the site's own: their purpose, rules and notice.
    #[arg(long)]
    recommendations: bool,
}

/// Languages there are texts to start from in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tongue {
    Ru,
    En,
}

impl Tongue {
    fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The texts, which take everything that differs from site to site from `policy.toml`. English ones speak of the
    /// law of the site: of 152-FZ beside Russian ones, else of the GDPR.
    fn texts(self, is_russian: bool) -> [(&'static str, &'static str); 4] {
        match self {
            Self::En if !is_russian => [
                ("banner.md", include_str!("eu/banner.md")),
                ("consent.md", include_str!("eu/consent.md")),
                ("policy.md", include_str!("eu/policy.md")),
                (RULES, include_str!("eu/recommendations.md")),
            ],
            Self::Ru => [
                ("banner.md", include_str!("../../../../policies/news-site/ru/banner.md")),
                ("consent.md", include_str!("../../../../policies/news-site/ru/consent.md")),
                ("policy.md", include_str!("../../../../policies/news-site/ru/policy.md")),
                (RULES, include_str!("../../../../policies/news-site/ru/recommendations.md")),
            ],
            Self::En => [
                ("banner.md", include_str!("../../../../policies/news-site/en/banner.md")),
                ("consent.md", include_str!("../../../../policies/news-site/en/consent.md")),
                ("policy.md", include_str!("../../../../policies/news-site/en/policy.md")),
                (RULES, include_str!("../../../../policies/news-site/en/recommendations.md")),
            ],
        }
    }
}

const RULES: &str = "recommendations.md";

pub(crate) fn run(arguments: &Init) -> ExitCode {
    match write(arguments) {
        Ok(files) => {
            let folder = arguments.folder.display();
            for file in files {
                println!("wrote {}", file.display());
            }
            println!("\nNow fill the block [operator] of {folder}/policy.toml, read the texts, and run");
            println!("  tower-consent check {folder}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("tower-consent: {reason}");
            ExitCode::from(2)
        }
    }
}

/// What the seed's banner says of its own purposes, and what holds for any.
const SEED_PURPOSES: [(&str, &str); 2] = [
    (
        "Метрические программы и рекомендательные технологии выключены, пока вы не согласитесь",
        "Всё, кроме необходимого, выключено, пока вы не согласитесь",
    ),
    (
        "Metrics and recommendations stay off until you agree",
        "Everything that is not necessary stays off until you agree",
    ),
];

fn write(arguments: &Init) -> Result<Vec<PathBuf>, String> {
    let folder = &arguments.folder;
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("{} is not empty; name a new folder, nothing was written", folder.display()));
    }
    let mut kinds = vec![PurposeKind::Necessary];
    let mut services = Vec::new();
    for id in &arguments.services {
        let kind = catalogue::kind(id).ok_or_else(|| {
            let listed: Vec<&str> =
                catalogue::ids().filter(|known| known.starts_with(&id[..id.len().min(2)])).collect();
            let near = if listed.is_empty() { String::new() } else { format!("; near it are {}", listed.join(", ")) };
            format!("the catalogue has no service `{id}`{near}; describe it in policy.toml afterwards instead")
        })?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        services.push((id.as_str(), kind));
    }
    if arguments.recommendations && !kinds.contains(&PurposeKind::Recommendations) {
        kinds.push(PurposeKind::Recommendations);
    }
    if kinds.len() == 1 {
        kinds.push(PurposeKind::Metrics);
    }
    let mut languages: Vec<Tongue> = Vec::new();
    for language in &arguments.languages {
        if !languages.contains(language) {
            languages.push(*language);
        }
    }
    let tags: Vec<&str> = languages.iter().map(|language| language.tag()).collect();
    let start = policy::Start {
        name: &arguments.name,
        origin: &arguments.origin,
        languages: &tags,
        kinds: &kinds,
        services: &services,
    };
    let mut written = Vec::new();
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("cannot write {path}: {error}")
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let is_russian = languages.contains(&Tongue::Ru);
    let recommends = kinds.contains(&PurposeKind::Recommendations);
    for language in languages {
        let inner = folder.join(language.tag());
        fs::create_dir_all(&inner).map_err(failed(&inner))?;
        for (name, text) in language.texts(is_russian).into_iter().filter(|(name, _)| *name != RULES || recommends) {
            let path = inner.join(name);
            // The seed's banner names its purposes; a site with others would announce what it does not do.
            let text = SEED_PURPOSES.iter().fold(text.to_owned(), |text, (seed, all)| text.replace(seed, all));
            fs::write(&path, text).map_err(failed(&path))?;
            written.push(path);
        }
    }
    // Last, so that a folder that broke off is no policy.
    let path = folder.join("policy.toml");
    fs::write(&path, start.text()).map_err(failed(&path))?;
    written.push(path);
    Ok(written)
}
