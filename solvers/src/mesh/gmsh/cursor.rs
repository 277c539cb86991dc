//! A place in the bytes of a file, and the numbers and words that follow it.

/// What is wrong, and where in the bytes.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) at: usize,
    pub(super) what: String,
}

pub(super) type Parse<T> = Result<T, Flaw>;

/// How the numbers of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Ascii,
    Little,
    Big,
}

/// Reads forward; never past the end.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) encoding: Encoding,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, encoding: Encoding::Ascii }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_space(&mut self) {
        self.at += self.rest().iter().take_while(|b| b.is_ascii_whitespace()).count();
    }

    /// Where the next number stands.
    pub(super) fn here(&mut self) -> usize {
        if self.encoding == Encoding::Ascii {
            self.skip_space();
        }
        self.at
    }

    /// The next word of text.
    pub(super) fn word(&mut self, what: &str) -> Parse<&'a str> {
        self.skip_space();
        let rest = self.rest();
        let length = rest.iter().take_while(|b| !b.is_ascii_whitespace()).count();
        if length == 0 {
            return self.fail(format!("the file ends where {what} was expected"));
        }
        match std::str::from_utf8(&rest[..length]) {
            Ok(word) => {
                self.at += length;
                Ok(word)
            }
            Err(_) => self.fail(format!("expected {what}, found bytes that are no text")),
        }
    }

    /// The next number of text.
    pub(super) fn text<T: std::str::FromStr>(&mut self, what: &str) -> Parse<T> {
        let word = self.word(what)?;
        word.parse().map_err(|_| {
            let at = self.at - word.len();
            Flaw { at, what: format!("expected {what}, found `{}`", shortened(word)) }
        })
    }

    /// The next text between quotation marks.
    pub(super) fn quoted(&mut self, what: &str) -> Parse<String> {
        self.skip_space();
        let rest = self.rest();
        let line = &rest[..rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len())];
        let end = line.iter().rposition(|&b| b == b'"').unwrap_or(0);
        if end == 0 || line[0] != b'"' {
            return self.fail(format!("expected {what} between quotation marks"));
        }
        self.at += end + 1;
        Ok(String::from_utf8_lossy(&line[1..end]).into_owned())
    }

    /// Passes the rest of the line, on which binary data starts after the line break.
    pub(super) fn end_line(&mut self) {
        let rest = self.rest();
        self.at += rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |n| n + 1);
    }

    fn take<const N: usize>(&mut self, what: &str) -> Parse<[u8; N]> {
        match self.rest().first_chunk::<N>() {
            Some(&chunk) => {
                self.at += N;
                // Read as if the file were little-endian.
                Ok(if self.encoding == Encoding::Big { reversed(chunk) } else { chunk })
            }
            None => self.fail(format!("the file ends where {what} was expected")),
        }
    }

    /// A 32-bit integer.
    pub(super) fn int(&mut self, what: &str) -> Parse<i32> {
        match self.encoding {
            Encoding::Ascii => self.text(what),
            _ => Ok(i32::from_le_bytes(self.take(what)?)),
        }
    }

    /// A 64-bit unsigned integer, Gmsh's `size_t`.
    pub(super) fn size(&mut self, what: &str) -> Parse<u64> {
        match self.encoding {
            Encoding::Ascii => self.text(what),
            _ => Ok(u64::from_le_bytes(self.take(what)?)),
        }
    }

    /// A finite coordinate.
    pub(super) fn coordinate(&mut self, what: &str) -> Parse<f64> {
        let value: f64 = match self.encoding {
            Encoding::Ascii => self.text(what)?,
            _ => f64::from_le_bytes(self.take(what)?),
        };
        if value.is_finite() {
            return Ok(value);
        }
        self.fail(format!("expected {what}, found {value}"))
    }

    /// Passes `n` coordinates.
    pub(super) fn skip_coordinates(&mut self, n: usize, what: &str) -> Parse<()> {
        (0..n).try_for_each(|_| self.coordinate(what).map(drop))
    }

    /// A count of items, each of `numbers` numbers: the file must be long enough to hold them, so that a list of this length may be
    /// allocated. `width` is the size of a number in binary files; in text it takes two bytes at least.
    pub(super) fn fits(&self, count: u64, numbers: usize, width: usize, what: &str) -> Parse<usize> {
        let each = numbers * if self.encoding == Encoding::Ascii { 2 } else { width };
        // The last number of a text may stand at the end of the file, without a space behind it.
        let room = (self.rest().len() as u64 + 1) / each.max(1) as u64;
        match usize::try_from(count) {
            Ok(n) if count <= room => Ok(n),
            _ => {
                let left = self.rest().len();
                self.fail(format!("{count} {what} are announced, but only {left} bytes are left in the file"))
            }
        }
    }

    /// Passes everything of a section that began at `start`, up to and including `$End` + name.
    pub(super) fn skip_section(&mut self, name: &str, start: usize) -> Parse<()> {
        let end = format!("$End{name}");
        let rest = self.rest();
        match rest.windows(end.len()).position(|window| window == end.as_bytes()) {
            Some(n) => {
                self.at += n + end.len();
                Ok(())
            }
            None => Err(Flaw { at: start, what: format!("the section ${name} has no {end}") }),
        }
    }

    /// Passes `$End` + name, which must come next.
    pub(super) fn end_section(&mut self, name: &str) -> Parse<()> {
        let end = format!("$End{name}");
        let word = self.word(&end)?;
        if word == end {
            return Ok(());
        }
        let at = self.at - word.len();
        Err(Flaw { at, what: format!("expected {end}, found `{}`", shortened(word)) })
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest().is_empty()
    }

    pub(super) fn fail<T>(&self, what: String) -> Parse<T> {
        Err(Flaw { at: self.at, what })
    }
}

fn reversed<const N: usize>(mut chunk: [u8; N]) -> [u8; N] {
    chunk.reverse();
    chunk
}

/// The beginning of a word, for a message.
pub(super) fn shortened(word: &str) -> String {
    let mut text: String = word.chars().take(40).flat_map(char::escape_default).collect();
    if word.chars().nth(40).is_some() {
        text.push_str("...");
    }
    text
}
