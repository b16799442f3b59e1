import { dh3072PublicKey, ecdhSharedSecret, ed448KeyPair, equalBytes, generateEcdh, isValidEcdh, type Ring } from '../../../src/crypto/index.js'
import { copySecret } from '../../../src/crypto/secret.js'
import { failureMac, prekeyKdf, prekeySessionKeys, prekeyTranscript, prekeyVerify, publicationMac, storageRequestMac, storageStatusMac, successMac } from '../../../src/prekey/key-schedule.js'
import { decodeAttached, encodePrekeyProtocol } from '../../../src/prekey/messages.js'
import { verifyDhProof, verifyEcdhProof } from '../../../src/prekey/proofs.js'
import { publicationParts } from '../../../src/prekey/publication.js'
import { prekeyServerFingerprint } from '../../../src/prekey/server-identity.js'
import { decodeClientProfile } from '../../../src/wire/index.js'
import type { Checks } from './given.js'

const pause = (): Promise<void> => Promise.resolve()

export const prekeyServer: Checks = {
  exchange(given, expected) {
    const publisher = given.record('publisher')
    const server = given.text('serverAddress')
    const profile = decodeClientProfile(publisher.bytes('profile'))
    const { publicKey: serverKey } = ed448KeyPair(copySecret(given.bytes('serverSymmetricKey')))
    const [i, s] = [generateEcdh(() => given.bytes('i')), generateEcdh(() => given.bytes('s'))]
    const transcript = { clientProfile: publisher.bytes('profile'), publisher: publisher.text('address'), server, serverKey, i: i.publicKey, s: s.publicKey }
    const [t2, t3] = [prekeyTranscript('initiator', transcript), prekeyTranscript('receiver', transcript)]
    const [sigma2, sigma3] = [expected.bytes('sigma2'), expected.bytes('sigma3')]
    if (!prekeyVerify([profile.publicKey, serverKey, i.publicKey], sigma2, t2) || !prekeyVerify([profile.publicKey, serverKey, s.publicKey], sigma3, t3)) return undefined
    const ecdh = ecdhSharedSecret(i.privateKey, s.publicKey)
    const { macKey, proofContext } = prekeySessionKeys(s.privateKey, i.publicKey)
    const tag = publisher.int('instanceTag')
    const request = encodePrekeyProtocol({ kind: 'prekey-storage-request', mac: storageRequestMac(macKey) })
    const stored = given.int('stored')
    return {
      serverKey, serverFingerprint: prekeyServerFingerprint(serverKey), dake1: encodePrekeyProtocol({ kind: 'prekey-dake-1', senderTag: tag, clientProfile: profile, i: i.publicKey }), t2, sigma2,
      dake2: encodePrekeyProtocol({ kind: 'prekey-dake-2', receiverTag: tag, serverIdentity: server, serverKey, s: s.publicKey, sigma: sigma2 }), ecdh, sk: prekeyKdf(0x01, [ecdh]), macKey, proofContext, t3, sigma3, request,
      dake3: encodePrekeyProtocol({ kind: 'prekey-dake-3', senderTag: tag, sigma: sigma3, attached: request }), status: encodePrekeyProtocol({ kind: 'prekey-storage-status', receiverTag: tag, stored, mac: storageStatusMac(macKey, tag, stored) }),
    }
  },
  verify(given) {
    const byServer = given.int('dake') === 2
    const [i, s, serverKey] = [given.bytes('i'), given.bytes('s'), given.bytes('serverKey')]
    const t = prekeyTranscript(byServer ? 'initiator' : 'receiver', { clientProfile: given.bytes('clientProfile'), publisher: given.text('publisher'), server: given.text('server'), serverKey, i, s })
    const ring: Ring = [given.bytes('publicKey'), serverKey, byServer ? i : s]
    return prekeyVerify(ring, given.bytes('sigma'), t) ? { t } : undefined
  },
  macs(given) {
    const [macKey, tag] = [given.bytes('macKey'), given.int('tag')]
    return { request: storageRequestMac(macKey), status: storageStatusMac(macKey, tag, given.int('stored')), success: successMac(macKey, tag), failure: failureMac(macKey, tag) }
  },
  async publication(given, expected) {
    const message = decodeAttached(expected.bytes('message'))
    if (message.kind !== 'prekey-publication') return undefined
    const { contents } = message
    const { messages, proofs } = publicationParts(contents)
    const keys = given.records('prekeys')
    const same = contents.messages.length === keys.length && contents.messages.every(({ identifier, instanceTag, y, b }, n) =>
      identifier === keys[n]!.int('identifier') && instanceTag === given.int('tag') && equalBytes(y, generateEcdh(() => keys[n]!.bytes('ecdh')).publicKey) && equalBytes(b, dh3072PublicKey(keys[n]!.bytes('dh'))))
    const m = given.bytes('proofContext')
    const [Y, B] = [contents.messages.map(({ y }) => y), contents.messages.map(({ b }) => b)]
    const { messageProofs, profileProof, prekeyProfile } = contents
    const proved = (messageProofs === undefined || (await verifyEcdhProof(0x13, messageProofs.ecdh, Y, m, pause) && await verifyDhProof(messageProofs.dh, B, m, pause)))
      && (profileProof === undefined || (prekeyProfile !== undefined && await verifyEcdhProof(0x15, profileProof, [prekeyProfile.sharedPrekey], m, pause)))
    if (!same || !proved) return undefined
    const mac = publicationMac(given.bytes('macKey'), contents)
    return { messages, proofs, mac, message: encodePrekeyProtocol({ ...message, mac }) }
  },
  async verifyEcdhProof(given) {
    const points = given.byteList('points')
    const usage = given.int('usage') === 0x13 ? 0x13 : 0x15
    return points.every(isValidEcdh) && await verifyEcdhProof(usage, { c: given.bytes('c'), v: given.bytes('v') }, points, given.bytes('proofContext'), pause) ? {} : undefined
  },
  async verifyDhProof(given) {
    return await verifyDhProof({ c: given.bytes('c'), v: given.bytes('v') }, given.byteList('keys'), given.bytes('proofContext'), pause) ? {} : undefined
  },
}
