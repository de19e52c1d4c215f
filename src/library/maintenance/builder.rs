//! A thread that builds segments while another one searches.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::segments;
use crate::index::IndexError;
use crate::index::hnsw::{Segment, SegmentPlan, SegmentStore};
use crate::library::error::{LibraryError, with_causes};
use crate::library::searcher::Searcher;

/// What the searching thread asks for.
enum Order {
    Build(SegmentPlan),
    /// Files that are not needed any more.
    Delete(Vec<PathBuf>),
}

/// What the thread answers.
enum Answer {
    Ready(Segment, PathBuf),
    /// Nothing is being done.
    Idle,
}

/// A thread that reads the segments there are, then builds those it is asked for, at low priority. Dropping this
/// ends it after the segment that it is at.
pub(in crate::library) struct SegmentBuilder {
    orders: Sender<Order>,
    answers: Receiver<Answer>,
    busy: bool,
    /// Collections with fewer pictures get no graphs.
    min_rows: usize,
}

impl SegmentBuilder {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(store: SegmentStore, min_rows: usize) -> io::Result<Self> {
        let (orders, taken) = unbounded();
        let (told, answers) = unbounded();
        std::thread::Builder::new().name("graphs".into()).spawn(move || {
            // Nobody may be listening any more: then this is over anyway.
            if let Err(error) = serve(&store, &taken, &|answer| drop(told.send(answer))) {
                tracing::warn!("searches are exact, since graphs can't be built: {}", with_causes(&error));
            }
        })?;
        Ok(Self { orders, answers, busy: true, min_rows })
    }

    /// Takes in the segments that are ready, and asks for the next if it is time for one. It doesn't wait for anything.
    /// Returns the number of pictures that are to be added to the graphs, when that begins.
    pub(crate) fn step(&mut self, searcher: &mut Searcher) -> Option<usize> {
        while let Ok(answer) = self.answers.try_recv() {
            match answer {
                Answer::Ready(segment, path) => searcher.add_segment(segment, path),
                Answer::Idle => self.busy = false,
            }
        }
        if self.busy {
            return None;
        }
        let useless = searcher.drop_empty_segments();
        if !useless.is_empty() {
            self.send(Order::Delete(useless));
        }
        let plan = searcher.next_segment_plan(self.min_rows)?;
        let pictures = plan.rows();
        self.busy = true;
        self.send(Order::Build(plan));
        Some(pictures)
    }

    fn send(&self, order: Order) {
        // It fails when the thread has given up, which it has told the log.
        drop(self.orders.send(order));
    }
}

fn serve(store: &SegmentStore, orders: &Receiver<Order>, tell: &dyn Fn(Answer)) -> Result<(), LibraryError> {
    let mut known: HashSet<PathBuf> = HashSet::new();
    let hand_over = |segments: Vec<(Segment, PathBuf)>, known: &mut HashSet<PathBuf>| {
        for (segment, path) in segments {
            known.insert(path.clone());
            tell(Answer::Ready(segment, path));
        }
        tell(Answer::Idle);
    };
    hand_over(segments::unknown(store, &known)?.0, &mut known);
    let pool = segments::pool()?;
    for order in orders {
        // None while another process builds or deletes.
        let lock = store.lock()?;
        match order {
            Order::Delete(paths) if lock.is_some() => {
                paths.iter().try_for_each(|path| store.delete(path))?;
            }
            Order::Delete(_) => {}
            Order::Build(plan) if lock.is_some() => {
                // What another process built meanwhile may be all that was asked for.
                let (mut segments, damaged) = segments::unknown(store, &known)?;
                damaged.iter().try_for_each(|path| store.delete(path))?;
                if segments.is_empty() {
                    let segment = pool.install(|| plan.build()).map_err(IndexError::from)?;
                    let path = store.save(&segment)?;
                    segments.push((segment, path));
                }
                hand_over(segments, &mut known);
            }
            Order::Build(_) => hand_over(Vec::new(), &mut known),
        }
    }
    Ok(())
}
