import { concat, data, mpi, uint } from '../../v4-second/bytes.js'
import { authIMessage, authRMessage, dataMessage, authenticatedPart, identityMessage, nonInteractiveAuthMessage } from '../../v4-second/write.js'
import { dhPublic as dhPublic3, headOf2 } from '../../v3-second/keys.js'
import { Group, hex, text } from '../define.js'
import { dhOf, ecdhOf, ephemeral, person } from '../people.js'
import { keysOf } from './v4-dake.js'

/** A part of a message: its name and its bytes; `number`: it is an MPI. */
type Part = readonly [string, Uint8Array, ('number' | 'length')?]

export function messages(): Group {
  const group = new Group('messages', 'Decoding encoded messages', 'Every message of all versions, whole, cut at each of its fields and in the middle of each, and with lengths that are not true. Nothing is verified but the form.', {
    decode: { about: 'The form of a message', section: 'OTRv2, OTRv3, OTRv4: the tables of the messages', given: { message: hex('as it came, without the text form') }, expected: { kind: text('its name in the specification') } },
  })
  const { draw } = group
  const [alice, bob] = [person(draw, 'alice@example.org', 0x27e31597), person(draw, 'bob@example.org', 0x5a73a599)]
  const keys = keysOf(alice, ephemeral(draw, 'own'), ephemeral(draw, 'first'))
  const [sigma, mac] = [draw('sigma', 342), draw('mac', 64)]
  const head4 = (type: number): Part[] => [['the version', uint(4, 2)], ['the type', uint(type, 1)], ['the sender tag', uint(alice.instanceTag, 4)], ['the receiver tag', uint(bob.instanceTag, 4)]]
  const ephemerals: Part[] = [['the Client Profile', alice.profile], ['the ECDH key', keys.ecdh], ['the DH key', mpi(keys.dh), 'number']]
  const firsts: Part[] = [['the first ECDH key', keys.firstEcdh], ['the first DH key', mpi(keys.firstDh), 'number']]
  const ring: Part = ['sigma', sigma]
  const tags = [alice.instanceTag, bob.instanceTag] as const
  const one = ephemeral(draw, 'ratchet')
  const dataFields = { sender: tags[0], receiver: tags[1], flags: 0, pn: 1, i: 3, j: 2, ecdh: ecdhOf(one), dh: dhOf(one), encrypted: draw('encrypted', 40) }
  const head3 = (type: number): Part[] => [['the version', uint(3, 2)], ['the type', uint(type, 1)], ['the sender tag', uint(tags[0], 4)], ['the receiver tag', uint(tags[1], 4)]]
  const [gx, mac20] = [dhPublic3(draw('x', 40)), draw('mac 20', 20)]
  const all: readonly (readonly [string, readonly Part[], Uint8Array?])[] = [
    ['Identity', [...head4(0x35), ...ephemerals, ...firsts], identityMessage(...tags, keys)],
    ['Auth-R', [...head4(0x36), ...ephemerals, ring, ...firsts], authRMessage(...tags, keys, sigma)],
    ['Auth-I', [...head4(0x37), ring], authIMessage(...tags, sigma)],
    ['Non-Interactive-Auth', [...head4(0x0d), ...ephemerals, ring, ['the prekey identifier', uint(77, 4)], ['the Auth MAC', mac], ...firsts], nonInteractiveAuthMessage(...tags, keys, sigma, 77, mac)],
    ['Data, version 4', [
      ...head4(0x03), ['the flags', uint(0, 1)], ['pn', uint(1, 4)], ['i', uint(3, 4)], ['j', uint(2, 4)], ['the ECDH key', ecdhOf(one)], ['the DH key', mpi(dhOf(one)), 'number'], ['the encrypted message', data(dataFields.encrypted), 'length'], ['the authenticator', mac],
      ['the revealed MAC keys', data(draw('revealed', 64)), 'length'],
    ], dataMessage(authenticatedPart(dataFields), mac, draw('revealed', 64))],
    ['D-H Commit', [...head3(0x02), ['the encrypted g^x', data(draw('encrypted', 196)), 'length'], ['the hashed g^x', data(draw('hash', 32)), 'length']]],
    ['D-H Key', [...head3(0x0a), ['g^y', mpi(gx), 'number']]],
    ['Reveal Signature', [...head3(0x11), ['r', data(draw('r', 16)), 'length'], ['the encrypted signature', data(draw('encrypted', 300)), 'length'], ['the MAC', mac20]]],
    ['Signature', [...head3(0x12), ['the encrypted signature', data(draw('encrypted', 300)), 'length'], ['the MAC', mac20]]],
    ['Data, version 3', [
      ...head3(0x03), ['the flags', uint(0, 1)], ['the sender key id', uint(1, 4)], ['the recipient key id', uint(2, 4)], ['the next key', mpi(gx), 'number'], ['the counter', uint(0, 4)], ['the counter, second half', uint(1, 4)], ['the encrypted message', data(draw('encrypted', 40)), 'length'], ['the MAC', mac20],
      ['the revealed MAC keys', data(draw('revealed', 40)), 'length'],
    ]],
  ]
  const in2 = all.filter(([, parts]) => parts[0]![1][1] === 3).map(([kind, [, type, , , ...rest]]): readonly [string, readonly Part[]] => {
    const [version, number] = [headOf2(type![1][0]!).slice(0, 2), type![1]]
    return [`${kind.replace(', version 3', '')}, version 2`, [['the version', version], ['the type', number], ...rest]]
  })
  for (const [kind, parts, whole] of [...all, ...in2] as const) {
    const message = concat(...parts.map(([, bytes]) => bytes))
    if (whole !== undefined && Buffer.compare(message, whole) !== 0) throw new Error(kind)
    group.valid('decode', kind, { message }, { kind })
    const bad = (about: string, why: string, wrong: Uint8Array): void => { group.invalid('decode', `${kind}: ${about}`, why, { message: wrong }) }
    let at = 0
    parts.forEach(([name, bytes, form], n) => {
      const [before, behind] = [message.slice(0, at), message.slice(at + bytes.length)]
      bad(`cut before ${name}`, `${name} is missing`, before)
      if (bytes.length > 1) bad(`cut in the middle of ${name}`, `${name} is too short`, message.slice(0, at + (bytes.length >> 1)))
      if (form !== undefined) {
        bad(`the length of ${name} is 2^32 - 1`, 'so many bytes are not there', concat(before, uint(0xffffffff, 4), bytes.slice(4), behind))
        const length = bytes.length - 4
        if (n === parts.length - 1 || form === 'length') bad(`the length of ${name} is one too great`, 'the fields behind it do not fit', concat(before, uint(length + 1, 4), bytes.slice(4), behind))
      }
      if (form === 'number') bad(`${name} begins with a zero`, 'an MPI is minimal', concat(before, uint(bytes.length - 3, 4), Uint8Array.of(0), bytes.slice(4), behind))
      at += bytes.length
    })
    bad('a byte too many', 'something stands behind it', concat(message, Uint8Array.of(0)))
    bad('the version is 1', 'the version', concat(uint(1, 2), message.slice(2)))
    bad('the type is 0x7f', 'there is no such type', concat(message.slice(0, 2), Uint8Array.of(0x7f), message.slice(3)))
    bad('the version is the other one', 'the versions have other types, or other fields', concat(uint(message[1] === 3 ? 4 : 3, 2), message.slice(2)))
  }
  return group
}
