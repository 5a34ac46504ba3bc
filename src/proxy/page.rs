//! What a visitor reads when there is no page to pass on.
//!
//! In: a reason, what the visitor accepts. Out: a small page in English or Russian, or JSON. It names no inner server.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use maud::{DOCTYPE, html};

use super::body::Outbound;

/// Why the proxy answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The request cannot be passed on as it is.
    BadRequest,
    /// No connection to the upstream.
    Connect,
    /// The request came back to us.
    Loop,
    /// A method nobody but a proxy for clients answers.
    Method,
    /// No site has this name.
    Misdirected,
    /// The upstream's answer cannot be understood, or it broke off.
    Response,
    /// The visitor's body did not come.
    SlowRequest,
    /// The upstream did not answer in time.
    SlowUpstream,
    /// The request's body is too long.
    TooLarge,
}

impl Fault {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Connect | Self::Response => StatusCode::BAD_GATEWAY,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::SlowRequest => StatusCode::REQUEST_TIMEOUT,
            Self::SlowUpstream => StatusCode::GATEWAY_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// Returns a word for logs and programs.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::Connect => "upstream-unreachable",
            Self::Loop => "loop",
            Self::Method => "method",
            Self::Misdirected => "no-such-site",
            Self::Response => "upstream-broken",
            Self::SlowRequest => "request-slow",
            Self::SlowUpstream => "upstream-slow",
            Self::TooLarge => "request-too-large",
        }
    }

    /// Returns heading and advice: English, Russian.
    fn words(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::BadRequest | Self::Method => [
                ("The request cannot be understood", "Go back and try again."),
                ("Запрос нельзя разобрать", "Вернитесь и попробуйте ещё раз."),
            ],
            Self::Connect => [
                ("The site cannot be reached right now", "It may be restarting. Try again in a minute."),
                ("Сайт сейчас недоступен", "Возможно, он перезапускается. Попробуйте через минуту."),
            ],
            Self::Loop => [
                ("The site is set up wrongly", "A request came back to where it came from. Please tell the site."),
                ("Сайт настроен неверно", "Запрос вернулся туда, откуда пришёл. Сообщите об этом сайту."),
            ],
            Self::Misdirected => {
                [("There is no such site here", "Check the address."), ("Такого сайта здесь нет", "Проверьте адрес.")]
            }
            Self::Response => [
                ("The site gave no usable answer", "Try again in a minute."),
                ("Сайт не дал ответа", "Попробуйте через минуту."),
            ],
            Self::SlowRequest => [
                ("The request took too long to arrive", "Check the connection and try again."),
                ("Запрос передавался слишком долго", "Проверьте соединение и попробуйте ещё раз."),
            ],
            Self::SlowUpstream => [
                ("The site did not answer in time", "Try again in a minute."),
                ("Сайт не ответил вовремя", "Попробуйте через минуту."),
            ],
            Self::TooLarge => [
                ("What you sent is too large", "Send less at once."),
                ("Отправлено слишком много", "Отправьте меньше за один раз."),
            ],
        }
    }

    /// Makes the answer to a request with these headers.
    pub(super) fn response(self, asked: &HeaderMap) -> Response<Outbound> {
        let value = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        let status = self.status();
        let russian = value(header::ACCEPT_LANGUAGE).trim_start().to_ascii_lowercase().starts_with("ru");
        let (heading, advice) = self.words()[usize::from(russian)];
        let (kind, body) = if value(header::ACCEPT).contains("application/json") {
            let json = serde_json::json!({ "error": self.as_str(), "reason": heading });
            ("application/json", json.to_string())
        } else {
            let page = html! {
                (DOCTYPE)
                html lang=(if russian { "ru" } else { "en" }) {
                    head {
                        meta charset="utf-8";
                        meta name="viewport" content="width=device-width";
                        title { (status.as_str()) " · " (heading) }
                        style { "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}" }
                    }
                    body { main { h1 { (heading) } p { (advice) } p { small { (status.as_str()) " " (self.as_str()) } } } }
                }
            };
            ("text/html; charset=utf-8", page.into_string())
        };
        let mut response = Response::new(Outbound::page(Bytes::from(body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        match self {
            Self::Connect | Self::Response | Self::SlowUpstream => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            }
            Self::Method => {
                headers.insert(header::ALLOW, HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}
