//! `pixseek mcp`, by the protocol's lines of JSON; `tools/mcp/client.py` tries it with a client of the protocol's makers.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::common::Sandbox;

/// A server, and its client's side of the pipes.
struct Client {
    server: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last: u64,
}

impl Client {
    fn start(sandbox: &Sandbox, folders: &[&str]) -> Self {
        let mut command = sandbox.command();
        command.arg("mcp").args(folders).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let (input, output) = (server.stdin.take(), BufReader::new(server.stdout.take().unwrap()));
        let mut client = Self { server, input, output, last: 0 };
        let hello = client.call(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "pixseek", "{hello}");
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    /// Sends a request, and reads lines up to its answer.
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.answer_to(id)
    }

    fn answer_to(&mut self, id: u64) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server is gone");
            // Every line is a message: nothing else goes to stdout.
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn tool(&mut self, name: &str, arguments: Value) -> Value {
        self.call("tools/call", json!({"name": name, "arguments": arguments}))
    }

    /// What a tool says that refuses.
    fn refusal(&mut self, name: &str, arguments: Value) -> String {
        let answer = self.tool(name, arguments);
        let words = match &answer["error"] {
            Value::Null => {
                assert_eq!(answer["result"]["isError"], true, "{answer}");
                &answer["result"]["content"][0]["text"]
            }
            error => &error["message"],
        };
        words.as_str().unwrap().to_owned()
    }

    /// Closes the server's input, and waits until it has ended.
    fn end(mut self) {
        drop(self.input.take());
        assert!(self.server.wait().unwrap().success());
    }
}

#[test]
fn an_agent_finds_and_sees_pictures() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture("b.png", 2);
    sandbox.picture("b\u{fc} c?.png", 3);
    sandbox.index();
    let mut client = Client::start(&sandbox, &["pics"]);
    let tools = client.call("tools/list", json!({}));
    let names: Vec<&str> = tools["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 5, "{names:?}");

    let found = client.tool("search", json!({"query": "a red circle", "top": 2}));
    let results = found["result"]["structuredContent"]["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 2, "{found}");
    assert!(results[0]["score"].as_f64() >= results[1]["score"].as_f64());
    let listed = client.tool("search", json!({"query": "ext:png sort:name", "top": 9}));
    let listed = listed["result"]["structuredContent"]["results"].as_array().unwrap().clone();
    assert_eq!((listed.len(), &listed[0]["score"]), (3, &Value::Null));

    let odd = listed[2].clone();
    let described = client.tool("describe", json!({"path": odd["path"], "words": 3, "pixels": 64}));
    let facts = &described["result"]["structuredContent"];
    assert_eq!(
        (facts["words"].as_array().unwrap().len(), facts["path"] == odd["path"]),
        (3, true),
        "{described}"
    );
    let parts = described["result"]["content"].as_array().unwrap();
    let image = parts.iter().find(|part| part["type"] == "image").unwrap();
    let jpeg = STANDARD.decode(image["data"].as_str().unwrap()).unwrap();
    assert_eq!(
        image::load_from_memory(&jpeg).unwrap().width().max(1),
        facts["width"].as_u64().unwrap().min(64) as u32
    );

    let similar = client.tool("similar", json!({"path": odd["thumbnail"]}));
    let similar = similar["result"]["structuredContent"]["results"].as_array().unwrap().clone();
    assert_eq!(similar.len(), 2);
    assert!(similar.iter().all(|hit| hit["path"] != odd["path"]));

    let read = client.call("resources/read", json!({"uri": odd["thumbnail"]}));
    let blob = read["result"]["contents"][0]["blob"].as_str().unwrap();
    assert!(image::load_from_memory(&STANDARD.decode(blob).unwrap()).is_ok());

    let status = client.tool("status", json!({}));
    assert_eq!(status["result"]["structuredContent"]["collections"][0]["pictures"], 3, "{status}");
    client.end();
}

#[test]
fn only_the_folders_that_were_given_are_looked_at() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    let outside = sandbox.home().join("outside.png");
    fs::copy(sandbox.pics().join("a.png"), &outside).unwrap();
    symlink(&outside, sandbox.pics().join("link.png")).unwrap();
    sandbox.index();
    let mut client = Client::start(&sandbox, &["pics"]);
    let link = sandbox.pics().join("link.png");
    for path in ["../outside.png", outside.to_str().unwrap(), link.to_str().unwrap(), "no.png", ""] {
        let words = client.refusal("describe", json!({"path": path}));
        assert!(words.contains("picture") || words.contains("link"), "{path}: {words}");
        let uri = format!("pixseek://thumbnail{path}");
        assert!(client.call("resources/read", json!({"uri": uri}))["error"].is_object(), "{path}");
    }
    assert!(client.refusal("search", json!({"query": "x", "folder": "/"})).contains("not among"));
    assert!(client.refusal("search", json!({"query": "width>=banana"})).contains("column"));
    assert!(client.refusal("search", json!({"query": " "})).contains("empty"));
    assert!(client.refusal("search", json!({"query": "x", "top": 0})).contains("1 to 200"));
    assert!(client.refusal("search", json!({"qeury": "x"})).contains("qeury"));
    assert!(client.refusal("search", json!({"query": 7})).contains("string"));
    assert!(client.refusal("describe", json!({"path": "a.png", "pixels": 1})).contains("64 to 2048"));
    // It goes on after all of that.
    assert_eq!(client.tool("search", json!({"query": "x"}))["result"]["isError"], false);
    client.end();
}

#[test]
fn a_call_that_is_cancelled_ends_and_the_next_is_answered() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.index();
    let mut client = Client::start(&sandbox, &[]);
    let params = json!({"name": "describe", "arguments": {"path": "a.png"}, "_meta": {"progressToken": "p"}});
    client.send(&json!({"jsonrpc": "2.0", "id": 900, "method": "tools/call", "params": params}));
    client
        .send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 900}}));
    assert_eq!(client.tool("search", json!({"query": "x"}))["result"]["isError"], false);
    client.end();
}

#[test]
fn folders_without_an_index_are_told() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    let mut client = Client::start(&sandbox, &["pics"]);
    let words = client.refusal("search", json!({"query": "x"}));
    assert!(words.contains("not indexed") && words.contains("pixseek index"), "{words}");
    client.end();
    sandbox.run(["mcp", "no-such-folder"]).expect(1).says(&["no-such-folder"]);
    let mut client = Client::start(&sandbox, &[]);
    assert!(client.refusal("search", json!({"query": "x"})).contains("no folder is indexed"));
    client.end();
}
