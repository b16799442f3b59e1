import { concat, uint } from '../../v4-second/bytes.js'
import { flag, Group, hex, integer, list, optional, record, text } from '../define.js'
import { recordedQuery } from '../v2-recording.js'

const versions = list(integer(''), 'the versions that are offered, in this order')
const tlv = record({ type: integer('the type'), value: hex('the value') }, 'a TLV')

/** Eight characters of white space for one character: tab for 1. */
const spell = (character: string): string =>
  character.charCodeAt(0).toString(2).padStart(8, '0').replaceAll('0', ' ').replaceAll('1', '\t')

/** "OT" as the specification prints it: the base of every tag. */
const tagBase = '\x20\x09\x20\x20\x09\x09\x09\x09\x20\x09\x20\x09\x20\x09\x20\x20'

export function textForms(): Group {
  if (tagBase !== spell('O') + spell('T')) throw new Error('the base of the whitespace tag')
  const group = new Group('text-forms', 'Text forms: encoded messages, queries, tags, errors, TLVs', 'Of all versions. What stands in a line before anything is decrypted, and in a plaintext after it.', {
    encode: { about: 'The text form of an encoded message: `?OTR:`, base64, `.`', section: 'OTRv3 and OTRv4, Encoded Messages', given: { bytes: hex('the message') }, expected: { line: text('what is sent') } },
    decode: { about: 'The bytes of an encoded message', section: 'OTRv3 and OTRv4, Encoded Messages; RFC 4648', given: { line: text('as it came') }, expected: { bytes: hex('the message') } },
    query: { about: 'A query message', section: 'OTRv2, OTRv3 and OTRv4, OTR Query Messages', given: { versions, explanation: text('for people without OTR; may be empty') }, expected: { line: text('what is sent') } },
    readQuery: { about: 'What a query offers. Invalid: the line is no query', section: 'OTRv2, OTRv3 and OTRv4, OTR Query Messages', given: { line: text('as it came') }, expected: { versions } },
    tag: { about: 'A whitespace tag', section: 'OTRv2 and OTRv3, Tagged plaintext messages; OTRv4, Whitespace Tags', given: { versions }, expected: { tag: text('16 and 8 more characters for each version') } },
    readTag: { about: 'What a tag offers, and the text without it. Invalid: there is no tag', section: 'OTRv2 and OTRv3, Tagged plaintext messages; OTRv4, Whitespace Tags', given: { line: text('as it came') }, expected: { versions, text: text('without the tag') } },
    error: { about: 'An OTR Error Message', section: 'OTRv3 and OTRv4, OTR Error Messages', given: { text: text('for people') }, expected: { line: text('what is sent') } },
    readError: { about: 'The text of an error, and the code of version 4. Invalid: the line is no error', section: 'OTRv4, OTR Error Messages', given: { line: text('as it came') }, expected: { text: text('for people'), code: optional(integer('of ERROR_1: and the others')) } },
    instanceTags: {
      about: 'The two tags of a message: the sender has one of 0x100 or more, the receiver too, or 0 where the sender cannot know it', section: 'OTRv3 and OTRv4, Instance Tags',
      given: { opens: flag('whether the message begins a key exchange: D-H Commit or Identity'), sender: integer('sender instance tag'), receiver: integer('receiver instance tag') },
      expected: { senderDigits: text('eight hexadecimal digits'), receiverDigits: text('eight hexadecimal digits') },
    },
    plaintext: { about: 'The plaintext of a data message: text, NUL, TLVs', section: 'OTRv3 and OTRv4, Data Message', given: { text: text('for people'), tlvs: list(tlv, 'in this order') }, expected: { bytes: hex('what is encrypted') } },
    readPlaintext: { about: 'Text and TLVs of a plaintext. What is no complete TLV is ignored', section: 'OTRv3 and OTRv4, Data Message', given: { bytes: hex('decrypted') }, expected: { text: text('for people'), tlvs: list(tlv, 'in this order'), wellFormed: flag('false: something was left over or replaced') } },
  })
  const { draw } = group
  for (const length of [0, 1, 2, 3, 4, 5, 6, 57, 100]) {
    const bytes = draw(`bytes ${length}`, length)
    const line = `?OTR:${Buffer.from(bytes).toString('base64')}.`
    group.valid('encode', `${length} bytes`, { bytes }, { line })
    group.valid('decode', `${length} bytes`, { line }, { bytes })
  }
  const noMessage: readonly (readonly [string, string, string])[] = [
    ['no period', 'the period at the end is missing', '?OTR:AAMD'], ['another prefix', 'it does not begin with ?OTR:', '?otr:AAMD.'], ['text before it', 'it does not begin with ?OTR:', ' ?OTR:AAMD.'],
    ['text behind it', 'it does not end with a period', '?OTR:AAMD. '], ['a blank inside', 'a character outside the alphabet', '?OTR:AA MD.'], ['a line feed inside', 'a character outside the alphabet', '?OTR:AAMD\nAAMD.'],
    ['the alphabet for URLs', 'a character outside the alphabet', '?OTR:AA-_.'], ['no padding', 'the length is no multiple of 4', '?OTR:AAM.'], ['one character', 'the length is no multiple of 4', '?OTR:A.'],
    ['padding inside', 'padding that is not at the end', '?OTR:AA==AAMD.'], ['too much padding', 'padding of three characters', '?OTR:A===.'], ['unused bits, one byte', 'unused bits of the last group are not 0', '?OTR:AB==.'],
    ['unused bits, two bytes', 'unused bits of the last group are not 0', '?OTR:AAB=.'], ['a comma', 'a character outside the alphabet', '?OTR:AAM,.'], ['a character outside ASCII', 'a character outside the alphabet', '?OTR:AAM\u00e9.'],
  ]
  for (const [about, why, line] of noMessage) group.invalid('decode', about, why, { line })

  for (const [offered, digits] of [[[3], '3'], [[4], '4'], [[3, 4], '34']] as const) {
    group.valid('query', `versions ${offered.join(' and ')}`, { versions: offered, explanation: '' }, { line: `?OTRv${digits}?` })
    group.valid('query', `versions ${offered.join(' and ')}, with an explanation`, { versions: offered, explanation: 'I would like to talk privately.' }, { line: `?OTRv${digits}? I would like to talk privately.` })
  }
  const queries: readonly (readonly [string, string, readonly number[]])[] = [
    ['version 1 alone', '?OTR?', [1]], ['versions 1 and 2', '?OTR?v2?', [1, 2]], ['version 2', '?OTRv2?', [2]], ['versions 2 and 3', '?OTRv23?', [2, 3]], ['version 3', '?OTRv3?', [3]], ['version 4', '?OTRv4?', [4]],
    ['versions 3 and 4', '?OTRv34?', [3, 4]], ['versions 4 and 3: the order of the sender', '?OTRv43?', [4, 3]], ['a letter among them', '?OTRv4x3?', [4, 3]], ['versions 2, 4 and x of the specification', '?OTRv24x?', [2, 4]],
    ['a version that does not exist', '?OTRv5?', [5]], ['none: nothing that anybody speaks', '?OTRv?', []], ['version 1, then none', '?OTR?v?', [1]], ['text behind it', '?OTRv3? Somebody would like to talk privately', [3]],
    ['a version twice', '?OTRv33?', [3]], ['four versions', '?OTR?v234?', [1, 2, 3, 4]],
  ]
  for (const [about, line, offered] of queries) group.valid('readQuery', about, { line }, { versions: offered })
  for (const [about, why, line] of [
    ['an encoded message', 'a colon follows', '?OTR:AAMD.'], ['a fragment', 'a bar follows', '?OTR|1|2,1,1,a,'], ['no question mark at the end', 'it is not closed', '?OTRv3'], ['a blank among the versions', 'it is not closed', '?OTRv3 ?'],
    ['lower case', 'the letters are upper case', '?otrv3?'], ['an error', 'it is an error message', '?OTR Error: no'], ['text', 'no query string', 'hello'], ['empty', 'no query string', ''],
  ] as const) group.invalid('readQuery', about, why, { line })
  for (const [offered, digits] of [[[2], '2'], [[2, 3], '23'], [[2, 3, 4], '234']] as const) group.valid('query', `versions ${offered.join(', ')}`, { versions: offered, explanation: '' }, { line: `?OTRv${digits}?` })
  for (const [about, line, offered] of [
    ['versions 4, 3 and 2', '?OTRv432?', [4, 3, 2]], ['versions 2 and 4', '?OTRv24?', [2, 4]], ['version 2 twice', '?OTRv22?', [2]], ['version 2 behind a letter', '?OTRvx2?', [2]], ['versions 1 and 2, as libotr is asked by old programs', '?OTR?v2? Hello', [1, 2]],
  ] as const) group.valid('readQuery', about, { line }, { versions: offered })
  group.valid('readQuery', 'version 2 alone, with libotr\'s explanation', { line: recordedQuery() }, { versions: [2] }, ['libotr 4.1.1, recorded'])
  for (const [about, why, line] of [['a fragment of version 2', 'a comma follows', '?OTR,1,2,a,'], ['the digit 2 without its letter', 'it is not closed', '?OTR2?'], ['a blank before the digit 2', 'it is not closed', '?OTRv 2?']] as const) group.invalid('readQuery', about, why, { line })

  // As both specifications print them.
  const printed: Readonly<Record<number, string>> = { 3: '\x20\x20\x09\x09\x20\x20\x09\x09', 4: '\x20\x20\x09\x09\x20\x09\x20\x20' }
  for (const offered of [[3], [4], [3, 4]]) group.valid('tag', `versions ${offered.join(' and ')}`, { versions: offered }, { tag: tagBase + offered.map((one) => printed[one]!).join('') })
  const v1 = '\x20\x09\x20\x09\x20\x20\x09\x20'
  const v2 = '\x20\x20\x09\x09\x20\x20\x09\x20'
  const tags: readonly (readonly [string, string, readonly number[], string])[] = [
    ['version 3 behind a text', `hello${tagBase}${printed[3]!}`, [3], 'hello'], ['version 4 behind a text', `hello${tagBase}${printed[4]!}`, [4], 'hello'], ['both', `hello${tagBase}${printed[3]!}${printed[4]!}`, [3, 4], 'hello'],
    ['both, the other way round', `hello${tagBase}${printed[4]!}${printed[3]!}`, [4, 3], 'hello'], ['versions 1, 2 and 3, as libotr sends them', `hello${tagBase}${v1}${v2}${printed[3]!}`, [1, 2, 3], 'hello'],
    ['before the text', `${tagBase}${printed[3]!}hello`, [3], 'hello'], ['in the middle', `hel${tagBase}${printed[3]!}lo`, [3], 'hello'], ['alone', `${tagBase}${printed[4]!}`, [4], ''],
    ['no version', `hello${tagBase}`, [], 'hello'], ['a blank behind it belongs to the text', `hello${tagBase}${printed[3]!} `, [3], 'hello '], ['an unknown version', `hello${tagBase}${spell('7')}${printed[4]!}`, [7, 4], 'hello'],
  ]
  for (const [about, line, offered, rest] of tags) group.valid('readTag', about, { line }, { versions: offered, text: rest })
  for (const [about, why, line] of [
    ['the base is not complete', 'it has 15 characters', `hello${tagBase.slice(0, 15)}`], ['a character of the base is another', 'it is not the base', `hello ${tagBase.slice(2)}`], ['a version without the base', 'the base is missing', `hello${printed[3]!}`],
    ['text', 'no white space', 'hello'], ['blanks', 'it is not the base', ' '.repeat(24)],
  ] as const) group.invalid('readTag', about, why, { line })
  const groups: Readonly<Record<number, string>> = { ...printed, 2: v2 }
  for (const offered of [[2], [2, 3], [2, 3, 4]]) group.valid('tag', `versions ${offered.join(', ')}`, { versions: offered }, { tag: tagBase + offered.map((one) => groups[one]!).join('') })
  for (const [about, line, offered, rest] of [
    ['version 2 behind a text', `hello${tagBase}${v2}`, [2], 'hello'], ['version 2 before the text', `${tagBase}${v2}hello`, [2], 'hello'], ['versions 3 and 2', `hello${tagBase}${printed[3]!}${v2}`, [3, 2], 'hello'], ['version 2, then seven characters', `hello${tagBase}${v2}${v2.slice(0, 7)}`, [2], `hello${v2.slice(0, 7)}`],
  ] as const) group.valid('readTag', about, { line }, { versions: offered, text: rest })
  group.invalid('readTag', 'the group of version 2 without the base', 'the base is missing', { line: `hello${v2}` })

  for (const words of ['ERROR_1: Unreadable message', 'ERROR_2: Not in private state message', 'ERROR_3: Malformed message', 'You sent something that I cannot read.']) {
    group.valid('error', words, { text: words }, { line: `?OTR Error: ${words}` })
    const code = /^ERROR_(\d)/.exec(words)?.[1]
    group.valid('readError', words, { line: `?OTR Error: ${words}` }, { text: words, ...code !== undefined && { code: Number(code) } })
  }
  group.valid('readError', 'no blank behind the colon', { line: '?OTR Error:no' }, { text: 'no' })
  group.valid('readError', 'empty', { line: '?OTR Error:' }, { text: '' })
  group.valid('readError', 'the code is not at the beginning', { line: '?OTR Error: see ERROR_1: x' }, { text: 'see ERROR_1: x' })
  for (const [about, why, line] of [['in the middle of a text', 'it does not begin the line', 'they sent ?OTR Error: no'], ['lower case', 'the words are others', '?OTR error: no'], ['no colon', 'the colon is missing', '?OTR Error no']] as const) group.invalid('readError', about, why, { line })

  const digits = (tag: number): string => tag.toString(16).padStart(8, '0')
  for (const [opens, sender, receiver] of [[true, 0x100, 0], [true, 0xffffffff, 0x100], [false, 0x100, 0x100], [false, 0xdeadbeef, 0x80000000], [true, 0x27e31597, 0]] as const) {
    group.valid('instanceTags', `sender ${digits(sender)}, receiver ${digits(receiver)}`, { opens, sender, receiver }, { senderDigits: digits(sender), receiverDigits: digits(receiver) })
  }
  for (const [about, why, opens, sender, receiver] of [
    ['the sender has none', 'the sender tag is below 0x100', true, 0, 0], ['the sender has 1', 'the sender tag is below 0x100', false, 1, 0x100], ['the sender has 0xff', 'the sender tag is below 0x100', false, 0xff, 0x100],
    ['the receiver is 1', 'the receiver tag is below 0x100 and not 0', true, 0x100, 1], ['the receiver is 0xff', 'the receiver tag is below 0x100 and not 0', false, 0x100, 0xff], ['the receiver is 0 where the sender knows it', 'the receiver tag is missing', false, 0x100, 0],
  ] as const) group.invalid('instanceTags', about, why, { opens, sender, receiver })

  const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value)
  const bytesOf = (value: string, tlvs: readonly { readonly type: number, readonly value: Uint8Array }[]): Uint8Array =>
    concat(utf8(value), Uint8Array.of(0), ...tlvs.map((one) => concat(uint(one.type, 2), uint(one.value.length, 2), one.value)))
  const plain: readonly (readonly [string, string, readonly { readonly type: number, readonly value: Uint8Array }[]])[] = [
    ['a text', 'hello', []], ['nothing', '', []], ['beyond ASCII', 'h\u00e9llo \u4e2d \u{1f600}', []], ['padding', 'x', [{ type: 0, value: new Uint8Array(30) }]], ['the end of a session', '', [{ type: 1, value: new Uint8Array(0) }]],
    ['three TLVs', 'three', [{ type: 0, value: Uint8Array.of(1) }, { type: 0xffff, value: draw('tlv', 12) }, { type: 7, value: draw('tlv 2', 4) }]], ['a TLV with zeros and no text', '', [{ type: 6, value: new Uint8Array(5) }]], ['a TLV of 300 bytes', 'long', [{ type: 0x100, value: draw('long', 300) }]],
  ]
  for (const [about, words, tlvs] of plain) {
    const bytes = bytesOf(words, tlvs)
    group.valid('plaintext', about, { text: words, tlvs }, { bytes })
    group.valid('readPlaintext', about, { bytes }, { text: words, tlvs, wellFormed: true })
  }
  group.valid('readPlaintext', 'no NUL', { bytes: utf8('hello') }, { text: 'hello', tlvs: [], wellFormed: true })
  group.valid('readPlaintext', 'empty', { bytes: new Uint8Array(0) }, { text: '', tlvs: [], wellFormed: true })
  group.valid('readPlaintext', 'the last TLV is longer than the plaintext', { bytes: concat(bytesOf('a', [{ type: 0, value: new Uint8Array(2) }]), Uint8Array.of(0, 1, 0, 9, 1)) }, { text: 'a', tlvs: [{ type: 0, value: new Uint8Array(2) }], wellFormed: false })
  group.valid('readPlaintext', 'three bytes behind the text', { bytes: concat(utf8('a'), Uint8Array.of(0, 0, 1, 0)) }, { text: 'a', tlvs: [], wellFormed: false })
  group.valid('readPlaintext', 'bytes that are no UTF-8', { bytes: Uint8Array.of(0x61, 0xff, 0x62, 0) }, { text: 'a\ufffdb', tlvs: [], wellFormed: false })
  return group
}
