//! Requests to the hub. Redirects are followed here, since the token may go to the hub alone, and what the hub says of a
//! file stands in the answers that redirect.

use ureq::Agent;
use ureq::http::header::{AUTHORIZATION, LOCATION, RANGE};
use ureq::http::{HeaderMap, Response, Uri};

use super::failure::Failure;
use super::settings::Hub;

/// Number of redirects that are followed. The hub needs one or two.
const MOST_REDIRECTS: usize = 8;

/// Asks the hub, as the settings say.
pub(super) struct Client {
    agent: Agent,
    hub: Uri,
    token: Option<String>,
}

/// An answer of status 200 or 206, or of a redirect that was not followed.
pub(super) struct Answer {
    /// The last answer.
    pub(super) response: Response<ureq::Body>,
    /// What the hub itself says of the file.
    pub(super) claims: Claims,
}

/// What the hub says of a file; nothing of it is checked yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// The name of the contents, of the file itself where the answer is about a pointer to it.
    pub(super) etag: Option<String>,
    /// The commit that it belongs to.
    pub(super) commit: Option<String>,
    /// The length that is announced for files in large-file storage, in bytes.
    pub(super) size: Option<u64>,
    /// Whether `etag` is of the file in large-file storage, and no longer that of the pointer to it.
    is_linked: bool,
}

impl Client {
    /// A client that gives up a connection on which nothing arrives for `hub.timeout`.
    ///
    /// # Errors
    /// When the hub's address is none.
    pub(super) fn new(hub: &Hub) -> Result<Self, Failure> {
        let wait = Some(hub.timeout);
        let agent = Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("pixseek/", env!("CARGO_PKG_VERSION")))
            // Lengths are those of the file, not of a compressed form.
            .accept_encoding("identity")
            .timeout_resolve(wait)
            .timeout_connect(wait)
            .timeout_per_read(wait)
            .timeout_per_write(wait)
            .timeout_send_request(wait)
            .timeout_recv_response(Some(2 * hub.timeout))
            .build()
            .into();
        Ok(Self { agent, hub: parse(&hub.endpoint)?, token: hub.token.clone() })
    }

    /// Asks for bytes of a file, as the value of a `Range` header says. With `is_probe`, a redirect to another host is not
    /// followed when the hub has already told all about the file.
    pub(super) fn get(&self, url: &str, range: &str, is_probe: bool) -> Result<Answer, Failure> {
        let mut url = parse(url)?;
        let mut claims = Claims::default();
        for _ in 0..=MOST_REDIRECTS {
            let is_hub = is_same_site(&self.hub, &url);
            let mut request = self.agent.get(url.clone()).header(RANGE, range);
            if let Some(token) = self.token.as_ref().filter(|_| is_hub) {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
            }
            let response = request.call()?;
            if is_hub {
                claims.read(response.headers());
            }
            match response.status().as_u16() {
                200 | 206 => return Ok(Answer { response, claims }),
                301 | 302 | 303 | 307 | 308 => {}
                status => return Err(Failure::of_status(status, response.headers())),
            }
            let next = redirected(&url, response.headers())?;
            if is_probe && claims.is_complete() && !is_same_site(&self.hub, &next) {
                return Ok(Answer { response, claims });
            }
            url = next;
        }
        Err(Failure::Answer(format!("more than {MOST_REDIRECTS} redirects")))
    }
}

impl Claims {
    /// Takes over what the headers say. Later answers are about the same file.
    fn read(&mut self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if let Some(etag) = text("x-linked-etag") {
            (self.etag, self.is_linked) = (Some(etag), true);
        } else if !self.is_linked {
            self.etag = text("etag").or(self.etag.take());
        }
        self.commit = text("x-repo-commit").or(self.commit.take());
        self.size = text("x-linked-size").and_then(|size| size.parse().ok()).or(self.size);
    }

    fn is_complete(&self) -> bool {
        self.etag.is_some() && self.commit.is_some() && self.size.is_some()
    }
}

fn parse(url: &str) -> Result<Uri, Failure> {
    let bad = || Failure::Answer(format!("'{url}' is no address of a hub"));
    let uri: Uri = url.parse().map_err(|_| bad())?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri),
        _ => Err(bad()),
    }
}

/// Where a redirect leads. What was asked for under TLS is asked for only under TLS.
fn redirected(from: &Uri, headers: &HeaderMap) -> Result<Uri, Failure> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| Failure::Answer("a redirect to nowhere".to_owned()))?;
    let scheme = from.scheme_str().unwrap_or("https");
    let site = format!("{scheme}://{}", from.authority().map_or("", |authority| authority.as_str()));
    let absolute = if location.contains("://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{site}{location}")
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{site}{folder}/{location}")
    };
    let to = parse(&absolute).map_err(|_| Failure::Answer(format!("a redirect to '{location}'")))?;
    if scheme == "https" && to.scheme_str() != Some("https") {
        return Err(Failure::Answer(format!("a redirect from https to '{location}'")));
    }
    Ok(to)
}

/// Whether the token for `hub` may go to `url`: to the same host and port, or to the same host when TLS is added.
fn is_same_site(hub: &Uri, url: &Uri) -> bool {
    let site = |uri: &Uri| {
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        (uri.scheme_str().map(str::to_owned), uri.host().map(str::to_ascii_lowercase), port)
    };
    let ((hub_scheme, hub_host, hub_port), (scheme, host, port)) = (site(hub), site(url));
    let is_upgrade = (hub_port, port) == (80, 443) && scheme.as_deref() == Some("https");
    hub_host == host && ((hub_scheme, hub_port) == (scheme, port) || is_upgrade)
}

/// The length of a whole file and the place of its first byte here, as a `Content-Range` header of status 206 has them.
pub(super) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, total) =
        headers.get("content-range")?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn redirects_lead_where_browsers_go() {
        let from = uri("https://hub.example/a/resolve/main/config.json?x=1");
        let to =
            |location: &str| redirected(&from, &headers(&[("location", location)])).map(|to| to.to_string());
        for (location, expected) in [
            ("https://cdn.example/x?sig=a%2Fb", "https://cdn.example/x?sig=a%2Fb"),
            ("//cdn.example/x", "https://cdn.example/x"),
            ("/api/resolve-cache/x?etag=%22a%22", "https://hub.example/api/resolve-cache/x?etag=%22a%22"),
            ("other.json", "https://hub.example/a/resolve/main/other.json"),
        ] {
            assert_eq!(to(location).unwrap(), expected);
        }
        for bad in ["http://hub.example/x", "file:///etc/passwd", "ftp://a/x", "https:///x", "://", "/a b"] {
            assert!(matches!(to(bad), Err(Failure::Answer(_))), "{bad}");
        }
        assert!(redirected(&from, &HeaderMap::new()).is_err());
        let plain = uri("http://127.0.0.1:80/x");
        assert!(redirected(&plain, &headers(&[("location", "http://127.0.0.2/x")])).is_ok());
    }

    #[test]
    fn the_token_is_for_the_hub_alone() {
        let hub = uri("https://huggingface.co");
        for same in ["https://huggingface.co/x", "https://HuggingFace.co:443/x"] {
            assert!(is_same_site(&hub, &uri(same)), "{same}");
        }
        for other in [
            "http://huggingface.co/x",
            "https://huggingface.co:8443/x",
            "https://cdn.huggingface.co/x",
            "https://huggingface.co.evil.example/x",
            "https://huggingface.co@evil.example/x",
        ] {
            assert!(!is_same_site(&hub, &uri(other)), "{other}");
        }
        assert!(is_same_site(&uri("http://mirror.example"), &uri("https://mirror.example/x")));
        assert!(!is_same_site(&uri("http://mirror.example:8080"), &uri("https://mirror.example/x")));
    }

    #[test]
    fn the_name_of_a_pointer_gives_way_to_that_of_the_file() {
        let mut claims = Claims::default();
        let linked = [("etag", "\"pointer\""), ("x-linked-etag", "\"file\""), ("x-linked-size", "12")];
        claims.read(&headers(&linked));
        claims.read(&headers(&[("etag", "\"pointer\""), ("x-repo-commit", "c")]));
        assert_eq!((claims.etag.as_deref(), claims.size), (Some("\"file\""), Some(12)));
        assert!(claims.is_complete());
        let mut claims = Claims::default();
        claims.read(&headers(&[("etag", "\"a\""), ("x-linked-size", "-1")]));
        claims.read(&headers(&[("etag", "\"b\"")]));
        assert_eq!((claims.etag.as_deref(), claims.size), (Some("\"b\""), None));
    }

    #[test]
    fn ranges_are_read_strictly() {
        let range = |text: &str| content_range(&headers(&[("content-range", text)]));
        assert_eq!(range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(range("bytes 0-0/*"), Some((0, None)));
        for bad in ["5-9/10", "bytes */10", "bytes -5-9/10", "bytes 5-9", ""] {
            assert_eq!(range(bad), None, "{bad}");
        }
    }
}
