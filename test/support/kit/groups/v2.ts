import { bigEndian, concat, data, mod, mpi, power, toBigEndian, uint } from '../../v4-second/bytes.js'
import { aesCtr, akeKeys, dhPublic, dhShared, headOf2, hmac, p1536, sessionKeys, sha256 } from '../../v3-second/keys.js'
import { flag, flipped, Group, hex, integer, type Value } from '../define.js'
import { dsaAlice, dsaBob, type DsaPerson } from '../people.js'
import { nonceOf, recordedDsa, recordedSessions, type Name, type RecordedMessage, type RecordedSession } from '../v2-recording.js'
import { authenticate, conversationExpected, conversationGiven, exchanged, exchangeExpected, exchangeGiven, Side } from './v3-sessions.js'

const libotr = ['libotr 4.1.1, recorded']
const otherThan = { alice: 'bob', bob: 'alice' } as const
const same = (what: string, ours: Uint8Array, theirs: Uint8Array): void => {
  if (Buffer.compare(ours, theirs) !== 0) throw new Error(`libotr has another value: ${what}`)
}

export function v2(): Group {
  const message = hex('the value of the TLV, without a question')
  const element = hex('a number of the group')
  const group = new Group('v2', 'Version 2: the key exchange, data messages, SMP', 'Keys, ciphers, MACs, rotation and SMP are those of version 3. Messages have version 0x0002 and no instance tags. Recorded of libotr with itself; and invalid cases.', {
    exchange: { about: 'A whole exchange with what stands between: Bob sends the D-H Commit message', section: 'OTRv2, Authenticated Key Exchange (AKE)', given: exchangeGiven, expected: exchangeExpected },
    readData: {
      about: 'A data message, by the secret of the receiver and the public key of the sender that it names', section: 'OTRv2, Exchanging data', given: { secret: hex('ours', 40), public: hex('theirs'), message: hex('as it came') },
      expected: {
        receivingKey: hex('', 16), receivingMacKey: hex('', 20), plaintext: hex('text, NUL, TLVs'), senderKeyId: integer(''), recipientKeyId: integer(''), nextKey: hex('the sender\'s next public key'),
        authenticated: hex('what the MAC covers: from the version to the end of the encrypted message'), revealed: hex('old MAC keys, 20 bytes each'),
      },
    },
    conversation: { about: 'What two sides send after a key exchange in which each used its key 1: which keys, which counters, which MAC keys are revealed', section: 'OTRv2, Exchanging data', given: conversationGiven, expected: conversationExpected },
    smpProofs: {
      about: 'A whole run whose secret numbers nobody knows: the proofs 1 to 4, 7 and 8, which need none of them. Invalid: one of these does not hold', section: 'OTRv2, Socialist Millionaires\' Protocol (SMP)',
      given: { message1: message, message2: message, message3: message, message4: message }, expected: { g2a: element, g3a: element, g2b: element, g3b: element, qRatio: element, verified: flag('always true') },
    },
  })
  const sessions = recordedSessions()
  sessions.forEach((session, n) => { exchangeOf(session, n + 1) })
  for (const n of [1, 2]) {
    const { draw } = group
    const nonce = (label: string, { key }: DsaPerson): bigint => mod(bigEndian(draw(label, 40)), key.q - 1n) + 1n
    exchange(`keys of our own, ${n}`, { x: draw(`x ${n}`, 40), y: draw(`y ${n}`, 40), r: draw(`r ${n}`, 16), bob: dsaBob, alice: dsaAlice, bobKeyId: n === 1 ? 1 : 0xffffffff, aliceKeyId: n, kBob: () => nonce(`k bob ${n}`, dsaBob), kAlice: () => nonce(`k alice ${n}`, dsaAlice) })
  }
  const plaintexts = sessions.map((session) => session.messages.slice(4).map((one) => ({ ...one, plaintext: recordedData(session, one) })))
  invalidData()
  const first = sessions[0]!
  const texts = first.texts.map((one) => ({ ...one, lost: false }))
  converse('the texts of libotr\'s first session', texts, (name, id) => first.secrets[name].get(id)!, first.messages.slice(4, 4 + texts.length))
  for (const [n, script] of ['aaaabaaabbbbaab', 'aAabBbaabAbaabb'].entries()) {
    const sent = Array.from(script, (letter, at) => ({ by: letter.toLowerCase() === 'a' ? 'alice' as const : 'bob' as const, text: `text ${at}`, lost: letter !== letter.toLowerCase() }))
    converse(`${script.length} texts${n === 1 ? ', some are lost' : ''}: ${script}`, sent, (name, id) => group.draw(`${n} ${name} ${id}`, 40))
  }
  smpRuns(plaintexts[0]!)
  return group

  function exchange(about: string, { x, y, r, bob, alice, bobKeyId, aliceKeyId, kBob, kAlice, recorded }: {
    readonly x: Uint8Array, readonly y: Uint8Array, readonly r: Uint8Array, readonly bob: DsaPerson, readonly alice: DsaPerson, readonly bobKeyId: number, readonly aliceKeyId: number
    readonly kBob: (keys: ReturnType<typeof akeKeys>) => bigint, readonly kAlice: (keys: ReturnType<typeof akeKeys>) => bigint, readonly recorded?: RecordedSession
  }): void {
    const [gx, gy] = [dhPublic(x), dhPublic(y)]
    const s = dhShared(x, gy)
    const keys = akeKeys(s)
    const [kB, kA] = [kBob(keys), kAlice(keys)]
    const bobSigned = authenticate(bob, gx, gy, bobKeyId, kB, keys.c, keys.m1, keys.m2)
    const aliceSigned = authenticate(alice, gy, gx, aliceKeyId, kA, keys.cPrime, keys.m1Prime, keys.m2Prime)
    const [encryptedGx, hashedGx] = [aesCtr(r, mpi(gx)), sha256(mpi(gx))]
    const sent = {
      dhCommit: concat(headOf2(0x02), data(encryptedGx), data(hashedGx)), dhKey: concat(headOf2(0x0a), mpi(gy)),
      revealSignature: concat(headOf2(0x11), data(r), data(bobSigned.encrypted), bobSigned.mac), signature: concat(headOf2(0x12), data(aliceSigned.encrypted), aliceSigned.mac),
    }
    if (recorded !== undefined) {
      same('the session id', keys.ssid, recorded.ssid)
      Object.entries(sent).forEach(([name, bytes], at) => { same(name, bytes, recorded.messages[at]!.bytes) })
    }
    group.valid('exchange', about, { x, y, r, bob: { publicKey: bob.pubkey, x: bob.x, k: kB }, alice: { publicKey: alice.pubkey, x: alice.x, k: kA }, bobKeyId, aliceKeyId }, {
      encryptedGx, hashedGx, ...sent, s, ...keys, bobSigned: { ...bobSigned }, aliceSigned: { ...aliceSigned },
    }, recorded && libotr)
  }

  /** Of libotr's signatures the nonces are computed, by the private number of the key: so every byte of the exchange follows from what is given. */
  function exchangeOf(recorded: RecordedSession, n: number): void {
    const [commit, , reveal, signature] = recorded.messages as [RecordedMessage, RecordedMessage, RecordedMessage, RecordedMessage]
    const committer: Name = commit.from
    const responder = otherThan[committer]
    const [bob, alice] = [recordedDsa(committer), recordedDsa(responder)]
    const [x, y, r] = [recorded.secrets[committer].get(1)!, recorded.secrets[responder].get(1)!, reveal.bytes.slice(7, 23)]
    const [gx, gy] = [dhPublic(x), dhPublic(y)]
    const nonce = (who: DsaPerson, own: bigint, theirs: bigint, c: Uint8Array, m1: Uint8Array, encrypted: Uint8Array): bigint => {
      const whole = aesCtr(c, encrypted)
      return nonceOf(who.key, who.x, hmac('sha256', m1, mpi(own), mpi(theirs), who.pubkey, uint(1, 4)), whole.slice(who.pubkey.length + 4))
    }
    exchange(`session ${n}${n === 3 ? ', in fragments' : ''}: ${committer} sends the D-H Commit message`, {
      x, y, r, bob, alice, bobKeyId: 1, aliceKeyId: 1, recorded,
      kBob: (keys) => nonce(bob, gx, gy, keys.c, keys.m1, reveal.bytes.slice(27, -20)), kAlice: (keys) => nonce(alice, gy, gx, keys.cPrime, keys.m1Prime, signature.bytes.slice(7, -20)),
    })
  }

  function recordedData(session: RecordedSession, { what, from, bytes }: RecordedMessage): Uint8Array {
    const view = Buffer.from(bytes)
    const [theirs, ours] = [session.secrets[from].get(view.readUInt32BE(4))!, session.secrets[otherThan[from]].get(view.readUInt32BE(8))!]
    return read(`${from}: ${what}`, ours, dhPublic(theirs), bytes, libotr)
  }

  function read(about: string, secret: Uint8Array, theirs: bigint, bytes: Uint8Array, confirmedBy?: readonly string[]): Uint8Array {
    const view = Buffer.from(bytes)
    const keyLength = view.readUInt32BE(12)
    const textAt = 16 + keyLength + 8
    const authenticated = bytes.slice(0, textAt + 4 + view.readUInt32BE(textAt))
    const { receivingKey, receivingMacKey } = sessionKeys(dhPublic(secret), theirs, dhShared(secret, theirs))
    same(`the MAC of ${about}`, hmac('sha1', receivingMacKey, authenticated), bytes.slice(authenticated.length, authenticated.length + 20))
    const plaintext = aesCtr(receivingKey, authenticated.slice(textAt + 4), bytes.slice(textAt - 8, textAt))
    group.valid('readData', about, { secret, public: theirs, message: bytes }, {
      receivingKey, receivingMacKey, plaintext, senderKeyId: view.readUInt32BE(4), recipientKeyId: view.readUInt32BE(8), nextKey: bytes.slice(16, 16 + keyLength), authenticated, revealed: bytes.slice(authenticated.length + 24),
    }, confirmedBy)
    return plaintext
  }

  function invalidData(): void {
    const [secret, theirSecret] = [group.draw('ours', 40), group.draw('theirs', 40)]
    const theirs = dhPublic(theirSecret)
    const keys = sessionKeys(dhPublic(secret), theirs, dhShared(secret, theirs))
    const hello = concat(new TextEncoder().encode('hello'), Uint8Array.of(0))
    const make = (change: { readonly revealed?: Uint8Array, readonly next?: Uint8Array, readonly begin?: Uint8Array, readonly flags?: number } = {}): Uint8Array => {
      const top = concat(uint(0, 4), uint(3, 4))
      const authenticated = concat(change.begin ?? headOf2(0x03), uint(change.flags ?? 0, 1), uint(5, 4), uint(6, 4), change.next ?? mpi(dhPublic(group.draw('next', 40))), top, data(aesCtr(keys.receivingKey, hello, top)))
      return concat(authenticated, hmac('sha1', keys.receivingMacKey, authenticated), data(change.revealed ?? new Uint8Array(0)))
    }
    const good = make({ revealed: group.draw('revealed', 20) })
    read('a text, with a MAC key revealed', secret, theirs, good)
    read('the flag IGNORE_UNREADABLE', secret, theirs, make({ flags: 1 }))
    read('the revealed MAC key is changed: the MAC does not cover it', secret, theirs, flipped(good, good.length - 1))
    const bad = (about: string, why: string, change: { readonly secret?: Uint8Array, readonly public?: Value, readonly message?: Uint8Array }): void => { group.invalid('readData', about, why, { secret, public: theirs, message: good, ...change }) }
    const end = good.length - 24 - 20
    for (const [name, at] of Object.entries({ 'the flags': 3, 'the sender key id': 7, 'the recipient key id': 11, 'the next key': 92, 'the counter': end - 11, 'the encrypted message': end - 1, 'the MAC': end + 5 })) bad(`a bit of ${name} is changed`, 'the MAC', { message: flipped(good, at) })
    for (const length of [0, 2, 3, 11, 15, 92, end - 12, end, end + 19, good.length - 1]) bad(`cut to ${length} bytes`, 'it is too short', { message: good.slice(0, length) })
    bad('a byte too many', 'something stands behind it', { message: concat(good, Uint8Array.of(0)) })
    bad('21 bytes of revealed MAC keys', 'MAC keys have 20 bytes each', { message: make({ revealed: group.draw('revealed', 21) }) })
    bad('the next key begins with a zero', 'an MPI is minimal', { message: make({ next: data(concat(Uint8Array.of(0), toBigEndian(dhPublic(group.draw('next', 40))))) }) })
    bad('instance tags as in version 3, with a true MAC', 'version 2 has none', { message: make({ begin: concat(headOf2(0x03), uint(0x101, 4), uint(0x202, 4)) }) })
    bad('version 3 in the head, with a true MAC', 'the tags are missing', { message: make({ begin: Uint8Array.of(0, 3, 3) }) })
    bad('the secret is another', 'the MAC', { secret: flipped(secret, 39) })
    bad('the public key is another', 'the MAC', { public: dhPublic(flipped(theirSecret, 39)) })
  }

  function converse(about: string, sent: readonly { readonly by: Name, readonly text: string, readonly lost: boolean }[], secret: (name: Name, id: number) => Uint8Array, recorded?: readonly RecordedMessage[]): void {
    const [alice, bob] = [new Side(undefined, (id) => secret('alice', id)), new Side(undefined, (id) => secret('bob', id))]
    const messages = exchanged(alice, bob, sent)
    recorded?.forEach(({ bytes }, at) => { same(`text ${at + 1}`, messages[at]!.message, bytes) })
    group.valid('conversation', about, { aliceSecrets: alice.secrets.slice(1), bobSecrets: bob.secrets.slice(1), sent: sent.map((one) => ({ ...one })) }, { messages: messages.map((one) => ({ ...one })) }, recorded && libotr)
  }

  /** Both of libotr's runs: the secrets are equal in the first, and differ in the second. */
  function smpRuns(recorded: readonly { readonly plaintext: Uint8Array }[]): void {
    const values = recorded.map(({ plaintext }) => tlvOf(plaintext)).filter((one) => one !== undefined)
    const runs = [values.slice(0, 4), values.slice(4)]
    runs.forEach((run, n) => {
      const messages = Object.fromEntries(run.map((value, at) => [`message${at + 1}`, value])) as Record<`message${1 | 2 | 3 | 4}`, Uint8Array>
      const found = proofs(messages)
      if (run.length !== 4 || found === undefined) throw new Error('a proof of libotr does not hold')
      group.valid('smpProofs', n === 0 ? 'the secrets are equal' : 'the secrets differ, after a question', messages, found, libotr)
      if (n > 0) return
      const bad = (about: string, why: string, change: Partial<typeof messages>): void => {
        if (proofs({ ...messages, ...change }) !== undefined) throw new Error(`it is accepted: ${about}`)
        group.invalid('smpProofs', about, why, { ...messages, ...change })
      }
      const places = [['message1', 2, 'proof 1'], ['message1', 5, 'proof 2'], ['message2', 2, 'proof 3'], ['message2', 5, 'proof 4'], ['message3', 7, 'proof 7'], ['message4', 2, 'proof 8']] as const
      for (const [name, place, proof] of places) {
        bad(`the response of ${proof} is one greater`, proof, { [name]: changed(messages[name], place, (d) => d + 1n) })
        bad(`the challenge of ${proof} is one greater`, proof, { [name]: changed(messages[name], place - 1, (c) => c + 1n) })
      }
      bad('the messages of another run behind the first', 'proofs 7 and 8 are over other numbers', { message3: runs[1]![2]!, message4: runs[1]![3]! })
      bad('Qa is another number', 'proof 7 is over another quotient', { message3: changed(messages.message3, 1, (q) => mod(q * 4n, p1536)) })
    })
  }
}

/** The value of the SMP TLV in a plaintext, without its question. */
function tlvOf(plaintext: Uint8Array): Uint8Array | undefined {
  const at = plaintext.indexOf(0) + 1
  const view = Buffer.from(plaintext)
  if (at === 0 || at + 4 > plaintext.length) return undefined
  const type = view.readUInt16BE(at)
  if (type < 2 || type > 7 || type === 6) return undefined
  const value = plaintext.slice(at + 4, at + 4 + view.readUInt16BE(at + 2))
  return type === 7 ? value.slice(value.indexOf(0) + 1) : value
}

function numbersOf(value: Uint8Array): bigint[] {
  const view = Buffer.from(value)
  const numbers: bigint[] = []
  for (let at = 4; at < value.length;) {
    const length = view.readUInt32BE(at)
    numbers.push(bigEndian(value.slice(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return numbers
}

function changed(value: Uint8Array, place: number, change: (number: bigint) => bigint): Uint8Array {
  const numbers = numbersOf(value).map((one, at) => at === place ? change(one) : one)
  return concat(uint(numbers.length, 4), ...numbers.map(mpi))
}

function proofs({ message1, message2, message3, message4 }: Record<`message${1 | 2 | 3 | 4}`, Uint8Array>): { readonly [name: string]: Value } | undefined {
  const [one, two, three, four] = [message1, message2, message3, message4].map(numbersOf) as [bigint[], bigint[], bigint[], bigint[]]
  const raise = (base: bigint, exponent: bigint): bigint => power(base, exponent, p1536)
  const times = (a: bigint, b: bigint): bigint => mod(a * b, p1536)
  const hash = (place: number, ...elements: readonly bigint[]): bigint => bigEndian(sha256(concat(Uint8Array.of(place), ...elements.map(mpi))))
  const knows = (place: number, element: bigint, c: bigint, d: bigint): boolean => hash(place, times(raise(2n, d), raise(element, c))) === c
  const [g2a, g3a, g2b, g3b] = [one[0]!, one[3]!, two[0]!, two[3]!]
  const qRatio = times(three[1]!, raise(two[7]!, p1536 - 2n))
  const raised = (place: number, g3: bigint, result: bigint, c: bigint, d: bigint): boolean => hash(place, times(raise(2n, d), raise(g3, c)), times(raise(qRatio, d), raise(result, c))) === c
  const verified = knows(1, g2a, one[1]!, one[2]!) && knows(2, g3a, one[4]!, one[5]!) && knows(3, g2b, two[1]!, two[2]!) && knows(4, g3b, two[4]!, two[5]!)
    && raised(7, g3a, three[5]!, three[6]!, three[7]!) && raised(8, g3b, four[0]!, four[1]!, four[2]!)
  return verified ? { g2a, g3a, g2b, g3b, qRatio, verified } : undefined
}
