//! Curves as an event file of TensorBoard: records of length, checksum and one protobuf message each.

use super::super::curve::Curve;
use super::super::format;
use super::super::history::{Abscissa, Clock, History, Quantity};

/// The event file of a run whose learning began at `start`, in seconds since 1970. Values become 32-bit floats.
#[must_use]
pub fn event_file(history: &History, start: f64) -> Vec<u8> {
    let mut file = Vec::new();
    record(&mut file, &version(start));
    for (side, _) in history.sides() {
        for quantity in Quantity::ALL {
            if let Some(curve) = history.curve(side, quantity) {
                let tag = format!("{}/{}", quantity.key(), format::side(side).replace('×', "x"));
                scalars(&mut file, &tag, curve, history.clock(), start);
            }
        }
    }
    for (name, curve) in history.plotted() {
        scalars(&mut file, &format!("plotted/{name}"), curve, history.clock(), start);
    }
    file
}

fn scalars(file: &mut Vec<u8>, tag: &str, curve: &Curve, clock: &Clock, start: f64) {
    for point in curve.iter(0..curve.len()) {
        let time = start + clock.place(Abscissa::Time, point.x);
        record(file, &scalar(time, point.x as u64, tag, point.mean as f32));
    }
}

/// `Event { wall_time = 1, file_version = 3 }`, with which a file begins.
fn version(time: f64) -> Vec<u8> {
    let mut event = Vec::new();
    double(&mut event, 1, time);
    bytes(&mut event, 3, b"brain.Event:2");
    event
}

/// `Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }`.
fn scalar(time: f64, step: u64, tag: &str, value: f32) -> Vec<u8> {
    let mut inner = Vec::new();
    bytes(&mut inner, 1, tag.as_bytes());
    inner.push(key(2, 5));
    inner.extend(value.to_le_bytes());
    let mut summary = Vec::new();
    bytes(&mut summary, 1, &inner);
    let mut event = Vec::new();
    double(&mut event, 1, time);
    event.push(key(2, 0));
    varint(&mut event, step);
    bytes(&mut event, 5, &summary);
    event
}

/// The first byte of a field of a message; fields here are below 16.
const fn key(field: u8, wire: u8) -> u8 {
    field << 3 | wire
}

fn double(out: &mut Vec<u8>, field: u8, value: f64) {
    out.push(key(field, 1));
    out.extend(value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u8, value: &[u8]) {
    out.push(key(field, 2));
    varint(out, value.len() as u64);
    out.extend(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Length, its checksum, the message, its checksum.
fn record(file: &mut Vec<u8>, message: &[u8]) {
    let length = (message.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked(crc32c(&length)).to_le_bytes());
    file.extend(message);
    file.extend(masked(crc32c(message)).to_le_bytes());
}

/// Checksums of data that hold checksums are hard on the checksum; so they are stored turned and shifted.
const fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The cyclic redundancy check of Castagnoli's polynomial.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Event;

    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    }

    #[test]
    fn numbers_take_as_many_bytes_as_they_need() {
        let coded = |value| {
            let mut out = Vec::new();
            varint(&mut out, value);
            out
        };
        assert_eq!((coded(0), coded(127), coded(300)), (vec![0], vec![127], vec![0xac, 0x02]));
        assert_eq!(coded(u64::MAX).len(), 10);
    }

    /// What TensorBoard 2.21's own writer makes of the same events.
    const FILE: &str = "1800000000000000a37f4b22090000000000408f401a0d627261696e2e4576656e743a3273ae6b5622000000000000007811\
                        3dfd0900000000005c8f4010072a150a130a0c706c6f747465642f6c6f7373150000803e29606bd72300000000000000b09f\
                        7743090000000000f8914010ac022a150a130a0c706c6f747465642f6c6f7373150000c0bfa7608257";

    #[test]
    fn a_file_is_what_tensorboard_itself_would_write() {
        let mut history = History::default();
        history.take(&Event::Update { iteration: 300, seconds: 150.0, grids: Vec::new() });
        for (iteration, value) in [(7, 0.25), (300, -1.5)] {
            history.take(&Event::Plot { iteration, name: "loss".to_owned(), value });
        }
        let file: String = event_file(&history, 1_000.0).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(file, FILE);
    }
}
