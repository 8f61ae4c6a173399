//! Chance that can be repeated: the same seed makes the same lines.

/// A stream of numbers (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("small")).expect("small")
    }

    /// Whether something happens that does `percent` times in a hundred.
    pub(super) fn often(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A number below `end`, or none one time in three.
    pub(super) fn maybe(&mut self, end: usize) -> Option<usize> {
        self.often(66).then(|| self.below(end))
    }

    /// One of these.
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
