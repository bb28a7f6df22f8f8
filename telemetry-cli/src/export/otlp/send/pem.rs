//! Certificates and keys in PEM files.

use std::fs;
use std::path::Path;

use ureq::tls::{Certificate, PemItem, PrivateKey, parse_pem};

use crate::error::Error;

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| Error::io("read", path, error))
}

/// Returns the certificates of a file.
///
/// # Errors
///
/// Fails if the file cannot be read or has no certificate.
pub(super) fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let mut certificates = Vec::new();
    for item in parse_pem(&read(path)?) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => {
                return Err(Error::new(format!(
                    "{} is not a PEM file: {error}",
                    path.display()
                )));
            }
        }
    }
    if certificates.is_empty() {
        return Err(Error::new(format!(
            "{} has no certificate; expected a PEM file with `-----BEGIN CERTIFICATE-----`",
            path.display()
        )));
    }
    Ok(certificates)
}

/// Returns the private key of a file.
///
/// # Errors
///
/// Fails if the file cannot be read or has no key.
pub(super) fn key(path: &Path) -> Result<PrivateKey<'static>, Error> {
    PrivateKey::from_pem(&read(path)?).map_err(|_| {
        Error::new(format!(
            "{} has no private key; expected a PEM file with `-----BEGIN PRIVATE KEY-----`",
            path.display()
        ))
    })
}
