//! An export of the log, sent while it is written.
//!
//! In: a form. Out: the file, after the event that tells of the export is in the log. Memory stays the same however long
//! the log is; few are made at once.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode, header};
use time::{Date, Duration, OffsetDateTime, Time, format_description::well_known::Iso8601};
use tokio::sync::Semaphore;

use super::body::AdminBody;
use crate::{
    export::{Export, Format, Level},
    layer::PolicyHandle,
};

/// What can be asked for here. An export for a visitor needs the visitor, whom no page of the dashboard names.
pub(super) const LEVELS: [Level; 3] = [Level::Regulator, Level::Public, Level::Internal];
pub(super) const FORMATS: [Format; 4] = [Format::Zip, Format::JsonLines, Format::Csv, Format::Spreadsheet];
/// Exports made at once: each reads the whole log.
const AT_ONCE: usize = 2;

/// Why there is no export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The form is not one of ours.
    Form,
    /// The last day is before the first.
    Days,
    /// A public export has no events, so it has no table of them.
    Table,
    /// Enough are being made.
    Busy,
    /// The event cannot be written now.
    Unavailable,
}

impl Refusal {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Form | Self::Days | Self::Table => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// What a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    level: Level,
    format: Format,
    from: Option<Date>,
    to: Option<Date>,
}

impl Asked {
    fn read(field: impl Fn(&str) -> Option<String>) -> Result<Self, Refusal> {
        let (level, format) = (field("level").unwrap_or_default(), field("format").unwrap_or_default());
        let day = |name: &str| match field(name).unwrap_or_default() {
            empty if empty.is_empty() => Ok(None),
            text => Date::parse(&text, &Iso8601::DATE).map(Some).map_err(|_| Refusal::Form),
        };
        let asked = Self {
            level: LEVELS.into_iter().find(|known| known.as_str() == level).ok_or(Refusal::Form)?,
            format: FORMATS.into_iter().find(|known| known.as_str() == format).ok_or(Refusal::Form)?,
            from: day("from")?,
            to: day("to")?,
        };
        if asked.level == Level::Public && asked.format != Format::Zip {
            return Err(Refusal::Table);
        }
        if asked.from.zip(asked.to).is_some_and(|(from, to)| from > to) {
            return Err(Refusal::Days);
        }
        Ok(asked)
    }
}

/// Makes exports, few at once.
#[derive(Clone, Debug)]
pub(super) struct Download(Arc<Semaphore>);

impl Default for Download {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Download {
    /// Logs that an export is made, and begins to send it.
    pub(super) async fn begin(
        &self,
        handle: &PolicyHandle,
        field: impl Fn(&str) -> Option<String>,
        now: OffsetDateTime,
    ) -> Result<Response<AdminBody>, Refusal> {
        let asked = Asked::read(field)?;
        let permit = self.0.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let mut export = Export::new(handle.store(), asked.level).format(asked.format);
        if let Some(from) = asked.from {
            export = export.from(from.with_time(Time::MIDNIGHT).assume_utc());
        }
        if let Some(to) = asked.to {
            // The last day is part of it.
            export = export.to(to.with_time(Time::MIDNIGHT).assume_utc() + Duration::DAY);
        }
        // First the event, then the file: what left the house is in the log.
        let recorded = handle.site().recorder.submit(export.record(now)).await;
        recorded.map_err(|_| Refusal::Unavailable)?;
        let body = AdminBody::written(move |out| {
            let written = export.write(out, &mut |_| {});
            drop(permit);
            written.map(|_| ())
        });
        let mut response = Response::new(body.map_err(|_| Refusal::Unavailable)?);
        let (level, format) = (asked.level.as_str(), asked.format.as_str());
        let name = format!("attachment; filename=\"consent-{level}-{}.{format}\"", now.date());
        let kind = match asked.format {
            Format::Zip => "application/zip",
            Format::JsonLines => "application/jsonl",
            Format::Csv => "text/csv; charset=utf-8",
            Format::Spreadsheet => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Ok(name) = HeaderValue::from_str(&name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_strictly() {
        let read = |form: &'static str| {
            Asked::read(|name| {
                let mut pairs = url::form_urlencoded::parse(form.as_bytes());
                pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
            })
        };
        let asked = read("level=regulator&format=csv&from=2026-11-01&to=2026-11-30").unwrap();
        assert_eq!(asked.from, Some(time::macros::date!(2026 - 11 - 01)));
        assert_eq!(read("level=internal&format=zip&from=&to=").unwrap().to, None);
        for (form, refusal) in [
            ("", Refusal::Form),
            ("level=subject&format=zip", Refusal::Form),
            ("level=regulator&format=pdf", Refusal::Form),
            ("level=regulator&format=zip&from=yesterday", Refusal::Form),
            ("level=regulator&format=zip&from=2026-11-02&to=2026-11-01", Refusal::Days),
            ("level=public&format=csv", Refusal::Table),
        ] {
            assert_eq!(read(form), Err(refusal), "{form}");
        }
    }
}
