"""The peer protocol over python-potr, an OTR version 2 implementation in Python: one JSON request a line in, one JSON response a line out."""
import json
import re
import sys

import older_crypto  # noqa: F401  (python-potr needs it to be there first)
from potr import context, crypt, proto
from potr.compatcrypto import DSAKey, generateDefaultKey

STATES = {context.STATE_PLAINTEXT: "plaintext", context.STATE_ENCRYPTED: "encrypted", context.STATE_FINISHED: "finished"}
POLICIES = {
    "allowV2": "ALLOW_V2",
    "requireEncryption": "REQUIRE_ENCRYPTION",
    "sendWhitespaceTag": "SEND_TAG",
}


class Failure(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def unsupported(what):
    return Failure("UNSUPPORTED", what)


class Talk(context.Context):
    """One correspondent. python-potr has no events: what changed is told by what it calls, and by a look at it afterwards."""

    def __init__(self, account, peer):
        super().__init__(account, peer)
        self.smp_told = None

    def getPolicy(self, key):
        return self.user.policy.get(key, False)

    def inject(self, msg, appdata=None):
        self.user.event("send", to=self.peer, message=msg.decode("utf-8"))

    def setState(self, newstate):
        before = self.state
        super().setState(newstate)
        # A session anew is told, too.
        if newstate != before or newstate == context.STATE_ENCRYPTED:
            self.user.event("state", peer=self.peer, state=STATES[newstate], **(self.session() if newstate == context.STATE_ENCRYPTED else {}))

    def session(self):
        return {"version": 2, "ssid": self.crypto.sessionId.hex(), "fingerprint": self.crypto.theirPubkey.cfingerprint()}

    def smp(self, event, **fields):
        self.user.event("smp", peer=self.peer, event=event, **fields)

    def tell_smp(self, tlvs):
        """After each message: what came of its TLVs."""
        for tlv in tlvs:
            smp = self.crypto.smp
            if isinstance(tlv, (proto.SMP1TLV, proto.SMP1QTLV)) and smp is not None and smp.state == 0:
                question = {"question": tlv.msg.decode("utf-8")} if isinstance(tlv, proto.SMP1QTLV) else {}
                self.smp("asked", **question)
            elif isinstance(tlv, proto.SMPABORTTLV):
                self.smp("aborted")
            elif isinstance(tlv, proto.SMPTLV):
                progress = smp.prog if smp is not None else crypt.SMPPROG_OK
                event = {crypt.SMPPROG_SUCCEEDED: "succeeded", crypt.SMPPROG_FAILED: "failed", crypt.SMPPROG_CHEATED: "cheated"}.get(progress)
                self.smp(event or "in-progress")


class Account(context.Account):
    contextclass = Talk

    def __init__(self):
        super().__init__("", "otr4-interop", 0)
        self.policy = {"ALLOW_V2": True, "WHITESPACE_START_AKE": True}
        self.out = []

    def event(self, kind, **fields):
        self.out.append({"type": kind, **fields})

    def notice(self, peer, code, detail=None):
        self.event("notice", peer=peer, code=code, **({} if detail is None else {"detail": detail}))

    def saveTrusts(self):
        pass


def read_key(text):
    """A libotr private-key file's first key."""
    found = {name: int(value, 16) for name, value in re.findall(r"\(([pqgyx]) #([0-9A-Fa-f\s]+)#\)", text)}
    if set(found) != set("pqgyx"):
        raise Failure("OTR_FILE", "no private key in this file")
    return DSAKey((found["y"], found["g"], found["p"], found["q"], found["x"]), private=True)


account = Account()


def cmd_hello(request):
    return {"name": "python-potr", "version": "1.0.2", "protocol": 1, "features": ["v2", "smp", "fragments", "reset"]}


def cmd_account(request):
    if account.privkey is not None:
        raise Failure("OTR_STATE", "there is an account already")
    if "2" not in request.get("versions", "2"):
        raise unsupported("python-potr speaks version 2")
    if "ed448" in request:
        raise unsupported("python-potr has no Ed448 keys")
    account.name = request["account"]
    account.privkey = read_key(request["dsa"]) if "dsa" in request else generateDefaultKey()
    return {"fingerprint3": account.privkey.cfingerprint()}


def cmd_policy(request):
    for name, value in request.items():
        if name == "maxMessageLength":
            account.maxMessageSize = value
        elif name in POLICIES:
            account.policy[POLICIES[name]] = value
        elif name == "whitespaceStartsAke" and value:
            pass  # It always does.
        elif name not in ("id", "cmd", "allowV3", "allowV4") or (name.startswith("allow") and value):
            raise unsupported(name)


def cmd_start(request):
    if request.get("how", "query") != "query":
        raise unsupported("how")
    account.event("send", to=request["to"], message=account.getDefaultQueryMessage(account.getContext(request["to"]).getPolicy).decode("utf-8"))


def cmd_receive(request):
    peer, line = request["from"], request["message"].encode("utf-8", "replace")
    talk = account.getContext(peer)
    try:
        text, tlvs = talk.receiveMessage(line)
    except context.NotOTRMessage as clear:
        account.event("message", **{"from": peer}, text=clear.args[0].decode("utf-8"), encrypted=False)
        return
    except context.UnencryptedMessage as clear:
        account.event("message", **{"from": peer}, text=clear.args[0].decode("utf-8"), encrypted=False)
        account.notice(peer, "unencrypted")
        return
    except context.NotEncryptedError:
        account.notice(peer, "unreadable", "not in private")
        return
    except context.ErrorReceived as error:
        account.notice(peer, "error-message", error.args[0].error.decode("utf-8", "replace"))
        return
    except crypt.InvalidParameterError:
        account.notice(peer, "unreadable")
        return
    except Exception as error:  # It throws what it meets while it reads.
        account.notice(peer, "malformed", f"{type(error).__name__}: {error}")
        return
    if text:
        account.event("message", **{"from": peer}, text=text.decode("utf-8"), encrypted=True, version=2)
    talk.tell_smp(tlvs)


def cmd_send(request):
    if request.get("tlvs"):
        raise unsupported("python-potr throws at TLVs that it does not know")
    talk = account.getContext(request["to"])
    try:
        left = talk.sendMessage(context.FRAGMENT_SEND_ALL, request["text"].encode("utf-8", "replace"))
    except context.NotEncryptedError:
        raise Failure("OTR_STATE", "the session is over")
    # What it does not send itself is its host's to send.
    if left is not None:
        talk.inject(left)


def private_talk(request):
    talk = account.getContext(request["to"])
    if talk.state != context.STATE_ENCRYPTED:
        raise Failure("OTR_STATE", "no encrypted session")
    return talk


def cmd_smp_start(request):
    question = request.get("question")
    private_talk(request).smpInit(request["secret"].encode("utf-8"), question=None if question is None else question.encode("utf-8"))


def cmd_smp_answer(request):
    private_talk(request).smpGotSecret(request["secret"].encode("utf-8"))


def cmd_smp_abort(request):
    private_talk(request).smpAbort()


def cmd_end(request):
    talk = account.getContext(request["to"])
    if talk.state != context.STATE_PLAINTEXT:
        talk.disconnect()


def cmd_status(request):
    talk = account.ctxs.get(request["of"])
    if talk is None:
        return {"sessions": []}
    session = {"state": STATES[talk.state], "offline": False}
    if talk.state == context.STATE_ENCRYPTED:
        # Whoever sent the D-H Commit shows the first half in bold.
        second = talk.crypto.sessionIdHalf
        trust = talk.getCurrentTrust()
        session.update(talk.session(), ssidBold="second" if second else "first", initiator=not second, trust="verified" if trust else "unknown")
    return {"sessions": [session]}


def cmd_reset(request):
    global account
    account = Account()


def cmd_bye(request):
    return None


COMMANDS = {
    "hello": cmd_hello, "account": cmd_account, "policy": cmd_policy, "start": cmd_start, "receive": cmd_receive, "send": cmd_send,
    "smp-start": cmd_smp_start, "smp-answer": cmd_smp_answer, "smp-abort": cmd_smp_abort, "end": cmd_end, "status": cmd_status, "reset": cmd_reset, "bye": cmd_bye,
}


TEXTS = {"account", "versions", "dsa", "to", "from", "of", "how", "message", "text", "secret", "question"}


def answer(line):
    response = {"ok": True, "out": []}
    account.out = response["out"]
    try:
        try:
            request = json.loads(line)
        except ValueError as error:
            raise Failure("OTR_REQUEST", str(error))
        if not isinstance(request, dict):
            raise Failure("OTR_REQUEST", "not a JSON object")
        response["id"] = request.get("id")
        command = COMMANDS.get(str(request.get("cmd")))
        if command is None:
            raise unsupported("no such command")
        for name in TEXTS.intersection(request):
            if not isinstance(request[name], str):
                raise Failure("OTR_REQUEST", f"{name} is no text")
        if account.privkey is None and command not in (cmd_hello, cmd_account, cmd_reset, cmd_bye):
            raise Failure("OTR_STATE", "no account")
        response.update(command(request) or {})
    except Failure as failure:
        response.update(ok=False, error={"code": failure.code, "message": str(failure)})
    except KeyError as missing:
        response.update(ok=False, error={"code": "OTR_REQUEST", "message": f"needs {missing}"})
    return response


def main():
    for line in sys.stdin.buffer:
        response = answer(line)
        sys.stdout.buffer.write(json.dumps(response, ensure_ascii=False).encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()
        if b'"bye"' in line and response["ok"] and json.loads(line).get("cmd") == "bye":
            return


main()
