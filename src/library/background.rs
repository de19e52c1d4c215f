//! Building segments behind a thread that searches.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use anyhow::Result;
use crossbeam_channel::{Receiver, Sender, unbounded};

use super::maintenance;
use crate::index::hnsw::{Job, Segment, Store};
use crate::library::Engine;

/// What the searching thread asks for.
enum Order {
    Build(Job),
    /// Files that are not needed any more.
    Delete(Vec<PathBuf>),
}

/// What comes of it.
enum News {
    Ready(Segment),
    /// Nothing is being done.
    Idle,
}

/// A thread that reads the segments there are, then builds those it is asked for, at low priority. Dropping this
/// ends it after the segment that it is at.
pub struct Background {
    orders: Sender<Order>,
    news: Receiver<News>,
    busy: bool,
    /// Whether small collections get graphs too.
    always: bool,
}

impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(store: Store, always: bool) -> io::Result<Self> {
        let (orders, taken) = unbounded();
        let (told, news) = unbounded();
        std::thread::Builder::new().name("graphs".into()).spawn(move || {
            // Nobody may be listening any more: then this is over anyway.
            if let Err(error) = serve(&store, &taken, &|news| drop(told.send(news))) {
                tracing::warn!("searches are exact, since graphs can't be built: {error:#}");
            }
        })?;
        Ok(Self { orders, news, busy: true, always })
    }

    /// Takes in the segments that are ready, and asks for the next if it is time for one. It doesn't wait for anything.
    /// Returns the number of pictures that are to be added to the graphs, when that begins.
    pub fn step(&mut self, engine: &mut Engine) -> Option<usize> {
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Ready(segment) => engine.adopt(segment),
                News::Idle => self.busy = false,
            }
        }
        if self.busy {
            return None;
        }
        let useless = engine.retire_segments();
        if !useless.is_empty() {
            self.send(Order::Delete(useless));
        }
        let job = engine.next_job(self.always)?;
        let pictures = job.pictures;
        self.busy = true;
        self.send(Order::Build(job));
        Some(pictures)
    }

    fn send(&self, order: Order) {
        // It fails when the thread has given up, which it has told the log.
        drop(self.orders.send(order));
    }
}

fn serve(store: &Store, orders: &Receiver<Order>, tell: &dyn Fn(News)) -> Result<()> {
    let mut known: HashSet<PathBuf> = HashSet::new();
    let hand_over = |segments: Vec<Segment>, known: &mut HashSet<PathBuf>| {
        for segment in segments {
            known.extend(segment.path.clone());
            tell(News::Ready(segment));
        }
        tell(News::Idle);
    };
    hand_over(maintenance::unknown(store, &known)?.0, &mut known);
    let pool = maintenance::pool()?;
    for order in orders {
        // None while another process builds or deletes.
        let lock = store.lock()?;
        match order {
            Order::Delete(paths) if lock.is_some() => {
                paths.iter().try_for_each(|path| store.delete(path))?;
            }
            Order::Delete(_) => {}
            Order::Build(job) if lock.is_some() => {
                // What another process built meanwhile may be all that was asked for.
                let (mut segments, damaged) = maintenance::unknown(store, &known)?;
                damaged.iter().try_for_each(|path| store.delete(path))?;
                if segments.is_empty() {
                    let mut segment = pool.install(|| job.build())?;
                    store.save(&mut segment)?;
                    segments.push(segment);
                }
                hand_over(segments, &mut known);
            }
            Order::Build(_) => hand_over(Vec::new(), &mut known),
        }
    }
    Ok(())
}
