//! Attributes as the layout wants them: variable-length UTF-8 strings, HDF5 booleans, and checked reads that name the file.

use std::path::Path;

use hdf5::types::{TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5::{Attribute, File, Location};

use crate::{Error, Result};

type Hdf5Result<T> = hdf5::Result<T>;

fn text(value: &str) -> Hdf5Result<VarLenUnicode> {
    value.parse().map_err(|e| hdf5::Error::from(format!("text with a NUL byte cannot be stored: {e}")))
}

/// Writes one string.
pub(crate) fn put_str(at: &Location, name: &str, value: &str) -> Hdf5Result<()> {
    at.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(value)?)
}

/// Writes an array of strings, possibly empty.
pub(crate) fn put_strs<S: AsRef<str>>(at: &Location, name: &str, values: &[S]) -> Hdf5Result<()> {
    let values = values.iter().map(|v| text(v.as_ref())).collect::<Hdf5Result<Vec<_>>>()?;
    let attribute = at.new_attr::<VarLenUnicode>().shape([values.len()]).create(name)?;
    if values.is_empty() { Ok(()) } else { attribute.write(&values) }
}

/// Writes one integer.
pub(crate) fn put_int(at: &Location, name: &str, value: i64) -> Hdf5Result<()> {
    at.new_attr::<i64>().create(name)?.write_scalar(&value)
}

/// Writes one number.
pub(crate) fn put_number(at: &Location, name: &str, value: f64) -> Hdf5Result<()> {
    at.new_attr::<f64>().create(name)?.write_scalar(&value)
}

/// Writes one HDF5 boolean.
pub(crate) fn put_bool(at: &Location, name: &str, value: bool) -> Hdf5Result<()> {
    at.new_attr::<bool>().create(name)?.write_scalar(&value)
}

/// Writes an array of HDF5 booleans.
pub(crate) fn put_bools(at: &Location, name: &str, values: &[bool]) -> Hdf5Result<()> {
    at.new_attr::<bool>().shape([values.len()]).create(name)?.write(values)
}

/// Writes the pair of flags that every data set of the layout carries.
pub(crate) fn put_varying(at: &Location, sample: bool, time: bool) -> Hdf5Result<()> {
    put_bool(at, "sample_varying", sample)?;
    put_bool(at, "time_varying", time)
}

/// Reads attributes of one object; errors name the file, the object and the attribute.
pub(crate) struct Attributes<'a> {
    pub(crate) path: &'a Path,
    pub(crate) object: &'a Location,
    /// Name of the object for messages: empty for the root.
    pub(crate) name: &'a str,
}

impl Attributes<'_> {
    fn get(&self, name: &str, expected: &str) -> Result<Attribute> {
        self.object.attr(name).map_err(|_| self.wrong(name, expected, "none"))
    }

    /// The error for attribute `name`.
    pub(crate) fn wrong(&self, name: &str, expected: impl Into<String>, found: impl Into<String>) -> Error {
        let at = if self.name.is_empty() { "root".to_string() } else { format!("'{}'", self.name) };
        Error::layout(self.path, format!("attribute '{name}' of {at}"), expected, found)
    }

    fn unreadable(&self, name: &str, expected: &str, attribute: &Attribute) -> Error {
        let found = match attribute.dtype().and_then(|t| t.to_descriptor()) {
            Ok(d) => format!("{d} of shape {:?}", attribute.shape()),
            Err(_) => "an unreadable type".to_string(),
        };
        self.wrong(name, expected, found)
    }

    /// One string.
    pub(crate) fn str(&self, name: &str) -> Result<String> {
        self.strs_of(name, "a string").and_then(|mut v| match v.len() {
            1 => Ok(v.remove(0)),
            n => Err(self.wrong(name, "a string", format!("{n} strings"))),
        })
    }

    /// An array of strings.
    pub(crate) fn strs(&self, name: &str) -> Result<Vec<String>> {
        self.strs_of(name, "an array of strings")
    }

    fn strs_of(&self, name: &str, expected: &str) -> Result<Vec<String>> {
        let attribute = self.get(name, expected)?;
        if attribute.size() == 0 {
            // An empty list has no element that could show its type: some writers store it as floats.
            return Ok(vec![]);
        }
        let fail = || self.unreadable(name, expected, &attribute);
        match attribute.dtype().and_then(|t| t.to_descriptor()).map_err(|_| fail())? {
            TypeDescriptor::VarLenUnicode => {
                let read = attribute.read_raw::<VarLenUnicode>().map_err(|_| fail())?;
                Ok(read.iter().map(|s| s.as_str().to_string()).collect())
            }
            TypeDescriptor::VarLenAscii => {
                let read = attribute.read_raw::<VarLenAscii>().map_err(|_| fail())?;
                Ok(read.iter().map(|s| s.as_str().to_string()).collect())
            }
            _ => Err(fail()),
        }
    }

    /// One integer that is not negative.
    pub(crate) fn count(&self, name: &str) -> Result<usize> {
        let expected = "an integer >= 0";
        let attribute = self.get(name, expected)?;
        let value =
            attribute.read_scalar::<i64>().map_err(|_| self.unreadable(name, expected, &attribute))?;
        usize::try_from(value).map_err(|_| self.wrong(name, expected, value.to_string()))
    }

    /// One HDF5 boolean.
    pub(crate) fn bool(&self, name: &str) -> Result<bool> {
        self.bools(name, 1).map(|v| v[0])
    }

    /// `n` HDF5 booleans; 0 and 1 of an integer type are accepted as readers of the layout do.
    pub(crate) fn bools(&self, name: &str, n: usize) -> Result<Vec<bool>> {
        let expected = if n == 1 { "a boolean".to_string() } else { format!("{n} booleans") };
        let attribute = self.get(name, &expected)?;
        let as_bool = attribute.read_raw::<bool>();
        let read =
            as_bool.or_else(|_| attribute.read_raw::<i64>().map(|v| v.iter().map(|&x| x != 0).collect()));
        match read {
            Ok(v) if v.len() == n => Ok(v),
            _ => Err(self.unreadable(name, &expected, &attribute)),
        }
    }
}

/// A string attribute of the root, if it is there and readable.
pub(crate) fn root_text(file: &File, name: &str) -> Option<String> {
    file.attr(name).ok()?.read_scalar::<VarLenUnicode>().ok().map(|s| s.as_str().to_string())
}
