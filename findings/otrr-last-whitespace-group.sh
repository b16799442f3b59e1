#!/usr/bin/env bash
# The crate otrr 0.7.4 (OTR versions 3 and 4 in Rust): of several versions in a whitespace tag, the last one counts.
#
# Expected: whoever allows versions 3 and 4 and reads a whitespace tag that offers both answers with version 4, in whatever order the groups come:
#           a tag is an offer of all its versions, and the highest that both have is to be used.
# Seen:     the version of the last group is used. A tag with the groups of 4 and then 3 leads to version 3.
# A client that offers by whitespace writes its versions in rising order, so that the highest comes last.
#
# Needs cargo; compiles the crate, which takes a minute or two.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "seen"
version = "0.0.0"
edition = "2021"

[dependencies]
otrr = "=0.7.4"
TOML
cat >src/main.rs <<'RUST'
use otrr::crypto::{dsa, ed448};
use otrr::session::Account;
use otrr::{Host, Policy};
use std::cell::RefCell;
use std::rc::Rc;

struct Person {
    dsa: dsa::Keypair,
    identity: ed448::EdDSAKeyPair,
    forging: ed448::EdDSAKeyPair,
    profile: RefCell<Vec<u8>>,
    sent: RefCell<Vec<String>>,
}

impl Host for Person {
    fn message_size(&self) -> usize {
        usize::MAX
    }
    fn inject(&self, _: &[u8], message: &[u8]) {
        self.sent.borrow_mut().push(String::from_utf8_lossy(message).into_owned());
    }
    fn keypair(&self) -> Option<&dsa::Keypair> {
        Some(&self.dsa)
    }
    fn keypair_identity(&self) -> &ed448::EdDSAKeyPair {
        &self.identity
    }
    fn keypair_forging(&self) -> &ed448::EdDSAKeyPair {
        &self.forging
    }
    fn query_smp_secret(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
    fn client_profile(&self) -> Vec<u8> {
        self.profile.borrow().clone()
    }
    fn update_client_profile(&self, profile: Vec<u8>) {
        self.profile.replace(profile);
    }
}

const BASE: &str = " \t  \t\t\t\t \t \t \t  ";
const THREE: &str = "  \t\t  \t\t";
const FOUR: &str = "  \t\t \t  ";

/// The version in which somebody who allows 3 and 4 answers a text with these groups.
fn answer(groups: &[&str]) -> String {
    let person = Rc::new(Person {
        dsa: dsa::Keypair::generate(),
        identity: ed448::EdDSAKeyPair::generate(),
        forging: ed448::EdDSAKeyPair::generate(),
        profile: RefCell::default(),
        sent: RefCell::default(),
    });
    let policy = Policy::ALLOW_V3 | Policy::ALLOW_V4 | Policy::WHITESPACE_START_AKE;
    let mut account = Account::new(b"bob".to_vec(), policy, Rc::clone(&person) as Rc<dyn Host>).expect("account");
    account.session(b"alice").receive(format!("hello{BASE}{}", groups.concat()).as_bytes()).expect("receive");
    let sent = person.sent.borrow();
    match sent.first().and_then(|line| line.get(5..8)) {
        Some("AAM") => "version 3".into(),
        Some("AAQ") => "version 4".into(),
        _ => format!("{sent:?}"),
    }
}

fn main() {
    println!("otrr 0.7.4, which allows versions 3 and 4, answers a tag with 3 and 4: {}", answer(&[THREE, FOUR]));
    println!("otrr 0.7.4, which allows versions 3 and 4, answers a tag with 4 and 3: {}", answer(&[FOUR, THREE]));
}
RUST
seen=$(cargo run --release --quiet)
echo "$seen"
[ "$(grep -o 'version [34]$' <<<"$seen" | tr '\n' ' ')" = 'version 4 version 3 ' ]
