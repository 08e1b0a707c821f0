//! Files of tensors, which may be anyone's: what their header declares is held against their length before it is believed.

use safetensors::tensor::SafeTensors;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Bytes of the length of the header, before it.
const LENGTH: usize = 8;

/// What matters here of a tensor's line in the header.
#[derive(Deserialize)]
struct Declared {
    #[serde(default)]
    data_offsets: Option<(usize, usize)>,
}

/// The tensors in a safetensors file's bytes.
///
/// # Errors
/// What is wrong with the file, in words.
pub(super) fn open(bytes: &[u8]) -> Result<SafeTensors<'_>, String> {
    check(bytes)?;
    SafeTensors::deserialize(bytes).map_err(|error| error.to_string())
}

/// Sizes near the largest number go round in sums, so they are compared first.
fn check(bytes: &[u8]) -> Result<(), String> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
        return Err(format!("it has {} bytes, which is no header", bytes.len()));
    };
    let length = u64::from_le_bytes(*length);
    let Some(header) = usize::try_from(length).ok().and_then(|length| rest.get(..length)) else {
        return Err(format!("it declares a header of {length} bytes and has {}", rest.len()));
    };
    let data = rest.len() - header.len();
    let declared: BTreeMap<String, Declared> =
        serde_json::from_slice(header).map_err(|error| format!("its header: {error}"))?;
    for (name, Declared { data_offsets }) in declared {
        if let Some((from, to)) = data_offsets.filter(|(from, to)| from > to || *to > data) {
            return Err(format!("{name:?} is declared to lie at {from} to {to} of {data} bytes"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: usize) -> Vec<u8> {
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_bytes(), &vec![0; data]].concat()
    }

    fn tensor(shape: &str, offsets: &str) -> String {
        format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}")
    }

    #[test]
    fn a_sound_file_opens() {
        let bytes = file(&tensor("[2,2]", "[0,16]"), 16);
        assert_eq!(open(&bytes).unwrap().tensor("a").unwrap().shape(), [2, 2]);
        let bytes = file("{\"__metadata__\":{\"by\":\"another\"}}", 0);
        assert!(open(&bytes).unwrap().is_empty());
    }

    #[test]
    fn what_a_header_declares_is_held_against_the_file() {
        let most = u64::MAX;
        for bytes in [
            Vec::new(),
            vec![1, 2, 3],
            u64::MAX.to_le_bytes().to_vec(),
            [&(1_u64 << 40).to_le_bytes()[..], b"{}"].concat(),
            file("", 0),
            file("{\"a\":", 0),
            file("[[[[", 0),
            file(&"[".repeat(100_000), 0),
            file(&tensor("[2,2]", "[0,16]"), 15),
            file(&tensor("[2,2]", "[0,16]"), 17),
            file(&tensor("[2,2]", "[16,0]"), 16),
            file(&tensor("[2,2]", "[-1,15]"), 16),
            file(&tensor("[4611686018427387900]", &format!("[0,{}]", most - 15)), 16),
            file(&tensor(&format!("[{most}]"), &format!("[0,{most}]")), 16),
            file(&tensor(&format!("[{most},{most},0]"), "[0,0]"), 0),
            file(&tensor("[0]", &format!("[{most},{most}]")), 0),
            file(&tensor("[1e300]", "[0,4]"), 4),
        ] {
            let error = open(&bytes).unwrap_err();
            assert!(!error.is_empty(), "{bytes:?}");
        }
    }
}
