//! A regional news site with real counters, on axum, with the consent layer around it.
//!
//! `cargo run --release --example news_site` starts it on <http://127.0.0.1:8080/>; look into the page source before
//! and after you accept. `--listen ADDRESS`, `--store FOLDER` and
//! `--policy FOLDER` change where it listens, keeps its log and reads its policy. Edit the policy while it runs: what
//! is right is in force a second or two later, what is wrong is told and changes nothing.

#![allow(clippy::print_stdout)] // an example talks to the terminal

use std::{error::Error, net::SocketAddr, path::PathBuf};

use axum::{
    Extension, Form, Router,
    extract::Path,
    http::StatusCode,
    response::{Html, Redirect},
    routing::{get, post},
};
use tower_consent::{ConsentLayer, Decision, Policy, reload::PolicyWatch, store::Sled};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { address, store, policy, admin } = arguments()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    // In the sources beside the example, or in the folder it is started in.
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site");
    let usual = if std::path::Path::new(beside).exists() { beside } else { "policies/news-site" };
    let folder = policy.unwrap_or_else(|| usual.into());
    let policy = Policy::load(&folder)?;
    let layer = ConsentLayer::new(policy, Sled::open(&store)?)?.with_origin(&origin)?;
    let _watch = PolicyWatch::start(&folder, layer.handle(), |reload| println!("{reload}"))?;
    #[cfg(feature = "dashboard")]
    let dashboard = match admin {
        Some(address) => Some(dashboard(address, layer.handle()).await?),
        None => None,
    };
    #[cfg(not(feature = "dashboard"))]
    let dashboard = admin.map(|_| "not in this build: start it with --features dashboard".to_owned());
    let app = site().layer(layer);

    println!("listening on {origin}/");
    if let Some(dashboard) = dashboard {
        println!("the dashboard: {dashboard}");
    }
    println!("the log of choices is kept in {}", store.display());
    println!("the policy is read from {}: edit it, and see what is told here", folder.display());
    println!();
    println!("try:  the page in a browser: look at its source before and after you accept or refuse");
    println!("      {origin}/_consent/   the privacy centre: change or withdraw the choice, read the documents");
    println!("      curl -s {origin}/ | grep data-tc   what is withheld from a visitor who has not chosen");
    println!("stop it with Ctrl-C, then:  cargo run --features cli -- log stats --store sled:{}", store.display());
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    println!("stopped");
    Ok(())
}

/// Serves the dashboard on an address of its own; returns where it is, and how to get in.
#[cfg(feature = "dashboard")]
async fn dashboard(address: SocketAddr, handle: tower_consent::layer::PolicyHandle) -> Result<String, Box<dyn Error>> {
    use axum::extract::{ConnectInfo, Request};
    use tower_consent::dashboard::{Admin, AdminToken, Peer};

    const VARIABLE: &str = "CONSENT_ADMIN_TOKEN";
    let (token, told) = match std::env::var_os(VARIABLE) {
        Some(_) => (AdminToken::from_env(VARIABLE)?, format!("the one in {VARIABLE}")),
        None => AdminToken::random(),
    };
    let listener = tokio::net::TcpListener::bind(address).await?;
    let origin = format!("http://{}/", listener.local_addr()?);
    // Who guesses the token is told apart from who has it by where he comes from.
    let app = Router::new().fallback_service(Admin::new(handle, token)).layer(axum::middleware::map_request(
        |ConnectInfo(from): ConnectInfo<SocketAddr>, mut request: Request| async move {
            request.extensions_mut().insert(Peer(from.ip()));
            request
        },
    ));
    tokio::spawn(async move { axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await });
    Ok(format!("{origin} with the token {told}"))
}

fn site() -> Router {
    Router::new()
        .route("/", get(front))
        .route("/article/{number}", get(article))
        .route("/comment", post(comment))
        .route("/style.css", get(|| async { ([("content-type", "text/css")], STYLE) }))
}

async fn front(Extension(decision): Extension<Decision>) -> Html<String> {
    let mut body = String::from("<h1>Вести Края</h1>");
    for (number, (title, lead)) in ARTICLES.iter().enumerate() {
        body.push_str(&format!(
            "<article><h2><a href=\"/article/{}\">{title}</a></h2><p>{lead}</p></article>",
            number + 1
        ));
    }
    body.push_str(&recommended(&decision, None));
    page("Вести Края", &body)
}

async fn article(
    Path(number): Path<usize>,
    Extension(decision): Extension<Decision>,
) -> Result<([(&'static str, String); 1], Html<String>), StatusCode> {
    let (title, lead) = number.checked_sub(1).and_then(|index| ARTICLES.get(index)).ok_or(StatusCode::NOT_FOUND)?;
    let body = format!(
        "<h1>{title}</h1><p>{lead}</p><p>{TEXT}</p>{}\
         <form method=\"post\" action=\"/comment\"><h2>Комментарий</h2>\
         <p><label>Текст <textarea name=\"text\" rows=\"3\"></textarea></label></p><button>Отправить</button></form>",
        recommended(&decision, Some(number))
    );
    // The layer lets this cookie through only when the visitor allowed recommendations: the policy declares it.
    let cookie = format!("reading_history={number}; Path=/; Max-Age=15552000");
    Ok(([("set-cookie", cookie)], page(title, &body)))
}

/// The site's own recommender: personal only when the visitor allowed it, the same for everyone otherwise.
fn recommended(decision: &Decision, read: Option<usize>) -> String {
    let (heading, first) = if decision.allows("recommendations") {
        ("Вам может быть интересно", read.unwrap_or(0))
    } else {
        ("Читайте также", 0)
    };
    let links: Vec<String> = (0..2)
        .map(|step| (first + step) % ARTICLES.len())
        .map(|index| format!("<li><a href=\"/article/{}\">{}</a></li>", index + 1, ARTICLES[index].0))
        .collect();
    format!("<aside><h2>{heading}</h2><ul>{}</ul><div id=\"unit_95214\"></div></aside>{SMI2}", links.concat())
}

#[derive(serde::Deserialize)]
struct Comment {
    text: String,
}

async fn comment(Form(comment): Form<Comment>) -> Redirect {
    println!("a comment of {} characters", comment.text.chars().count());
    Redirect::to("/")
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html>\n<html lang=\"ru\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n{HEAD}</head>\n<body>\n<main>{body}</main>\n<footer>\n\
         <p>На информационном ресурсе применяются <a href=\"/_consent/documents/recommendations\">рекомендательные \
         технологии</a>. <a href=\"/_consent/\">Приватность</a></p>{COUNTERS}</footer>\n</body>\n</html>\n"
    ))
}

/// As the counters' own pages tell a site to include them: nothing here knows of consent.
const HEAD: &str = r#"<link rel="preconnect" href="https://mc.yandex.ru">
<script type="text/javascript">
(function(m,e,t,r,i,k,a){m[i]=m[i]||function(){(m[i].a=m[i].a||[]).push(arguments)};m[i].l=1*new Date();
k=e.createElement(t),a=e.getElementsByTagName(t)[0],k.async=1,k.src=r,a.parentNode.insertBefore(k,a)})
(window,document,"script","https://mc.yandex.ru/metrika/tag.js","ym");
ym(12345678,"init",{clickmap:true,trackLinks:true,accurateTrackBounce:true});
</script>
<noscript><div><img src="https://mc.yandex.ru/watch/12345678" style="position:absolute;left:-9999px" alt=""></div></noscript>
"#;

const COUNTERS: &str = r#"
<script type="text/javascript">
var _tmr = window._tmr || (window._tmr = []);
_tmr.push({id: "1234567", type: "pageView", start: (new Date()).getTime()});
(function (d, w, id) { if (d.getElementById(id)) return;
var ts = d.createElement("script"); ts.type = "text/javascript"; ts.async = true; ts.id = id;
ts.src = "https://top-fwz1.mail.ru/js/code.js";
var f = function () {var s = d.getElementsByTagName("script")[0]; s.parentNode.insertBefore(ts, s);};
f(); })(document, window, "tmr-code");
</script>
<noscript><div><img src="https://top-fwz1.mail.ru/counter?id=1234567;js=na" style="position:absolute;left:-9999px" alt=""></div></noscript>
<script type="text/javascript">
document.write("<a href='https://www.liveinternet.ru/click' target=_blank><img src='https://counter.yadro.ru/hit?t44.6;r"+
escape(document.referrer)+";"+Math.random()+"' alt='' width=31 height=31></a>");
</script>
"#;

const SMI2: &str = r#"<script type="text/javascript" charset="utf-8">
(function() { var sc = document.createElement("script"); sc.type = "text/javascript"; sc.async = true;
sc.src = "https://smi2.ru/data/js/95214.js"; sc.charset = "utf-8";
var s = document.getElementsByTagName("script")[0]; s.parentNode.insertBefore(sc, s); }());
</script>"#;

const STYLE: &str = "body{font:18px/1.55 Georgia,serif;margin:0;color:#1b1b1b;background:#fff}main,footer{max-width:44rem;\
margin:auto;padding:1rem}h1{font-size:2.2rem;border-bottom:3px solid #b3121d;padding-bottom:.4rem}h2{font-size:1.3rem}\
a{color:#7d0d15}aside{background:#f6f1ea;padding:.2rem 1rem;margin:2rem 0}textarea{width:100%;box-sizing:border-box}\
footer{border-top:1px solid #ccc;font-size:.9rem}";

const ARTICLES: [(&str, &str); 3] = [
    (
        "Мост через Кубань открыли на месяц раньше",
        "Движение пустили в обе стороны, ограничения сняли с вечера пятницы.",
    ),
    ("Школы края переходят на новое расписание", "Уроки начнутся на полчаса позже; автобусы сдвинут вслед за ними."),
    ("Виноделы подвели итоги сезона", "Урожай оказался выше прошлогоднего, несмотря на засушливый август."),
];

const TEXT: &str =
    "Подробности стали известны на совещании в администрации. Журналисты «Вестей Края» следят за событиями.";

struct Arguments {
    address: SocketAddr,
    store: PathBuf,
    policy: Option<PathBuf>,
    admin: Option<SocketAddr>,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    const USAGE: &str =
        "usage: news_site [--listen 127.0.0.1:8080] [--store FOLDER] [--policy FOLDER] [--admin 127.0.0.1:8081]";
    let (mut address, mut admin) = (None, None);
    let mut store = std::env::temp_dir().join("tower-consent-news-site");
    let mut policy = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--listen" => address = Some(value()?.parse()?),
            "--store" => store = value()?.into(),
            "--policy" => policy = Some(value()?.into()),
            "--admin" => admin = Some(value()?.parse()?),
            _ => return Err(USAGE.into()),
        }
    }
    // Several sites on one machine cannot share the usual address of the dashboard.
    if address.is_none() && admin.is_none() && cfg!(feature = "dashboard") {
        admin = Some("127.0.0.1:8081".parse()?);
    }
    Ok(Arguments { address: address.map_or_else(|| "127.0.0.1:8080".parse(), Ok)?, store, policy, admin })
}
