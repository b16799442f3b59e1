import { bigEndian, mod, toBigEndian } from '../../v4-second/bytes.js'
import { dsaSign, dsaVerify } from '../../v3-second/dsa.js'
import { aesCtr, akeKeys, dhPublic, dhShared, p1536, sessionKeys } from '../../v3-second/keys.js'
import { flag, flipped, Group, hex } from '../define.js'
import { dsaAlice, dsaBob } from '../people.js'
import { recorded } from './fingerprints.js'

const fields = (line: string): Readonly<Record<string, string>> => Object.fromEntries(line.split(' ').filter((word) => word.includes('=')).map((word) => word.split('=', 2) as [string, string]))
const bytes = (digits: string | undefined): Uint8Array => new Uint8Array(Buffer.from(digits ?? '', 'hex'))

/** A pair of keys of the recording of libotr, and what libotr derived of it. */
export interface RecordedPair {
  readonly about: string
  readonly secret: Uint8Array
  readonly theirs: Uint8Array
  readonly by: string
  readonly our: number
  readonly their: number
}

/** Every pair of keys that libotr showed with its private half: both sides' dumps. */
export function recordedPairs(): RecordedPair[] {
  const found: RecordedPair[] = []
  for (const { what, by, dump } of recorded('v3-full').steps) {
    if (dump === undefined) continue
    const all = fields(dump[0] ?? '')
    for (const line of dump.slice(1)) {
      const pair = fields(line)
      const [our, their] = [Number(pair['our']), Number(pair['their'])]
      const secret = bytes(our === Number(all['our_keyid']) ? all['our_priv'] : all['our_old_priv'])
      const theirs = their === Number(all['their_keyid']) ? all['their_y'] : all['their_old_y']
      if (theirs === undefined || theirs === '-') continue
      const keys = sessionKeys(dhPublic(secret), bigEndian(bytes(theirs)), dhShared(secret, bigEndian(bytes(theirs))))
      const same = (name: string, value: Uint8Array): boolean => pair[name] === Buffer.from(value).toString('hex')
      if (!same('sendmac', keys.sendingMacKey) || !same('rcvmac', keys.receivingMacKey) || !same('extra', keys.extraKey)) throw new Error(`libotr has other keys: ${what} ${by}`)
      found.push({ about: `${by}, ${what.replace(' secrets', '')}, keys ${our} and ${their}`, secret, theirs: bytes(theirs), by, our, their })
    }
  }
  return found
}

export function v3Keys(): Group {
  const group = new Group('v3-keys', 'Version 3: Diffie-Hellman, key derivation, DSA, AES', 'Numbers are big-endian without leading zeros.', {
    dhKeyPair: { about: '2^secret mod p in the group of 1536 bits', section: 'OTRv3, Diffie-Hellman; RFC 3526, group 5', given: { secret: hex('the exponent', 40) }, expected: { public: hex('') } },
    dhElement: { about: 'A public key from the network: 2 <= g^x <= p - 2', section: 'OTRv3, the AKE', given: { number: hex('as it came') }, expected: { member: flag('always true') } },
    akeKeys: {
      about: 'What the key exchange derives of s', section: 'OTRv3, Computing AES keys, MAC keys, and the secure session id', given: { secret: hex('ours', 40), public: hex('theirs') },
      expected: { s: hex('the shared secret'), ssid: hex('', 8), c: hex('AES key of the Reveal Signature message', 16), cPrime: hex('of the Signature message', 16), m1: hex('', 32), m2: hex('', 32), m1Prime: hex('', 32), m2Prime: hex('', 32) },
    },
    sessionKeys: {
      about: 'The keys of a pair of D-H keys, by the one whose secret is given; the extra symmetric key', section: 'OTRv3, Computing AES keys, MAC keys, and the secure session id; Extra symmetric key', given: { secret: hex('ours', 40), public: hex('theirs') },
      expected: { high: flag('our public key is the greater number'), sendingKey: hex('', 16), sendingMacKey: hex('', 20), receivingKey: hex('', 16), receivingMacKey: hex('', 20), extraKey: hex('', 32) },
    },
    dsaVerify: { about: 'A signature: what is signed is one number mod q, neither hashed nor truncated', section: 'OTRv3, Public keys, signatures, and fingerprints', given: { publicKey: hex('PUBKEY'), signed: hex('what is signed'), signature: hex('r || s') }, expected: {} },
    aes: { about: 'AES-128 in counter mode', section: 'OTRv3, Data Message', given: { key: hex('', 16), top: hex('the top half of the counter', 8), input: hex('') }, expected: { output: hex('') } },
  })
  const { draw } = group
  for (let n = 1; n <= 6; n++) group.valid('dhKeyPair', `${n}`, { secret: draw(`secret ${n}`, 40) }, { public: dhPublic(draw(`secret ${n}`, 40)) })
  for (const [about, number] of [['2', 2n], ['p - 2', p1536 - 2n]] as const) group.valid('dhElement', about, { number: toBigEndian(number) }, { member: true })
  for (let n = 1; n <= 4; n++) group.valid('dhElement', `a public key, ${n}`, { number: dhPublic(draw(`secret ${n}`, 40)) }, { member: true })
  for (const [about, number] of [['0', 0n], ['1', 1n], ['p - 1', p1536 - 1n], ['p', p1536], ['p + 1', p1536 + 1n], ['p + 2', p1536 + 2n], ['2^1536 - 1', 2n ** 1536n - 1n]] as const) group.invalid('dhElement', about, 'it is not 2 to p - 2', { number: toBigEndian(number) })
  for (let n = 1; n <= 6; n++) {
    const [ours, theirs] = [draw(`ours ${n}`, 40), draw(`theirs ${n}`, 40)]
    const s = dhShared(ours, dhPublic(theirs))
    group.valid('akeKeys', `pair ${n}`, { secret: ours, public: dhPublic(theirs) }, { s, ...akeKeys(s) })
    group.valid('sessionKeys', `pair ${n}, one side`, { secret: ours, public: dhPublic(theirs) }, { ...sessionKeys(dhPublic(ours), dhPublic(theirs), s) })
    group.valid('sessionKeys', `pair ${n}, the other side`, { secret: theirs, public: dhPublic(ours) }, { ...sessionKeys(dhPublic(theirs), dhPublic(ours), s) })
  }
  for (const { about, secret, theirs } of recordedPairs()) group.valid('sessionKeys', about, { secret, public: theirs }, { ...sessionKeys(dhPublic(secret), bigEndian(theirs), dhShared(secret, bigEndian(theirs))) }, ['libotr 4.1.1, recorded'])
  for (const [who, name] of [[dsaAlice, 'RFC 6979'], [dsaBob, 'Java']] as const) {
    const make = (label: string, length: number): { readonly signed: Uint8Array, readonly signature: Uint8Array } => {
      const signed = draw(`${name} ${label}`, length)
      const signature = dsaSign(who.key, who.x, signed, mod(bigEndian(draw(`${name} k ${label}`, 40)), who.key.q - 1n) + 1n)
      if (!dsaVerify(who.key, signed, signature)) throw new Error('DSA')
      return { signed, signature }
    }
    for (const length of [1, 20, 32, 200]) group.valid('dsaVerify', `the key of ${name}, ${length} bytes`, { publicKey: who.pubkey, ...make(`${length}`, length) }, {})
    const good = make('32', 32)
    const bad = (about: string, why: string, change: object): void => { group.invalid('dsaVerify', `the key of ${name}: ${about}`, why, { publicKey: who.pubkey, ...good, ...change }) }
    const fixed = (value: bigint): Uint8Array => new Uint8Array(Buffer.from(value.toString(16).padStart(40, '0'), 'hex'))
    bad('another message', 'the signature is of another number', { signed: flipped(good.signed, 31) })
    bad('r is changed', 'the signature', { signature: flipped(good.signature, 19) })
    bad('s is changed', 'the signature', { signature: flipped(good.signature, 39) })
    bad('r is 0', 'r and s are 1 to q - 1', { signature: Uint8Array.from([...new Uint8Array(20), ...good.signature.slice(20)]) })
    bad('s is 0', 'r and s are 1 to q - 1', { signature: Uint8Array.from([...good.signature.slice(0, 20), ...new Uint8Array(20)]) })
    bad('s is q', 'r and s are 1 to q - 1', { signature: Uint8Array.from([...good.signature.slice(0, 20), ...fixed(who.key.q)]) })
    bad('39 bytes', 'the length', { signature: good.signature.slice(0, 39) })
    bad('the hash of it is signed', 'nothing is hashed', { signed: new Uint8Array(20).fill(1) })
  }
  for (const length of [0, 1, 15, 16, 17, 100]) group.valid('aes', `${length} bytes`, { key: draw('key', 16), top: draw('top', 8), input: draw(`in ${length}`, length) }, { output: aesCtr(draw('key', 16), draw(`in ${length}`, length), draw('top', 8)) })
  return group
}
