import { expect } from 'chai'
import { MalformedError } from '../../src/errors.js'
import {
  decodeAttached, decodeToClient, decodeToServer, encodePrekeyProtocol, encodeRetrieval, looksLikePrekeyText, prekeyText, prekeyTextBytes,
  type PrekeyProtocolMessage,
} from '../../src/prekey/messages.js'
import { base64Encode, encodeClientProfile, encodePrekeyMessage, encodePrekeyProfile } from '../../src/wire/index.js'
import { PrekeyWorld } from '../support/prekey-parties.js'

const world = new PrekeyWorld()
const { core } = world.user('bob@example.org', { tag: 0x200 })
const { clientProfile, prekeyProfile, messages } = core.publication(2)
const [ensemble] = core.ensemble(1)
const point = clientProfile.publicKey
const mac = Uint8Array.from({ length: 64 }, (_, n) => n)
const proof = { c: mac, v: new Uint8Array(57).fill(3) }
const dh = { c: mac, v: new Uint8Array(380).fill(9) }
const sigma = new Uint8Array(342).fill(5)

/** One of each, and publications of every shape, with the first characters of the text form as the specification gives them. */
const samples: readonly (readonly [string, string, PrekeyProtocolMessage])[] = [
  ['DAKE-1', 'AAQ1', { kind: 'prekey-dake-1', senderTag: 0x200, clientProfile, i: point }],
  ['DAKE-2', 'AAQ2', { kind: 'prekey-dake-2', receiverTag: 0x200, serverIdentity: 'prekey.example.org', serverKey: point, s: point, sigma }],
  ['DAKE-3', 'AAQ3', { kind: 'prekey-dake-3', senderTag: 0xffffffff, sigma, attached: Uint8Array.of(1, 2, 3) }],
  ['publication of all', 'AAQI', {
    kind: 'prekey-publication', mac, contents: { messages, clientProfile, prekeyProfile, messageProofs: { ecdh: proof, dh }, profileProof: proof },
  }],
  ['publication of prekey messages', 'AAQI', { kind: 'prekey-publication', mac, contents: { messages, messageProofs: { ecdh: proof, dh } } }],
  ['publication of a Client Profile', 'AAQI', { kind: 'prekey-publication', mac, contents: { messages: [], clientProfile } }],
  ['publication of a Prekey Profile', 'AAQI', { kind: 'prekey-publication', mac, contents: { messages: [], prekeyProfile, profileProof: proof } }],
  ['publication of nothing', 'AAQI', { kind: 'prekey-publication', mac, contents: { messages: [] } }],
  ['storage request', 'AAQJ', { kind: 'prekey-storage-request', mac }],
  ['storage status', 'AAQL', { kind: 'prekey-storage-status', receiverTag: 0x200, stored: 0xffffffff, mac }],
  ['success', 'AAQG', { kind: 'prekey-success', receiverTag: 0x200, mac }],
  ['failure', 'AAQF', { kind: 'prekey-failure', receiverTag: 0x200, mac }],
  ['query', 'AAQQ', { kind: 'prekey-query', senderTag: 0x200, identity: 'bób@example.org', versions: '45' }],
  ['ensembles', 'AAQT', { kind: 'prekey-ensembles', receiverTag: 0x200, identity: 'bob@example.org', ensembles: [ensemble!, ensemble!] }],
  ['none', 'AAQO', { kind: 'prekey-none', receiverTag: 0x200, identity: 'bob@example.org', detail: 'No Prekey Messages available for this identity' }],
]

const decoders = { server: decodeToServer, attached: decodeAttached, client: decodeToClient }
const ofServer = ['AAQ1', 'AAQ3', 'AAQQ']
const ofAttached = ['AAQI', 'AAQJ']
const decoderOf = (type: string): (bytes: Uint8Array) => PrekeyProtocolMessage =>
  ofServer.includes(type) ? decoders.server : ofAttached.includes(type) ? decoders.attached : decoders.client

const refused = (work: () => unknown): boolean => {
  try {
    work()
    return false
  } catch (error) {
    return error instanceof MalformedError
  }
}

describe('messages of the prekey protocol', () => {
  for (const [name, type, message] of samples) {
    const bytes = encodePrekeyProtocol(message)
    const decode = decoderOf(type)

    it(`C10: ${name} begins with ${type} and comes back as it was, byte for byte`, () => {
      expect(prekeyText(message).slice(0, 4)).to.equal(type)
      expect(prekeyTextBytes(prekeyText(message))).to.deep.equal(bytes)
      expect(decode(bytes)).to.deep.equal(message)
      expect(encodePrekeyProtocol(decode(bytes))).to.deep.equal(bytes)
    })

    it(`C3, C4: ${name} cut anywhere, and with bytes behind it, is refused`, () => {
      for (let length = 0; length < bytes.length; length++) expect(refused(() => decode(bytes.subarray(0, length))), `${length} bytes`).to.equal(true)
      for (const more of [1, 2, 57, 64]) expect(refused(() => decode(new Uint8Array([...bytes, ...new Uint8Array(more)])))).to.equal(true)
    })

    it(`C11: ${name} stands in its place only, and in version 4`, () => {
      for (const other of Object.values(decoders)) if (other !== decode) expect(refused(() => other(bytes))).to.equal(true)
      for (const version of [0, 3, 5]) expect(refused(() => decode(bytes.map((byte, at) => at === 1 ? version : byte)))).to.equal(true)
    })
  }

  it('C10: what is decoded of any changed byte is encoded to the same bytes again', () => {
    for (const [, type, message] of samples) {
      const bytes = encodePrekeyProtocol(message)
      for (let at = 3; at < bytes.length; at++) {
        const changed = bytes.map((byte, n) => n === at ? byte ^ 0x81 : byte)
        let decoded: PrekeyProtocolMessage
        try {
          decoded = decoderOf(type)(changed)
        } catch (error) {
          expect(error).to.be.instanceOf(MalformedError)
          continue
        }
        expect(encodePrekeyProtocol(decoded)).to.deep.equal(changed)
      }
    }
  })

  it('the flags K and J are 0 or 1, an address is UTF-8, and a list of ensembles has one at least', () => {
    const nothing = encodePrekeyProtocol({ kind: 'prekey-publication', mac, contents: { messages: [] } })
    for (const at of [4, 5]) expect(refused(() => decodeAttached(nothing.map((byte, n) => n === at ? 2 : byte)))).to.equal(true)
    const query = encodePrekeyProtocol({ kind: 'prekey-query', senderTag: 0x200, identity: 'bob', versions: '4' })
    expect(refused(() => decodeToServer(query.map((byte, n) => n === 11 ? 0xff : byte)))).to.equal(true)
    const none = encodePrekeyProtocol({ kind: 'prekey-ensembles', receiverTag: 0x200, identity: 'bob', ensembles: [] })
    expect(refused(() => decodeToClient(none))).to.equal(true)
  })

  it('a server puts together what it stored as if it had read it', () => {
    const part = {
      clientProfile: encodeClientProfile(ensemble!.clientProfile), prekeyProfile: encodePrekeyProfile(ensemble!.prekeyProfile),
      prekeyMessage: encodePrekeyMessage(ensemble!.prekeyMessage),
    }
    expect(encodeRetrieval(0x200, 'bob', [part, part]))
      .to.deep.equal(encodePrekeyProtocol({ kind: 'prekey-ensembles', receiverTag: 0x200, identity: 'bob', ensembles: [ensemble!, ensemble!] }))
  })

  it('the sizes are those of the specification: a prekey message 456 bytes at most, a profile 263, a Prekey Profile 185', () => {
    expect(encodePrekeyMessage({ ...messages[0]!, b: new Uint8Array(384).fill(255) })).to.have.length(456)
    expect(encodeClientProfile(clientProfile)).to.have.length(263)
    expect(encodePrekeyProfile(prekeyProfile)).to.have.length(185)
  })

  it('the text form is strict base64 with one period behind it', () => {
    for (const bad of ['AAQ1', 'AAQ1..', 'AAQ.', ' AAQ1.', 'AAQ1.\n', 'AA-_.', '?OTR:AAQ1.']) expect(refused(() => prekeyTextBytes(bad)), bad).to.equal(true)
    expect(prekeyTextBytes('AAQ1.')).to.deep.equal(Uint8Array.of(0, 4, 0x35))
  })

  it('hosts can tell the protocol from chat', () => {
    for (const [, type, message] of samples) expect(looksLikePrekeyText(prekeyText(message)), type).to.equal(!ofAttached.includes(type))
    expect(looksLikePrekeyText('?OTRP|1|2|3,1,2,x,')).to.equal(true)
    for (const chat of ['hello.', 'AAQ1', 'AAQZ.', 'AAQ hello.', '?OTR:AAQ1.', `${base64Encode(Uint8Array.of(0, 3, 2))}.`]) expect(looksLikePrekeyText(chat), chat).to.equal(false)
  })
})
