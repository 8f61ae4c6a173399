//! The bytes of a file into lines: plain or gzip by its first bytes, each line bounded, so that memory stays flat.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// The longest line, in bytes.
pub(super) const LONGEST_LINE: usize = 1024 * 1024;

/// A line of the input.
pub(super) enum Line<'b> {
    /// Its bytes, without the end of the line.
    Bytes(&'b [u8]),
    /// It is longer than a line may be.
    TooLong,
}

/// The lines of an input.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    buffer: Vec<u8>,
    bytes: Arc<AtomicU64>,
    first: bool,
}

struct Counted {
    inner: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Lines {
    /// Looks at the first bytes and unpacks what follows if they are gzip's.
    pub(super) fn new(inner: Box<dyn Read + Send>) -> io::Result<Self> {
        const BUFFER: usize = 256 * 1024;
        let bytes = Arc::new(AtomicU64::new(0));
        let mut plain = BufReader::with_capacity(BUFFER, Counted { inner, bytes: bytes.clone() });
        let packed = plain.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn BufRead + Send> = if packed {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        Ok(Lines { reader, buffer: Vec::new(), bytes, first: true })
    }

    /// How many bytes of the file have been read, as they are stored.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The next line; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        const MORE: u64 = LONGEST_LINE as u64 + 1;
        self.buffer.clear();
        if (&mut self.reader).take(MORE).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        let mut too_long = false;
        while self.buffer.len() > LONGEST_LINE && !self.buffer.ends_with(b"\n") {
            too_long = true;
            self.buffer.clear();
            self.buffer.resize(LONGEST_LINE, b' ');
            if (&mut self.reader).take(MORE).read_until(b'\n', &mut self.buffer)? == 0 {
                break;
            }
        }
        if too_long {
            return Ok(Some(Line::TooLong));
        }
        let mut line = self.buffer.as_slice();
        if std::mem::take(&mut self.first) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        Ok(Some(Line::Bytes(line.trim_ascii())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn lines(bytes: Vec<u8>) -> Vec<Option<String>> {
        let mut lines = Lines::new(Box::new(io::Cursor::new(bytes))).unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(match line {
                Line::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                Line::TooLong => None,
            });
        }
        all
    }

    #[test]
    fn lines_end_as_they_may() {
        let expected = ["a", "b", "", "c"].map(|line| Some(line.to_owned()));
        assert_eq!(lines(b"\xef\xbb\xbfa\r\nb\n\nc".to_vec()), expected);
    }

    #[test]
    fn several_gzip_members_are_one_file() {
        let packed = |text: &str| {
            let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
            packer.write_all(text.as_bytes()).unwrap();
            packer.finish().unwrap()
        };
        let bytes = [packed("a\nb"), packed("c\nd\n")].concat();
        assert_eq!(lines(bytes), ["a", "bc", "d"].map(|line| Some(line.to_owned())));
    }

    #[test]
    fn a_line_too_long_is_passed_by() {
        let fits = "x".repeat(LONGEST_LINE);
        for longer in [1, LONGEST_LINE, LONGEST_LINE + 1, 3 * LONGEST_LINE] {
            let text = format!("{fits}\n{}\nend\n", "x".repeat(LONGEST_LINE + longer));
            assert_eq!(lines(text.into_bytes()), [Some(fits.clone()), None, Some("end".to_owned())]);
        }
    }
}
