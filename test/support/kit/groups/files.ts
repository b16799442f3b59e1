import { createHash } from 'node:crypto'
import { chunks, fileKey, header, offer, seal, sealChunk, type Header } from '../../file-second/file.js'
import { flipped, Group, hex, integer, text } from '../define.js'

const utf8 = (value: string): Uint8Array => new Uint8Array(Buffer.from(value))

/** Content and nonces come from a seed by SHAKE-256, so that a case has not all the bytes of a file. */
const shake = (seed: Uint8Array, length: number): Uint8Array => new Uint8Array(createHash('shake256', { outputLength: length }).update(seed).digest())
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

export function files(): Group {
  const head = { name: text('the name, as it is sent'), type: text('the media type'), length: integer('bytes of the file') }
  const group = new Group('files', 'Files beside a conversation', 'spec/files.md of otr4: an extension, not a part of OTR. Content and nonces of a whole file come from seeds, because it has 65,536 bytes at least.', {
    key: {
      about: 'The key of one file from the extra symmetric key, use 0x4f346631', section: 'Files, The key',
      given: { extraSymmetricKey: hex('32 bytes in version 3, 64 in version 4'), salt: hex('of the offer', 32) },
      expected: { extraKey: hex('HKDF-SHA-256 for this use', 32), key: hex('of the file', 32) },
    },
    length: { about: 'How many chunks a file becomes, and how many bytes', section: 'Files, The length', given: { length: integer('bytes of the file') }, expected: { chunks: integer(''), sealed: integer('bytes') } },
    offer: {
      about: 'The data beside the use of the extra symmetric key', section: 'Files, The offer',
      given: { data: hex('as it comes behind the four bytes of the use') }, expected: { name: text('what a receiver makes of it'), type: text('application/octet-stream for one that is none'), length: integer('bytes of the file'), salt: hex('', 32), place: text('where the file is') },
    },
    name: { about: 'What a receiver makes of a name', section: 'Files, Names', given: { name: text('as it came') }, expected: { safe: text('fit to be the name of a file') } },
    chunk: {
      about: 'One sealed chunk', section: 'Files, Chunks',
      given: { key: hex('', 32), chunk: integer('its number, from 0'), last: integer('1 or 0'), tagBefore: hex('of the chunk before', 16), nonce: hex('', 24), plaintext: hex('any length here; always 65,536 in a file') },
      expected: { associatedData: hex('', 25), sealed: hex('nonce, ciphertext, tag') },
    },
    file: {
      about: 'A whole file', section: 'Files, Chunks',
      given: { key: hex('', 32), ...head, contentSeed: hex('the content is SHAKE-256 of it', 16), nonceSeed: hex('the nonces, 24 bytes each, are SHAKE-256 of it', 16) },
      expected: { bytes: integer('of the sealed file'), sha256: hex('of the sealed file', 32), lastTag: hex('', 16) },
    },
  })
  const { draw } = group
  for (const [version, bytes] of [[3, 32], [4, 64]] as const) {
    for (const n of [1, 2]) {
      const [extraSymmetricKey, salt] = [draw(`extra ${version}`, bytes), draw(`salt ${version} ${n}`, 32)]
      group.valid('key', `version ${version}, ${n === 1 ? 'a file' : 'another file under the same extra symmetric key'}`, { extraSymmetricKey, salt }, fileKey(extraSymmetricKey, salt))
    }
  }
  for (const length of [0, 1, 65_023, 65_024, 65_025, 130_560, 130_561, 1_000_000, 10_000_000, 100_000_000, 2 ** 32, 2 ** 36]) {
    group.valid('length', `${length} bytes`, { length }, { chunks: chunks(length), sealed: chunks(length) * 65_576 })
  }
  offers(group)
  for (const [about, name, safe] of names) group.valid('name', about, { name }, { safe })
  for (const [chunk, last, size] of [[0, 0, 64], [1, 0, 1000], [0, 1, 0], [4_294_967_296, 1, 17]] as const) {
    const [key, tagBefore, nonce, plaintext] = [draw(`chunk key ${size}`, 32), chunk === 0 ? new Uint8Array(16) : draw(`tag ${size}`, 16), draw(`nonce ${size}`, 24), draw(`plaintext ${size}`, size)]
    const { data, sealed } = sealChunk(key, chunk, last === 1, tagBefore, nonce, plaintext)
    group.valid('chunk', `number ${chunk}${last === 1 ? ', the last' : ''}, ${size} bytes`, { key, chunk, last, tagBefore, nonce, plaintext }, { associatedData: data, sealed })
  }
  for (const [about, name, type, length] of [
    ['empty', 'empty.txt', 'text/plain', 0], ['the first chunk is full', 'full', 'application/octet-stream', 65_024], ['one byte more', 'm\u00f6hre.pdf', 'application/pdf', 65_025],
    ['with a chunk of padding', 'photo.jpg', 'image/jpeg', 16 * 65_536],
  ] as const) {
    const [key, contentSeed, nonceSeed] = [draw(`file key ${about}`, 32), draw(`content ${about}`, 16), draw(`nonces ${about}`, 16)]
    const stream = shake(nonceSeed, chunks(length) * 24)
    const sealed = seal(key, { name: utf8(name), type: utf8(type), length }, shake(contentSeed, length), Array.from({ length: chunks(length) }, (_, n) => stream.slice(24 * n, 24 * n + 24)))
    const whole = new Uint8Array(Buffer.concat(sealed))
    group.valid('file', `${about}, ${length} bytes`, { key, name, type, length, contentSeed, nonceSeed }, { bytes: whole.length, sha256: sha256(whole), lastTag: whole.slice(-16) })
  }
  return group
}

function offers(group: Group): void {
  const salt = group.draw('offer', 32)
  const of: Header = { length: 12_345_678, name: utf8('report.pdf'), type: utf8('application/pdf') }
  const place = 'https://files.example/a1b2'
  const good = offer(of, salt, place)
  const expected = (over: object = {}): object => ({ name: 'report.pdf', type: 'application/pdf', length: 12_345_678, salt, place, ...over })
  const valid = (about: string, data: Uint8Array, over: object = {}): void => { group.valid('offer', about, { data }, expected(over) as Record<string, never>) }
  valid('a file', good)
  valid('an empty file without a name or a type', offer({ length: 0, name: utf8(''), type: utf8('') }, salt, place), { name: 'file', type: 'application/octet-stream', length: 0 })
  valid('the largest file, the longest name, type and place', offer({ length: 2 ** 36, name: utf8('n'.repeat(255)), type: utf8(`a/${'b'.repeat(125)}`) }, salt, 'p'.repeat(1024)), { name: 'n'.repeat(200), type: `a/${'b'.repeat(125)}`, length: 2 ** 36, place: 'p'.repeat(1024) })
  valid('a name that is a path: made safe', offer({ ...of, name: utf8('../../.ssh/authorized_keys') }, salt, place), { name: 'authorized_keys' })
  const invalid = (about: string, why: string, data: Uint8Array): void => { group.invalid('offer', about, why, { data }) }
  invalid('version 2', 'only version 1 is known', Uint8Array.from([2, ...good.slice(1)]))
  invalid('longer than a file may be', 'the length is above 2^36', offer({ ...of, length: 2 ** 36 + 1 }, salt, place))
  invalid('the largest number', 'the length is above 2^36', Uint8Array.from([1, ...new Uint8Array(8).fill(0xff), ...good.slice(9)]))
  invalid('a type of 128 characters', 'a type has 127 at most', offer({ ...of, type: utf8('a'.repeat(128)) }, salt, place))
  invalid('a name that is not UTF-8', 'names are UTF-8', offer({ ...of, name: Uint8Array.of(0xc3, 0x28) }, salt, place))
  invalid('no place', 'the place is empty', offer(of, salt, ''))
  invalid('a place of 1,025 characters', 'a place has 1,024 at most', offer(of, salt, 'p'.repeat(1025)))
  invalid('a place with a blank', 'a place is printable ASCII without blanks', offer(of, salt, 'https://files.example/a b'))
  invalid('a place with a control character', 'a place is printable ASCII without blanks', offer(of, salt, 'https://files.example/\u001b[2J'))
  invalid('a byte behind it', 'nothing follows the place', Uint8Array.from([...good, 0]))
  invalid('cut off', 'the place is shorter than its length says', good.slice(0, -1))
  invalid('nothing', 'there is no version', new Uint8Array(0))
  invalid('the length of the name goes beyond the end', 'a length is checked before it is used', flipped(header(of), 9, 0x80))
}

/** Written by hand. */
const names: readonly (readonly [string, string, string])[] = [
  ['a plain name', 'report.pdf', 'report.pdf'],
  ['a path', '/etc/passwd', 'passwd'],
  ['a path upwards', '../../.ssh/authorized_keys', 'authorized_keys'],
  ['a path of Windows', 'C:\\Windows\\system32\\a.dll', 'a.dll'],
  ['a drive', 'C:a.txt', 'C_a.txt'],
  ['a hidden file', '.bashrc', 'bashrc'],
  ['only dots', '..', 'file'],
  ['a folder', 'folder/', 'file'],
  ['nothing', '', 'file'],
  ['control characters', 'a\u0000b\u001b[2J\n.txt', 'ab[2J.txt'],
  ['an ending that is turned round', 'photo\u202egpj.exe', 'photogpj.exe'],
  ['characters of no width', 'a\u200b\u200d\ufeffb.txt', 'ab.txt'],
  ['a slash hidden by a control character', 'a/\u0001..', 'file'],
  ['a device of Windows', 'NUL.txt', '_NUL.txt'],
  ['a device with a number', 'com1', '_com1'],
  ['characters that Windows refuses', 'a<b>c:d"e|f?g*h', 'a_b_c_d_e_f_g_h'],
  ['blanks and dots around it', '  . a  b .txt. ', 'a b .txt'],
  ['two code points for one letter', 'mo\u0308hre', 'm\u00f6hre'],
  ['too long', `${'x'.repeat(251)}.txt`, `${'x'.repeat(196)}.txt`],
  ['too long, of letters with several bytes', `${'\u00e4'.repeat(125)}.txt`, `${'\u00e4'.repeat(98)}.txt`],
]
