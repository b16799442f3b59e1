import { bigEndian, concat, data, mod, mpi, toBigEndian, uint } from '../../v4-second/bytes.js'
import { dsaSign, pubkey, type DsaKey } from '../../v3-second/dsa.js'
import { aesCtr, akeKeys, dhPublic, dhShared, head, headOf2, hmac, p1536, sessionKeys, sha256 } from '../../v3-second/keys.js'
import { flipped, Group, hex, integer, list, record, text, flag, type Fields } from '../define.js'
import { dsaAlice, dsaBob, type DsaPerson } from '../people.js'
import { recorded } from './fingerprints.js'
import { recordedPairs } from './v3-keys.js'

const none = new Uint8Array(0)

/** M, X and the encrypted signature of the one whose key is first. */
export function authenticate(who: DsaPerson, own: bigint, theirs: bigint, keyId: number, k: bigint, c: Uint8Array, m1: Uint8Array, m2: Uint8Array, change: { readonly x?: (x: Uint8Array) => Uint8Array } = {}): { readonly m: Uint8Array, readonly signature: Uint8Array, readonly x: Uint8Array, readonly encrypted: Uint8Array, readonly mac: Uint8Array } {
  const m = hmac('sha256', m1, mpi(own), mpi(theirs), who.pubkey, uint(keyId, 4))
  const signature = dsaSign(who.key, who.x, m, k)
  const whole = concat(who.pubkey, uint(keyId, 4), signature)
  const x = change.x === undefined ? whole : change.x(whole)
  const encrypted = aesCtr(c, x)
  return { m, signature, x, encrypted, mac: hmac('sha256', m2, data(encrypted)).slice(0, 20) }
}

const signedFields = { m: hex('HMAC-SHA256 under m1 of g^ours, g^theirs, PUBKEY, keyid', 32), signature: hex('DSA over M', 40), x: hex('PUBKEY, keyid, SIG'), encrypted: hex('X under c'), mac: hex('the first 20 bytes of HMAC-SHA256 under m2 of the DATA', 20) }
const dsa = (who: string): ReturnType<typeof record> => record({ publicKey: hex('PUBKEY'), x: hex('the private number'), k: hex('the nonce of the signature') }, who)

/** What an exchange is given, besides the tags of version 3, and what stands between. */
export const exchangeGiven: Fields = {
  x: hex('Bob\'s exponent', 40), y: hex('Alice\'s exponent', 40), r: hex('Bob\'s AES key', 16), bob: dsa('Bob\'s DSA key'), alice: dsa('Alice\'s DSA key'), bobKeyId: integer(''), aliceKeyId: integer(''),
}
export const exchangeExpected: Fields = {
  encryptedGx: hex('MPI of g^x under r'), hashedGx: hex('SHA-256 of the MPI', 32), dhCommit: hex('message 1'), dhKey: hex('message 2'), s: hex('the shared secret'), ssid: hex('', 8), c: hex('', 16), cPrime: hex('', 16), m1: hex('', 32), m2: hex('', 32), m1Prime: hex('', 32), m2Prime: hex('', 32),
  bobSigned: record(signedFields, 'the Reveal Signature message'), aliceSigned: record(signedFields, 'the Signature message'), revealSignature: hex('message 3'), signature: hex('message 4'),
}

export function v3Ake(): Group {
  const group = new Group('v3-ake', 'Version 3: the key exchange', 'Bob sends the D-H Commit message, Alice the D-H Key message, Bob the Reveal Signature message, Alice the Signature message.', {
    exchange: {
      about: 'A whole exchange with what stands between', section: 'OTRv3, Authenticated Key Exchange (AKE)',
      given: { bobTag: integer(''), aliceTag: integer(''), ...exchangeGiven },
      expected: exchangeExpected,
    },
    openCommit: { about: 'g^x of the D-H Commit message, when r is revealed', section: 'OTRv3, Receiving a Reveal Signature Message', given: { r: hex(''), encryptedGx: hex(''), hashedGx: hex('') }, expected: { gx: hex('') } },
    verifySignature: {
      about: 'The encrypted signature of either message, by the other side', section: 'OTRv3, Receiving a Reveal Signature Message; Receiving a Signature Message',
      given: { c: hex('', 16), m1: hex('', 32), m2: hex('', 32), ours: hex('our g^y'), theirs: hex('their g^x'), encrypted: hex('as it came'), mac: hex('as it came') }, expected: { publicKey: hex('PUBKEY'), keyId: integer('') },
    },
  })
  const { draw } = group
  const nonce = (label: string, { q }: DsaKey): bigint => mod(bigEndian(draw(label, 40)), q - 1n) + 1n
  for (let n = 1; n <= 5; n++) {
    const [x, y, r] = [draw(`x ${n}`, 40), draw(`y ${n}`, 40), draw(`r ${n}`, 16)]
    const [gx, gy] = [dhPublic(x), dhPublic(y)]
    const [bobTag, aliceTag, bobKeyId, aliceKeyId] = [0x5a73a599 + n, 0x27e31597 + n, n === 2 ? 0xffffffff : n, n === 3 ? 77 : 1]
    const [kB, kA] = [nonce(`k bob ${n}`, dsaBob.key), nonce(`k alice ${n}`, dsaAlice.key)]
    const s = dhShared(x, gy)
    const keys = akeKeys(s)
    const bobSigned = authenticate(dsaBob, gx, gy, bobKeyId, kB, keys.c, keys.m1, keys.m2)
    const aliceSigned = authenticate(dsaAlice, gy, gx, aliceKeyId, kA, keys.cPrime, keys.m1Prime, keys.m2Prime)
    const [encryptedGx, hashedGx] = [aesCtr(r, mpi(gx)), sha256(mpi(gx))]
    const known = n % 2 === 0
    group.valid('exchange', `exchange ${n}${known ? '' : ', Bob does not know the tag of Alice'}`, {
      bobTag, aliceTag, x, y, r, bob: { publicKey: dsaBob.pubkey, x: dsaBob.x, k: kB }, alice: { publicKey: dsaAlice.pubkey, x: dsaAlice.x, k: kA }, bobKeyId, aliceKeyId,
    }, {
      encryptedGx, hashedGx, dhCommit: concat(head(0x02, bobTag, known ? aliceTag : 0), data(encryptedGx), data(hashedGx)), dhKey: concat(head(0x0a, aliceTag, bobTag), mpi(gy)), s, ...keys, bobSigned: { ...bobSigned }, aliceSigned: { ...aliceSigned },
      revealSignature: concat(head(0x11, bobTag, aliceTag), data(r), data(bobSigned.encrypted), bobSigned.mac), signature: concat(head(0x12, aliceTag, bobTag), data(aliceSigned.encrypted), aliceSigned.mac),
    })
    group.valid('openCommit', `exchange ${n}`, { r, encryptedGx, hashedGx }, { gx })
    const ofBob = { c: keys.c, m1: keys.m1, m2: keys.m2, ours: gy, theirs: gx }
    group.valid('verifySignature', `Bob's, exchange ${n}`, { ...ofBob, encrypted: bobSigned.encrypted, mac: bobSigned.mac }, { publicKey: dsaBob.pubkey, keyId: bobKeyId })
    group.valid('verifySignature', `Alice's, exchange ${n}`, { c: keys.cPrime, m1: keys.m1Prime, m2: keys.m2Prime, ours: gx, theirs: gy, encrypted: aliceSigned.encrypted, mac: aliceSigned.mac }, { publicKey: dsaAlice.pubkey, keyId: aliceKeyId })
    if (n > 1) continue
    const open = (about: string, why: string, change: object): void => { group.invalid('openCommit', about, why, { r, encryptedGx, hashedGx, ...change }) }
    const commit = (plain: Uint8Array): object => ({ encryptedGx: aesCtr(r, plain), hashedGx: sha256(plain) })
    open('another r', 'the hash', { r: flipped(r, 0) })
    open('a bit of the encrypted g^x is changed', 'the hash', { encryptedGx: flipped(encryptedGx, 9) })
    open('a bit of the hash is changed', 'the hash', { hashedGx: flipped(hashedGx, 9) })
    for (const [about, number] of [['0', 0n], ['1', 1n], ['p - 1', p1536 - 1n], ['p', p1536]] as const) open(`g^x is ${about}`, 'it is not 2 to p - 2', commit(mpi(number)))
    open('something stands behind the MPI', 'the MPI is not all', commit(concat(mpi(gx), Uint8Array.of(0))))
    open('the length of the MPI is too great', 'it is too short', commit(concat(uint(193, 4), mpi(gx).slice(4))))
    const refuse = (about: string, why: string, change: object): void => { group.invalid('verifySignature', about, why, { ...ofBob, encrypted: bobSigned.encrypted, mac: bobSigned.mac, ...change }) }
    refuse('a bit of the encrypted signature is changed', 'the MAC', { encrypted: flipped(bobSigned.encrypted, 50) })
    refuse('a bit of the MAC is changed', 'the MAC', { mac: flipped(bobSigned.mac, 19) })
    refuse('the MAC has 19 bytes', 'the MAC', { mac: bobSigned.mac.slice(0, 19) })
    const remade = (about: string, why: string, made: { readonly encrypted: Uint8Array, readonly mac: Uint8Array }): void => { refuse(about, why, { encrypted: made.encrypted, mac: made.mac }) }
    const again = (change: (x: Uint8Array) => Uint8Array): { readonly encrypted: Uint8Array, readonly mac: Uint8Array } => authenticate(dsaBob, gx, gy, bobKeyId, kB, keys.c, keys.m1, keys.m2, { x: change })
    remade('the keys of the exchange are the other way round', 'M is over the signer\'s key first', authenticate(dsaBob, gy, gx, bobKeyId, kB, keys.c, keys.m1, keys.m2))
    remade('the keys of the Signature message', 'c, m1 and m2 are those of the Reveal Signature message', authenticate(dsaBob, gx, gy, bobKeyId, kB, keys.cPrime, keys.m1Prime, keys.m2Prime))
    remade('the key id is 0', 'a key id is at least 1', authenticate(dsaBob, gx, gy, 0, kB, keys.c, keys.m1, keys.m2))
    remade('another key id than was signed', 'M has the key id', again((all) => flipped(all, dsaBob.pubkey.length + 3)))
    remade('a bit of the signature is changed', 'the signature', again((all) => flipped(all, all.length - 1)))
    remade('the public key is another', 'the signature is of another key', again((all) => concat(dsaAlice.pubkey, all.slice(dsaBob.pubkey.length))))
    remade('the public key has another type', 'the type of the key', again((all) => flipped(all, 1)))
    remade('the signature is cut', 'it is too short', again((all) => all.slice(0, -1)))
    remade('something stands behind the signature', 'it is too long', again((all) => concat(all, Uint8Array.of(0))))
    remade('y of the key is 1', 'the key is not valid', again((all) => concat(pubkey({ ...dsaBob.key, y: 1n }), all.slice(dsaBob.pubkey.length))))
    remade('g of the key is 1', 'the key is not valid', again((all) => concat(pubkey({ ...dsaBob.key, g: 1n }), all.slice(dsaBob.pubkey.length))))
    remade('empty', 'it is too short', again(() => none))
  }
  return group
}

/** One side of a session of version 3, or of version 2, without a tag: "Key Management". */
export class Side {
  readonly secrets: Uint8Array[]
  newest = 2
  theirNewest = 1
  readonly theirs = new Map<number, bigint>()
  used: { our: number, their: number, sent: number, mac: Uint8Array | undefined }[] = []
  reveal: Uint8Array[] = []

  constructor(readonly tag: number | undefined, readonly draw: (n: number) => Uint8Array) {
    this.secrets = [none, draw(1), draw(2)]
  }

  pair(our: number, their: number): ReturnType<typeof sessionKeys> {
    const [secret, theirs] = [this.secrets[our]!, this.theirs.get(their)!]
    return sessionKeys(dhPublic(secret), theirs, dhShared(secret, theirs))
  }

  #take(our: number, their: number): { our: number, their: number, sent: number, mac: Uint8Array | undefined } {
    const entry = this.used.find((one) => one.our === our && one.their === their) ?? { our, their, sent: 0, mac: undefined }
    this.used = [...this.used.filter((one) => one !== entry), entry]
    return entry
  }

  send(other: Side, words: string): { readonly senderKeyId: number, readonly recipientKeyId: number, readonly counter: number, readonly revealed: Uint8Array[], readonly message: Uint8Array } {
    const [our, their] = [this.newest - 1, this.theirNewest]
    const entry = this.#take(our, their)
    entry.sent++
    const keys = this.pair(our, their)
    const top = concat(uint(0, 4), uint(entry.sent, 4))
    const encrypted = aesCtr(keys.sendingKey, concat(new TextEncoder().encode(words), Uint8Array.of(0)), top)
    const revealed = this.reveal.splice(0)
    const begin = this.tag === undefined ? headOf2(0x03) : head(0x03, this.tag, other.tag!)
    const authenticated = concat(begin, uint(0, 1), uint(our, 4), uint(their, 4), mpi(dhPublic(this.secrets[this.newest]!)), top, data(encrypted))
    return { senderKeyId: our, recipientKeyId: their, counter: entry.sent, revealed, message: concat(authenticated, hmac('sha1', keys.sendingMacKey, authenticated), data(concat(...revealed))) }
  }

  receive(senderKeyId: number, recipientKeyId: number, next: bigint): void {
    this.#take(recipientKeyId, senderKeyId).mac = this.pair(recipientKeyId, senderKeyId).receivingMacKey
    const retire = (gone: (one: { our: number, their: number }) => boolean): void => {
      for (const one of this.used) if (gone(one) && one.mac !== undefined) this.reveal.push(one.mac)
      this.used = this.used.filter((one) => !gone(one))
    }
    if (recipientKeyId === this.newest) {
      retire(({ our }) => our === this.newest - 1)
      this.newest++
      this.secrets.push(this.draw(this.newest))
    }
    if (senderKeyId === this.theirNewest) {
      retire(({ their }) => their === this.theirNewest - 1)
      this.theirNewest++
      this.theirs.set(this.theirNewest, next)
    }
  }
}

/** What each of these texts becomes, after an exchange in which both used their key 1. */
export function exchanged(alice: Side, bob: Side, sent: readonly { readonly by: string, readonly text: string, readonly lost: boolean }[]): ReturnType<Side['send']>[] {
  alice.theirs.set(1, dhPublic(bob.secrets[1]!))
  bob.theirs.set(1, dhPublic(alice.secrets[1]!))
  return sent.map(({ by, text, lost }) => {
    const [from, to] = by === 'alice' ? [alice, bob] : [bob, alice]
    const next = dhPublic(from.secrets[from.newest]!)
    const message = from.send(to, text)
    if (!lost) to.receive(message.senderKeyId, message.recipientKeyId, next)
    return { ...message }
  })
}

const sentText = { by: text('alice or bob'), text: text(''), lost: flag('true: it does not arrive') }
export const conversationGiven: Fields = {
  aliceSecrets: list(hex('', 40), 'from key 1 on: that of the exchange, the next, and those that rotation draws'), bobSecrets: list(hex('', 40), 'likewise'), sent: list(record(sentText, 'a text'), 'in this order'),
}
export const conversationExpected: Fields = { messages: list(record({ senderKeyId: integer(''), recipientKeyId: integer(''), counter: integer('the top half of the counter'), revealed: list(hex('', 20), 'MAC keys'), message: hex('the data message') }, 'a message'), 'one for each text') }

export function v3Data(): Group {
  const group = new Group('v3-data', 'Version 3: data messages and the rotation of keys', 'Messages of a conversation of libotr with itself, one by one, and whole conversations in which messages are lost.', {
    readData: {
      about: 'A data message with the keys of its pair', section: 'OTRv3, Data Message', given: { receivingKey: hex('', 16), receivingMacKey: hex('', 20), message: hex('as it came') },
      expected: { plaintext: hex('text, NUL, TLVs'), senderKeyId: integer(''), recipientKeyId: integer(''), nextKey: hex('the sender\'s next public key'), authenticated: hex('what the MAC covers: from the version to the end of the encrypted message'), revealed: hex('old MAC keys, 20 bytes each') },
    },
    conversation: {
      about: 'What two sides send after a key exchange in which each used its key 1: which keys, which counters, which MAC keys are revealed', section: 'OTRv3, Key Management; Revealing MAC keys',
      given: { aliceTag: integer(''), bobTag: integer(''), ...conversationGiven },
      expected: conversationExpected,
    },
  })
  const { draw } = group
  const keysOf = new Map(recordedPairs().map((pair) => [`${pair.by} ${pair.our} ${pair.their}`, pair]))
  const seen = new Set<string>()
  let pieces = ''
  for (const { what, wire = [] } of recorded('v3-full').steps) {
    if (what === 'query again') break
    for (const { from, msg } of wire) {
      const piece = /^\?OTR\|[0-9a-f]+\|[0-9a-f]+,(\d+),(\d+),(.*),$/s.exec(msg)
      if (piece !== null) {
        pieces += piece[3]!
        if (piece[1] !== piece[2]) continue
      }
      const line = piece === null ? msg : pieces
      pieces = piece === null ? pieces : ''
      if (!line.startsWith('?OTR:AAMD')) continue
      const message = new Uint8Array(Buffer.from(line.slice(5, -1), 'base64'))
      const view = Buffer.from(message)
      const [sender, recipient] = [view.readUInt32BE(12), view.readUInt32BE(16)]
      const pair = keysOf.get(`${from === 'alice' ? 'bob' : 'alice'} ${recipient} ${sender}`)
      if (pair === undefined || seen.has(line)) continue
      seen.add(line)
      const keys = sessionKeys(dhPublic(pair.secret), bigEndian(pair.theirs), dhShared(pair.secret, bigEndian(pair.theirs)))
      read(`${from}: ${what}`, keys.receivingKey, keys.receivingMacKey, message, ['libotr 4.1.1, recorded'])
    }
  }
  const key = draw('key', 16)
  const macKey = draw('mac key', 20)
  const make = (words: Uint8Array, change: { readonly revealed?: Uint8Array, readonly flags?: number, readonly next?: Uint8Array } = {}): Uint8Array => {
    const top = concat(uint(0, 4), uint(3, 4))
    const authenticated = concat(head(0x03, 0x101, 0x202), uint(change.flags ?? 0, 1), uint(5, 4), uint(6, 4), change.next ?? mpi(dhPublic(draw('next', 40))), top, data(aesCtr(key, words, top)))
    return concat(authenticated, hmac('sha1', macKey, authenticated), data(change.revealed ?? none))
  }
  const hello = concat(new TextEncoder().encode('hello'), Uint8Array.of(0))
  read('a text', key, macKey, make(hello))
  read('nothing', key, macKey, make(none))
  read('it reveals two MAC keys', key, macKey, make(hello, { revealed: draw('revealed', 40) }))
  read('the flag IGNORE_UNREADABLE', key, macKey, make(Uint8Array.of(0), { flags: 1 }))
  const good = make(hello, { revealed: draw('revealed', 20) })
  read('the revealed MAC key is changed: the MAC does not cover it', key, macKey, flipped(good, good.length - 1))
  const bad = (about: string, why: string, message: Uint8Array): void => { group.invalid('readData', about, why, { receivingKey: key, receivingMacKey: macKey, message }) }
  const end = good.length - 24 - 20
  for (const [name, at] of Object.entries({ 'the sender tag': 6, 'the receiver tag': 10, 'the flags': 11, 'the sender key id': 15, 'the recipient key id': 19, 'the next key': 100, 'the counter': end - 11, 'the encrypted message': end - 1, 'the MAC': end + 5 })) bad(`a bit of ${name} is changed`, 'the MAC', flipped(good, at))
  for (const length of [0, 3, 10, 19, 23, 100, end - 12, end, end + 19, good.length - 1]) bad(`cut to ${length} bytes`, 'it is too short', good.slice(0, length))
  bad('a byte too many', 'something stands behind it', concat(good, Uint8Array.of(0)))
  bad('21 bytes of revealed MAC keys', 'MAC keys have 20 bytes each', make(hello, { revealed: draw('revealed', 21) }))
  bad('the next key begins with a zero', 'an MPI is minimal', make(hello, { next: data(concat(Uint8Array.of(0), toBigEndian(dhPublic(draw('next', 40))))) }))
  bad('the type of a D-H Key message', 'the type', flipped(good, 2, 0x09))
  for (const [n, script] of ['abababab', 'aabbaabbaabb', 'aaaabaaabbbbaab', 'aAabBbaabAbaabb'].entries()) converse(n + 1, script)
  return group

  function read(about: string, receivingKey: Uint8Array, receivingMacKey: Uint8Array, message: Uint8Array, confirmedBy?: readonly string[]): void {
    const view = Buffer.from(message)
    const keyLength = view.readUInt32BE(20)
    const textAt = 24 + keyLength + 8
    const length = view.readUInt32BE(textAt)
    const authenticated = message.slice(0, textAt + 4 + length)
    const mac = message.slice(authenticated.length, authenticated.length + 20)
    if (Buffer.compare(hmac('sha1', receivingMacKey, authenticated), mac) !== 0) throw new Error(`${about}: the MAC`)
    const plaintext = aesCtr(receivingKey, message.slice(textAt + 4, textAt + 4 + length), message.slice(textAt - 8, textAt))
    group.valid('readData', about, { receivingKey, receivingMacKey, message }, {
      plaintext, senderKeyId: view.readUInt32BE(12), recipientKeyId: view.readUInt32BE(16), nextKey: message.slice(24, 24 + keyLength), authenticated, revealed: message.slice(authenticated.length + 24),
    }, confirmedBy)
  }

  /** Capital letters: the message is lost. */
  function converse(n: number, script: string): void {
    const [alice, bob] = [new Side(0xaf6c12f2, (id) => draw(`${n} alice ${id}`, 40)), new Side(0xe6bd42bb, (id) => draw(`${n} bob ${id}`, 40))]
    const sent = Array.from(script, (letter, at) => ({ by: letter.toLowerCase() === 'a' ? 'alice' : 'bob', text: `text ${at}`, lost: letter !== letter.toLowerCase() }))
    const messages = exchanged(alice, bob, sent)
    group.valid('conversation', `${script.length} texts${/[A-Z]/.test(script) ? ', some are lost' : ''}: ${script}`, { aliceTag: alice.tag, bobTag: bob.tag, aliceSecrets: alice.secrets.slice(1), bobSecrets: bob.secrets.slice(1), sent }, { messages })
  }
}
