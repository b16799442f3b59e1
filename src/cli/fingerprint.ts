import { compareFingerprints, fingerprintBlocks, fingerprintWords, formatFingerprintUri, readFingerprints, type Fingerprint } from '../fingerprint/index.js'
import { fingerprintCode, type CodeRoom } from './fingerprint-qr.js'
import { inertJson, inertLine } from './inert-text.js'
import { UsageError, type Command, type Io } from './command.js'
import { parseOptions } from './options.js'
import { ed448FingerprintOf } from './own-fingerprint.js'
import { readSealedAccounts } from './sealed-accounts.js'
import { shownFingerprint, StateFolder, type AccountName } from './state.js'
import type { SavedState } from '../index.js'

/** One fingerprint, ours or a correspondent's. */
interface Line extends Fingerprint {
  readonly account: string
  readonly protocol: string
  /** Absent for our own. */
  readonly peer?: string
  readonly verified?: boolean
}

const options = {
  state: { type: 'string' }, account: { type: 'string' }, words: { type: 'boolean' }, qr: { type: 'boolean' }, compare: { type: 'string' },
  json: { type: 'boolean' },
} as const

export const command: Command = {
  summary: 'show and compare fingerprints, yours and those of others',
  help: `
usage: otr4 fingerprint [PEER] --state DIR [--account NAME] [--words] [--qr]
                        [--compare TEXT] [--json]

Prints the fingerprints of the accounts in DIR, and of all correspondents with
what they are worth; with PEER, yours and theirs side by side. DIR may be a
folder of Pidgin's or irssi's, with the files otr.private_key and
otr.fingerprints. What is sealed there is shown when OTR4_PASSPHRASE is set to
its passphrase; at a terminal you are asked for it. Nothing is written.

  --account NAME   only this account of yours
  --words          as words, to be read out
  --qr             your own as a QR code, for another's telephone; of PEER
                   those that are known
  --compare TEXT   whether TEXT (digits, words, or the line of a QR code) is
                   the fingerprint of PEER that is known here; without PEER,
                   yours
  --json           a JSON object a line

exit codes: 0 printed, and the same; 1 there are none, or another; 2 wrong
  options or files
`,
  async run(args, io) {
    const { values, words: [peer] } = parseOptions(args, { options, more: 1 })
    if (values.state === undefined) throw new UsageError('--state DIR is missing')
    const all = (await readAll(values.state, io)).filter(({ account }) => values.account === undefined || account === values.account)
    const lines = peer === undefined ? all : sideBySide(all, peer)
    if (lines.length === 0) {
      io.stderr.write(peer === undefined ? 'otr4: there are no keys and no fingerprints\n' : `otr4: nothing is known of ${inertLine(peer)}\n`)
      return 1
    }
    const subject = lines.filter((line) => line.peer === peer)
    if (values.compare !== undefined) return compare(values.compare, subject, io)
    for (const line of lines) io.stdout.write(`${values.json === true ? toJson(line) : describe(line, values.words === true)}\n`)
    if (values.qr === true) io.stdout.write(codes(subject, io))
    return 0
  },
}

/** A correspondent's fingerprints, behind those of each account of ours that knows them. */
function sideBySide(all: readonly Line[], peer: string): Line[] {
  const his = all.filter((line) => line.peer === peer)
  return all.filter((line) => (line.peer === undefined || line.peer === peer) && his.some((one) => sameAccount(one, line)))
}

function compare(text: string, subject: readonly Line[], { stdout }: Io): number {
  const result = compareFingerprints(readFingerprints(text), subject)
  const whose = subject.find(({ peer }) => peer !== undefined)?.peer
  const said = {
    'same': `the same: this is the fingerprint ${whose === undefined ? 'of your own key' : `that is known of ${inertLine(whose)}`}`,
    'different': 'NOT the same: this is another key',
    'incomparable': 'it cannot be compared: it is of another version than what is known here',
  } as const
  stdout.write(`${said[result]}\n`)
  return result === 'same' ? 0 : 1
}

/** A QR code for each account that these lines are about. */
function codes(subject: readonly Line[], io: Io): string {
  const accounts = subject.filter((line, at) => subject.findIndex((other) => sameAccount(line, other)) === at)
  return accounts.map((one) => {
    const address = one.peer ?? one.account
    // Many keys of a correspondent may be known: verified ones come first.
    const keys = subject.filter((line) => sameAccount(line, one)).sort((a, b) => Number(b.verified ?? true) - Number(a.verified ?? true))
    const newest = keys.filter((key, at) => keys.findIndex(({ version }) => version === key.version) === at)
    const uri = inertLine(formatFingerprintUri({ address, fingerprints: newest }))
    const code = fingerprintCode(address, newest, roomOf(io))
    if ('needs' in code) return `\n${inertLine(address)} (${one.protocol}): the window is too small for the code: it needs ${code.needs.columns} columns and ${code.needs.rows + rowsBelow} rows\n${uri}\n`
    const { rows, whole } = code
    const head = `${inertLine(address)} (${one.protocol})${whole ? '' : ': the window has room for the newest key alone'}`
    // At a terminal the code is printed last, so that it is on the screen as a whole.
    return `\n${[head, ...io.terminal ? [uri, ...rows] : [...rows, uri]].join('\n')}\n`
  }).join('')
}

/** The shell's next prompt. */
const rowsBelow = 1

function roomOf({ terminal, stdout, env }: Io): CodeRoom {
  const { columns, rows } = stdout as typeof stdout & { columns?: number, rows?: number }
  return {
    columns: terminal ? columns : undefined, rows: terminal && rows !== undefined ? rows - rowsBelow : undefined,
    colours: terminal && env['NO_COLOR'] === undefined,
  }
}

function sameAccount(one: Line, other: Line): boolean {
  return one.account === other.account && one.protocol === other.protocol
}

/** The fingerprints in the folder's files and in its sealed accounts. The sealed ones count where both know a key. */
async function readAll(path: string, io: Io): Promise<Line[]> {
  const folder = readFolder(StateFolder.read(path))
  const accounts = await readSealedAccounts(path, io, { mayAsk: true })
  if (accounts === undefined) io.stderr.write('otr4: there are sealed accounts too: set OTR4_PASSPHRASE to see them\n')
  const sealed = (accounts ?? []).flatMap(({ name, saved }) => readSealed(name, saved))
  return [...sealed, ...folder.filter((line) => !sealed.some((one) => one.peer === line.peer && one.version === line.version && one.fingerprint === line.fingerprint))]
}

function readSealed(name: AccountName, { account: { keys: { dsa, ed448 } }, conversations }: SavedState): Line[] {
  return [
    ...ed448 === undefined ? [] : [{ ...name, version: 4 as const, fingerprint: ed448FingerprintOf(ed448) }],
    ...dsa === undefined ? [] : [{ ...name, version: 3 as const, fingerprint: shownFingerprint(dsa).replaceAll(' ', '').toLowerCase() }],
    ...conversations.flatMap(({ peer, keys }) => keys.map(({ version, fingerprint, trust }): Line =>
      ({ ...name, peer, version, fingerprint, verified: trust === 'verified' }))),
  ]
}

function readFolder(folder: StateFolder): Line[] {
  return folder.accounts().flatMap((name) => {
    const own: Line[] = []
    const key = folder.key(name)
    const ed448 = folder.ed448(name)
    if (ed448 !== undefined) own.push({ ...name, version: 4, fingerprint: ed448FingerprintOf(ed448) })
    if (key !== undefined) own.push({ ...name, version: 3, fingerprint: shownFingerprint(key).replaceAll(' ', '').toLowerCase() })
    return [...own, ...folder.seen(name).map((seen): Line => ({ ...name, ...seen }))]
  })
}

function toJson(line: Line): string {
  return inertJson({ ...line, words: fingerprintWords(line).join(' ') })
}

function describe(line: Line, words: boolean): string {
  const { account, protocol, peer, version, verified } = line
  const whose = peer === undefined ? 'you' : inertLine(peer)
  const worth = verified === undefined ? '' : verified ? ', verified' : ', not verified'
  return `${inertLine(account)} (${protocol}), version ${version}: ${whose}: ${(words ? fingerprintWords(line) : fingerprintBlocks(line)).join(' ')}${worth}`
}
