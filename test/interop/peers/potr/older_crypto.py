"""What python-potr was written for is pycrypto, which no present Python builds. Its successor pycryptodome keeps the names of the
modules, but not three of the calls: they are put back here, so that python-potr runs as it is. Import this first."""
from Crypto.Cipher import AES
from Crypto.Math.Numbers import Integer
from Crypto.PublicKey.DSA import DsaKey

_new_cipher = AES.new


def _new(key, mode, *args, counter=None, **options):
    """A counter was a function that gives the next block: each new cipher takes its first one, and counts on from there itself."""
    if callable(counter):
        return _new_cipher(key, mode, *args, nonce=b"", initial_value=counter(), **options)
    return _new_cipher(key, mode, *args, **options) if counter is None else _new_cipher(key, mode, *args, counter=counter, **options)


def _number(data):
    """All of what is signed is one number: nothing is cut to the length of q."""
    return Integer.from_bytes(data)


def _sign(self, data, k):
    return tuple(int(value) for value in self._sign(_number(data), Integer(k)))


def _verify(self, data, signature):
    return self._verify(_number(data), tuple(Integer(value) for value in signature))


AES.new = _new
DsaKey.sign = _sign
DsaKey.verify = _verify
DsaKey.key = property(lambda self: self)
