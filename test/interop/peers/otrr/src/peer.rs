//! The commands of the peer protocol.

use crate::host::{hex, Failure, PeerHost};
use base64::Engine;
use otrr::instancetag::{InstanceTag, INSTANCE_ZERO};
use otrr::session::{Account, Session};
use otrr::{OTRError, Policy, ProtocolStatus, UserMessage, Version};
use serde_json::{json, Map, Value};
use std::collections::HashMap;
use std::rc::Rc;

type Fields = Map<String, Value>;

pub struct Peer {
    host: Rc<PeerHost>,
    name: String,
    policy: Policy,
    account: Option<Account>,
    /// Correspondent -> instance -> version. otrr does not say which version a session has.
    versions: HashMap<String, HashMap<InstanceTag, u8>>,
    /// The instance whose session began last.
    latest: HashMap<String, InstanceTag>,
}

fn unsupported(what: &str) -> Failure {
    Failure::new("UNSUPPORTED", what)
}

fn refused(error: &OTRError) -> Failure {
    Failure::new("OTR_STATE", &format!("{error:?}"))
}

fn text_of(request: &Value, key: &str) -> Result<String, Failure> {
    request[key].as_str().map(String::from).ok_or_else(|| Failure::new("OTR_REQUEST", &format!("needs {key}")))
}

/// 3 or 4, from an encoded message or a fragment; 0 for everything else.
fn version_of(message: &str) -> u8 {
    if let Some(encoded) = message.strip_prefix("?OTR:") {
        return match encoded.get(..3) {
            Some("AAM") => 3,
            Some("AAQ") => 4,
            _ => 0,
        };
    }
    match message.split(',').next().map(|head| head.matches('|').count()) {
        Some(2) if message.starts_with("?OTR|") => 3,
        Some(3) if message.starts_with("?OTR|") => 4,
        _ => 0,
    }
}

impl Peer {
    pub fn new(host: Rc<PeerHost>) -> Self {
        Self { host, name: String::new(), policy: Policy::empty(), account: None, versions: HashMap::new(), latest: HashMap::new() }
    }

    pub fn run(&mut self, request: &Value) -> Result<Fields, Failure> {
        match request["cmd"].as_str().unwrap_or("") {
            "hello" => return Ok(fields(json!({ "name": "otrr", "version": "0.7.4", "protocol": 1, "features": ["v3", "v4", "smp", "fragments", "reset"] }))),
            "account" => return self.account(request),
            // `reset` is done already.
            "bye" | "reset" => return Ok(Fields::new()),
            _ if self.account.is_none() => return Err(Failure::new("OTR_STATE", "no account")),
            "policy" => self.set_policy(request)?,
            "start" => self.start(request)?,
            "receive" => self.receive(request)?,
            "send" => self.send(request)?,
            "smp-start" => {
                let (secret, question) = (text_of(request, "secret")?, request["question"].as_str().unwrap_or(""));
                let (session, instance) = self.encrypted(&text_of(request, "to")?)?;
                session.start_smp(instance, secret.as_bytes(), question.as_bytes()).map_err(|e| refused(&e))?;
            }
            "smp-answer" => return Err(Failure::new("OTR_STATE", "nobody asked")),
            "smp-abort" => {
                let (session, instance) = self.encrypted(&text_of(request, "to")?)?;
                session.abort_smp(instance).map_err(|e| refused(&e))?;
            }
            "end" => self.end(&text_of(request, "to")?)?,
            "status" => return Ok(self.status(&text_of(request, "of")?)),
            _ => return Err(unsupported("no such command")),
        }
        Ok(Fields::new())
    }

    fn session(&mut self, with: &str) -> &mut Session {
        self.account.as_mut().expect("there is an account").session(with.as_bytes())
    }

    fn account(&mut self, request: &Value) -> Result<Fields, Failure> {
        if self.account.is_some() {
            return Err(Failure::new("OTR_STATE", "there is an account already"));
        }
        for lacking in ["tag", "dsa", "ed448", "forging", "mode"] {
            if !request[lacking].is_null() {
                return Err(unsupported(&format!("otrr makes its own {lacking}")));
            }
        }
        let versions = request["versions"].as_str().unwrap_or("34");
        self.name = text_of(request, "account")?;
        self.host.legacy.set(versions.contains('3'));
        self.policy.set(Policy::ALLOW_V3, versions.contains('3'));
        self.policy.set(Policy::ALLOW_V4, versions.contains('4'));
        self.open()?;
        let (three, four) = self.host.fingerprints();
        let tag = self.account.as_ref().map_or(0, Account::instance_tag);
        Ok(fields(json!({ "tag": tag, "fingerprint3": three, "fingerprint4": four })))
    }

    /// The profile lives with the host, so that the account opened again keeps its tag.
    fn open(&mut self) -> Result<(), Failure> {
        let host: Rc<dyn otrr::Host> = Rc::clone(&self.host) as Rc<dyn otrr::Host>;
        self.account = Some(Account::new(self.name.as_bytes().to_vec(), self.policy, host).map_err(|e| refused(&e))?);
        Ok(())
    }

    fn set_policy(&mut self, request: &Value) -> Result<(), Failure> {
        let mut policy = self.policy;
        for (key, value) in request.as_object().into_iter().flatten() {
            let flag = match key.as_str() {
                "id" | "cmd" => continue,
                "maxMessageLength" => {
                    let length = value.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
                    self.host.max_message_length.set(if length == 0 { usize::MAX } else { length });
                    continue;
                }
                "requireEncryption" => Policy::REQUIRE_ENCRYPTION,
                "sendWhitespaceTag" => Policy::SEND_WHITESPACE_TAG,
                "whitespaceStartsAke" => Policy::WHITESPACE_START_AKE,
                "errorStartsAke" => Policy::ERROR_START_AKE,
                "allowV3" => Policy::ALLOW_V3,
                "allowV4" => Policy::ALLOW_V4,
                other => return Err(unsupported(other)),
            };
            policy.set(flag, value == true);
        }
        if policy != self.policy {
            // otrr takes the policy once, when an account is opened: a later change forgets the sessions.
            if !self.latest.is_empty() {
                return Err(unsupported("otrr cannot change its policy in a session"));
            }
            self.policy = policy;
            self.open()?;
        }
        Ok(())
    }

    fn start(&mut self, request: &Value) -> Result<(), Failure> {
        let to = text_of(request, "to")?;
        match request["how"].as_str().unwrap_or("query") {
            "query" => self.session(&to).query(),
            "identity" => self.session(&to).initiate(&Version::V4, INSTANCE_ZERO).map(|_| ()),
            _ => return Err(unsupported("how")),
        }
        .map_err(|e| refused(&e))
    }

    fn receive(&mut self, request: &Value) -> Result<(), Failure> {
        let (from, message) = (text_of(request, "from")?, text_of(request, "message")?);
        self.host.with.replace(from.clone());
        let result = self.session(&from).receive(message.as_bytes());
        self.tell(&from, version_of(&message), result);
        if self.host.smp_declined.take() && !self.host.has_event("send") {
            // Version 4 of otrr's SMP stops without a word when its user does.
            if let Ok((session, instance)) = self.encrypted(&from) {
                session.abort_smp(instance).map_err(|e| refused(&e))?;
            }
        }
        for waiting in self.host.queued.take() {
            self.receive(&waiting)?;
        }
        Ok(())
    }

    fn tell(&mut self, with: &str, version: u8, result: Result<UserMessage, OTRError>) {
        let host = Rc::clone(&self.host);
        match result {
            Ok(UserMessage::None) => {}
            Ok(UserMessage::Plaintext(text)) => host.event(clear(with, &text)),
            Ok(UserMessage::WarningUnencrypted(text)) => {
                host.event(clear(with, &text));
                host.event(json!({ "type": "notice", "peer": with, "code": "unencrypted" }));
            }
            Ok(UserMessage::Error(text)) => {
                host.event(json!({ "type": "notice", "peer": with, "code": "error-message", "detail": String::from_utf8_lossy(&text) }));
            }
            Ok(UserMessage::Reset(tag)) => host.event(state(with, tag, "plaintext")),
            Ok(UserMessage::ConfidentialSessionStarted(tag)) => {
                self.versions.entry(with.into()).or_default().insert(tag, version);
                self.latest.insert(with.into(), tag);
                let mut event = state(with, tag, "encrypted");
                event["version"] = version.into();
                if let Ok(ssid) = self.session(with).ssid(tag) {
                    event["ssid"] = hex(&ssid).into();
                }
                host.event(event);
            }
            Ok(UserMessage::Confidential(tag, text, tlvs)) => {
                private(&host, with, tag, version, &text);
                for tlv in tlvs.iter().filter(|tlv| tlv.0 > 1) {
                    let value = base64::engine::general_purpose::STANDARD.encode(&tlv.1);
                    host.event(json!({ "type": "tlv", "peer": with, "tlvType": tlv.0, "value": value }));
                }
            }
            Ok(UserMessage::ConfidentialSessionFinished(tag, text)) => {
                private(&host, with, tag, version, &text);
                host.event(state(with, tag, "finished"));
            }
            Ok(UserMessage::SMPSucceeded(_)) => host.event(json!({ "type": "smp", "peer": with, "event": "succeeded" })),
            Ok(UserMessage::SMPFailed(_)) => host.event(json!({ "type": "smp", "peer": with, "event": "failed" })),
            Err(error) => {
                let code = match error {
                    OTRError::UnreadableMessage(_) => "unreadable",
                    OTRError::MessageForOtherInstance => "other-instance",
                    _ => "refused",
                };
                host.event(json!({ "type": "notice", "peer": with, "code": code, "detail": format!("{error:?}") }));
            }
        }
    }

    /// The instance to talk to: the one whose session began last, or none yet.
    fn instance(&mut self, with: &str) -> InstanceTag {
        self.latest.get(with).copied().unwrap_or(INSTANCE_ZERO)
    }

    fn encrypted(&mut self, with: &str) -> Result<(&mut Session, InstanceTag), Failure> {
        let instance = self.instance(with);
        let session = self.session(with);
        if session.status(instance) == Some(ProtocolStatus::Encrypted) {
            Ok((session, instance))
        } else {
            Err(Failure::new("OTR_STATE", "no encrypted session"))
        }
    }

    fn send(&mut self, request: &Value) -> Result<(), Failure> {
        let (to, text) = (text_of(request, "to")?, text_of(request, "text")?);
        if !request["tlvs"].is_null() {
            return Err(unsupported("otrr adds no TLVs to a message"));
        }
        let instance = match request["instance"].as_u64() {
            Some(tag) => InstanceTag::try_from(tag).map_err(|_| Failure::new("OTR_REQUEST", "instance"))?,
            None => self.instance(&to),
        };
        match self.session(&to).send(instance, text.as_bytes()) {
            Ok(messages) => {
                for message in messages {
                    self.host.event(json!({ "type": "send", "to": to, "message": String::from_utf8_lossy(&message) }));
                }
                Ok(())
            }
            // It has sent a query instead, and forgets the text.
            Err(OTRError::PolicyRestriction(why)) => {
                self.host.event(json!({ "type": "notice", "peer": to, "code": "policy", "detail": why }));
                Ok(())
            }
            Err(error) => Err(refused(&error)),
        }
    }

    fn end(&mut self, to: &str) -> Result<(), Failure> {
        let instances = self.session(to).instances();
        for instance in instances {
            let result = self.session(to).end(instance);
            self.tell(to, 0, result);
        }
        Ok(())
    }

    fn status(&mut self, of: &str) -> Fields {
        let selected = self.instance(of);
        let versions = self.versions.get(of).cloned().unwrap_or_default();
        let session = self.session(of);
        let mut sessions = Vec::new();
        for tag in session.instances() {
            let name = match session.status(tag) {
                Some(ProtocolStatus::Encrypted) => "encrypted",
                Some(ProtocolStatus::Finished) => "finished",
                _ => "plaintext",
            };
            let mut entry = json!({ "instance": tag, "state": name, "offline": false });
            if let Some(version) = versions.get(&tag) {
                entry["version"] = (*version).into();
            }
            if let Ok(ssid) = session.ssid(tag) {
                entry["ssid"] = hex(&ssid).into();
            }
            sessions.push(entry);
        }
        fields(json!({ "sessions": sessions, "selected": selected }))
    }
}

fn fields(value: Value) -> Fields {
    match value {
        Value::Object(map) => map,
        _ => Fields::new(),
    }
}

fn clear(from: &str, text: &[u8]) -> Value {
    json!({ "type": "message", "from": from, "text": String::from_utf8_lossy(text), "encrypted": false })
}

fn private(host: &PeerHost, from: &str, tag: InstanceTag, version: u8, text: &[u8]) {
    if text.is_empty() {
        return;
    }
    host.event(json!({
        "type": "message", "from": from, "text": String::from_utf8_lossy(text), "encrypted": true, "instance": tag, "version": version,
    }));
}

fn state(peer: &str, tag: InstanceTag, name: &str) -> Value {
    json!({ "type": "state", "peer": peer, "instance": tag, "state": name })
}
