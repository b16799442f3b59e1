#!/usr/bin/env bash
# python-potr 1.0.2 (OTR version 2 in Python): two key exchanges that cross end each other.
#
# Expected: both sides ask for a private conversation at the same moment, so each answers the other's query with a D-H Commit message. "Receiving a
#           D-H Commit Message" compares the two hashes: the higher one goes on, the lower one is given up, and one conversation begins.
# Seen:     both give theirs up, both answer with a D-H Key message, and nobody is left to go on. No conversation, no error; four times of four. One side alone
#           that asks gets one.
# Whoever talks with WeeChat's plugin or Poezio asks again, alone, after some seconds.
# (The package asks for pycrypto, which today's Python cannot build; pycryptodome takes its place, and its three other calls are put right.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" --quiet --disable-pip-version-check install pycryptodome==3.20.0
"$work/venv/bin/pip" --quiet --disable-pip-version-check install --no-deps python-potr==1.0.2
cat >"$work/run.py" <<'PY'
from importlib.metadata import version
from Crypto.Cipher import AES
from Crypto.Math.Numbers import Integer
from Crypto.PublicKey.DSA import DsaKey

new = AES.new
def with_counter(key, mode, *args, counter=None, **options):
    if callable(counter):
        return new(key, mode, nonce=b'', initial_value=counter())
    return new(key, mode, *args, **options)
AES.new = with_counter
DsaKey.sign = lambda self, data, k: tuple(int(n) for n in self._sign(Integer.from_bytes(data), Integer(k)))
DsaKey.verify = lambda self, data, pair: self._verify(Integer.from_bytes(data), tuple(Integer(n) for n in pair))
DsaKey.key = property(lambda self: self)

from potr import context
from potr.compatcrypto import generateDefaultKey

class Context(context.Context):
    def getPolicy(self, key):
        return key == 'ALLOW_V2'
    def inject(self, message, appdata=None):
        self.user.waiting.append(message)

class Account(context.Account):
    contextclass = Context
    def __init__(self, name):
        super().__init__(name, 'test', 100000)
        self.waiting = []
        self.key = generateDefaultKey()
    def getPrivkey(self, autogen=True):
        return self.key
    def loadPrivkey(self):
        return self.key
    def savePrivkey(self):
        pass

def outcome(*asking):
    people = {name: Account(name) for name in ('alice', 'bob')}
    talks = {name: people[name].getContext('bob' if name == 'alice' else 'alice') for name in people}
    for name in asking:
        people[name].waiting.append(b'?OTRv2?')
    for _ in range(20):
        lines = {name: one.waiting for name, one in people.items()}
        for one in people.values():
            one.waiting = []
        for name, other in (('alice', 'bob'), ('bob', 'alice')):
            for line in lines[name]:
                talks[other].receiveMessage(line)
    private = [talk.state == context.STATE_ENCRYPTED for talk in talks.values()]
    return 'private' if all(private) else 'not private' if not any(private) else 'half'

print('python-potr %s: one asks: %s; both ask: %s' % (version('python-potr'), outcome('alice'), ' '.join(sorted({outcome('alice', 'bob') for _ in range(4)}))))
PY
seen=$("$work/venv/bin/python" "$work/run.py")
echo "$seen"
[ "$seen" = 'python-potr 1.0.2: one asks: private; both ask: not private' ]
