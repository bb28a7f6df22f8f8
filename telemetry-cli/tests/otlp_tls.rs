//! Sending over TLS: an own authority, a client certificate, and certificates that are not accepted.
#![cfg(feature = "otlp-send")]

mod home;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use std::thread;

use home::Home;
use home::fleet::Fleet;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// A receiver over TLS that demands a certificate of its own authority.
struct TlsReceiver {
    url: String,
    ca: PathBuf,
    other_ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    _files: tempfile::TempDir,
}

/// Returns an authority and its certificate as PEM.
fn authority() -> (Issuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

/// Returns a certificate for the name, and its key, as PEM.
fn signed(name: &str, issuer: &Issuer<'_, KeyPair>) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}

impl TlsReceiver {
    fn start() -> Self {
        let (issuer, ca) = authority();
        let (server, server_key) = signed("localhost", &issuer);
        let (client, client_key) = signed("agent", &issuer);
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(server.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(server_key.as_bytes()).unwrap(),
            )
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                thread::spawn(move || answer(StreamOwned::new(connection, stream)));
            }
        });
        let files = tempfile::tempdir().unwrap();
        let write = |name: &str, pem: &str| {
            let path = files.path().join(name);
            fs::write(&path, pem).unwrap();
            path
        };
        Self {
            url,
            ca: write("ca.pem", &ca),
            other_ca: write("other-ca.pem", &authority().1),
            certificate: write("client.pem", &client),
            key: write("client-key.pem", &client_key),
            _files: files,
        }
    }
}

/// Accepts every request of a connection.
fn answer(mut stream: impl Read + Write) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read) = stream.read(&mut buffer) {
        if read == 0 {
            return;
        }
        received.extend_from_slice(&buffer[..read]);
        while let Some(end) = end_of_request(&received) {
            received.drain(..end);
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            if stream.write_all(head).is_err() || stream.flush().is_err() {
                return;
            }
        }
    }
}

/// Returns the length of a complete request.
fn end_of_request(received: &[u8]) -> Option<usize> {
    let head = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
    let length = text.split("content-length:").nth(1)?.lines().next()?;
    let end = head + length.trim().parse::<usize>().ok()?;
    (received.len() >= end).then_some(end)
}

fn send(home: &Home, receiver: &TlsReceiver, files: &[(&str, &PathBuf)]) -> Output {
    let mut command = home.command(&[
        "export",
        "otlp",
        "--endpoint",
        &receiver.url,
        "--retry-for",
        "0s",
    ]);
    for (option, path) in files {
        command.arg(option).arg(path);
    }
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("OTEL_") || name.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.env_remove("DO_NOT_TRACK").output().unwrap()
}

#[test]
fn an_own_authority_and_a_client_certificate_are_used() {
    let receiver = TlsReceiver::start();
    let home = Fleet::of(3).home();
    let client = [
        ("--client-certificate", &receiver.certificate),
        ("--client-key", &receiver.key),
    ];
    for (files, code, part) in [
        // The authority is unknown.
        (client.to_vec(), 2, "--ca"),
        (
            [&client[..], &[("--ca", &receiver.other_ca)]].concat(),
            2,
            "certificate",
        ),
        // The receiver demands a certificate of the client.
        (vec![("--ca", &receiver.ca)], 2, "certificate"),
        // The file of a private key has no certificate.
        (
            [&client[..], &[("--ca", &receiver.key)]].concat(),
            2,
            "has no certificate",
        ),
        (
            [&client[..], &[("--ca", &receiver.ca)]].concat(),
            0,
            "traces sent to",
        ),
    ] {
        let output = send(&home, &receiver, &files);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}
