//! The appliance speaks TLS: what a phone with its authority sees, one without, and one that speaks plainly.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::appliance::{Appliance, text, wait_until};

fn start() -> Appliance {
    Appliance::start_with(|command| {
        command.arg("--tls");
    })
}

/// A client that knows this authority, and follows nobody elsewhere.
fn agent(authority: Option<&str>) -> ureq::Agent {
    let roots = authority.map(|pem| Certificate::from_pem(pem.as_bytes()).unwrap());
    let roots: Vec<_> = roots.into_iter().collect();
    let tls = TlsConfig::builder().root_certs(RootCerts::from(roots)).build();
    let config = ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).max_redirects(0);
    config.max_redirects_will_error(false).build().into()
}

fn get(agent: &ureq::Agent, url: &str) -> (u16, ureq::http::HeaderMap, String) {
    let mut answer = agent.get(url).call().unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), answer.headers().clone(), body)
}

fn plain(appliance: &Appliance) -> String {
    appliance.url.replace("https://", "http://")
}

fn header(headers: &ureq::http::HeaderMap, name: &str) -> String {
    headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
}

fn secure_stream(authority: &str, address: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    StreamOwned::new(client, TcpStream::connect(address).unwrap())
}

/// Opens a call and sends a tenth of a second of sound to the ear, by TLS.
fn talk(agent: &ureq::Agent, appliance: &Appliance, authority: &str) {
    let body = json!({ "layout": "mono", "source": { "kind": "socket" }, "consent": "notified" });
    let mut opened = agent.post(format!("{}/api/v1/calls", appliance.url)).send_json(&body).unwrap();
    let call: Value = opened.body_mut().read_json().unwrap();
    let ticket = text(&call["ticket"]["url"]);
    let address = ticket.strip_prefix("wss://").expect("a secure address").split('/').next().unwrap();
    let (mut socket, _) = tungstenite::client(&ticket, secure_stream(authority, address)).unwrap();
    let begin = json!({ "type": "start", "rate": 16000, "channels": 1, "format": "s16le" });
    socket.send(Message::text(begin.to_string())).unwrap();
    let started: Value = serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap();
    assert_eq!(started["type"], "started", "{started}");
    socket.send(Message::binary(vec![0; 3200])).unwrap();
    socket.send(Message::text(json!({ "type": "stop" }).to_string())).unwrap();
    let stopped: Value = serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap();
    assert_eq!(stopped["type"], "stopped", "{stopped}");
    // Who speaks plainly to the ear gets nothing.
    let mut bare = TcpStream::connect(address).unwrap();
    bare.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    let mut said = Vec::new();
    let _ = bare.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn a_phone_with_the_authority_is_served_by_tls_and_one_without_is_told_how_to_get_it() {
    let mut appliance = start();
    assert!(appliance.url.starts_with("https://127.0.0.1:"), "{}", appliance.url);
    let stranger = agent(None);
    let (status, _, authority) = get(&stranger, &format!("{}/authority.crt", plain(&appliance)));
    assert_eq!(status, 200);
    assert!(stranger.get(format!("{}/readyz", appliance.url)).call().is_err(), "it trusts nobody");

    let phone = agent(Some(&authority));
    let (status, headers, _) = get(&phone, &format!("{}/", appliance.url));
    assert_eq!(status, 200);
    assert_eq!(header(&headers, "strict-transport-security"), "");
    assert!(header(&headers, "content-security-policy").contains(" wss://127.0.0.1:"));
    talk(&phone, &appliance, &authority);

    // A new ear speaks TLS too.
    let ear = |appliance: &Appliance| appliance.processes().1;
    let old = ear(&appliance);
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(old.cast_signed()).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    wait_until("a new ear", || ![0, old].contains(&ear(&appliance)));
    wait_until("it is ready", || get(&phone, &format!("{}/readyz", appliance.url)).0 == 200);
    talk(&phone, &appliance, &authority);

    let kept = appliance.folder.path().join("data/tls-authority.json");
    assert_eq!(std::fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o600);
    appliance.restart_with(|command| {
        command.arg("--tls");
    });
    assert_eq!(
        get(&phone, &format!("{}/readyz", appliance.url)).0,
        200,
        "the phone's trust outlives a restart"
    );
}

#[test]
fn plain_http_gets_the_install_page_a_way_to_https_and_nothing_else() {
    let appliance = start();
    let (http, https) = (plain(&appliance), &appliance.url);
    let stranger = agent(None);
    // Who says nothing keeps nobody out.
    let _silent: Vec<_> =
        (0..40).map(|_| TcpStream::connect(http.trim_start_matches("http://")).unwrap()).collect();
    let (status, headers, page) = get(&stranger, &format!("{http}/"));
    assert_eq!(status, 200);
    let said = appliance.said.lock().unwrap();
    let print = said.iter().find(|line| line.contains("SHA-256")).expect("the certificate's mark");
    assert!(page.contains(print.rsplit(' ').next().unwrap()), "the mark on the page is the console's");
    assert!(
        page.contains("<svg") && page.contains(&format!("href=\"{https}/\"")) && !page.contains("<script")
    );
    assert!(header(&headers, "content-security-policy").starts_with("default-src 'none'"));
    let mut chinese = stranger.get(format!("{http}/")).header("accept-language", "zh-CN").call().unwrap();
    assert!(chinese.body_mut().read_to_string().unwrap().contains("下载证书"));

    for path in ["/api/v1/session", "/metrics", "/readyz", "/index.html", "/assets/x.js?y=1"] {
        let (status, headers, body) = get(&stranger, &format!("{http}{path}"));
        assert_eq!((status, body.as_str()), (307, ""), "{path}");
        assert_eq!(header(&headers, "location"), format!("{https}{path}"));
    }
    let sent = json!({ "login": "ada", "password": "secret" });
    let mut refused = stranger.post(format!("{http}/api/v1/session")).send_json(&sent).unwrap();
    let problem: Value = refused.body_mut().read_json().unwrap();
    assert_eq!((refused.status().as_u16(), &problem["code"]), (403, &json!("not_by_http")));
    let foreign = stranger.get(format!("{http}/")).header("host", "evil.example").call().unwrap();
    assert_ne!(foreign.status().as_u16(), 200);
}
