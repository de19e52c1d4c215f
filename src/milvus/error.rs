//! What can go wrong with a Milvus server. The words name its host and port.

use tonic::{Code, Status};

use super::wire;

/// What went wrong with a Milvus server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MilvusError {
    /// Nobody answers there, or the connection broke.
    #[error("Milvus at {server} can't be reached: {reason}")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the network says.
        reason: String,
    },
    /// No answer came in time.
    #[error("Milvus at {server} did not answer within {seconds} s")]
    TimedOut {
        /// Host and port.
        server: String,
        /// The deadline.
        seconds: u64,
    },
    /// The server wants a token, or another one.
    #[error("Milvus at {server} refuses {}", if *has_token { "the token" } else { "to answer without a token" })]
    Denied {
        /// Host and port.
        server: String,
        /// Whether a token was sent.
        has_token: bool,
    },
    /// There is no such collection.
    #[error("Milvus at {server} has no collection '{collection}'")]
    NoCollection {
        /// Host and port.
        server: String,
        /// The collection's name.
        collection: String,
    },
    /// The server's certificate is not vouched for by anybody who is trusted, or is another server's.
    #[error("Milvus at {server} is not trusted: {reason}")]
    Untrusted {
        /// Host and port.
        server: String,
        /// What is wrong with the certificate.
        reason: String,
    },
    /// The server has no room left.
    #[error("Milvus at {server} has no room left: {reason}")]
    Full {
        /// Host and port.
        server: String,
        /// What the server says.
        reason: String,
    },
    /// The server is not ready to answer: it starts, or a part of it restarts.
    #[error("Milvus at {server} is not ready: {reason}")]
    NotReady {
        /// Host and port.
        server: String,
        /// What the server says.
        reason: String,
    },
    /// The server refuses a request.
    #[error("Milvus at {server}: {reason}")]
    Refused {
        /// Host and port.
        server: String,
        /// What the server says.
        reason: String,
    },
    /// The server's answer is not what was asked for.
    #[error("Milvus at {server} answered something else than was asked for: {what}")]
    Answer {
        /// Host and port.
        server: String,
        /// What is wrong with the answer.
        what: String,
    },
    /// The address is none, the system has no thread left, or a certificate can't be read.
    #[error("Milvus at {server} can't be spoken to: {reason}")]
    Setup {
        /// Host and port.
        server: String,
        /// What is wrong.
        reason: String,
    },
    /// The caller did not want to wait any longer.
    #[error("stopped while waiting for Milvus at {server}")]
    Stopped {
        /// Host and port.
        server: String,
    },
}

/// Codes of `common.ErrorCode`, of before 2.3.
mod old {
    pub(super) const PERMISSION_DENIED: i32 = 3;
    pub(super) const NO_COLLECTION: i32 = 4;
    pub(super) const NOT_SHARD_LEADER: i32 = 45;
    pub(super) const NO_REPLICA: i32 = 46;
    pub(super) const FORCE_DENY: i32 = 48;
    pub(super) const RATE_LIMIT: i32 = 49;
    pub(super) const NODE_ID: i32 = 50;
    pub(super) const OUT_OF_MEMORY: i32 = 53;
    pub(super) const DISK_FULL: i32 = 54;
    pub(super) const TIME_TICK: i32 = 55;
    pub(super) const NOT_READY: i32 = 56;
}

/// Codes of `pkg/merr/errors.go`, of 2.3 and later.
mod new {
    use std::ops::RangeInclusive;

    /// Not ready, unavailable, too many requests and the like.
    pub(super) const SERVICE: RangeInclusive<i32> = 1..=99;
    pub(super) const MEMORY: i32 = 3;
    pub(super) const DISK: i32 = 4;
    /// Quota exceeded: the disk quota, or memory.
    pub(super) const QUOTA: i32 = 9;
    pub(super) const NO_COLLECTION: i32 = 100;
    pub(super) const NO_DATABASE: i32 = 800;
    pub(super) const PRIVILEGE: RangeInclusive<i32> = 1400..=1402;
}

impl MilvusError {
    /// Whether the same request may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. } | Self::NotReady { .. })
    }

    /// Whether there is no such collection.
    pub(crate) fn is_no_collection(&self) -> bool {
        matches!(self, Self::NoCollection { .. })
    }

    /// What a status of gRPC means.
    pub(super) fn of_call(server: &str, status: &Status, seconds: u64, has_token: bool) -> Self {
        let server = server.to_owned();
        match status.code() {
            Code::DeadlineExceeded | Code::Cancelled => Self::TimedOut { server, seconds },
            Code::Unauthenticated | Code::PermissionDenied => Self::Denied { server, has_token },
            Code::ResourceExhausted => Self::NotReady { server, reason: words(status) },
            // Milvus says so of a server whose parts are not there yet.
            Code::Unimplemented if status.message().contains("unknown service") => {
                Self::NotReady { server, reason: words(status) }
            }
            Code::Unavailable | Code::Internal | Code::Unknown | Code::Aborted => {
                let reason = words(status);
                let says = |words: &str| reason.contains(words);
                match () {
                    () if says("auth check failure") || says("unauthenticated") => {
                        Self::Denied { server, has_token }
                    }
                    // By name, in the words of rustls.
                    () if says("invalid peer certificate") => Self::Untrusted { server, reason },
                    () => Self::Unreachable { server, reason },
                }
            }
            _ => Self::Refused { server, reason: words(status) },
        }
    }

    /// What the status in an answer means: an error, unless it is a success.
    pub(super) fn of_status(
        server: &str,
        collection: &str,
        status: Option<&wire::Status>,
        has_token: bool,
    ) -> Result<(), Self> {
        let Some(wire::Status { error_code, code, reason, retriable }) = status else { return Ok(()) };
        if *error_code == 0 && *code == 0 {
            return Ok(());
        }
        let (server, reason) = (server.to_owned(), reason.trim().to_owned());
        let is_new = *code != 0;
        let lacks = reason.contains("collection not found") || reason.contains("can't find collection");
        Err(match (*code, *error_code) {
            (new::NO_COLLECTION, _) | (0, old::NO_COLLECTION) => {
                Self::NoCollection { server, collection: collection.to_owned() }
            }
            _ if lacks => Self::NoCollection { server, collection: collection.to_owned() },
            (code, _) if new::PRIVILEGE.contains(&code) => Self::Denied { server, has_token },
            (0, old::PERMISSION_DENIED) => Self::Denied { server, has_token },
            (new::NO_DATABASE, _) => Self::Refused { server, reason },
            (new::DISK | new::QUOTA | new::MEMORY, _) => Self::Full { server, reason },
            (_, old::FORCE_DENY | old::OUT_OF_MEMORY | old::DISK_FULL) => Self::Full { server, reason },
            (code, _) if is_new && new::SERVICE.contains(&code) => Self::NotReady { server, reason },
            (
                _,
                old::NOT_SHARD_LEADER
                | old::NO_REPLICA
                | old::RATE_LIMIT
                | old::NODE_ID
                | old::TIME_TICK
                | old::NOT_READY,
            ) => Self::NotReady { server, reason },
            _ if *retriable => Self::NotReady { server, reason },
            _ => Self::Refused { server, reason },
        })
    }
}

/// What a status says, with the innermost cause, which tells most ("connection refused").
fn words(status: &Status) -> String {
    let mut innermost: Option<&dyn std::error::Error> = std::error::Error::source(status);
    while let Some(next) = innermost.and_then(std::error::Error::source) {
        innermost = Some(next);
    }
    let said = status.message().trim();
    match innermost.map(ToString::to_string).filter(|cause| !cause.is_empty() && !said.contains(cause)) {
        Some(cause) if said.is_empty() || said == "transport error" => cause,
        Some(cause) => format!("{said}: {cause}"),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: i32, error_code: i32, reason: &str) -> MilvusError {
        let status = wire::Status { error_code, code, reason: reason.into(), retriable: false };
        MilvusError::of_status("h:1", "pics", Some(&status), false).unwrap_err()
    }

    #[test]
    fn statuses_of_old_and_new_servers_are_told_apart() {
        assert!(MilvusError::of_status("h:1", "pics", Some(&wire::Status::default()), true).is_ok());
        assert!(of(100, 1, "collection not found[collection=pics]").is_no_collection());
        assert!(of(0, 4, "can't find collection: pics").is_no_collection());
        assert!(of(1, 56, "not ready").is_passing() && of(0, 49, "rate").is_passing());
        assert!(matches!(of(9, 54, "quota exceeded[reason=disk]"), MilvusError::Full { .. }));
        assert!(matches!(of(1100, 5, "bad expression"), MilvusError::Refused { .. }));
        assert_eq!(of(100, 4, "x").to_string(), "Milvus at h:1 has no collection 'pics'");
    }

    #[test]
    fn statuses_of_grpc_name_the_server() {
        let of = |status: Status| MilvusError::of_call("h:1", &status, 5, true);
        assert!(of(Status::unavailable("tcp connect error")).is_passing());
        assert_eq!(
            of(Status::deadline_exceeded("late")).to_string(),
            "Milvus at h:1 did not answer within 5 s"
        );
        assert_eq!(of(Status::unauthenticated("no")).to_string(), "Milvus at h:1 refuses the token");
    }
}
