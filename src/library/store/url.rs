//! Where a store lies: `milvus://HOST:PORT/NAME`, or `milvus+tls://HOST:PORT/NAME`.

use std::fmt;
use std::str::FromStr;

/// The port that Milvus listens on unless it is told otherwise.
const PORT: u16 = 19_530;
/// The longest name, in bytes: those of Milvus's collections have up to 255, and that of the thumbnails is longer.
const LONGEST_NAME: usize = 244;

/// The address of a collection on a Milvus server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct StoreUrl {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The host, an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The collection's name: letters, digits and `_`.
    pub name: String,
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "milvus+tls" } else { "milvus" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}/{}", self.host, self.port, self.name),
            false => write!(f, "{scheme}://{}:{}/{}", self.host, self.port, self.name),
        }
    }
}

/// Why a text is no address of a store. The text is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// It has another form.
    #[error("a store is written milvus://HOST:PORT/NAME, or milvus+tls://HOST:PORT/NAME")]
    Form,
    /// It has a user or a password, which other users of the machine would see in the list of processes.
    #[error(
        "a user or token does not belong into the store's URL: put it into PIXSEEK_STORE_TOKEN, or into config.toml as store_token"
    )]
    Token,
    /// The name can't be one of a collection.
    #[error(
        "the name of a store has letters, digits and `_` only, does not begin with a digit, and has at most 244 characters"
    )]
    Name,
}

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(StoreUrlError::Form)?;
        let tls = match scheme {
            "milvus" => false,
            "milvus+tls" => true,
            _ => return Err(StoreUrlError::Form),
        };
        if rest.contains('@') {
            return Err(StoreUrlError::Token);
        }
        let (place, name) = rest.split_once('/').ok_or(StoreUrlError::Form)?;
        let (host, port) = host_and_port(place).ok_or(StoreUrlError::Form)?;
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let begins_well = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
        if !is_word || !begins_well || name.len() > LONGEST_NAME {
            return Err(StoreUrlError::Name);
        }
        Ok(Self { tls, host, port, name: name.to_owned() })
    }
}

impl TryFrom<String> for StoreUrl {
    type Error = StoreUrlError;

    fn try_from(text: String) -> Result<Self, StoreUrlError> {
        text.parse()
    }
}

fn host_and_port(place: &str) -> Option<(String, u16)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, after.strip_prefix(':').or(after.is_empty().then_some(""))?)
        }
        None => place.split_once(':').unwrap_or((place, "")),
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    let port = if port.is_empty() { PORT } else { port.parse().ok().filter(|port| *port > 0)? };
    (!host.is_empty() && host.bytes().all(is_host)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_they_are_written() {
        for text in ["milvus://db.example:19530/pics", "milvus+tls://10.0.0.1:443/a_1", "milvus://[::1]:7/x"]
        {
            assert_eq!(text.parse::<StoreUrl>().unwrap().to_string(), text);
        }
        assert_eq!("milvus://db/pics".parse::<StoreUrl>().unwrap().port, PORT);
    }

    #[test]
    fn what_is_wrong_is_told_without_the_text() {
        let wrong = |text: &str| text.parse::<StoreUrl>().unwrap_err();
        assert_eq!(wrong("milvus://root:Milvus@db:1/x"), StoreUrlError::Token);
        for form in
            ["db:1/x", "http://db:1/x", "milvus://db:1", "milvus:///x", "milvus://db:0/x", "milvus://a b/x"]
        {
            assert_eq!(wrong(form), StoreUrlError::Form, "{form}");
        }
        for name in ["milvus://db/", "milvus://db/1x", "milvus://db/a-b", "milvus://db/a/b"] {
            assert_eq!(wrong(name), StoreUrlError::Name, "{name}");
        }
        assert!(!wrong("milvus://root:secret@db:1/x").to_string().contains("secret"));
    }
}
