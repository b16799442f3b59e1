#!/usr/bin/env python3
"""Verifies the vectors that it knows how to compute, with nothing but Python's standard library.

    python3 vectors/reader/verify.py [FOLDER] [--least SHARE]

It was written from the README and the specifications alone, as a proof that they suffice. Plain big integers: slow, not in constant
time, for tests only. Prints how many cases of each file it verified; exits with 1 if one differs, or if fewer than SHARE (default: a
third) of all cases were verified."""
import base64, binascii, hashlib, hmac, json, pathlib, re, sys

# Ed448: x^2 + y^2 = 1 - 39081 x^2 y^2, and the order q of its base point. RFC 8032, 5.2.
P = 2**448 - 2**224 - 1
D = -39081
Q = 2**446 - 13818066809895115352007386748515426880336692474882178609894547503885
GX = 224580040295924300187604334099896036246789641632564134246125461686950415467406032909029192869357953282578032075146446173674602635247710
GY = 298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660
G = (GX, GY, 1)
ZERO = (0, 1, 1)
# RFC 3526: p of group 15 (3072 bits) and group 5 (1536 bits), from pi.
def modp(bits, add):
    unit = 1 << (bits - 130 + 64)                      # 64 bits more than needed
    def arctan(n):
        total = term = unit // n
        k, sign = 3, -1
        while term:
            term //= n * n
            total += sign * (term // k)
            k, sign = k + 2, -sign
        return total
    pi = 4 * (4 * arctan(5) - arctan(239)) >> 64
    return 2**bits - 2**(bits - 64) - 1 + 2**64 * (pi + add)
DH3, DH5 = modp(3072, 1690314), modp(1536, 741804)

class Refused(Exception): pass
def need(condition):
    if not condition: raise Refused
le = lambda b: int.from_bytes(b, 'little')
be = lambda b: int.from_bytes(b, 'big')
sc = lambda n: n.to_bytes(57, 'little')
num = lambda n: n.to_bytes((n.bit_length() + 7) // 8, 'big')
u32 = lambda n: n.to_bytes(4, 'big')
data = lambda b: u32(len(b)) + b
mpi = lambda n: data(num(n))
shake = lambda b, n: hashlib.shake_256(b).digest(n)
kdf = lambda usage, n, *parts: shake(b'OTRv4' + bytes([usage]) + b''.join(parts), n)
pkdf = lambda usage, value, n=64: shake(b'OTR-Prekey-Server' + bytes([usage]) + value, n)
to_scalar = lambda usage, *parts: le(kdf(usage, 57, *parts)) % Q

def add(a, b):
    zz = a[2] * b[2] % P; z2 = zz * zz % P
    xx = a[0] * b[0] % P; yy = a[1] * b[1] % P
    e = D * xx * yy % P
    return (zz * (z2 - e) * ((a[0] + a[1]) * (b[0] + b[1]) - xx - yy) % P, zz * (z2 + e) * (yy - xx) % P, (z2 - e) * (z2 + e) % P)
def mul(n, p):
    out = ZERO
    while n:
        if n & 1: out = add(out, p)
        p = add(p, p); n >>= 1
    return out
neg = lambda p: (-p[0] % P, p[1], p[2])
same = lambda a, b: (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0
def enc(p):
    z = pow(p[2], P - 2, P)
    return sc(p[1] * z % P | (p[0] * z % P & 1) << 455)
def dec(b):
    need(len(b) == 57)
    y, sign = le(b) & (2**455 - 1), le(b) >> 455
    need(y < P)
    u, v = (y * y - 1) % P, (D * y * y - 1) % P
    x = u**3 * v * pow(u**5 * v**3, (P - 3) // 4, P) % P
    need((v * x * x - u) % P == 0 and not (x == 0 and sign))
    p = (P - x if x & 1 != sign else x, y, 1)
    need(not same(p, ZERO) and same(mul(Q, p), ZERO))
    return p
pruned = lambda h: le(bytes([h[0] & 0xfc]) + h[1:55] + bytes([h[55] | 0x80, 0]))
secret = lambda random: pruned(shake(random, 114)[:57])
dhpub = lambda r: pow(2, be(r), DH3)
def group3(n):
    need(2 <= n <= DH3 - 2 and pow(n, (DH3 - 1) // 2, DH3) == 1)
    return n
def eddsa(public, message, signature):
    need(len(signature) == 114)
    A, R, S = dec(public), dec(signature[:57]), le(signature[57:])
    need(S < Q)
    k = le(shake(b'SigEd448\0\0' + signature[:57] + public + message, 114)) % Q
    need(same(mul(S, G), add(R, mul(k, A))))
def rvrf(ring, sigma, m, hash_=lambda b: le(kdf(0x1a, 57, b)) % Q):
    need(len(sigma) == 342)
    s = [le(sigma[i:i + 57]) % Q for i in range(0, 342, 57)]
    T = [enc(add(mul(s[2 * i + 1], G), mul(s[2 * i], dec(A)))) for i, A in enumerate(ring)]
    need(hash_(enc(G) + sc(Q) + b''.join(ring) + b''.join(T) + m) == (s[0] + s[2] + s[4]) % Q)
    return T
def chacha20(key, text):
    rot = lambda v, n: (v << n | v >> 32 - n) & 0xffffffff
    out = b''
    for block in range((len(text) + 63) // 64):
        words = [int.from_bytes((b'expand 32-byte k' + key[:32])[i:i + 4], 'little') for i in range(0, 48, 4)] + [block, 0, 0, 0]
        s = words[:]
        for r in range(20):
            for i in range(4):
                a, b, c, d = (i, 4 + i, 8 + i, 12 + i) if r % 2 == 0 else (i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
                for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                    s[x] = s[x] + s[y] & 0xffffffff; s[z] = rot(s[z] ^ s[x], n)
        out += b''.join((a + b & 0xffffffff).to_bytes(4, 'little') for a, b in zip(s, words))
    return bytes(a ^ b for a, b in zip(text, out))

# One function for each operation. Its arguments are what is given (digits as bytes where they are digits); it returns what is expected,
# all of it or a part, or raises Refused.
known = {}
knows = lambda name: lambda function: known.setdefault(name, function)

knows('v4-kdf/kdf')(lambda usage, values, length: {'output': kdf(usage, length, *values)})
knows('v4-kdf/prekeyKdf')(lambda usage, value, length: {'output': pkdf(usage, value, length)})
knows('v4-kdf/chacha20')(lambda key, input: {'output': chacha20(key, input)})
knows('v4-kdf/hashToScalar')(lambda usage, values: {'digest': kdf(usage, 57, *values), 'scalar': sc(to_scalar(usage, *values))})
knows('v4-keys/ecdhKeyPair')(lambda random: {'digest': shake(random, 114), 'secret': sc(secret(random)), 'public': enc(mul(secret(random), G))})
knows('v4-keys/dhKeyPair')(lambda random: {'public': num(dhpub(random))})
knows('v4-keys/ecdh')(lambda secret, public: {'shared': enc(mul(le(secret), dec(public)))})
knows('v4-keys/dh')(lambda secret, public: {'shared': num(pow(group3(be(public)), be(secret), DH3))})
knows('v4-points/pointSum')(lambda p, q: {'sum': enc(add(dec(p), dec(q))), 'difference': enc(add(dec(p), neg(dec(q))))})
knows('v4-points/multiply')(lambda scalar, p: {'timesG': enc(mul(le(scalar) % Q, G)), 'timesP': enc(mul(le(scalar) % Q, dec(p)))})
knows('v4-points/dhElement')(lambda number: {'member': bool(group3(be(number)))})
knows('fingerprints/v4')(lambda publicKey, forgingKey: {'fingerprint': kdf(0, 56, publicKey, forgingKey)})
knows('fingerprints/prekeyServer')(lambda publicKey: {'fingerprint': kdf(0, 56, publicKey)})
knows('fingerprints/v3')(lambda publicKey: {'fingerprint': hashlib.sha1(publicKey[2:]).digest()})

knows('v4-keys/verify')(lambda public, message, signature: eddsa(public, message, signature) or {})
@knows('v4-keys/sign')
def _(symmetricKey, message):
    a, prefix = secret(symmetricKey), shake(symmetricKey, 114)[57:]
    public, r = enc(mul(a, G)), le(shake(b'SigEd448\0\0' + prefix + message, 114)) % Q
    R = enc(mul(r, G)); k = le(shake(b'SigEd448\0\0' + R + public + message, 114)) % Q
    return {'public': public, 'r': sc(r), 'R': R, 'k': sc(k), 'signature': R + sc((r + k * a) % Q)}
@knows('v4-points/point')
def _(point):
    p = dec(point)
    return {'x': num(p[0]), 'y': num(p[1]), 'double': enc(add(p, p)), 'minus': enc(neg(p))}
knows('v4-points/scalar')(lambda wide, a, b: {
    'reduced': sc(le(wide) % Q), 'sum': sc((le(a) + le(b)) % Q), 'difference': sc((le(a) - le(b)) % Q), 'product': sc(le(a) * le(b) % Q)})
knows('v4-ring-signatures/verify')(lambda ring, sigma, m: rvrf(ring, sigma, m) and {})
@knows('v4-ring-signatures/sign')
def _(ring, place, secret, m, t, c, r):
    others = [i for i in range(3) if i != place - 1]
    C, R = [0] * 3, [0] * 3
    for i, a, b in zip(others, c, r): C[i], R[i] = le(a), le(b)
    T = [enc(mul(le(t), G) if i == place - 1 else add(mul(R[i], G), mul(C[i], dec(A)))) for i, A in enumerate(ring)]
    whole = to_scalar(0x1a, enc(G), sc(Q), *ring, *T, m)
    C[place - 1] = (whole - C[others[0]] - C[others[1]]) % Q
    R[place - 1] = (le(t) - C[place - 1] * le(secret)) % Q
    return {'commitments': T, 'challenge': sc(whole), 'sigma': b''.join(sc(a) + sc(b) for a, b in zip(C, R))}
@knows('text-forms/decode')
def _(line):
    need(line[:5] == '?OTR:' and line[-1] == '.' and line.isascii())
    try: b = base64.b64decode(line[5:-1], validate=True)
    except binascii.Error: raise Refused
    need(base64.b64encode(b).decode() == line[5:-1])
    return {'bytes': b}
@knows('fragments/read')
def _(line):
    m = re.fullmatch(r'\?OTR(?:(?:\|([0-9a-f]{1,8}))?\|([0-9a-f]{1,8})\|([0-9a-f]{1,8}))?,([0-9]{1,5}),([0-9]{1,5}),([^,]*),', line)
    need(m)
    index, total = int(m[4]), int(m[5])
    need(1 <= index <= total <= 65535 and (m[6] or index > 1))
    return {'version': 4 if m[1] else 3 if m[2] else 2, 'index': index, 'total': total, 'piece': m[6],
            **{name: int(m[n], 16) for n, name in enumerate(('identifier', 'sender', 'receiver'), 1) if m[n]}}

def reader(b):
    at = 0
    def take(n):
        nonlocal at
        need(at + n <= len(b)); at += n
        return b[at - n:at]
    return take, lambda: take(be(take(4))), lambda: at

step = lambda key: (kdf(0x15, 64, key), kdf(0x17, 64, b'\xff', key), kdf(0x14, 64, key))
knows('v4-ratchet/rotate')(lambda previousRootKey, k: {'rootKey': kdf(0x12, 64, previousRootKey, k), 'chainKey': kdf(0x13, 64, previousRootKey, k)})
@knows('v4-ratchet/mix')
def _(kEcdh, kDh=None, previousBraceKey=None):
    brace = kdf(0x02, 32, previousBraceKey) if kDh is None else kdf(0x01, 32, kDh)
    k = kdf(0x03, 64, kEcdh, brace)
    return {'braceKey': brace, 'k': k, 'ssid': kdf(0x04, 8, k)}
knows('v4-ratchet/chainStep')(lambda chainKey: {**dict(zip(('mkEnc', 'extraBase', 'nextChainKey'), step(chainKey))), 'mkMac': kdf(0x16, 64, step(chainKey)[0])})
@knows('v4-ratchet/extraKeys')
def _(extraBase, tlvs):
    keys = []
    for index, tlv in enumerate(tlvs):
        if tlv['type'] == 7: keys.append(kdf(index, 64, tlv['value'][:4], keys[-1] if keys else extraBase))
    return {'keys': keys}
@knows('v4-ratchet/readData')
def _(chainKey, message):
    take, field, at = reader(message)
    need(take(3) == bytes([0, 4, 3]))
    take(8 + 1 + 12 + 57); need(field()[:1] != b'\0')
    text = field()
    authenticated, mac = message[:at()], take(64)
    need(len(field()) % 64 == 0 and at() == len(message))
    enc = step(chainKey)[0]
    need(kdf(0x18, 64, kdf(0x16, 64, enc), authenticated) == mac)
    return {'plaintext': chacha20(enc, text), 'authenticated': authenticated, 'authenticator': mac}

sha1, sha256 = lambda b: hashlib.sha1(b).digest(), lambda b: hashlib.sha256(b).digest()
shared5 = lambda secret, public: pow(be(public), be(secret), DH5)
knows('v3-keys/dhKeyPair')(lambda secret: {'public': num(pow(2, be(secret), DH5))})
knows('v3-keys/dhElement')(lambda number: {'member': need(2 <= be(number) <= DH5 - 2) is None})
@knows('v3-keys/akeKeys')
def ake_keys(secret, public):
    s = shared5(secret, public)
    h = [sha256(bytes([n]) + mpi(s)) for n in range(6)]
    return {'s': num(s), 'ssid': h[0][:8], 'c': h[1][:16], 'cPrime': h[1][16:], 'm1': h[2], 'm2': h[3], 'm1Prime': h[4], 'm2Prime': h[5]}
@knows('v3-keys/sessionKeys')
def session_keys(secret, public):
    s = mpi(shared5(secret, public))
    high = pow(2, be(secret), DH5) > be(public)
    a, b = (sha1(bytes([n]) + s)[:16] for n in ((1, 2) if high else (2, 1)))
    return {'high': high, 'sendingKey': a, 'sendingMacKey': sha1(a), 'receivingKey': b, 'receivingMacKey': sha1(b), 'extraKey': sha256(b'\xff' + s)}
@knows('v3-keys/dsaVerify')
def _(publicKey, signed, signature):
    p, q, g, y = mpis(publicKey[2:], 4)
    r, s = be(signature[:20]), be(signature[20:])
    need(len(signature) == 40 and 0 < r < q and 0 < s < q)
    w = pow(s, -1, q)
    need(pow(g, be(signed) * w % q, p) * pow(y, r * w % q, p) % p % q == r)
    return {}
def mpis(b, count):
    out = []
    for _ in range(count):
        n = be(b[:4])
        out.append(be(b[4:4 + n])); b = b[4 + n:]
    return out
@knows('v2/exchange')
def _(x, y, r, bob, alice, bobKeyId, aliceKeyId):
    gy = pow(2, be(y), DH5)
    return {'hashedGx': sha256(mpi(pow(2, be(x), DH5))), 'dhKey': bytes([0, 2, 10]) + mpi(gy), **ake_keys(x, num(gy))}
@knows('v2/readData')
def _(secret, public, message):
    keys, (take, field, at) = session_keys(secret, public), reader(message)
    need(take(3) == bytes([0, 2, 3])); take(1)
    ids, following = [be(take(4)), be(take(4))], field()
    need(following[:1] != b'\0'); take(8); field()
    authenticated, mac, revealed = message[:at()], take(20), field()
    need(at() == len(message) and len(revealed) % 20 == 0 and hmac.digest(keys['receivingMacKey'], authenticated, 'sha1') == mac)
    return {'receivingKey': keys['receivingKey'], 'senderKeyId': ids[0], 'recipientKeyId': ids[1], 'nextKey': following, 'authenticated': authenticated, 'revealed': revealed}
@knows('v2/smpProofs')
def _(**messages):
    one, two, three, four = (mpis(b[4:], be(b[:4])) for _, b in sorted(messages.items()))
    h = lambda place, *numbers: be(sha256(bytes([place]) + b''.join(map(mpi, numbers))))
    both = lambda a, d, b, c: pow(a, d, DH5) * pow(b, c, DH5) % DH5
    for place, (g, c, d) in enumerate((one[:3], one[3:], two[:3], two[3:6]), 1): need(h(place, both(2, d, g, c)) == c)
    ratio = three[1] * pow(two[7], -1, DH5) % DH5
    for place, g, (r, c, d) in ((7, one[3], three[5:]), (8, two[3], four)): need(h(place, both(2, d, g, c), both(ratio, d, r, c)) == c)
    return {'g2a': num(one[0]), 'g3a': num(one[3]), 'g2b': num(two[0]), 'g3b': num(two[3]), 'qRatio': num(ratio)}
knows('v3-smp/secret')(lambda initiator, responder, ssid, typed: {'secret': sha256(b'\1' + initiator + responder + ssid + typed.encode())})
knows('v4-smp/secret')(lambda initiator, responder, ssid, typed: {'secret': sc(pruned(kdf(0x19, 57, b'\1', initiator, responder, ssid, data(typed.encode()))) % Q)})
@knows('v4-smp/verify1')
def _(message):
    need(len(message) == 6 * 57)
    v = [message[n:n + 57] for n in range(0, 342, 57)]
    for place in (1, 2):
        point, c, d = v[3 * place - 3:3 * place]
        need(to_scalar(place, enc(add(mul(le(d) % Q, G), mul(le(c) % Q, dec(point))))) == le(c) % Q)
    return {'g2a': v[0], 'g3a': v[3]}

# Files. Poly1305 and XChaCha20 by hand.
def words(key, last): return [int.from_bytes((b'expand 32-byte k' + key + last)[i:i + 4], 'little') for i in range(0, 64, 4)]
def twenty(s):
    rot = lambda v, n: (v << n | v >> 32 - n) & 0xffffffff
    for r in range(20):
        for i in range(4):
            a, b, c, d = (i, 4 + i, 8 + i, 12 + i) if r % 2 == 0 else (i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
            for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = s[x] + s[y] & 0xffffffff; s[z] = rot(s[z] ^ s[x], n)
    return s
pad16 = lambda b: b + bytes(-len(b) % 16)
def poly1305(key, message):
    r, s, total = le(key[:16]) & 0x0ffffffc0ffffffc0ffffffc0fffffff, le(key[16:]), 0
    for i in range(0, len(message), 16): total = (total + le(message[i:i + 16] + b'\1')) * r % (2**130 - 5)
    return (total + s & 2**128 - 1).to_bytes(16, 'little')
def xseal(key, nonce, extra, text):
    s = twenty(words(key, nonce[:16]))
    inner = b''.join(w.to_bytes(4, 'little') for w in s[:4] + s[12:])
    def block(n):
        w = words(inner, n.to_bytes(4, 'little') + bytes(4) + nonce[16:])
        return b''.join((a + b & 0xffffffff).to_bytes(4, 'little') for a, b in zip(twenty(w[:]), w))
    stream = b''.join(block(n + 1) for n in range((len(text) + 63) // 64))
    sealed = bytes(a ^ b for a, b in zip(text, stream))
    return sealed + poly1305(block(0)[:32], pad16(extra) + pad16(sealed) + len(extra).to_bytes(8, 'little') + len(sealed).to_bytes(8, 'little'))
def hkdf(secret, info):
    return hmac.digest(hmac.digest(bytes(32), secret, 'sha256'), info + b'\1', 'sha256')
@knows('files/key')
def _(extraSymmetricKey, salt):
    extra = hkdf(extraSymmetricKey, b'otr4 extra key' + u32(0x4f346631) + u32(32))
    return {'extraKey': extra, 'key': hkdf(extra, b'otr4 file 1' + salt)}
@knows('files/length')
def _(length):
    n = -(-(512 + length) // 65536)
    e = n.bit_length() - 1
    step = 2 ** (e - e.bit_length()) if e else 1
    n = -(-n // step) * step
    return {'chunks': n, 'sealed': n * 65576}
@knows('files/offer')
def _(data):
    take, _, at = reader(data)
    need(take(1) == b'\1')
    length = be(take(8)); need(length <= 2**36)
    try: take(be(take(1))).decode('utf-8')
    except UnicodeDecodeError: raise Refused
    kind = take(be(take(1))); need(len(kind) <= 127)
    salt = take(32)
    place = take(be(take(2)))
    need(1 <= len(place) <= 1024 and all(33 <= c <= 126 for c in place) and at() == len(data))
    return {'length': length, 'salt': salt, 'place': place.decode()}
@knows('files/chunk')
def _(key, chunk, last, tagBefore, nonce, plaintext):
    extra = chunk.to_bytes(8, 'big') + bytes([last]) + tagBefore
    return {'associatedData': extra, 'sealed': nonce + xseal(key, nonce, extra, plaintext)}

def plain(value, schema):
    """Digits become bytes where the schema says that they are digits."""
    if schema.get('type') == 'array': return [plain(one, schema['items']) for one in value]
    if schema.get('type') == 'object': return {name: plain(one, schema['properties'][name]) for name, one in value.items()}
    return bytes.fromhex(value) if '0-9a-f' in schema.get('pattern', '') else value

def main():
    arguments = sys.argv[1:]
    least = float(arguments[arguments.index('--least') + 1]) if '--least' in arguments else 1 / 3
    folders = [a for i, a in enumerate(arguments) if not a.startswith('--') and (i == 0 or arguments[i - 1] != '--least')]
    root = pathlib.Path(folders[0]) if folders else pathlib.Path(__file__).resolve().parent.parent
    total, verified, wrong = 0, 0, []
    for path in sorted((root / 'data').glob('*.json')):
        file = json.loads(path.read_text('utf-8'))
        schema = json.loads((root / 'schemas' / f'{path.stem}.schema.json').read_text('utf-8'))
        fields = {}
        for one in schema['properties']['cases']['items']['oneOf']:
            fields.setdefault(one['properties']['operation']['const'], {}).update({k: one['properties'][k] for k in ('given', 'expected') if k in one['properties']})
        before = verified
        for case in file['cases']:
            total += 1
            function = known.get(f"{path.stem}/{case['operation']}")
            if not function: continue
            try: result = function(**plain(case['given'], fields[case['operation']]['given']))
            except Refused: result = None
            if case['result'] == 'invalid': good = result is None
            else:
                expected = plain(case['expected'], fields[case['operation']]['expected'])
                good = result is not None and (result or not expected) and all(expected.get(name) == value for name, value in result.items())
            if good: verified += 1
            else: wrong.append(f"{case['id']}: {case['about']}")
        print(f"{path.stem}: {verified - before} of {len(file['cases'])}")
    for one in wrong: print(f'DIFFERENT {one}')
    print(f'{verified} of {total} cases verified, {len(wrong)} different')
    return 1 if wrong or verified < least * total else 0

if __name__ == '__main__':
    sys.exit(main())
