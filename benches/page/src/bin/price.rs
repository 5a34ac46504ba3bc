//! What the gate costs: `price time [ROUNDS]` prints times, `price scale [ROUNDS]` how they grow, `price count [CASE]` runs each case for Callgrind, `price judge
//! FOLDER BASELINE [keep]` compares what Callgrind counted with what is kept, `price page` writes the kept page.
//!
//! `benches/run` calls it.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    hint::black_box,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;
use http_body_util::BodyExt;
use page::{
    case::{Case, all, check, sized},
    loopback::Loopback,
    material,
};
use tower::ServiceExt;

/// How far a count may be from the kept one.
const TOLERANCE: f64 = 0.03;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["time"] => time(30).map(|()| true),
        ["time", rounds] => rounds.parse().map_err(Into::into).and_then(time).map(|()| true),
        ["scale"] => Ok(scale(9)),
        ["scale", rounds] => rounds.parse().map(scale).map_err(Into::into),
        ["count"] => Ok(count(None)),
        ["count", name] => Ok(count(Some(name))),
        ["judge", folder, baseline] => judge(Path::new(folder), Path::new(baseline), false),
        ["judge", folder, baseline, "keep"] => judge(Path::new(folder), Path::new(baseline), true),
        ["page"] => {
            print!("{}", material::generated(60 << 10, 12));
            Ok(true)
        }
        _ => Err("price time [ROUNDS] | scale [ROUNDS] | count [CASE] | judge FOLDER BASELINE [keep] | page".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("price: {error}");
            ExitCode::from(2)
        }
    }
}

/// What one case took in each round, for one request.
#[derive(Clone, Default)]
struct Taken {
    cpu: Vec<Duration>,
    wall: Vec<Duration>,
}

/// Prints CPU time and requests a second of all cases, in one run in which they take turns.
fn time(rounds: usize) -> Outcome<()> {
    let (bytes, name) = material::page();
    println!(
        "page: {name}, {} bytes; {rounds} rounds, all cases in each; CPU of one thread, microseconds a request",
        bytes.len()
    );
    let cases = all(&bytes);
    check(&cases, &bytes);
    println!("\nthrough the tower service, no socket");
    let mut taken = vec![Taken::default(); cases.len()];
    for round in 0..=rounds {
        for (case, taken) in cases.iter().zip(&mut taken) {
            let requests: Vec<_> = (0..case.batch).map(|_| case.request()).collect();
            let (wall, cpu) = (Instant::now(), ThreadTime::now());
            for request in requests {
                black_box(pollster::block_on(case.run(request)));
            }
            let times = (cpu.elapsed(), wall.elapsed());
            // The first round warms up.
            if round > 0 {
                taken.add(times, case.batch);
            }
        }
    }
    table(&cases, &taken);
    decision(rounds);

    println!("\nover loopback, keep-alive, one connection at a time; the serving thread alone, kernel included");
    let mut loopback = Loopback::start(&cases)?;
    let written: Vec<Vec<u8>> = cases.iter().map(Case::written).collect();
    let mut taken = vec![Taken::default(); cases.len()];
    for round in 0..=rounds {
        for (index, case) in cases.iter().enumerate() {
            let (wall, before) = (Instant::now(), loopback.spent()?);
            for _ in 0..case.batch {
                loopback.ask(index, &written[index])?;
            }
            let wall = wall.elapsed();
            let cpu = loopback.spent()?.saturating_sub(before);
            if round > 0 {
                taken[index].add((cpu, wall), case.batch);
            }
        }
    }
    table(&cases, &taken);
    Ok(())
}

/// Prints what it takes to tell from a request's headers what it may do: the cookie read, its signature verified, the
/// purposes compared with the policy.
fn decision(rounds: usize) {
    const BATCH: u32 = 2_000;
    let layer = material::layer(10, true);
    let handle = layer.handle();
    let choice = material::choose(&layer, "accept");
    println!("\n{:23} {:>10} {:>10} {:>10}", "decision", "CPU ns", "p10", "p90");
    for (name, choice) in [("undecided", None), ("accepted", Some(&*choice))] {
        let request = material::request(choice);
        assert_eq!(handle.decide(request.headers()).allows("metrics"), choice.is_some(), "{name}");
        let mut times: Vec<u128> = (0..=rounds)
            .map(|_| {
                let start = ThreadTime::now();
                for _ in 0..BATCH {
                    black_box(handle.decide(black_box(request.headers())));
                }
                (start.elapsed() / BATCH).as_nanos()
            })
            .skip(1)
            .collect();
        times.sort();
        let [median, p10, p90] = spread(&times);
        println!("{name:23} {median:10} {p10:10} {p90:10}");
    }
}

impl Taken {
    fn add(&mut self, (cpu, wall): (Duration, Duration), requests: usize) {
        let requests = u32::try_from(requests).expect("a batch is small");
        self.cpu.push(cpu / requests);
        self.wall.push(wall / requests);
    }
}

fn table(cases: &[Case], taken: &[Taken]) {
    println!("{:23} {:>10} {:>10} {:>10} {:>12} {:>8}", "case", "CPU µs", "p10", "p90", "requests/s", "ratio");
    let micro = |time: Duration| time.as_secs_f64() * 1e6;
    let sorted = |times: &[Duration]| {
        let mut times: Vec<f64> = times.iter().copied().map(micro).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    for (case, own) in cases.iter().zip(taken) {
        let bare = cases.iter().position(|other| other.name == case.bare).expect("each has its own");
        // Each round has its own ratio: what slows the machine down for a while slows both down.
        let ratios = own.cpu.iter().zip(&taken[bare].cpu).map(|(own, bare)| own.as_secs_f64() / bare.as_secs_f64());
        let mut ratios: Vec<f64> = ratios.collect();
        ratios.sort_by(f64::total_cmp);
        let [median, p10, p90] = spread(&sorted(&own.cpu));
        let ([wall, ..], [ratio, ..]) = (spread(&sorted(&own.wall)), spread(&ratios));
        println!("{:23} {median:10.2} {p10:10.2} {p90:10.2} {:12.0} {ratio:8.3}", case.name, 1e6 / wall);
    }
}

/// Returns the median, the tenth and the ninetieth of a hundred.
fn spread<T: Copy>(sorted: &[T]) -> [T; 3] {
    let (middle, tenth) = (sorted.len() / 2, sorted.len() / 10);
    [sorted[middle], sorted[tenth], sorted[sorted.len() - 1 - tenth]]
}

/// Prints what a page costs by its length, by the number of services, and by how many others are under way.
fn scale(rounds: usize) -> bool {
    println!(
        "CPU of one thread, median of {rounds} rounds; generated pages in pieces of 16 KB, a tracker in every 5 KB, undecided"
    );
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e6
    };
    let page = |bytes, services| {
        let case = sized(bytes, services);
        let length = pollster::block_on(case.run(case.request()));
        let round = |_| {
            let requests: Vec<_> = (0..case.batch).map(|_| case.request()).collect();
            let start = ThreadTime::now();
            for request in requests {
                black_box(pollster::block_on(case.run(request)));
            }
            start.elapsed() / u32::try_from(case.batch).expect("a batch is small")
        };
        (length, median((0..rounds).map(round).collect()))
    };
    println!("\n{:>10} {:>10} {:>12} {:>10}", "bytes", "services", "µs a page", "ns a byte");
    for bytes in [4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 5 << 20] {
        let (_, time) = page(bytes, 10);
        println!("{bytes:10} {:10} {time:12.1} {:10.2}", 10, time * 1e3 / bytes as f64);
    }
    for services in [10, 100, 1_000, 2_000] {
        let (_, time) = page(64 << 10, services);
        println!("{:10} {services:10} {time:12.1} {:10.2}", 64 << 10, time * 1e3 / (64 << 10) as f64);
    }
    println!("\n{:>10} {:>14}", "open pages", "µs a piece");
    let case = sized(256 << 10, 10);
    for open in [1, 64, 1_024, 4_096] {
        let begin =
            || pollster::block_on(case.service.clone().oneshot(case.request())).expect("it fails never").into_body();
        let mut bodies: Vec<_> = (0..open).map(|_| begin()).collect();
        let mut times = Vec::new();
        // Each gets its next piece in turn, as readers of one server do.
        for piece in 0..12 {
            let start = ThreadTime::now();
            for body in &mut bodies {
                black_box(pollster::block_on(body.frame()).expect("there is more").expect("the page is whole"));
            }
            if piece > 1 {
                times.push(start.elapsed() / open);
            }
        }
        println!("{open:10} {:14.1}", median(times));
    }
    true
}

/// Asks each case a fixed number of times. Callgrind counts inside of [`counted`] and writes a file at the end of each.
fn count(only: Option<&str>) -> bool {
    for case in all(&material::kept()).iter().filter(|case| only.is_none_or(|name| name == case.name)) {
        // What is made once is made before.
        for _ in 0..2 {
            black_box(pollster::block_on(case.run(case.request())));
        }
        let requests: Vec<_> = (0..case.batch).map(|_| case.request()).collect();
        counted(case, requests);
    }
    true
}

#[inline(never)]
fn counted(case: &Case, requests: Vec<http::Request<axum::body::Body>>) {
    for request in requests {
        black_box(pollster::block_on(case.run(request)));
    }
}

/// Compares counts with the kept ones; says whether all are near enough.
fn judge(folder: &Path, baseline: &Path, keep: bool) -> Outcome<bool> {
    let cases = all(&material::kept());
    let mut counts = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        let path = folder.join(format!("counts.{}", number + 1));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let total = text.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")));
        let total: u64 = total.ok_or_else(|| format!("{}: no sum", path.display()))?.trim().parse()?;
        counts.insert(case.name, total / case.batch as u64);
    }
    let kept: toml::Table = if keep { toml::Table::new() } else { fs::read_to_string(baseline)?.parse()? };
    // Libraries choose their instructions by what the processor can do.
    let processor = processor();
    let other = kept.get("processor").and_then(toml::Value::as_str).filter(|before| !keep && *before != processor);
    let mut good = true;
    println!("{:23} {:>14} {:>14} {:>8} {:>9}", "case", "instructions", "kept", "change", "to bare");
    for case in &cases {
        let count = counts[case.name];
        let ratio = count as f64 / counts[case.bare] as f64;
        let before = kept.get("instructions").and_then(|all| all.get(case.name)).and_then(toml::Value::as_integer);
        let change = before.map(|before| count as f64 / before as f64 - 1.0);
        let fails = !keep && change.is_none_or(|change| change.abs() > TOLERANCE);
        good &= !fails;
        println!(
            "{:23} {count:14} {:>14} {:>8} {ratio:9.3}{}",
            case.name,
            before.map_or("-".to_owned(), |before| before.to_string()),
            change.map_or("-".to_owned(), |change| format!("{:+.1} %", change * 100.0)),
            if fails { "  OUTSIDE" } else { "" }
        );
    }
    let compiler = option_env!("PRICE_COMPILER").unwrap_or("unknown");
    if keep {
        let mut text = format!(
            "# Instructions for one request of each case, as Callgrind counts them; `benches/run count` fails where one is more\n\
             # than 3 % away. After a change that is meant to be dearer or cheaper: `benches/run count keep`, with the reason in\n\
             # the commit.\ncompiler = \"{compiler}\"\nprocessor = \"{processor}\"\n\n[instructions]\n"
        );
        for case in &cases {
            text.push_str(&format!("\"{}\" = {}\n", case.name, counts[case.name]));
        }
        fs::write(baseline, text)?;
    } else if let (Some(before), false) = (other, good) {
        eprintln!("!!!!!!!! NOT COMPARED: kept on a processor with `{before}`, this one has `{processor}` !!!!!!!!");
        good = true;
    } else if !good {
        let before = kept.get("compiler").and_then(toml::Value::as_str).unwrap_or("unknown");
        eprintln!("counts are outside of ±{:.0} % of {}", TOLERANCE * 100.0, baseline.display());
        if before != compiler {
            eprintln!("they were kept with {before}, this is {compiler}: another compiler counts differently");
        }
        eprintln!("when that is meant: benches/run count keep");
    }
    Ok(good)
}

/// Names what the processor can do of that which libraries ask for.
fn processor() -> String {
    let mut names = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    for (name, is_there) in [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("adx", is_x86_feature_detected!("adx")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ] {
        if is_there {
            names.push(name);
        }
    }
    names.join(" ")
}
