import { Group, integer, list, optional, text } from '../define.js'
import { recordedSessions } from '../v2-recording.js'

/** libotr was told 150, and keeps one for the end of the string. */
const LINE_OF_LIBOTR = 149

const tag = (value: number): string => value.toString(16).padStart(8, '0')
const number = (value: number): string => value.toString().padStart(5, '0')

interface Piece {
  readonly version: 2 | 3 | 4
  readonly identifier: number
  readonly sender: number
  readonly receiver: number
}

const line = ({ version, identifier, sender, receiver }: Piece, index: number, total: number, piece: string): string =>
  `?OTR${version === 2 ? '' : `|${version === 4 ? `${tag(identifier)}|` : ''}${tag(sender)}|${tag(receiver)}`},${number(index)},${number(total)},${piece},`

export function fragments(): Group {
  const head = { version: integer('2, 3 or 4'), sender: optional(integer('sender instance tag; version 2 has none')), receiver: optional(integer('receiver instance tag; version 2 has none')), identifier: optional(integer('of the message, random; version 4')) }
  const group = new Group('fragments', 'Fragments', 'Of all versions. In versions 2 and 3 the pieces of a message come in their order; in version 4 in any order, told apart by the identifier.', {
    split: { about: 'The lines of a message, all but the last of the full length', section: 'OTRv2 and OTRv3, Fragmentation; OTRv4, Fragmentation', given: { ...head, message: text('the encoded message'), maxLength: integer('longest line, in characters') }, expected: { lines: list(text(''), 'in the order in which they are sent') } },
    read: { about: 'The parts of one fragment', section: 'OTRv2 and OTRv3, Fragmentation; OTRv4, Fragmentation', given: { line: text('as it came') }, expected: { ...head, index: integer('from 1'), total: integer('1 to 65,535'), piece: text('without commas') } },
    assemble: {
      about: 'What becomes of lines in the order in which they arrive from one correspondent', section: 'OTRv2 and OTRv3, Fragmentation; OTRv4, Fragmentation',
      given: { lines: list(text(''), 'as they came') }, expected: { complete: list({ schema: { type: ['string', 'null'] }, about: '' }, 'for each line: the message that it completes, or null') },
    },
  })
  const message = (label: string, bytes: number): string => `?OTR:${Buffer.from(group.draw(label, bytes)).toString('base64')}.`
  const ids = { identifier: 0x3c5b5f03, sender: 0x27e31597, receiver: 0x5a73a599 }
  const made: { readonly version: 3 | 4, readonly message: string, readonly lines: string[] }[] = []
  for (const version of [3, 4] as const) {
    const piece: Piece = { version, ...ids }
    const overhead = line(piece, 1, 1, '').length
    for (const [bytes, maxLength] of [[30, 200], [90, 80], [90, overhead + 1], [150, overhead + 10], [300, 120], [300, overhead + 405], [299, overhead + 405], [301, overhead + 405]] as const) {
      const encoded = message(`${version} ${bytes}`, bytes)
      const room = maxLength - overhead
      const total = Math.ceil(encoded.length / room)
      const lines = encoded.length <= maxLength ? [encoded] : Array.from({ length: total }, (_, n) => line(piece, n + 1, total, encoded.slice(n * room, (n + 1) * room)))
      group.valid('split', `version ${version}, ${encoded.length} characters in lines of ${maxLength}`, { version, sender: ids.sender, receiver: ids.receiver, ...version === 4 && { identifier: ids.identifier }, message: encoded, maxLength }, { lines })
      if (lines.length > 1 && lines.length < 12) made.push({ version, message: encoded, lines })
    }
    group.invalid('split', `version ${version}: no room for a piece`, 'the line is as long as the head', { version, sender: ids.sender, receiver: ids.receiver, ...version === 4 && { identifier: ids.identifier }, message: message('short', 90), maxLength: overhead })
    for (const [index, total, text] of [[1, 1, 'a'], [1, 3, 'abc'], [3, 3, 'xyz='], [65535, 65535, 'end.'], [2, 2, '']] as const) {
      group.valid('read', `version ${version}, ${index} of ${total}${text === '' ? ', an empty last piece' : ''}`, { line: line(piece, index, total, text) }, { version, sender: ids.sender, receiver: ids.receiver, ...version === 4 && { identifier: ids.identifier }, index, total, piece: text })
    }
    group.valid('read', `version ${version}, the receiver is not known`, { line: line({ ...piece, receiver: 0 }, 1, 2, 'abc') }, { version, sender: ids.sender, receiver: 0, ...version === 4 && { identifier: ids.identifier }, index: 1, total: 2, piece: 'abc' })
    const begin = line(piece, 1, 1, '').split(',')[0]!
    const bad: readonly (readonly [string, string, string])[] = [
      ['index 0', 'the index begins at 1', `${begin},00000,00002,abc,`], ['total 0', 'there is at least one', `${begin},00001,00000,abc,`], ['index 3 of 2', 'the index is above the total', `${begin},00003,00002,abc,`],
      ['total 65,536', 'the total has 16 bits', `${begin},00001,65536,abc,`], ['six digits', 'the total has 16 bits', `${begin},00001,100000,abc,`], ['no comma at the end', 'the fragment is not closed', `${begin},00001,00002,abc`], ['a comma in the piece', 'a piece has no comma', `${begin},00001,00002,a,bc,`],
      ['text behind it', 'it is not the whole line', `${begin},00001,00002,abc, hello`], ['text before it', 'it does not begin the line', `hello ${begin},00001,00002,abc,`], ['no total', 'a field is missing', `${begin},00001,abc,`], ['a sign', 'the index is not of digits', `${begin},+1,00002,abc,`],
      ['nine digits of a tag', 'a tag has 32 bits', `${begin}0,00001,00002,abc,`], ['an empty first piece', 'there is nothing in it', `${begin},00001,00002,,`], ['index in hexadecimal digits', 'the index is not of digits', `${begin},0000a,0000f,abc,`],
    ]
    for (const [about, why, wrong] of bad) group.invalid('read', `version ${version}, ${about}`, why, { line: wrong })
  }
  const assemble = (about: string, lines: readonly string[], complete: readonly (string | null)[]): void => { group.valid('assemble', about, { lines }, { complete }) }
  const rest = (length: number): null[] => Array.from({ length }, () => null)
  for (const { version, message: encoded, lines } of made) assemble(`version ${version}: ${lines.length} pieces in order`, lines, [...rest(lines.length - 1), encoded])
  for (const { version, message: encoded, lines } of made) {
    if (lines.length < 3) continue
    const reversed = [...lines].reverse()
    assemble(`version ${version}: ${lines.length} pieces backwards`, reversed, version === 4 ? [...rest(lines.length - 1), encoded] : rest(lines.length))
    const swapped = [lines[1]!, lines[0]!, ...lines.slice(2)]
    assemble(`version ${version}: the first two of ${lines.length} exchanged`, swapped, version === 4 ? [...rest(lines.length - 1), encoded] : rest(lines.length))
    assemble(`version ${version}: one of ${lines.length} lost`, [lines[0]!, ...lines.slice(2)], rest(lines.length - 1))
    const twice = [lines[0]!, lines[0]!, ...lines.slice(1)]
    assemble(`version ${version}: the first of ${lines.length} twice`, twice, [...rest(lines.length), encoded])
  }
  const halves = (version: 3 | 4): { readonly text: string, readonly pieces: (piece: Piece, total?: number) => string[] } => {
    const text = message(`mixed ${version}`, 60)
    const half = text.length / 2
    return { text, pieces: (piece, total = 2) => [line(piece, 1, total, text.slice(0, half)), line(piece, 2, total, text.slice(half))] }
  }
  const v3 = halves(3)
  const v4 = halves(4)
  const one: Piece = { version: 4, ...ids }
  const other: Piece = { ...one, identifier: 0x11223344 }
  const [a1, a2] = v4.pieces(one)
  const [b1, b2] = v4.pieces(other)
  assemble('version 4: two messages at a time, by their identifiers', [a1!, b1!, b2!, a2!], [null, null, v4.text, v4.text])
  assemble('version 4: the same identifier of two senders', [a1!, v4.pieces({ ...one, sender: 0x111 })[1]!, a2!], [null, null, v4.text])
  assemble('version 4: another total for the same identifier', [a1!, v4.pieces(one, 3)[1]!, a2!], [null, null, v4.text])
  assemble('version 4: again after it was complete', [a1!, a2!, a2!, a1!], [null, v4.text, null, v4.text])
  const [c1, c2] = v3.pieces({ version: 3, ...ids })
  assemble('version 3: a new first piece takes the place of the old', [c1!, c1!, c2!], [null, null, v3.text])
  assemble('version 3: another total', [c1!, v3.pieces({ version: 3, ...ids }, 3)[1]!, c2!], [null, null, null])
  assemble('version 3: two senders at a time', [c1!, v3.pieces({ version: 3, ...ids, sender: 0x111 })[0]!, c2!], [null, null, v3.text])
  assemble('a message in one piece', [line(one, 1, 1, v4.text)], [v4.text])
  assemble('a piece of each version', [a1!, c1!, c2!, a2!], [null, null, v3.text, v4.text])
  version2(group, { c1: c1!, c2: c2! }, v3.text)
  return group
}

/** Version 2, behind the others: `?OTR,index,total,piece,`, which names neither side. */
function version2(group: Group, { c1, c2 }: { readonly c1: string, readonly c2: string }, textOf3: string): void {
  const overhead = '?OTR,00001,00001,,'.length
  const fragment = (index: number, total: number, piece: string): string => line({ version: 2, identifier: 0, sender: 0, receiver: 0 }, index, total, piece)
  const message = (label: string, bytes: number): string => `?OTR:${Buffer.from(group.draw(label, bytes)).toString('base64')}.`
  const pieces = (encoded: string, maxLength: number): string[] => {
    const room = maxLength - overhead
    const total = Math.ceil(encoded.length / room)
    return encoded.length <= maxLength ? [encoded] : Array.from({ length: total }, (_, n) => fragment(n + 1, total, encoded.slice(n * room, (n + 1) * room)))
  }
  const whole = message('2 whole', 150)
  for (const [encoded, maxLength] of [[message('2 30', 30), 200], [message('2 90', 90), 80], [message('2 90', 90), overhead + 1], [whole, overhead + 10], [message('2 300', 300), 120], [message('2 300', 300), overhead + 405]] as const) {
    group.valid('split', `version 2, ${encoded.length} characters in lines of ${maxLength}`, { version: 2, message: encoded, maxLength }, { lines: pieces(encoded, maxLength) })
  }
  group.invalid('split', 'version 2: no room for a piece', 'the line is as long as the head', { version: 2, message: whole, maxLength: overhead })
  for (const [index, total, piece] of [[1, 1, 'a'], [1, 3, 'abc'], [3, 3, 'xyz='], [65535, 65535, 'end.'], [2, 2, '']] as const) {
    group.valid('read', `version 2, ${index} of ${total}${piece === '' ? ', an empty last piece' : ''}`, { line: fragment(index, total, piece) }, { version: 2, index, total, piece })
  }
  group.valid('read', 'version 2, numbers without zeros before them', { line: '?OTR,1,2,abc,' }, { version: 2, index: 1, total: 2, piece: 'abc' })
  for (const [about, why, wrong] of [
    ['index 0', 'the index begins at 1', '?OTR,00000,00002,abc,'], ['total 0', 'there is at least one', '?OTR,00001,00000,abc,'], ['index 3 of 2', 'the index is above the total', '?OTR,00003,00002,abc,'], ['total 65,536', 'the total has 16 bits', '?OTR,00001,65536,abc,'],
    ['six digits', 'the total has 16 bits', '?OTR,00001,100000,abc,'], ['no comma at the end', 'the fragment is not closed', '?OTR,00001,00002,abc'], ['a comma in the piece', 'a piece has no comma', '?OTR,00001,00002,a,bc,'], ['text behind it', 'it is not the whole line', '?OTR,00001,00002,abc, hello'],
    ['text before it', 'it does not begin the line', 'hello ?OTR,00001,00002,abc,'], ['no total', 'a field is missing', '?OTR,00001,abc,'], ['a sign', 'the index is not of digits', '?OTR,+1,00002,abc,'], ['an empty first piece', 'there is nothing in it', '?OTR,00001,00002,,'],
    ['index in hexadecimal digits', 'the index is not of digits', '?OTR,0000a,0000f,abc,'], ['one instance tag', 'a tag stands before a comma: version 3 has two', '?OTR|5a73a599,00001,00002,abc,'], ['empty instance tags', 'there are bars, and no tags', '?OTR||,00001,00002,abc,'],
  ] as const) group.invalid('read', `version 2, ${about}`, why, { line: wrong })
  const nothing = (length: number): null[] => Array.from({ length }, () => null)
  const assemble = (about: string, lines: readonly string[], complete: readonly (string | null)[], confirmedBy?: readonly string[]): void => { group.valid('assemble', about, { lines }, { complete }, confirmedBy) }
  const lines = pieces(whole, 100)
  assemble(`version 2: ${lines.length} pieces in order`, lines, [...nothing(lines.length - 1), whole])
  assemble('version 2: backwards', [...lines].reverse(), nothing(lines.length))
  assemble('version 2: the first two exchanged', [lines[1]!, lines[0]!, ...lines.slice(2)], nothing(lines.length))
  assemble('version 2: one is lost', [lines[0]!, ...lines.slice(2)], nothing(lines.length - 1))
  assemble('version 2: the first twice', [lines[0]!, ...lines], [...nothing(lines.length), whole])
  const half = textOf3.length / 2
  const [d1, d2] = [fragment(1, 2, textOf3.slice(0, half)), fragment(2, 2, textOf3.slice(half))]
  assemble('the first piece in the form of version 3, the second in that of version 2', [c1, d2], nothing(2))
  assemble('the first piece in the form of version 2, the second in that of version 3', [d1, c2], nothing(2))
  for (const { what, from, bytes, lines: sent } of recordedSessions()[2]!.messages) {
    if (sent.length < 2) continue
    const encoded = `?OTR:${Buffer.from(bytes).toString('base64')}.`
    if (pieces(encoded, LINE_OF_LIBOTR).join() !== sent.join()) throw new Error('libotr splits otherwise')
    const about = `version 2, ${from}: ${what}, ${bytes.length} bytes`
    group.valid('split', about, { version: 2, message: encoded, maxLength: LINE_OF_LIBOTR }, { lines: sent }, ['libotr 4.1.1, recorded'])
    assemble(about, sent, [...nothing(sent.length - 1), encoded], ['libotr 4.1.1, recorded'])
  }
}
