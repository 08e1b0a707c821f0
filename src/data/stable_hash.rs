//! FNV-1a, 64 bits: a hash that stays the same across versions, machines and languages.

/// A running FNV-1a hash of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct StableHash(u64);

impl StableHash {
    pub fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> u64 {
        let mut hash = Self::new();
        hash.add(bytes);
        hash.value()
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    /// Adds a number as eight little-endian bytes.
    pub fn add_number(&mut self, number: u64) {
        self.add(&number.to_le_bytes());
    }

    pub fn value(self) -> u64 {
        self.0
    }
}

/// Spreads a hash evenly over all 64 bits (the finalizer of `MurmurHash3`): the high bits of FNV-1a hardly depend on the
/// last bytes of a short name.
pub(super) fn spread(hash: u64) -> u64 {
    let hash = (hash ^ hash >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let hash = (hash ^ hash >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ hash >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_test_vectors() {
        assert_eq!(StableHash::of(b""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(StableHash::of(b"a"), 0xAF63_DC4C_8601_EC8C);
        assert_eq!(StableHash::of(b"foobar"), 0x8594_4171_F739_67E8);
    }

    #[test]
    fn pieces_hash_like_the_whole() {
        let mut hash = StableHash::new();
        hash.add(b"foo");
        hash.add(b"bar");
        assert_eq!(hash.value(), StableHash::of(b"foobar"));
    }
}
