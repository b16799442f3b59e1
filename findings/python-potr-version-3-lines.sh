#!/usr/bin/env bash
# python-potr 1.0.2 (OTR version 2 in Python): lines of version 3 come out of it as text to show.
#
# Expected: a fragment of version 3 is refused, or passed over: it is no text.
# Seen:     it comes out as NotOTRMessage, as "hello" does: text that somebody typed. A correspondent with version 3 whose lines are cut
#           shows its user base64.
# (The package asks for pycrypto, which today's Python cannot build; pycryptodome takes its place.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" --quiet --disable-pip-version-check install pycryptodome==3.20.0
"$work/venv/bin/pip" --quiet --disable-pip-version-check install --no-deps python-potr==1.0.2
cat >"$work/run.py" <<'PY'
from importlib.metadata import version
from potr import context, crypt

class Context(context.Context):
    def getPolicy(self, key):
        return key == 'ALLOW_V2'
    def inject(self, message, appdata=None):
        pass
    def setState(self, state):
        self.state = state

class Account(context.Account):
    contextclass = Context
    def loadPrivkey(self):
        return None
    def savePrivkey(self):
        pass

line = '?OTR|5a73a599|27e31597,00001,00003,?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAADA1g5IjD1ZGLDVQEyCgCyn9hbrL3KAbGDdzE2ZkMyTKl7Xfk,'
alice = Account('alice', 'test', 1000)
bob = alice.getContext('bob')
def outcome(text):
    try:
        bob.receiveMessage(text.encode())
    except RuntimeError as error:
        return type(error).__name__
    return 'nothing'

print('python-potr %s: hello is %s, a fragment of version 3 is %s' % (version('python-potr'), outcome('hello'), outcome(line)))
PY
seen=$("$work/venv/bin/python" "$work/run.py")
echo "$seen"
[ "$seen" = 'python-potr 1.0.2: hello is NotOTRMessage, a fragment of version 3 is NotOTRMessage' ]
