import { groupDigits } from './fingerprint-digits.js'
import { inertLine } from './inert.js'
import { UsageError, type Command } from './command.js'
import { parseOptions } from './options.js'
import { ed448FingerprintOf } from './own-fingerprint.js'
import { shownFingerprint, StateFolder } from './state.js'

/** One fingerprint, ours or a correspondent's. */
interface Line {
  readonly account: string
  readonly protocol: string
  /** Absent for our own. */
  readonly peer?: string
  readonly version: 3 | 4
  /** Hex. */
  readonly fingerprint: string
  readonly verified?: boolean
}

export const command: Command = {
  summary: 'print fingerprints: your own, and those of others that you have seen',
  help: `
usage: otr4 fingerprint --state DIR [--json]

Prints the fingerprints of the accounts in DIR, and of all correspondents with what they are worth. DIR may be a folder of Pidgin's or
irssi's, with the files otr.private_key and otr.fingerprints. Nothing is written.

exit codes: 0 printed, 1 there are none, 2 wrong options or files
`,
  run(args, io) {
    const { values } = parseOptions(args, { options: { state: { type: 'string' }, json: { type: 'boolean' } } })
    if (values.state === undefined) throw new UsageError('--state DIR is missing')
    const lines = readFolder(StateFolder.read(values.state))
    for (const line of lines) io.stdout.write(`${values.json === true ? JSON.stringify(line) : describe(line)}\n`)
    if (lines.length === 0) io.stderr.write('otr4: there are no keys and no fingerprints\n')
    return Promise.resolve(lines.length === 0 ? 1 : 0)
  },
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

function describe({ account, protocol, peer, version, fingerprint, verified }: Line): string {
  const whose = peer === undefined ? 'you' : inertLine(peer)
  const worth = verified === undefined ? '' : verified ? ', verified' : ', not verified'
  return `${inertLine(account)} (${protocol}), version ${version}: ${whose}: ${groupDigits(fingerprint)}${worth}`
}
