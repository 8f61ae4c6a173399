//! Amounts of money: decimal text outside, millionths of the currency inside, as ad platforms report them.

/// Millionths of an amount written as a decimal number; nothing where it has more than six decimals or is too large.
pub fn read(text: &str) -> Option<i64> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |number| (true, number));
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{decimals}");
    if digits.is_empty() || digits.len() > 40 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = digits.parse().ok()?;
    let shift = exponent.checked_add(6)?.checked_sub(i32::try_from(decimals.len()).ok()?)?;
    let factor = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        value = value.checked_mul(factor)?;
    } else if value % factor == 0 {
        value /= factor;
    } else {
        return None;
    }
    i64::try_from(if negative { -value } else { value }).ok()
}

/// An amount of millionths as a decimal number with no more decimals than it needs.
pub fn written(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let amount = millionths.unsigned_abs();
    let (whole, rest) = (amount / 1_000_000, amount % 1_000_000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let decimals = format!("{rest:06}");
    format!("{sign}{whole}.{}", decimals.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn reads_what_it_writes() {
        for (text, millionths) in [("4.2", 4_200_000), ("0", 0), ("-0.000001", -1), ("19", 19_000_000)] {
            assert_eq!(read(text), Some(millionths));
            assert_eq!(written(millionths), text);
        }
        assert_eq!(read("4.20"), Some(4_200_000));
        assert_eq!(read("1e3"), Some(1_000_000_000));
        assert_eq!(read("1.5e-6"), None);
        assert_eq!(read("9223372036855"), None);
        assert_eq!(read("."), None);
    }
}
