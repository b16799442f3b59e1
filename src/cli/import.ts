import { collisions } from './account-name.js'
import { UsageError, type Command } from './command.js'
import { inertJson } from './inert-text.js'
import { counted, parseOptions, printable } from './options.js'
import { stateFiles, StateFolder } from './state.js'

export const command: Command = {
  summary: "take over keys and fingerprints of libotr's programs",
  help: `
usage: otr4 import FROM --state DIR [--force] [--json]

FROM is the folder of another program, with the files otr.private_key,
otr.fingerprints and otr.instance_tags (Pidgin: ~/.purple, irssi: ~/.irssi/otr
renamed so). Keys are added to DIR; for an account that has a key already,
--force replaces it. Instance tags are not taken: two programs with one tag
would disturb each other. Every file is read before anything is written. A
line of otr.fingerprints that cannot be read is told with its number and
passed over. Names are compared as their network compares them: of two
spellings of one account you are told.

exit codes: 0 done, 1 there was nothing to take, 2 wrong options or files
`,
  run(args, io) {
    const { values, words: [from = ''] } = parseOptions(args, {
      options: { state: { type: 'string' }, force: { type: 'boolean' }, json: { type: 'boolean' } }, words: ['FROM'],
    })
    if (values.state === undefined) throw new UsageError('--state DIR is missing')
    const { folder: source, refused } = StateFolder.readForeign(from)
    const folder = StateFolder.open(values.state)
    const unlock = folder.lock()
    try {
      const taken = source.keys.filter((key) => folder.key(key) === undefined || values.force === true)
      const fingerprints = folder.addFingerprints(source.fingerprints)
      if (taken.length > 0) folder.addKeys(taken)
      const kept = source.keys.length - taken.length
      const several = spellingsIn(source)
      if (values.json === true) {
        const said = { ...refused.length > 0 && { refused }, ...several.length > 0 && { collisions: several } }
        io.stdout.write(`${inertJson({ keys: taken.length, kept, fingerprints, ...said })}\n`)
      } else {
        io.stdout.write(`${counted(taken.length, 'key')} and ${counted(fingerprints, 'fingerprint')} taken over${keptSaid(kept)}\n`)
        for (const { line, problem } of refused) io.stderr.write(`otr4: ${stateFiles.fingerprints}, line ${line}: ${problem}; it was passed over\n`)
        for (const { name, spellings } of several) {
          io.stderr.write(`otr4: ${printable(spellings.join(', '))}: one account, ${printable(name)}; of two keys the last counts, of two trusts the stronger\n`)
        }
      }
      return Promise.resolve(source.keys.length + source.fingerprints.length === 0 ? 1 : 0)
    } finally {
      unlock()
    }
  },
}

/** Our accounts and correspondents that a folder has under several spellings. */
function spellingsIn({ keys, fingerprints }: StateFolder): ReturnType<typeof collisions> {
  const peers = fingerprints.map(({ username, protocol }) => ({ account: username, protocol }))
  return [...collisions(keys), ...collisions(peers)]
}

/** The sentence about accounts that already had a key. */
export function keptSaid(kept: number): string {
  if (kept === 0) return ''
  return `; ${counted(kept, 'account')} ${kept === 1 ? 'keeps the key it has' : 'keep the key they have'} (--force replaces it)`
}
