//! Why a request to the hub brought nothing, and whether to ask again.

use std::fmt;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use ureq::http::HeaderMap;
use ureq::http::header::RETRY_AFTER;

use super::error::HubError;
use super::events::FetchEvent;
use crate::base::escape;

/// Number of times that something is asked for before it is given up, unless much arrives in between.
const ATTEMPTS: u32 = 4;
/// The wait after the first failure; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that is waited.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A download of which so many bytes arrived since the last failure is one that gets on.
const MUCH: u64 = 1 << 20;

/// The hub's word for a file that a model lacks.
pub(super) const NO_FILE: &str = "EntryNotFound";

/// Why a request brought nothing, or not all of it.
#[derive(Debug)]
pub(super) enum Failure {
    /// The hub says no.
    Status {
        /// The HTTP status.
        status: u16,
        /// The hub's own word for the error, such as `GatedRepo`.
        code: Option<String>,
        /// When the hub asks to be asked again.
        wait: Option<Duration>,
    },
    /// The hub could not be reached, or the connection broke.
    Connection(String),
    /// Nothing, or next to nothing, has arrived for a while.
    Stalled,
    /// What arrived is not what the hub's rules allow; asking again would not help.
    Answer(String),
    /// The file on the hub is another one than when its download began.
    Moved,
    /// The bytes are not those that the hub promised. They are gone.
    Damaged(String),
    /// The cache can't be written.
    Write(HubError),
}

impl Failure {
    /// What an answer with an error status says.
    pub(super) fn of_status(status: u16, headers: &HeaderMap) -> Self {
        let text = |value: &ureq::http::HeaderValue| value.to_str().ok().map(str::to_owned);
        let code = headers.get("x-error-code").and_then(text);
        let wait = headers.get(RETRY_AFTER).and_then(text).and_then(|text| seconds(&text, Timestamp::now()));
        Self::Status { status, code, wait }
    }

    /// Whether it may be gone after a while.
    fn is_passing(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::Connection(_) | Self::Stalled => true,
            Self::Answer(_) | Self::Moved | Self::Damaged(_) | Self::Write(_) => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status, .. } => write!(f, "HTTP {status}"),
            Self::Connection(reason) | Self::Answer(reason) | Self::Damaged(reason) => {
                f.write_str(&escape::text(reason))
            }
            Self::Stalled => f.write_str("no data arrives"),
            Self::Moved => f.write_str("the file changed meanwhile"),
            Self::Write(error) => error.fmt(f),
        }
    }
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error as E;
        match error {
            E::Timeout(ureq::Timeout::Connect) => Self::Connection("no connection in time".to_owned()),
            E::Timeout(ureq::Timeout::Resolve) => Self::Connection("no address found in time".to_owned()),
            E::Timeout(_) => Self::Stalled,
            E::Io(error) => error.into(),
            E::HostNotFound | E::ConnectionFailed => Self::Connection(error.to_string()),
            error => Self::Answer(error.to_string()),
        }
    }
}

/// Of reading an answer.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // How ureq wraps what is no error of the system.
        match error.downcast::<ureq::Error>() {
            Ok(error) => error.into(),
            Err(error) => Self::Connection(error.to_string()),
        }
    }
}

/// The time that a `Retry-After` header asks for: seconds, or a date.
fn seconds(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// Counts the failures of one request.
#[derive(Debug, Default)]
pub(super) struct Retries {
    failures: u32,
}

impl Retries {
    /// Waits before the next attempt, after one that brought `received` bytes and failed. Returns the failure when there
    /// is to be no other attempt.
    pub(super) fn wait(
        &mut self,
        failure: Failure,
        received: u64,
        file: &str,
        report: &dyn Fn(FetchEvent<'_>),
    ) -> Result<(), Failure> {
        let Some(wait) = self.next(&failure, received) else { return Err(failure) };
        tracing::info!(file, %failure, ?wait, "asking the hub again");
        report(FetchEvent::Retrying { file, reason: &failure.to_string(), wait });
        std::thread::sleep(wait);
        Ok(())
    }

    /// The time to wait after a failure; none when it is to be given up.
    fn next(&mut self, failure: &Failure, received: u64) -> Option<Duration> {
        if received >= MUCH {
            self.failures = 0;
        }
        self.failures += 1;
        if !failure.is_passing() || self.failures >= ATTEMPTS {
            return None;
        }
        let asked = match failure {
            Failure::Status { wait, .. } => wait.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        // Of many that failed together, not all come back together.
        let own = FIRST_WAIT * 2_u32.pow(self.failures - 1);
        let own = own.mul_f32(1.0 + 0.25 * random());
        (asked <= LONGEST_WAIT).then(|| asked.max(own))
    }
}

/// A number from 0 to 1 that other processes don't share.
fn random() -> f32 {
    use std::hash::{BuildHasher, Hasher};
    let bits = std::hash::RandomState::new().build_hasher().finish();
    (bits >> 40) as f32 / (1_u64 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, wait: Option<u64>) -> Failure {
        Failure::Status { status, code: None, wait: wait.map(Duration::from_secs) }
    }

    #[test]
    fn what_passes_is_asked_for_again_with_growing_waits() {
        let mut retries = Retries::default();
        let waits: Vec<_> = (0..4).map(|_| retries.next(&status(500, None), 0)).collect();
        for (wait, least) in waits.iter().zip([0.5, 1.0, 2.0]) {
            let wait = wait.unwrap().as_secs_f32();
            assert!((least..=1.25 * least).contains(&wait), "{wait}");
        }
        assert_eq!(waits[3], None);
        // A download that gets on may break as often as it likes.
        let mut retries = Retries::default();
        assert!((0..50).all(|_| retries.next(&Failure::Connection(String::new()), MUCH).is_some()));
        for lasting in [status(403, None), status(404, None), Failure::Answer(String::new()), Failure::Moved]
        {
            assert_eq!(Retries::default().next(&lasting, 0), None, "{lasting:?}");
        }
    }

    #[test]
    fn the_hub_says_when_to_come_back() {
        let mut retries = Retries::default();
        assert_eq!(retries.next(&status(429, Some(7)), 0), Some(Duration::from_secs(7)));
        assert_eq!(retries.next(&status(429, Some(3600)), 0), None);
        let now = "2026-11-26T04:00:00Z".parse().unwrap();
        let seconds = |header| seconds(header, now);
        assert_eq!(seconds(" 12 "), Some(Duration::from_secs(12)));
        assert_eq!(seconds("Thu, 26 Nov 2026 04:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(seconds("Thu, 26 Nov 2026 03:00:30 GMT"), Some(Duration::ZERO));
        assert_eq!(seconds("soon"), None);
    }
}
