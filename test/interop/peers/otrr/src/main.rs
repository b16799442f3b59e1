//! The peer protocol over the crate otrr, an implementation of OTR versions 3 and 4: one JSON request a line in, one
//! JSON response a line out.

mod host;
mod peer;

use host::{Failure, PeerHost};
use peer::Peer;
use serde_json::{Map, Value};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;

fn main() {
    let mut host = Rc::new(PeerHost::new());
    let mut peer = Peer::new(Rc::clone(&host));
    while let Some(request) = host.next_request() {
        let going = request["cmd"] != "bye";
        if request["cmd"] == "reset" {
            host = Rc::new(host.anew());
            peer = Peer::new(Rc::clone(&host));
        }
        host.set_request(&request);
        let result: Result<Map<String, Value>, Failure> = if request.is_object() {
            // otrr panics where it finds a mistake of its own; the process answers that and lives on.
            catch_unwind(AssertUnwindSafe(|| peer.run(&request))).unwrap_or_else(|_| Err(Failure::new("PANIC", "otrr panicked")))
        } else {
            Err(Failure::new("OTR_REQUEST", "not a JSON object"))
        };
        host.respond(result);
        if !going {
            break;
        }
    }
}
