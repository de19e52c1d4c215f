//! A TCP proxy that does to connections what networks do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the proxy does.
#[derive(Default)]
struct Manners {
    /// New connections are closed at once.
    refuses: AtomicBool,
    /// Nothing is passed on.
    stalls: AtomicBool,
    /// Each piece waits for so many milliseconds.
    delay: AtomicU64,
    /// Connections are cut after so many bytes from the client; 0 for never.
    cut_after: AtomicU64,
    /// Number of connections that were cut so.
    cuts: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

/// A proxy before a port of this machine.
pub struct Proxy {
    port: u16,
    manners: Arc<Manners>,
}

impl Proxy {
    pub fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let manners = Arc::new(Manners::default());
        let shared = Arc::clone(&manners);
        // It ends with the process.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.refuses.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let mut open = shared.open.lock().unwrap();
                open.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                let (from_client, from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (there, back) = (Arc::clone(&shared), Arc::clone(&shared));
                std::thread::spawn(move || pass(from_client, server, &there, true));
                std::thread::spawn(move || pass(from_server, client, &back, false));
            }
        });
        Self { port, manners }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts all connections and closes new ones, or takes them again.
    pub fn refuse(&self, on: bool) {
        self.manners.refuses.store(on, Ordering::SeqCst);
        if on {
            self.cut();
        }
    }

    /// Passes nothing on any more, as a network that lost its way, or goes on.
    pub fn stall(&self, on: bool) {
        self.manners.stalls.store(on, Ordering::SeqCst);
        if !on {
            self.cut();
        }
    }

    /// Delays each piece.
    pub fn delay(&self, by: Duration) {
        self.manners.delay.store(u64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Cuts each connection after so many bytes from the client; 0 for never.
    pub fn cut_after(&self, bytes: u64) {
        self.manners.cut_after.store(bytes, Ordering::SeqCst);
    }

    /// Number of connections that were cut by [`Self::cut_after`].
    pub fn cuts(&self) -> u64 {
        self.manners.cuts.load(Ordering::SeqCst)
    }

    fn cut(&self) {
        for stream in self.manners.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Passes on what comes, until one side ends.
fn pass(mut from: TcpStream, mut to: TcpStream, manners: &Manners, from_client: bool) {
    let mut buffer = vec![0; 16 * 1024];
    let mut passed = 0;
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let delay = manners.delay.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(delay));
        if manners.stalls.load(Ordering::SeqCst) {
            continue;
        }
        passed += count as u64;
        let limit = manners.cut_after.load(Ordering::SeqCst);
        if from_client && limit > 0 && passed > limit {
            manners.cuts.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
