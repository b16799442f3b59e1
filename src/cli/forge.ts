import { existsSync } from 'node:fs'
import { systemRandom } from '../crypto/index.js'
import { UsageError, type Command, type Io } from './command.js'
import { readIfThere } from './files.js'
import { operations, type CatalogueEntry } from './forge/catalogue.js'
import { writePage } from './forge/page.js'
import { inertJson, inertLine } from './inert-text.js'
import { parseOptions, printable } from './options.js'
import { Fields, isObject } from './peer/request-fields.js'
import { readAll } from './read-all.js'

const list = Object.entries(operations).map(([name, { says }]) => `  ${name.padEnd(16)} ${says}`).join('\n')

export const command: Command = {
  summary: 'forge conversations: show that a transcript proves nothing',
  help: `
usage: otr4 forge OPERATION [--json] [options] INPUT
       otr4 forge --page FILE [--force]

What two people said over OTR can be made by anybody else. Where it is said
that a transcript proves what somebody wrote, show with this that it does not.

${list}

INPUT is a message, the name of a file, or - for standard input. Transcripts
are as spec/transcript.md describes: what the network saw, one JSON object a
line.
forge-*, false-ensemble: INPUT is a JSON object with the fields that the peer
protocol names. --json prints the result as one JSON object.

--page writes a page for a browser. In it a person opens a transcript, changes
what was said, and gets one that verifies as well. It needs no network. A file
that is there is replaced only with --force.

Make a conversation with other words, between the two who had one (no key at
all is needed):

  otr4 forge forge-transcript --like talk.jsonl new.json
  new.json: {"texts":[{"from":"alice@example.org","text":"I never said that"}]}

Version 3: forge all that was said after a key exchange that took place, with
the private D-H key that one of the two had in it. Nobody can forge the other
one's signature: that they held a key exchange stays true.

  otr4 forge forge-transcript --like talk.jsonl new.json
  new.json: {"version":3,"privateKey":"HEX","texts":[{"from":"bob", ...}]}

See what a transcript has published, and change line 7 with a published key:

  otr4 forge examine talk.jsonl
  otr4 forge modify --line 7 --old six --new ten --offset 8 talk.jsonl

Read a message with the key of its chain (version 4) or its AES key (version
3), and write another text in its place:

  otr4 forge read-forge --key HEX [--new 'other words'] '?OTR:...'
     --key-of chain|message   which key it is, in version 4; chain by default
     --key-at N               the message's number at which a chain key stands
  otr4 forge modify --mac-key HEX --old TEXT --new TEXT --offset N '?OTR:...'
  otr4 forge remac --mac-key HEX '?OTR:...'
  otr4 forge show-mac HEX
  otr4 forge session-keys --their-public-key HEX PRIVATE-KEY

Whoever looks at the list of processes sees keys on a command line: put those
that are still secret into a file with a JSON object, and give its name.

exit codes: 0 done, 1 examine found something wrong, 2 it cannot be done
`,
  async run(args, io) {
    if (args.some((word) => word === '--page' || word.startsWith('--page='))) return writePage(args, io)
    const [name = '', ...rest] = args
    const entry = Object.hasOwn(operations, name) ? operations[name] : undefined
    if (entry === undefined) throw new UsageError(name === '' ? 'OPERATION is missing; see `otr4 forge --help`' : `there is no operation "${printable(name)}"; see \`otr4 forge --help\``)
    const { values, words: [word = ''] } = parseOptions(rest, {
      options: { json: { type: 'boolean' }, ...Object.fromEntries(Object.keys(entry.options).map((option) => [option, { type: 'string' as const }])) }, words: ['INPUT'],
    })
    const fields = new Fields({ ...await inputFields(entry, word, io), ...optionFields(entry, values) })
    const result = entry.run(fields, { random: systemRandom, now: Math.floor(Date.now() / 1000) })
    fields.done()
    io.stdout.write(values.json === true ? `${inertJson(result)}\n` : shown(result))
    return name === 'examine' && Array.isArray(result['faults']) && result['faults'].length > 0 ? 1 : 0
  },
}

/** The fields that the input gives: a JSON object gives all of them, anything else the main one. */
async function inputFields({ main }: CatalogueEntry, word: string, io: Io): Promise<Record<string, unknown>> {
  const text = word === '-' ? await readAll(io.stdin) : existsSync(word) ? readIfThere(word) ?? '' : word
  if (text === word && main === 'transcript' && !/^\s*(?:\{|\?OTR)/.test(word)) throw new UsageError(`${printable(word)}: no such file`)
  const asObject = main !== 'transcript' && text.trimStart().startsWith('{')
  if (asObject || main === 'object') {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw new UsageError('the input is no JSON object')
    }
    if (!isObject(value)) throw new UsageError('the input is no JSON object')
    return value
  }
  // One message can be modified as well as a line of a transcript.
  const name = main === 'transcript' && text.trim().startsWith('?OTR') && !text.trim().includes('\n') ? 'message' : main
  return { [name]: name === 'transcript' ? text : text.trim() }
}

function optionFields({ options }: CatalogueEntry, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).flatMap(([option, { field, number, file }]) => {
    const value = values[option]
    if (typeof value !== 'string') return []
    if (number === true && !/^[0-9]{1,15}$/.test(value)) throw new UsageError(`--${option} must be a number`)
    if (file !== true) return [[field, number === true ? Number(value) : value] as const]
    const text = readIfThere(value)
    if (text === undefined) throw new UsageError(`${printable(value)}: no such file`)
    return [[field, text] as const]
  }))
}

/** The result for people: a transcript or message alone, so that it can go into a file; else one line a value. */
function shown(result: Readonly<Record<string, unknown>>): string {
  const { transcript, messages } = result
  if (typeof transcript === 'string') return transcript
  if (Array.isArray(messages)) return messages.map((line) => `${String(line)}\n`).join('')
  return Object.entries(result).map(([name, value]) => lines(name, value)).join('')
}

function lines(name: string, value: unknown): string {
  if (!Array.isArray(value)) return `${name}: ${inertLine(typeof value === 'string' ? value : JSON.stringify(value))}\n`
  const items = value as readonly unknown[]
  if (items.length === 0) return `${name}: none\n`
  return `${name}:\n${items.map((item) => `  ${inertLine(isObject(item) ? Object.entries(item).map(([key, one]) => `${key} ${text(one)}`).join(', ') : text(item))}\n`).join('')}`
}

function text(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.map(text).join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
