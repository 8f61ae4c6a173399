//! The arithmetic of measures, exact for as long as it can be: whole numbers in, floats at the end.

use super::window::HOUR;
use crate::clock::Micros;

/// The value below which this share of all lies, between neighbours in proportion, as `percentile_cont` does. Nothing
/// of nothing.
pub fn percentile(sorted: &[Micros], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (*sorted.get(below)?, *sorted.get((below + 1).min(last))?);
    // The difference is taken before it is a float, so that what lies close together stays exact.
    let step = high.saturating_sub(low) as f64;
    Some(low as f64 + step * (place - below as f64))
}

/// A span of microseconds in hours.
pub fn hours(micros: f64) -> f64 {
    micros / HOUR as f64
}

/// One sum over another; nothing where there is nothing below the line.
pub fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator != 0.0).then(|| numerator / denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_neighbours() {
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7], 0.9), Some(7.0));
        assert_eq!(percentile(&[1, 2, 3, 10], 0.5), Some(2.5));
        let p90 = percentile(&[1, 2, 3, 10], 0.9).expect("four values");
        assert!((p90 - 7.9).abs() < 1e-9, "{p90}");
        assert_eq!(percentile(&[1, 5], 1.0), Some(5.0));
    }

    #[test]
    fn nothing_is_measured_against_nothing() {
        assert_eq!(ratio(1.0, 0.0), None);
        assert_eq!(ratio(1.0, 4.0), Some(0.25));
        assert_eq!(hours(7_200_000_000.0), 2.0);
    }
}
