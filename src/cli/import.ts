import { UsageError, type Command } from './command.js'
import { counted, parseOptions } from './options.js'
import { StateFolder } from './state.js'

export const command: Command = {
  summary: "take over keys and fingerprints of libotr's programs (Pidgin, irssi, Adium)",
  help: `
usage: otr4 import FROM --state DIR [--force] [--json]

FROM is the folder of another program, with the files otr.private_key, otr.fingerprints and otr.instance_tags (Pidgin: ~/.purple, irssi:
~/.irssi/otr renamed so). Keys are added to DIR; for an account that has a key already, --force replaces it. Instance tags are not
taken: two programs with one tag would disturb each other. Every file is read before anything is written.

exit codes: 0 done, 1 there was nothing to take, 2 wrong options or files
`,
  run(args, io) {
    const { values, words: [from = ''] } = parseOptions(args, {
      options: { state: { type: 'string' }, force: { type: 'boolean' }, json: { type: 'boolean' } }, words: ['FROM'],
    })
    if (values.state === undefined) throw new UsageError('--state DIR is missing')
    const source = StateFolder.read(from)
    const folder = StateFolder.open(values.state)
    const unlock = folder.lock()
    try {
      const taken = source.keys.filter((key) => folder.key(key) === undefined || values.force === true)
      const fingerprints = folder.addFingerprints(source.fingerprints)
      if (taken.length > 0) folder.addKeys(taken)
      const kept = source.keys.length - taken.length
      io.stdout.write(values.json === true
        ? `${JSON.stringify({ keys: taken.length, kept, fingerprints })}\n`
        : `${counted(taken.length, 'key')} and ${counted(fingerprints, 'fingerprint')} taken over${keptSaid(kept)}\n`)
      return Promise.resolve(source.keys.length + source.fingerprints.length === 0 ? 1 : 0)
    } finally {
      unlock()
    }
  },
}

/** What is said of accounts that had a key already; `export` says it too. */
export function keptSaid(kept: number): string {
  if (kept === 0) return ''
  return `; ${counted(kept, 'account')} ${kept === 1 ? 'keeps the key it has' : 'keep the key they have'} (--force replaces it)`
}
