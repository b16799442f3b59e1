//! What otrr asks of its host, and the lines in and out.

use otrr::crypto::{dsa, ed448};
use otrr::Host;
use serde_json::{json, Map, Value};
use std::cell::{Cell, OnceCell, RefCell};
use std::io::{stdin, stdout, BufRead, Write};
use std::rc::Rc;

/// What a command answers instead of `ok`.
pub struct Failure {
    code: &'static str,
    message: String,
}

impl Failure {
    pub fn new(code: &'static str, message: &str) -> Self {
        Self { code, message: message.to_string() }
    }
}

pub struct PeerHost {
    out: RefCell<Vec<Value>>,
    id: RefCell<Value>,
    /// Whose message is being handled.
    pub with: RefCell<String>,
    /// Messages that came in while otrr waited for an SMP answer.
    pub queued: RefCell<Vec<Value>>,
    pub smp_declined: Cell<bool>,
    pub max_message_length: Cell<usize>,
    /// Whether the account has a version 3 key beside the version 4 ones.
    pub legacy: Cell<bool>,
    /// Made when version 3 is asked for, as that takes seconds, and kept when the program begins anew.
    dsa: Rc<OnceCell<dsa::Keypair>>,
    identity: ed448::EdDSAKeyPair,
    forging: ed448::EdDSAKeyPair,
    profile: RefCell<Vec<u8>>,
}

impl PeerHost {
    pub fn new() -> Self {
        Self::with_key(Rc::default())
    }

    /// One that knows nothing of what was before, and has new keys, but for that of version 3.
    pub fn anew(&self) -> Self {
        Self::with_key(Rc::clone(&self.dsa))
    }

    fn with_key(dsa: Rc<OnceCell<dsa::Keypair>>) -> Self {
        Self {
            out: RefCell::default(),
            id: RefCell::default(),
            with: RefCell::default(),
            queued: RefCell::default(),
            smp_declined: Cell::new(false),
            max_message_length: Cell::new(usize::MAX),
            legacy: Cell::new(true),
            dsa,
            identity: ed448::EdDSAKeyPair::generate(),
            forging: ed448::EdDSAKeyPair::generate(),
            profile: RefCell::default(),
        }
    }

    /// The next line as JSON (`null` when it is none), or nothing at the end of input.
    pub fn next_request(&self) -> Option<Value> {
        let mut line = String::new();
        match stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap_or(Value::Null)),
        }
    }

    pub fn set_request(&self, request: &Value) {
        self.id.replace(request["id"].clone());
    }

    pub fn event(&self, event: Value) {
        self.out.borrow_mut().push(event);
    }

    pub fn has_event(&self, kind: &str) -> bool {
        self.out.borrow().iter().any(|event| event["type"] == kind)
    }

    /// Answers the request that was set last.
    pub fn respond(&self, result: Result<Map<String, Value>, Failure>) {
        let out = self.out.take();
        let mut response = match result {
            Ok(mut fields) => {
                fields.insert("ok".into(), true.into());
                fields.insert("out".into(), out.into());
                fields
            }
            Err(failure) => {
                let mut fields = Map::new();
                fields.insert("ok".into(), false.into());
                fields.insert("error".into(), json!({ "code": failure.code, "message": failure.message }));
                fields
            }
        };
        response.insert("id".into(), self.id.borrow().clone());
        let mut stdout = stdout().lock();
        let written = writeln!(stdout, "{}", Value::Object(response)).and_then(|()| stdout.flush());
        if written.is_err() {
            std::process::exit(0);
        }
    }

    /// Those of version 3, if the account speaks it, and of version 4.
    pub fn fingerprints(&self) -> (Option<String>, String) {
        let three = self.key().map(|key| hex(&otrr::crypto::otr::fingerprint(&key.public_key())));
        let four = otrr::crypto::otr4::fingerprint(self.identity.public(), self.forging.public());
        (three, hex(&four))
    }

    fn key(&self) -> Option<&dsa::Keypair> {
        self.legacy.get().then(|| self.dsa.get_or_init(dsa::Keypair::generate))
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Host for PeerHost {
    fn message_size(&self) -> usize {
        self.max_message_length.get()
    }

    fn inject(&self, address: &[u8], message: &[u8]) {
        self.event(json!({ "type": "send", "to": String::from_utf8_lossy(address), "message": String::from_utf8_lossy(message) }));
    }

    fn keypair(&self) -> Option<&dsa::Keypair> {
        self.key()
    }

    fn keypair_identity(&self) -> &ed448::EdDSAKeyPair {
        &self.identity
    }

    fn keypair_forging(&self) -> &ed448::EdDSAKeyPair {
        &self.forging
    }

    /// otrr wants the answer at once, in the middle of its `receive`. So the request is answered here with `asked`, and lines are
    /// read until one brings the answer; what otrr then does belongs to the response of that line.
    fn query_smp_secret(&self, question: &[u8]) -> Option<Vec<u8>> {
        let mut asked = json!({ "type": "smp", "peer": *self.with.borrow(), "event": "asked" });
        if !question.is_empty() {
            asked["question"] = String::from_utf8_lossy(question).into();
        }
        self.event(asked);
        self.respond(Ok(Map::new()));
        loop {
            let Some(request) = self.next_request() else { std::process::exit(0) };
            self.set_request(&request);
            match request["cmd"].as_str().unwrap_or("") {
                "smp-answer" => return request["secret"].as_str().map(|secret| secret.as_bytes().to_vec()),
                "smp-abort" => {
                    self.smp_declined.set(true);
                    return None;
                }
                "receive" => {
                    self.queued.borrow_mut().push(request);
                    self.respond(Ok(Map::new()));
                }
                "bye" => {
                    self.respond(Ok(Map::new()));
                    std::process::exit(0);
                }
                _ => self.respond(Err(Failure::new("BUSY", "otrr waits for the SMP answer"))),
            }
        }
    }

    fn client_profile(&self) -> Vec<u8> {
        self.profile.borrow().clone()
    }

    fn update_client_profile(&self, encoded_payload: Vec<u8>) {
        self.profile.replace(encoded_payload);
    }
}
