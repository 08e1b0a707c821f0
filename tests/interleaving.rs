//! Every order in which the ends of a run may be used: nothing that was taken is lost, doubled or overtaken, whatever the
//! schedule. Schedules are drawn from seeds, so one that fails can be run again.

mod common;

use common::text;
use crossbeam_channel::TryRecvError;
use emberlab::compute::{NoiseKey, Purpose};
use emberlab::run::{Command, Event, Frame, RunHandle, RunPort, connect};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::time::Duration;

/// Commands that may wait, as far as a client can tell.
const ROOM: usize = 256;

/// Draws from a seed.
struct Draws(VecDeque<f32>, u64, u32);

impl Draws {
    fn new(seed: u64) -> Self {
        Self(VecDeque::new(), seed, 0)
    }

    /// One of 0 to `below` - 1.
    fn below(&mut self, below: usize) -> usize {
        if self.0.is_empty() {
            let mut values = vec![0.0f32; 1024];
            NoiseKey { step: self.2, ..NoiseKey::new(self.1, Purpose::Probe) }.normal(0, &mut values);
            self.2 += 1;
            self.0.extend(values);
        }
        let value = self.0.pop_front().unwrap_or_default();
        // The digits behind the first ones are even.
        ((f64::from(value.abs()) * 1e4).fract() * below as f64) as usize % below
    }
}

fn numbered(client: usize, number: usize) -> Command {
    Command::SetParameter { name: client.to_string(), value: number as f64 }
}

/// Whose command it is, and which.
fn number_of(command: &Command) -> Option<(usize, usize)> {
    match command {
        Command::SetParameter { name, value } => Some((name.parse().ok()?, *value as usize)),
        _ => None,
    }
}

/// One schedule of two clients and a run, step by step, beside what must come of it.
fn play(seed: u64) {
    let (handle, port) = connect();
    let mut draws = Draws::new(seed);
    let mut waiting: VecDeque<Command> = VecDeque::new();
    let (mut told, mut heard, mut shown, mut seen) = (0u64, 0u64, 0u64, 0u64);
    let mut sent = [0usize; 2];
    // Some schedules leave the run behind, so that the queue fills.
    let slow = draws.below(3);
    for _ in 0..1200 {
        match draws.below(10 + 6 * slow) {
            0 => {
                let expected = waiting.pop_front();
                match port.try_take() {
                    Ok(command) => assert_eq!(Some(command), expected, "seed {seed}"),
                    Err(error) => assert!(error == TryRecvError::Empty && expected.is_none(), "seed {seed}: {error}"),
                }
            }
            1 => assert_eq!(port.is_commanded(), !waiting.is_empty(), "seed {seed}"),
            2 => {
                let ends = |command: &Command| matches!(command, Command::Stop | Command::SwapRecipe(_));
                assert_eq!(port.is_overtaken(), waiting.iter().any(ends), "seed {seed}");
            }
            3 => {
                shown += 1;
                port.show(Frame { number: shown, ..Frame::default() });
            }
            4 => {
                told += 1;
                port.tell(Event::Printed { iteration: told, text: String::new() });
            }
            5 => {
                let newest = handle.frames.newest().map_or(0, |frame| frame.number);
                assert_eq!(newest, shown, "seed {seed}: an old frame");
                assert!(newest >= seen, "seed {seed}: frames go back");
                seen = newest;
            }
            6 => match handle.events.try_recv() {
                Ok(Event::Printed { iteration, .. }) => {
                    heard += 1;
                    assert_eq!(iteration, heard, "seed {seed}: an event is lost");
                }
                _ => assert_eq!(heard, told, "seed {seed}: an event is lost"),
            },
            7 => {
                let swap = match draws.below(2) {
                    0 => Command::SwapRecipe(text("")),
                    _ => Command::Stop,
                };
                let taken = handle.send(swap.clone());
                if taken {
                    waiting.push_back(swap);
                }
            }
            other => {
                let client = other % 2;
                let command = numbered(client, sent[client]);
                let room = waiting.len() < ROOM;
                let taken = handle.send(command.clone());
                assert!(taken || !room, "seed {seed}: refused among {} that wait", waiting.len());
                if taken {
                    waiting.push_back(command);
                    sent[client] += 1;
                }
            }
        }
        assert!(waiting.len() <= 2 * ROOM, "seed {seed}: a queue without end");
    }
}

#[test]
fn no_schedule_loses_doubles_or_reorders_what_was_taken() {
    (0..400).for_each(play);
}

/// A client that sends numbered commands and sends those again that are refused.
fn client(handle: &RunHandle, client: usize, count: usize, seed: u64) {
    let mut draws = Draws::new(seed);
    let mut newest = 0;
    for number in 0..count {
        while !handle.send(numbered(client, number)) {
            std::thread::yield_now();
        }
        match draws.below(4) {
            0 => std::thread::yield_now(),
            1 => {
                let frame = handle.frames.newest().map_or(0, |frame| frame.number);
                assert!(frame >= newest, "frames go back");
                newest = frame;
            }
            _ => {}
        }
    }
}

/// A run that takes them in each of the ways there are.
fn taker(port: &RunPort, clients: usize, count: usize, seed: u64) {
    let mut draws = Draws::new(seed);
    let mut next = vec![0; clients];
    let mut frame = 0;
    while next.iter().any(|&next| next < count) {
        let command = match draws.below(4) {
            0 => port.try_take().ok(),
            1 => port.take_within(Duration::from_micros(50)).ok(),
            2 => {
                let _ = port.is_overtaken();
                port.take().ok()
            }
            _ => {
                frame += 1;
                port.show(Frame { number: frame, ..Frame::default() });
                None
            }
        };
        if let Some((client, number)) = command.as_ref().and_then(number_of) {
            assert_eq!(number, next[client], "of client {client}");
            next[client] += 1;
            port.tell(Event::Printed { iteration: number as u64, text: String::new() });
        }
    }
}

#[test]
fn threads_lose_no_command_of_each_other_and_see_no_old_frame() {
    let (clients, count) = (4, 2000);
    for seed in 0..6 {
        let (handle, port) = connect();
        let start = Arc::new(Barrier::new(clients + 1));
        std::thread::scope(|scope| {
            for at in 0..clients {
                let (handle, start) = (&handle, start.clone());
                scope.spawn(move || {
                    start.wait();
                    client(handle, at, count, 100 * seed + at as u64);
                });
            }
            start.wait();
            taker(&port, clients, count, 100 * seed + 50);
        });
        assert_eq!(handle.events.try_iter().count(), clients * count, "an event is lost");
        assert!(!port.is_commanded());
    }
}

/// Does `work` in time, or says that it hangs.
fn in_time(what: &str, work: impl FnOnce() + Send + 'static) {
    let done = Arc::new(AtomicBool::new(false));
    let end = done.clone();
    let thread = std::thread::spawn(move || {
        work();
        end.store(true, SeqCst);
    });
    for _ in 0..2400 {
        if done.load(SeqCst) || thread.is_finished() {
            return thread.join().unwrap();
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("{what} hangs");
}

/// A reader that is far behind makes the run wait; a window that closes then must not wait for the run.
#[test]
fn a_client_that_leaves_while_every_queue_is_full_ends_the_run() {
    in_time("leaving", || {
        let (handle, port) = connect();
        while handle.send(Command::Pause) {}
        let run = std::thread::spawn(move || {
            for iteration in 0..70_000 {
                port.tell(Event::Printed { iteration, text: String::new() });
            }
            // It takes up its commands only now, and finds the end among them.
            while let Ok(command) = port.take() {
                if command == Command::Stop {
                    return true;
                }
            }
            false
        });
        while handle.events.len() < 65_536 {
            std::thread::yield_now();
        }
        drop(handle);
        assert!(run.join().unwrap(), "it was not told to stop");
    });
}

#[test]
fn a_run_whose_client_is_gone_hears_of_it() {
    in_time("a gone client", || {
        let (handle, port) = connect();
        handle.send(Command::Run);
        drop(handle);
        let mut taken = Vec::new();
        while let Ok(command) = port.take() {
            taken.push(command);
        }
        assert_eq!(taken, [Command::Run, Command::Stop]);
        port.tell(Event::Printed { iteration: 1, text: String::new() });
        assert_eq!(port.try_take(), Err(TryRecvError::Disconnected));
    });
}
