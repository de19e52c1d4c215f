//! The connection to a server: deadlines, repetitions, the token.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use tokio::runtime::{Builder, Runtime};
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic_prost::ProstCodec;
use ureq::http::uri::PathAndQuery;

use super::error::MilvusError;
use super::wire;

/// The greatest answer that is taken, in bytes. Servers limit theirs to 256 or 512 MiB.
const MAX_ANSWER: usize = 512 << 20;
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How often the other side is asked whether it is still there, and how long it may take to say so. A proxy that swallows
/// everything is found out by this.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(5));
/// The first and the longest wait before a repetition.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The host, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// A file with certificates (PEM) of those who may vouch for the server; else those that browsers know.
    pub authorities: Option<PathBuf>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// How long a caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// For one answer.
    pub answer: Duration,
    /// For an answer that is no passing failure, over all repetitions.
    pub in_all: Duration,
}

impl Patience {
    /// The patience of somebody who looks at the screen.
    pub(crate) const BRIEF: Self = Self { answer: Duration::from_secs(10), in_all: Duration::from_secs(3) };
    /// The patience of a run that nobody watches.
    pub(crate) const LONG: Self = Self { answer: Duration::from_secs(60), in_all: Duration::from_secs(60) };
}

/// A connection to a server. It comes about with the first call, and again after it broke.
pub(crate) struct Client {
    runtime: Runtime,
    channel: Channel,
    server: String,
    token: Option<MetadataValue<Ascii>>,
    /// How long calls may take, unless they say otherwise.
    pub patience: Patience,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the server at `address`. The token is `USER:PASSWORD` or an API key; it is never printed. Nothing is sent
    /// yet.
    ///
    /// # Errors
    /// [`MilvusError::Setup`].
    pub(crate) fn new(
        address: &Address,
        token: Option<&str>,
        patience: Patience,
    ) -> Result<Self, MilvusError> {
        let server = address.to_string();
        let setup = |reason: String| MilvusError::Setup { server: server.clone(), reason };
        let scheme = if address.tls { "https" } else { "http" };
        let mut endpoint = Endpoint::from_shared(format!("{scheme}://{server}"))
            .map_err(|error| setup(error.to_string()))?
            .connect_timeout(CONNECT)
            .tcp_nodelay(true)
            .tcp_keepalive(Some(KEEP_ALIVE.0))
            .http2_keep_alive_interval(KEEP_ALIVE.0)
            .keep_alive_timeout(KEEP_ALIVE.1);
        if address.tls {
            let mut tls = ClientTlsConfig::new().domain_name(&address.host);
            tls = match &address.authorities {
                None => tls.with_enabled_roots(),
                Some(path) => {
                    let pem = std::fs::read(path).map_err(|error| {
                        setup(format!("certificates '{}': {error}", crate::base::paths::display(path)))
                    })?;
                    tls.ca_certificate(Certificate::from_pem(pem))
                }
            };
            endpoint = endpoint.tls_config(tls).map_err(|error| setup(error.to_string()))?;
        }
        let mut token = token
            .map(|token| MetadataValue::from_str(&STANDARD.encode(token)))
            .transpose()
            // The error would show the token.
            .map_err(|_| setup("the token can't be sent".to_owned()))?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| setup(error.to_string()))?;
        let channel = {
            let _context = runtime.enter();
            endpoint.connect_lazy()
        };
        Ok(Self { runtime, channel, server, token, patience })
    }

    /// Host and port.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// Waits.
    pub(super) fn rest(&self, wait: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(wait).await });
    }

    /// Calls a method, and again while it fails in a passing way and there is patience. `status` finds how the call ended in
    /// its answer.
    pub(super) fn call<Q, A>(
        &self,
        method: &'static str,
        collection: &str,
        request: &Q,
        status: impl Fn(&A) -> Option<wire::Status>,
    ) -> Result<A, MilvusError>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        let began = Instant::now();
        let mut wait = WAITS.0;
        loop {
            let error = match self.call_once::<Q, A>(method, request) {
                Ok(answer) => {
                    let ended = status(&answer);
                    match MilvusError::of_status(
                        &self.server,
                        collection,
                        ended.as_ref(),
                        self.token.is_some(),
                    ) {
                        Ok(()) => return Ok(answer),
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            if !error.is_passing() || began.elapsed() + wait >= self.patience.in_all {
                return Err(error);
            }
            tracing::debug!(method, %error, "calling Milvus again");
            self.runtime.block_on(async { tokio::time::sleep(wait).await });
            wait = (wait * 2).min(WAITS.1);
        }
    }

    fn call_once<Q, A>(&self, method: &'static str, request: &Q) -> Result<A, MilvusError>
    where
        Q: Message + Clone + 'static,
        A: Message + Default + 'static,
    {
        let deadline = self.patience.answer;
        let (server, has_token) = (&self.server, self.token.is_some());
        let failed =
            |status: &tonic::Status| MilvusError::of_call(server, status, deadline.as_secs(), has_token);
        let path = PathAndQuery::from_str(&format!("/milvus.proto.milvus.MilvusService/{method}"))
            .map_err(|error| MilvusError::Setup { server: server.clone(), reason: error.to_string() })?;
        let mut message = tonic::Request::new(request.clone());
        if let Some(token) = &self.token {
            message.metadata_mut().insert("authorization", token.clone());
        }
        self.runtime.block_on(async {
            let exchange = async {
                let mut grpc = Grpc::new(self.channel.clone())
                    .max_decoding_message_size(MAX_ANSWER)
                    .max_encoding_message_size(MAX_ANSWER);
                grpc.ready().await.map_err(|error| tonic::Status::from_error(error.into()))?;
                grpc.unary(message, path, ProstCodec::<Q, A>::default()).await
            };
            match tokio::time::timeout(deadline, exchange).await {
                Ok(Ok(answer)) => Ok(answer.into_inner()),
                Ok(Err(status)) => Err(failed(&status)),
                Err(_) => Err(MilvusError::TimedOut { server: server.clone(), seconds: deadline.as_secs() }),
            }
        })
    }
}
