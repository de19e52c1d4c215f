//! Servers that speak TLS, and one whose disk is full.

use std::fs;
use std::path::Path;

use super::{Shared, counts, sent};
use crate::common::Ran;
use crate::milvus::server::Server;

fn certificate(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/milvus").join(name).display().to_string()
}

#[test]
#[ignore = "needs a Milvus server"]
fn tls_is_spoken_to_servers_that_somebody_trusted_vouches_for() {
    let (pem, key) = (certificate("server.pem"), certificate("server.key"));
    let server = Server::start(&["--tls-mode", "1", "--server-pem-path", &pem, "--server-key-path", &key]);
    let mut shared = Shared::with_pictures(server.port());
    let plain = shared.url.clone();
    shared.url = plain.replace("milvus://", "milvus+tls://");
    let port = server.port().to_string();
    // Nobody whom browsers know vouches for it.
    let ran = shared.run(&["index", "pics"]).expect(1).says(&["127.0.0.1", &port, "certificate"]);
    assert!(ran.stderr.contains("store_authorities"), "{}", ran.stderr);
    // Somebody who was told not to encrypt.
    let ran: Ran = shared.run_on("data/pixseek", &["index", "pics", "--store", &plain]);
    ran.expect(1).says(&["127.0.0.1", &port, "milvus+tls://"]);
    let settings = shared.sandbox.home().join("config/pixseek");
    fs::create_dir_all(&settings).unwrap();
    let trusting = format!("store_authorities = \"{}\"\n", certificate("ca.pem"));
    fs::write(settings.join("config.toml"), trusting).unwrap();
    let summary = shared.index();
    assert_eq!((counts(&summary), sent(&summary)), ([9, 0, 0, 0, 9], [9, 0, 0]));
    assert_eq!(shared.run(&["search", "pics", "boat", "-n", "3"]).expect(0).text().lines().count(), 3);
    let missing = "store_authorities = \"/nowhere/ca.pem\"\n";
    fs::write(settings.join("config.toml"), missing).unwrap();
    shared.run(&["search", "pics", "boat"]).expect(1).says(&["/nowhere/ca.pem"]);
}

#[test]
#[ignore = "needs a Milvus server"]
fn a_server_whose_disk_is_full_says_so_and_what_was_encoded_is_kept() {
    let quota = "quotaAndLimits.limitWriting.diskProtection.diskQuota=0.001";
    let server = Server::start(&["--extra-config", quota, "--extra-config", "dataNode.segment.syncPeriod=1"]);
    let shared = Shared::with_pictures(server.port());
    // The server measures every three seconds, and only what it has written out.
    let refused = crate::common::wait_for("the server to be full", || {
        let ran = shared.run(&["index", "pics", "--json"]);
        shared.sandbox.picture("z/1.png", ran.stdout.len() as u8);
        (ran.code != Some(0)).then_some(ran)
    });
    refused.expect(1).says(&["no room left", "127.0.0.1", "the next `pixseek index` sends it"]);
    // The catalogue of this machine has everything, and is searched without the server.
    let local = shared.run_on("data/pixseek", &["search", "pics", "boat", "-n", "20", "--store", "local"]);
    assert_eq!(local.expect(0).text().lines().count(), 9);
}
