import { readFileSync } from 'node:fs'
import { concat, toBigEndian } from '../../v4-second/bytes.js'
import { mixedSecret } from '../../v4-second/dake.js'
import { dhShared } from '../../v4-second/dh.js'
import { decode, encode, multiply, secretScalar } from '../../v4-second/ed448.js'
import { chacha20, id, kdf } from '../../v4-second/kdf.js'
import { extraKeys } from '../../v4-second/ratchet.js'
import { authenticatedPart, dataMessage } from '../../v4-second/write.js'
import { flag, flipped, Group, hex, integer, list, optional, record, text } from '../define.js'
import { dhOf, ecdhOf, ephemeral, type Ephemeral } from '../people.js'

interface Recorded {
  readonly data: readonly { readonly chainKey: string, readonly MKenc: string, readonly MKmac: string, readonly extra: string }[]
  readonly esk: { readonly base: string, readonly context: string, readonly index: string, readonly key: string }
}

const recorded = JSON.parse(readFileSync(new URL('../../../vectors/data/v4-otr4j-interactive.json', import.meta.url), 'utf8')) as Recorded
const bytes = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))
const plaintextOf = (words: string): Uint8Array => concat(new TextEncoder().encode(words), Uint8Array.of(0))

/** What becomes of the messages of a chain: `now` in which order they arrive, `later` which arrive only after two chains more. Others are lost. */
interface Fate {
  readonly count: number
  readonly now: readonly number[]
  readonly later: readonly number[]
}

const fates: readonly Fate[] = [
  { count: 3, now: [0, 1, 2], later: [] }, { count: 2, now: [1, 0], later: [] }, { count: 4, now: [3, 0, 0], later: [1] }, { count: 1, now: [0], later: [] }, { count: 3, now: [2], later: [0, 1] }, { count: 2, now: [0], later: [] },
  { count: 5, now: [4, 2, 4], later: [3] }, { count: 2, now: [1], later: [0] }, { count: 1, now: [0, 0], later: [] }, { count: 3, now: [1, 2], later: [] }, { count: 2, now: [0, 1], later: [] }, { count: 4, now: [0, 3, 1], later: [2] },
  { count: 2, now: [0, 1], later: [] }, { count: 1, now: [0], later: [] },
]

const chainGiven = record({ by: text('alice or bob'), ecdh: hex('random bytes of the ECDH key', 57), dh: optional(hex('the DH exponent, in every third chain', 80)), texts: list(text(''), 'what is written in it') }, 'a chain of messages')
const chainExpected = record({
  ratchetId: integer('i'), kEcdh: optional(hex('ECDH of the new key and the other side\'s newest', 57)), kDh: optional(hex('in every third chain')), braceKey: hex('', 32), mixed: hex('K of this ratchet', 64), rootKey: hex('curr_root_key', 64), chainKey: hex('of its first message', 64),
  messages: list(record({ mkEnc: hex('', 64), mkMac: hex('', 64), revealed: list(hex('', 64), 'the MAC keys that it reveals'), message: hex('the data message') }, 'a message'), ''),
}, 'a chain')
const delivery = { chain: integer('from 0'), message: integer('j') }

export function v4Ratchet(): Group {
  const group = new Group('v4-ratchet', 'The double ratchet and data messages', 'From the mixed keys to whole conversations in which messages are lost, overtaken and repeated. What a conversation needs of its key exchange is given.', {
    mix: {
      about: 'The mixed secret of a ratchet: with k_dh in every third, else from the brace key before', section: 'OTRv4, Shared Secrets',
      given: { kEcdh: hex('K_ecdh', 57), kDh: optional(hex('k_dh, big-endian')), previousBraceKey: optional(hex('where there is no k_dh', 32)) }, expected: { braceKey: hex('', 32), k: hex('K', 64), ssid: hex('as if K were that of a key exchange', 8) },
    },
    rotate: { about: 'Root key and chain key of a new ratchet', section: 'OTRv4, Deriving new Root and Chain Keys', given: { previousRootKey: hex('', 64), k: hex('', 64) }, expected: { rootKey: hex('', 64), chainKey: hex('', 64) } },
    chainStep: { about: 'What a message takes of its chain key, and the next', section: 'OTRv4, Calculating Encryption and MAC Keys; Extra Symmetric Key', given: { chainKey: hex('', 64) }, expected: { mkEnc: hex('', 64), mkMac: hex('', 64), extraBase: hex('KDF(usage_extra_symm_key || 0xFF || chain_key, 64)', 64), nextChainKey: hex('', 64) } },
    extraKeys: {
      about: 'The keys that TLVs of type 7 agree on: one for each, from the one before', section: 'OTRv4, Extra Symmetric Key',
      given: { extraBase: hex('of the message', 64), tlvs: list(record({ type: integer(''), value: hex('') }, ''), 'all TLVs of the message; the index of a key is the place of its TLV among them, its context the first four bytes of the value') }, expected: { keys: list(hex('', 64), 'in the order of the TLVs') },
    },
    readData: {
      about: 'A data message is authenticated and decrypted with the chain key of its place', section: 'OTRv4, Decoding a Data Message',
      given: { chainKey: hex('', 64), message: hex('as it came') }, expected: { plaintext: hex('text, NUL, TLVs'), authenticated: hex('what the MAC covers: from the version to the end of the encrypted message'), authenticator: hex('', 64) },
    },
    conversation: {
      about: 'A whole conversation: chains in turns, Alice begins. Every chain is written as late as possible: when the messages before it in `deliveries` have arrived', section: 'OTRv4, Data Exchange',
      given: {
        offline: flag('true: after a non-interactive exchange; Bob\'s first keys are those of his prekey message'), k: hex('K of the key exchange', 64), offlineBraceKey: optional(hex('brace key of a non-interactive exchange', 32)), aliceTag: integer(''), bobTag: integer(''),
        bobEcdh: hex('random bytes of Bob\'s first ECDH key', 57), bobDh: hex('Bob\'s first DH exponent', 80), chains: list(chainGiven, 'the first has Alice\'s first keys'), deliveries: list(record(delivery, ''), 'in which order messages arrive; those that are not here are lost'),
      },
      expected: { chains: list(chainExpected, ''), delivered: list({ schema: { type: ['string', 'null'] }, about: '' }, 'for each delivery the text; null for a message that came before') },
    },
  })
  const { draw } = group
  for (let n = 1; n <= 10; n++) {
    const kEcdh = encode(multiply(secretScalar(draw(`mix ${n}`, 57)), decode(ecdhOf(ephemeral(draw, `mix ${n}`)))))
    const kDh = n === 4 ? 5n : dhShared(draw(`mix ours ${n}`, 80), dhOf(ephemeral(draw, `mix ${n}`)))
    const { K, braceKey } = mixedSecret(kEcdh, kDh)
    group.valid('mix', `with k_dh, ${n}${n === 4 ? ': it has one byte' : ''}`, { kEcdh, kDh }, { braceKey, k: K, ssid: kdf(id.ssid, 8, K) })
    const [b1, b2] = [kdf(id.braceKey, 32, braceKey), kdf(id.braceKey, 32, kdf(id.braceKey, 32, braceKey))]
    const [k1, k2] = [b1, b2].map((one) => kdf(id.sharedSecret, 64, kEcdh, one)) as [Uint8Array, Uint8Array]
    group.valid('mix', `the next, without k_dh, ${n}`, { kEcdh, previousBraceKey: braceKey }, { braceKey: b1, k: k1, ssid: kdf(id.ssid, 8, k1) })
    group.valid('mix', `the one after, without k_dh, ${n}`, { kEcdh, previousBraceKey: b1 }, { braceKey: b2, k: k2, ssid: kdf(id.ssid, 8, k2) })
    const previousRootKey = draw(`root ${n}`, 64)
    group.valid('rotate', `${n}`, { previousRootKey, k: K }, { rootKey: kdf(id.rootKey, 64, previousRootKey, K), chainKey: kdf(id.chainKey, 64, previousRootKey, K) })
  }
  const step = (chainKey: Uint8Array): { readonly mkEnc: Uint8Array, readonly mkMac: Uint8Array, readonly extraBase: Uint8Array, readonly nextChainKey: Uint8Array } => {
    const mkEnc = kdf(id.messageKey, 64, chainKey)
    return { mkEnc, mkMac: kdf(id.macKey, 64, mkEnc), extraBase: kdf(id.extraSymmKey, 64, Uint8Array.of(0xff), chainKey), nextChainKey: kdf(id.nextChainKey, 64, chainKey) }
  }
  for (let n = 1, chainKey = draw('chain', 64); n <= 10; n++, chainKey = step(chainKey).nextChainKey) group.valid('chainStep', `message ${n} of a chain`, { chainKey }, step(chainKey))
  recorded.data.forEach(({ chainKey, MKenc, MKmac, extra }, n) => {
    const ours = step(bytes(chainKey))
    if ([ours.mkEnc, ours.mkMac, ours.extraBase].some((one, at) => Buffer.from(one).toString('hex') !== [MKenc, MKmac, extra][at])) throw new Error(`otr4j has other keys for message ${n}`)
    group.valid('chainStep', `message ${n + 1} of a conversation of otr4j`, { chainKey: bytes(chainKey) }, ours, ['otr4j, recorded'])
  })
  const [context, esk] = [bytes(recorded.esk.context), recorded.esk]
  const extra = (about: string, extraBase: Uint8Array, tlvs: readonly { readonly type: number, readonly value: Uint8Array }[], confirmedBy?: readonly string[]): Uint8Array[] => {
    const keys = extraKeys(extraBase, tlvs)
    group.valid('extraKeys', about, { extraBase, tlvs: tlvs.map((one) => ({ ...one })) }, { keys }, confirmedBy)
    return keys
  }
  const [theirs] = extra('one, of otr4j', bytes(esk.base), [{ type: 7, value: context }], ['otr4j, recorded'])
  if (Buffer.from(theirs!).toString('hex') !== esk.key) throw new Error('otr4j has another extra key')
  for (let n = 1; n <= 5; n++) extra(`${n} in one message`, draw(`extra ${n}`, 64), Array.from({ length: n }, (_, at) => ({ type: 7, value: draw(`context ${n} ${at}`, 4 + at) })))
  extra('behind padding: the index is 1', draw('extra padding', 64), [{ type: 0, value: new Uint8Array(9) }, { type: 7, value: draw('context', 4) }])
  extra('between other TLVs', draw('extra between', 64), [{ type: 7, value: draw('context a', 4) }, { type: 6, value: new Uint8Array(0) }, { type: 7, value: draw('context b', 8) }])
  extra('none', draw('extra none', 64), [{ type: 0, value: new Uint8Array(9) }])
  readData(group)
  for (const [n, offline] of [[1, false], [2, false], [3, true]] as const) conversation(group, n, offline)
  return group

  function readData(group: Group): void {
    const chainKey = draw('data chain', 64)
    const { mkEnc, mkMac } = step(chainKey)
    const keys = ephemeral(draw, 'data')
    const make = (words: Uint8Array, change: { readonly dh?: boolean, readonly revealed?: Uint8Array, readonly flags?: number } = {}): { readonly authenticated: Uint8Array, readonly authenticator: Uint8Array, readonly message: Uint8Array } => {
      const authenticated = authenticatedPart({ sender: 0x101, receiver: 0x202, flags: change.flags ?? 0, pn: 2, i: change.dh === true ? 3 : 4, j: 5, ecdh: ecdhOf(keys), dh: change.dh === true ? dhOf(keys) : undefined, encrypted: chacha20(mkEnc, words) })
      const authenticator = kdf(id.authenticator, 64, mkMac, authenticated)
      return { authenticated, authenticator, message: dataMessage(authenticated, authenticator, change.revealed ?? new Uint8Array(0)) }
    }
    const valid = (about: string, words: Uint8Array, change: Parameters<typeof make>[1] = {}): void => {
      const { message, authenticated, authenticator } = make(words, change)
      group.valid('readData', about, { chainKey, message }, { plaintext: words, authenticated, authenticator })
    }
    valid('a text', plaintextOf('hello'))
    valid('nothing', new Uint8Array(0))
    valid('1,000 bytes', draw('long', 1000))
    valid('with a DH key', plaintextOf('third'), { dh: true })
    valid('the flag IGNORE_UNREADABLE', plaintextOf(''), { flags: 1 })
    valid('it reveals two MAC keys', plaintextOf('old keys'), { revealed: draw('revealed', 128) })
    const { message, authenticated } = make(plaintextOf('hello'), { dh: true, revealed: draw('revealed', 64) })
    group.valid('readData', 'the revealed MAC keys are changed: the MAC does not cover them', { chainKey, message: flipped(message, message.length - 1) }, { plaintext: plaintextOf('hello'), authenticated, authenticator: message.slice(authenticated.length, authenticated.length + 64) })
    const bad = (about: string, why: string, wrong: Uint8Array, key = chainKey): void => { group.invalid('readData', about, why, { chainKey: key, message: wrong }) }
    const at = { 'the sender tag': 6, 'the receiver tag': 10, 'the flags': 11, 'pn': 15, 'i': 19, 'j': 23, 'the ECDH key': 30, 'the DH key': 90, 'the encrypted message': authenticated.length - 2, 'the authenticator': authenticated.length + 3 }
    for (const [name, offset] of Object.entries(at)) bad(`a bit of ${name} is changed`, 'the MAC', flipped(message, offset))
    bad('the chain key of the next message', 'the MAC', message, step(chainKey).nextChainKey)
    bad('the version is 5', 'the version', flipped(message, 1))
    bad('the type is another', 'the type', flipped(message, 2, 0x01))
    for (const length of [0, 3, 11, 24, 81, 85, 200, authenticated.length, authenticated.length + 63, message.length - 64, message.length - 1]) bad(`cut to ${length} bytes`, 'it is too short', message.slice(0, length))
    bad('a byte too many', 'something stands behind it', concat(message, Uint8Array.of(0)))
    bad('revealed MAC keys of 65 bytes', 'MAC keys have 64 bytes each', make(plaintextOf('hello'), { revealed: draw('revealed', 65) }).message)
    bad('the DH key begins with a zero', 'an MPI is minimal', withZero(message))
  }

  function conversation(group: Group, n: number, offline: boolean): void {
    const k = draw(`${n} k`, 64)
    const offlineBraceKey = draw(`${n} brace`, 32)
    const tags = { alice: 0x27e31597, bob: 0x5a73a599 }
    const bobFirst = ephemeral(draw, `${n} bob`)
    const newest: { alice: Ephemeral, bob: Ephemeral } = { alice: ephemeral(draw, `${n} chain 0`), bob: bobFirst }
    const lengths = { alice: 0, bob: 0 }
    const waiting: { alice: Uint8Array[], bob: Uint8Array[] } = { alice: [], bob: [] }
    const seen = new Set<string>()
    const [given, expected, deliveries, delivered]: [object[], { readonly messages: readonly { readonly mkMac: Uint8Array }[] }[], { chain: number, message: number }[], (string | null)[]] = [[], [], [], []]
    let rootKey = offline ? new Uint8Array(0) : kdf(id.firstRootKey, 64, k)
    let braceKey = offline ? offlineBraceKey : new Uint8Array(0)
    const words: string[][] = []
    const deliver = (chain: number, message: number): void => {
      const name = `${chain} ${message}`
      deliveries.push({ chain, message })
      delivered.push(seen.has(name) ? null : words[chain]![message]!)
      if (!seen.has(name)) waiting[chain % 2 === 0 ? 'bob' : 'alice'].push(expected[chain]!.messages[message]!.mkMac)
      seen.add(name)
    }
    fates.forEach(({ count, now }, c) => {
      const [by, other] = c % 2 === 0 ? ['alice', 'bob'] as const : ['bob', 'alice'] as const
      const ratchetId = offline ? c : Math.max(0, c - 1)
      const withDh = ratchetId % 3 === 0
      const own: Ephemeral = c === 0 ? newest.alice : { ecdh: draw(`${n} chain ${c} ecdh`, 57), dh: withDh ? draw(`${n} chain ${c} dh`, 80) : newest[by].dh }
      const kEcdh = encode(multiply(secretScalar(own.ecdh), decode(ecdhOf(newest[other]))))
      const kDh = dhShared(own.dh, dhOf(newest[other]))
      const plain = offline && c === 0
      if (!plain) braceKey = withDh ? mixedSecret(kEcdh, kDh).braceKey : kdf(id.braceKey, 32, braceKey)
      const mixed = plain ? k : kdf(id.sharedSecret, 64, kEcdh, braceKey)
      const chainKey = kdf(id.chainKey, 64, rootKey, mixed)
      rootKey = kdf(id.rootKey, 64, rootKey, mixed)
      newest[by] = own
      words.push(Array.from({ length: count }, (_, j) => `chain ${c}, message ${j}`))
      let key = chainKey
      const messages = words[c]!.map((one, j) => {
        const { mkEnc, mkMac, nextChainKey } = step(key)
        key = nextChainKey
        const revealed = ratchetId > 0 && j === 0 ? waiting[by].splice(0) : []
        const authenticated = authenticatedPart({
          sender: tags[by], receiver: tags[other], flags: 0, pn: lengths[by], i: ratchetId, j, ecdh: ecdhOf(own), dh: withDh ? dhOf(own) : undefined, encrypted: chacha20(mkEnc, plaintextOf(one)),
        })
        return { mkEnc, mkMac, revealed, message: dataMessage(authenticated, kdf(id.authenticator, 64, mkMac, authenticated), concat(...revealed)) }
      })
      lengths[by] = count
      given.push({ by, ecdh: own.ecdh, ...withDh && { dh: own.dh }, texts: words[c] })
      expected.push({ ratchetId, ...!plain && { kEcdh }, ...!plain && withDh && { kDh }, braceKey, mixed, rootKey, chainKey, messages } as never)
      now.forEach((j) => { deliver(c, j) })
      if (c >= 2) fates[c - 2]!.later.forEach((j) => { deliver(c - 2, j) })
    })
    group.valid('conversation', `${fates.length} chains${offline ? ', after a non-interactive exchange' : ''}, ${n}`, {
      offline, k, ...offline && { offlineBraceKey }, aliceTag: tags.alice, bobTag: tags.bob, bobEcdh: bobFirst.ecdh, bobDh: bobFirst.dh, chains: given as never, deliveries,
    }, { chains: expected as never, delivered })
  }
}

/** The DH key of a message with a zero in front: the length counts it. */
function withZero(message: Uint8Array): Uint8Array {
  const at = 3 + 8 + 1 + 12 + 57
  const length = toBigEndian(BigInt(Buffer.from(message).readUInt32BE(at) + 1))
  return concat(message.slice(0, at), new Uint8Array(4 - length.length), length, Uint8Array.of(0), message.slice(at + 4))
}
