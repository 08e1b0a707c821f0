//! Preparing all images of a source, in parallel and in order.

use super::cache::Sink;
use super::error::DataError;
use super::picture::{self, Prepared, Reason};
use super::preparation::Preparation;
use super::record::{Content, Found, Source};
use super::store::{Index, Store, Tag};
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::time::Instant;

/// As many images are prepared at once at most.
const AT_ONCE: usize = 256;
/// As many encoded bytes wait to be decoded at most.
const BYTES_AT_ONCE: usize = 32 << 20;

/// How far reading a data set has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Images read, those that were skipped too.
    pub done: usize,
    /// Where it is known before all are read.
    pub total: Option<usize>,
    pub seconds: f64,
}

impl Progress {
    /// Seconds until all are read, at the pace so far.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        let left = self.total?.checked_sub(self.done)?;
        (self.done > 0).then(|| self.seconds / self.done as f64 * left as f64)
    }
}

/// Prepares every image of `source`; `watch` sees how far it is, and may break off.
pub(super) fn prepare(
    source: &dyn Source,
    preparation: &Preparation,
    sink: Sink,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Store, DataError> {
    let shape = [preparation.channels, preparation.side];
    let mut work = Work {
        preparation,
        index: Index::new(shape, source.classes()),
        sink,
        waiting: Vec::new(),
        bytes: 0,
        total: source.count(),
        begun: Instant::now(),
        seen: 0,
        failure: None,
    };
    source.records(&mut |found| work.take(found, watch))?;
    if work.failure.is_none() {
        let _ = work.flush(watch);
    }
    match work.failure {
        Some(error) => Err(error),
        None => work.sink.finish(work.index),
    }
}

struct Work<'a> {
    preparation: &'a Preparation,
    index: Index,
    sink: Sink,
    waiting: Vec<(Tag, Content)>,
    bytes: usize,
    total: Option<usize>,
    begun: Instant,
    seen: usize,
    failure: Option<DataError>,
}

impl Work<'_> {
    fn take(&mut self, found: Found, watch: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> ControlFlow<()> {
        match found {
            Err(skipped) => self.index.skip(&skipped.name, &skipped.reason),
            Ok(record) => {
                let (tag, content) = Tag::of(record);
                self.bytes += match &content {
                    Content::File(_) => 0,
                    Content::Encoded(bytes) => bytes.len(),
                    Content::Pixels(pixels) => pixels.data.len(),
                };
                self.waiting.push((tag, content));
                if self.waiting.len() >= AT_ONCE || self.bytes >= BYTES_AT_ONCE {
                    return self.flush(watch);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn flush(&mut self, watch: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> ControlFlow<()> {
        self.bytes = 0;
        let preparation = self.preparation;
        let (tags, contents): (Vec<Tag>, Vec<Content>) = self.waiting.drain(..).unzip();
        let prepared: Vec<Result<Prepared, Reason>> =
            contents.into_par_iter().map(|content| picture::prepare(content, preparation)).collect();
        for (tag, outcome) in tags.into_iter().zip(prepared) {
            self.seen += 1;
            match outcome {
                Err(reason) => self.index.skip(&tag.name, &reason),
                Ok(prepared) => {
                    if let Err(error) = self.sink.append(&prepared.pixels) {
                        self.failure = Some(error);
                        return ControlFlow::Break(());
                    }
                    self.index.add(tag, &prepared);
                }
            }
        }
        let progress = Progress { done: self.seen, total: self.total, seconds: self.begun.elapsed().as_secs_f64() };
        if watch(progress).is_break() {
            self.failure = Some(DataError::BrokenOff);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
