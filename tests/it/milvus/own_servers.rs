//! Servers of another kind, each with tests of its own: slow and dying ones, with a token, with TLS, with a full disk. The name of
//! this module comes after those whose tests share a server, so that it is not started again and again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::proxy::Proxy;
use super::server::{Server, free_port};
use super::{Shared, counts, sent, url};
use crate::common::Ran;

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

#[test]
#[ignore = "needs a Milvus server"]
fn a_server_that_is_down_slow_or_cut_off_loses_nothing() {
    let server = Server::start(&[]);
    let proxy = Proxy::to(server.port());
    let shared = Shared { url: url(proxy.port()), ..Shared::with_pictures(server.port()) };
    let port = proxy.port().to_string();
    // Nobody listens.
    let nowhere = format!("milvus://127.0.0.1:{}/x", free_port());
    let ran = shared.run_on("data/pixseek", &["index", "pics", "--store", &nowhere]).expect(1);
    ran.says(&["can't be reached", "127.0.0.1"]);
    // A network that closes connections, and one that answers late.
    proxy.refuse(true);
    shared.run(&["index", "pics"]).expect(1).says(&["127.0.0.1", &port]);
    proxy.refuse(false);
    proxy.delay(Duration::from_millis(30));
    shared.index();
    proxy.delay(Duration::ZERO);
    // One that swallows everything.
    proxy.stall(true);
    shared.run(&["search", "pics", "boat"]).expect(1).says(&["127.0.0.1", &port]);
    proxy.stall(false);
    // Connections are cut in the middle of what is sent: it is sent again.
    for seed in 0..40 {
        shared.sandbox.picture(format!("more/{seed}.png"), seed);
    }
    proxy.cut_after(20_000);
    let cutting = shared.run(&["index", "pics", "--json"]);
    proxy.cut_after(0);
    assert!(proxy.cuts() > 0, "nothing was cut: {}", cutting.stderr);
    shared.index();
    assert_eq!(pictures(&shared), 49);
    // The server dies with all that it has in memory, and comes back.
    server.kill();
    shared.run(&["search", "pics", "boat"]).expect(1).says(&["127.0.0.1", &port]);
    server.resume();
    let found = crate::common::wait_for("the server to answer again", || {
        let ran = shared.run(&["search", "pics", "boat", "-n", "60", "--json"]);
        (ran.code == Some(0)).then(|| ran.names().len())
    });
    assert_eq!(found, 49);
    assert_eq!(sent(&shared.index()), [0, 0, 0]);
}

fn pictures(shared: &Shared) -> u64 {
    shared.run(&["status", "pics", "--json"]).expect(0).json()["pictures"].as_u64().unwrap()
}

#[test]
#[ignore = "needs a Milvus server"]
fn a_token_is_asked_for_and_never_shown() {
    let server = Server::start(&["--authorization-enabled", "true"]);
    let shared = Shared::with_pictures(server.port());
    let with = |token: &str, args: &[&str]| -> Ran {
        let mut command = shared.machine("data/pixseek");
        if !token.is_empty() {
            command.env("PIXSEEK_STORE_TOKEN", token);
        }
        command.args(args).args(["--store", &shared.url]).env("PIXSEEK_LOG", "trace").output().unwrap().into()
    };
    with("", &["index", "pics"]).expect(1).says(&["without a token", "PIXSEEK_STORE_TOKEN"]);
    let wrong = with("root:wrong-secret", &["index", "pics"]).expect(1).says(&["refuses the token"]);
    let right = with("root:Milvus", &["index", "pics"]).expect(0);
    for ran in [&wrong, &right] {
        let secrets = ["wrong-secret", "root:Milvus", "cm9vdDpNaWx2dXM", "cm9vdDp3cm9uZy1zZWNyZXQ"];
        assert!(!secrets.iter().any(|secret| ran.stderr.contains(secret)), "{}", ran.stderr);
    }
    let url = shared.url.replace("127", "root:Milvus@127");
    let ran = shared.run_on("data/pixseek", &["status", "pics", "--store", &url]).expect(2);
    assert!(ran.stderr.contains("PIXSEEK_STORE_TOKEN"), "{}", ran.stderr);
    assert!(Path::new(&shared.sandbox.home().join("data/pixseek")).is_dir());
}
