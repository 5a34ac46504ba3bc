//! A log of invented choices, for pictures and figures of what is made from a log: the dashboard, statistics.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::json;
use time::Duration;
use tower_consent::{
    Policy,
    clock::{Clock, SystemClock},
    record::Kind,
    recorder::Log,
    store::{ConsentStore, Sled},
};

use crate::{programs::Random, site};

/// `sample`: `per_day` choices on each of the last days, more on some, and what the gate counted on them.
pub(crate) fn fill(folder: &Path, days: u64, per_day: u64) -> bool {
    let mut random = Random::seeded();
    let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
    let now = SystemClock.now();
    let begun = now - Duration::days(i64::try_from(days).unwrap());
    pollster::block_on(async {
        let store = Arc::new(Sled::open(folder).unwrap());
        let mut log = Log::open(store.clone(), "127.0.0.1/consent", begun).await.unwrap();
        for day in 0..days {
            let morning = begun + Duration::days(i64::try_from(day).unwrap());
            // Readers come less at weekends, and more over the months.
            let weekend = matches!(morning.weekday(), time::Weekday::Saturday | time::Weekday::Sunday);
            let count = (per_day / 2 + per_day * day / days + random.below(per_day / 3 + 1))
                * if weekend { 6 } else { 10 }
                / 10;
            let mut records = Vec::new();
            for number in 0..count {
                let time = morning + Duration::seconds(i64::try_from(86_000 * number / count).unwrap());
                let (mut record, _) = site::record(time);
                record.policy =
                    if day * 3 < days { "9c41d07be2".repeat(7)[..64].to_owned() } else { policy.version().to_owned() };
                record.language = Some(if random.below(9) == 0 { "en" } else { "ru" }.to_owned());
                let (kind, metrics, recommendations) = match random.below(100) {
                    0..46 => (Kind::Accept, true, true),
                    46..58 => (Kind::Partial, true, false),
                    58..65 => (Kind::Partial, false, true),
                    65..93 => (Kind::Refuse, false, false),
                    93..97 => (Kind::Withdraw, false, false),
                    _ => (Kind::Renew, true, true),
                };
                record.kind = kind;
                record.purposes =
                    [("metrics".parse().unwrap(), metrics), ("recommendations".parse().unwrap(), recommendations)]
                        .into();
                records.push(record);
            }
            while !records.is_empty() {
                let rest = records.split_off(records.len().min(256));
                log.append(records).await.unwrap();
                records = rest;
            }
            while store.tidy().await.unwrap() {}
            let note = gate(&policy, &morning.date().to_string(), count, &mut random);
            store.put_note(format!("gate/{}/sample", morning.date()), note).await.unwrap();
        }
        println!("sample: {} events of {days} days", log.head().await.unwrap().size());
    });
    true
}

/// What the gate would have counted on a day.
fn gate(policy: &Policy, day: &str, choices: u64, random: &mut Random) -> Vec<u8> {
    let rows: Vec<_> = [
        ("liveinternet", "inline"),
        ("smi2", "inline"),
        ("top-mail-ru", "image"),
        ("top-mail-ru", "inline"),
        ("yandex-metrika", "image"),
        ("yandex-metrika", "inline"),
        ("yandex-metrika", "link"),
    ]
    .iter()
    .map(|(service, carrier)| {
        let withheld = choices * 3 + random.below(choices + 1);
        json!({ "day": day, "policy": policy.version()[..16], "service": service, "carrier": carrier,
            "withheld": withheld, "released": withheld / 5 + random.below(9) })
    })
    .collect();
    let seen = |kind: &str, name: &str, count: u64| json!({ "kind": kind, "name": name, "count": count, "first": day, "last": day });
    let undeclared = [
        seen("cookie", "_ga", choices / 7 + 1),
        seen("cookie", "promo_seen", choices / 40 + 1),
        seen("host", "cdn.weather-tile.example", choices / 5 + 1),
        seen("host", "www.google-analytics.com", choices / 6 + 1),
        seen("report", "fonts.weather-tile.example", choices / 90 + 1),
    ];
    let sums: BTreeMap<&str, u64> = [("expired", choices / 20), ("gone", choices / 22), ("staying", 0)].into();
    let note = json!({ "rows": rows, "undeclared": undeclared,
        "expired": sums["expired"], "gone": sums["gone"], "staying": sums["staying"] });
    note.to_string().into_bytes()
}
