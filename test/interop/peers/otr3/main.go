// The peer protocol over otr3, an implementation of OTR versions 2 and 3 in Go: one JSON request a line in, one JSON response a line out.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"unsafe"

	"github.com/twstrike/otr3"
)

type object map[string]interface{}

type request struct {
	ID       interface{} `json:"id"`
	Cmd      string      `json:"cmd"`
	Account  string      `json:"account"`
	Versions string      `json:"versions"`
	Tag      uint32      `json:"tag"`
	Dsa      string      `json:"dsa"`
	Ed448    string      `json:"ed448"`
	To       string      `json:"to"`
	From     string      `json:"from"`
	Of       string      `json:"of"`
	How      string      `json:"how"`
	Message  string      `json:"message"`
	Text     string      `json:"text"`
	Tlvs     []object    `json:"tlvs"`
	Secret   string      `json:"secret"`
	Question *string     `json:"question"`
	Context  uint32      `json:"context"`
	Data     string      `json:"data"`
}

// What a command answers instead of `ok`.
type failure struct{ code, message string }

func (f failure) Error() string { return f.message }

func unsupported(what string) error { return failure{"UNSUPPORTED", what} }

// What each command cannot do without. All of it is text.
var needed = map[string][]string{
	"start": {"to"}, "receive": {"from", "message"}, "send": {"to", "text"}, "smp-start": {"to", "secret"}, "smp-answer": {"to", "secret"},
	"extra-key": {"to"}, "end": {"to"}, "status": {"of"},
}

func lacking(cmd string, line []byte) error {
	fields := object{}
	if err := json.Unmarshal(line, &fields); err != nil {
		return failure{"OTR_REQUEST", err.Error()}
	}
	for _, name := range needed[cmd] {
		if _, text := fields[name].(string); !text {
			return failure{"OTR_REQUEST", "needs " + name}
		}
	}
	return nil
}

type peer struct {
	key       *otr3.DSAPrivateKey
	tag       uint32
	policy    map[string]bool
	maxLength uint16
	talks     map[string]*talk
	out       []object
}

// One correspondent. otr3 keeps one conversation for each, bound to the first instance tag that it hears.
type talk struct {
	*otr3.Conversation
	peer *peer
	with string
	told string
	// What came last came in clear, although a session stands: otr3 has told it.
	clear bool
	// This side is ending the session: what otr3 calls insecure is then plaintext, else finished.
	ending bool
}

func (p *peer) event(kind string, fields object) {
	fields["type"] = kind
	p.out = append(p.out, fields)
}

func (p *peer) notice(with, code, detail string) {
	fields := object{"peer": with, "code": code}
	if detail != "" {
		fields["detail"] = detail
	}
	p.event("notice", fields)
}

func (p *peer) sendAll(to string, messages []otr3.ValidMessage) {
	for _, m := range messages {
		p.event("send", object{"to": to, "message": string(m)})
	}
}

// otr3 fixes the policy of a conversation when it begins.
func (p *peer) talk(with string) *talk {
	if t, known := p.talks[with]; known {
		return t
	}
	t := &talk{Conversation: &otr3.Conversation{Rand: rand.Reader}, peer: p, with: with, told: "plaintext"}
	t.SetOurKeys([]otr3.PrivateKey{p.key})
	p.tag = t.InitializeInstanceTag(p.tag)
	if p.policy["allowV2"] {
		t.Policies.AllowV2()
	}
	if p.policy["allowV3"] {
		t.Policies.AllowV3()
	}
	if p.policy["requireEncryption"] {
		t.Policies.RequireEncryption()
	}
	if p.policy["sendWhitespaceTag"] {
		t.Policies.SendWhitespaceTag()
	}
	if p.policy["whitespaceStartsAke"] {
		t.Policies.WhitespaceStartAKE()
	}
	if p.policy["errorStartsAke"] {
		t.Policies.ErrorStartAKE()
	}
	t.SetFragmentSize(p.maxLength)
	t.SetSMPEventHandler(t)
	t.SetMessageEventHandler(t)
	t.SetSecurityEventHandler(t)
	t.SetErrorMessageHandler(t)
	t.listenForKeys()
	p.talks[with] = t
	return t
}

// The version that is spoken here. otr3 keeps it to itself: the name of its type tells.
func (t *talk) version() int {
	version := reflect.ValueOf(t.Conversation).Elem().FieldByName("version")
	if !version.IsNil() && version.Elem().Type().Name() == "otrV2" {
		return 2
	}
	return 3
}

func (t *talk) tell(state string) {
	t.told = state
	fields := object{"peer": t.with, "state": state}
	if state == "encrypted" {
		ssid := t.GetSSID()
		fields["version"] = t.version()
		fields["ssid"] = hex.EncodeToString(ssid[:])
		fields["fingerprint"] = hex.EncodeToString(t.GetTheirKey().Fingerprint())
	}
	t.peer.event("state", fields)
}

// HandleSecurityEvent tells of sessions that stand, stand again or are over.
func (t *talk) HandleSecurityEvent(event otr3.SecurityEvent) {
	switch event {
	case otr3.GoneSecure, otr3.StillSecure:
		t.tell("encrypted")
	case otr3.GoneInsecure:
		if t.ending {
			t.tell("plaintext")
		} else {
			t.tell("finished")
		}
	}
}

// HandleErrorMessage gives the text of an OTR error message.
func (t *talk) HandleErrorMessage(code otr3.ErrorCode) []byte { return []byte(code.String()) }

// HandleSMPEvent turns otr3's names into the peer protocol's.
func (t *talk) HandleSMPEvent(event otr3.SMPEvent, _ int, question string) {
	name := ""
	switch event {
	case otr3.SMPEventAskForAnswer, otr3.SMPEventAskForSecret:
		name = "asked"
	case otr3.SMPEventInProgress:
		name = "in-progress"
	case otr3.SMPEventSuccess:
		name = "succeeded"
	case otr3.SMPEventFailure:
		name = "failed"
	case otr3.SMPEventAbort:
		name = "aborted"
	case otr3.SMPEventCheated, otr3.SMPEventError:
		name = "cheated"
	}
	fields := object{"peer": t.with, "event": name}
	if event == otr3.SMPEventAskForAnswer {
		fields["question"] = question
	}
	t.peer.event("smp", fields)
}

// HandleMessageEvent tells what was not delivered as a message.
func (t *talk) HandleMessageEvent(event otr3.MessageEvent, message []byte, err error, _ ...interface{}) {
	if event == otr3.MessageEventReceivedMessageUnencrypted {
		t.clear = true
	}
	codes := map[otr3.MessageEvent]string{
		otr3.MessageEventEncryptionRequired:              "held",
		otr3.MessageEventEncryptionError:                 "encryption-error",
		otr3.MessageEventConnectionEnded:                 "connection-ended",
		otr3.MessageEventSetupError:                      "handshake-failed",
		otr3.MessageEventMessageReflected:                "reflected",
		otr3.MessageEventMessageSent:                     "resent",
		otr3.MessageEventMessageResent:                   "resent",
		otr3.MessageEventReceivedMessageNotInPrivate:     "unreadable",
		otr3.MessageEventReceivedMessageUnreadable:       "unreadable",
		otr3.MessageEventReceivedMessageMalformed:        "malformed",
		otr3.MessageEventLogHeartbeatReceived:            "heartbeat-received",
		otr3.MessageEventLogHeartbeatSent:                "heartbeat-sent",
		otr3.MessageEventReceivedMessageGeneralError:     "error-message",
		otr3.MessageEventReceivedMessageUnencrypted:      "unencrypted",
		otr3.MessageEventReceivedMessageUnrecognized:     "unsupported",
		otr3.MessageEventReceivedMessageForOtherInstance: "other-instance",
	}
	detail := ""
	if event == otr3.MessageEventReceivedMessageGeneralError {
		detail = string(message)
	} else if err != nil {
		detail = err.Error()
	}
	t.peer.notice(t.with, codes[event], detail)
}

// This release of otr3 has the handler but nothing that sets it.
func (t *talk) listenForKeys() {
	field := reflect.ValueOf(t.Conversation).Elem().FieldByName("receivedKeyHandler")
	handler := (*otr3.ReceivedKeyHandler)(unsafe.Pointer(field.UnsafeAddr()))
	*handler = t
}

// ReceivedSymmetricKey tells of an extra key that the other side uses.
func (t *talk) ReceivedSymmetricKey(usage uint32, data []byte, key []byte) {
	t.peer.event("extra-key", object{
		"peer": t.with, "key": hex.EncodeToString(key), "context": usage, "data": base64.StdEncoding.EncodeToString(data),
	})
}

func (p *peer) account(r *request) (object, error) {
	if p.key != nil {
		return nil, failure{"OTR_STATE", "there is an account already"}
	}
	if r.Versions != "" && !strings.ContainsAny(r.Versions, "23") {
		return nil, unsupported("otr3 speaks versions 2 and 3")
	}
	if r.Ed448 != "" {
		return nil, unsupported("otr3 has no Ed448 keys")
	}
	key := &otr3.DSAPrivateKey{}
	if r.Dsa != "" {
		if !key.Import([]byte(r.Dsa)) {
			return nil, failure{"OTR_FILE", "otr3 does not read this private-key file"}
		}
	} else if err := key.Generate(rand.Reader); err != nil {
		return nil, failure{"OTR_KEY", err.Error()}
	}
	p.key = key
	if r.Versions != "" {
		p.policy["allowV2"], p.policy["allowV3"] = strings.Contains(r.Versions, "2"), strings.Contains(r.Versions, "3")
	}
	p.tag = (&otr3.Conversation{Rand: rand.Reader}).InitializeInstanceTag(r.Tag)
	if p.tag == 0 {
		// A conversation of its own kind only draws a tag when it writes its first header.
		var b [4]byte
		for p.tag < 0x100 {
			if _, err := rand.Read(b[:]); err != nil {
				return nil, failure{"OTR_RANDOM", err.Error()}
			}
			p.tag = uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		}
	}
	return object{"tag": p.tag, "fingerprint3": hex.EncodeToString(key.PublicKey().Fingerprint())}, nil
}

func (p *peer) setPolicy(line []byte) error {
	fields := object{}
	if err := json.Unmarshal(line, &fields); err != nil {
		return failure{"OTR_REQUEST", err.Error()}
	}
	for name, value := range fields {
		switch name {
		case "id", "cmd":
		case "requireEncryption", "sendWhitespaceTag", "whitespaceStartsAke", "errorStartsAke", "allowV2", "allowV3":
			p.policy[name], _ = value.(bool)
		case "maxMessageLength":
			length, _ := value.(float64)
			p.maxLength = uint16(length)
		case "allowV4":
			if on, _ := value.(bool); on {
				return unsupported(name)
			}
		default:
			return unsupported(name)
		}
	}
	for _, t := range p.talks {
		t.SetFragmentSize(p.maxLength)
	}
	return nil
}

func (p *peer) receive(r *request) (object, error) {
	t := p.talk(r.From)
	before := t.IsEncrypted()
	t.clear = false
	plain, toSend, err := t.Receive(otr3.ValidMessage(r.Message))
	p.sendAll(r.From, toSend)
	if err != nil {
		p.notice(r.From, "refused", err.Error())
	}
	// An encrypted message may end the session that it belongs to, so the state before it counts.
	if len(plain) > 0 {
		private := before && !t.clear && bytes.HasPrefix([]byte(r.Message), []byte("?OTR"))
		fields := object{"from": r.From, "text": string(plain), "encrypted": private}
		if private {
			fields["version"] = t.version()
		}
		p.event("message", fields)
	}
	return nil, nil
}

func (p *peer) status(r *request) object {
	t, known := p.talks[r.Of]
	if !known {
		return object{"sessions": []object{}}
	}
	session := object{"state": t.told, "offline": false}
	if t.IsEncrypted() {
		ssid := t.GetSSID()
		_, bold := t.SecureSessionID()
		session["version"] = t.version()
		session["ssid"] = hex.EncodeToString(ssid[:])
		session["ssidBold"] = []string{"first", "second"}[bold]
		// Whoever sent the D-H Commit sent the Reveal Signature, and shows the first half in bold.
		session["initiator"] = bold == 0
		session["fingerprint"] = hex.EncodeToString(t.GetTheirKey().Fingerprint())
	}
	return object{"sessions": []object{session}}
}

func (p *peer) run(r *request, line []byte) (object, error) {
	if p.key == nil && r.Cmd != "hello" && r.Cmd != "account" && r.Cmd != "bye" && r.Cmd != "clock" {
		return nil, failure{"OTR_STATE", "no account"}
	}
	if err := lacking(r.Cmd, line); err != nil {
		return nil, err
	}
	switch r.Cmd {
	case "hello":
		return object{"name": "otr3", "version": "twstrike/otr3 2016-10-15", "protocol": 1, "features": []string{"v2", "v3", "smp", "fragments", "extra-key"}}, nil
	case "account":
		return p.account(r)
	case "policy":
		return nil, p.setPolicy(line)
	case "start":
		if r.How != "" && r.How != "query" {
			return nil, unsupported("how")
		}
		p.sendAll(r.To, []otr3.ValidMessage{p.talk(r.To).QueryMessage()})
		return nil, nil
	case "receive":
		return p.receive(r)
	case "send":
		if len(r.Tlvs) > 0 {
			return nil, unsupported("otr3 adds no TLVs to a message")
		}
		messages, err := p.talk(r.To).Send(otr3.ValidMessage(r.Text))
		p.sendAll(r.To, messages)
		return nil, err
	case "smp-start":
		question := ""
		if r.Question != nil {
			question = *r.Question
		}
		messages, err := p.talk(r.To).StartAuthenticate(question, []byte(r.Secret))
		p.sendAll(r.To, messages)
		return nil, err
	case "smp-answer":
		messages, err := p.talk(r.To).ProvideAuthenticationSecret([]byte(r.Secret))
		p.sendAll(r.To, messages)
		return nil, err
	case "extra-key":
		data, err := base64.StdEncoding.DecodeString(r.Data)
		if err != nil {
			return nil, failure{"OTR_REQUEST", err.Error()}
		}
		key, messages, err := p.talk(r.To).UseExtraSymmetricKey(r.Context, data)
		p.sendAll(r.To, messages)
		return object{"key": hex.EncodeToString(key)}, err
	case "end":
		t := p.talk(r.To)
		t.ending = true
		messages, err := t.End()
		t.ending = false
		p.sendAll(r.To, messages)
		if t.told != "plaintext" {
			t.tell("plaintext")
		}
		return nil, err
	case "status":
		return p.status(r), nil
	case "bye":
		return nil, nil
	}
	return nil, unsupported("no such command")
}

func main() {
	p := &peer{policy: map[string]bool{"allowV3": true}, talks: map[string]*talk{}}
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for going := true; going; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		p.out = []object{}
		r := request{}
		response := object{}
		if wrong := json.Unmarshal(line, &r); wrong != nil {
			err = failure{"OTR_REQUEST", wrong.Error()}
		} else if response, err = p.run(&r, line); response == nil {
			response = object{}
		}
		response["id"] = r.ID
		response["ok"] = err == nil
		if err == nil {
			response["out"] = p.out
		} else if f, ours := err.(failure); ours {
			response["error"] = object{"code": f.code, "message": f.message}
		} else {
			response["error"] = object{"code": "OTR_STATE", "message": err.Error()}
		}
		if answers.Encode(response) != nil {
			return
		}
		going = r.Cmd != "bye"
	}
}
