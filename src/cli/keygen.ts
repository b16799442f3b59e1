import { networkNames } from './account-name.js'
import { UsageError, type Command } from './command.js'
import { readForgingChoice } from './forging-key.js'
import { parseOptions } from './options.js'
import { isSealed } from './sealed-accounts.js'
import { shownFingerprint, StateFolder, type AccountName } from './state.js'
import { groupDigits } from './fingerprint-digits.js'
import { ed448FingerprintOf } from './own-fingerprint.js'
import { inertJson } from './inert-text.js'

/** The account that an option pair names. */
export function accountFrom(account: string | undefined, protocol: string | undefined): AccountName {
  if (account === undefined || account === '') throw new UsageError('--account NAME is missing')
  if (/\p{Cc}/u.test(account)) throw new UsageError('an account has no control characters in its name')
  if (protocol === undefined || !networkNames.includes(protocol)) {
    throw new UsageError(`--protocol must be one of ${networkNames.join(', ')}`)
  }
  return { account, protocol }
}

export const command: Command = {
  summary: 'make the long-term keys of an account',
  help: `
usage: otr4 keygen --state DIR --account NAME
                   --protocol ${networkNames.join('|')} [--force] [--json]
                   [--forging-key discard|keep]

Makes the keys of versions 3 and 4 and an instance tag, and keeps them in DIR:
in libotr's files what libotr knows, in otr4.json the rest. Prints the
fingerprints that others compare. An account that has a key keeps it, unless
--force says otherwise: correspondents would have to verify the new one. They
stand there in clear until "otr4 chat --state DIR" seals them.

--forging-key keep keeps the secret with which conversations with this account
can be forged (docs/deniability.md); otherwise it is discarded.

exit codes: 0 there is a new key, 1 there was one already, 2 wrong options or
  files
`,
  async run(args, io) {
    const { values } = parseOptions(args, {
      options: { state: { type: 'string' }, account: { type: 'string' }, protocol: { type: 'string' }, force: { type: 'boolean' }, json: { type: 'boolean' },
        'forging-key': { type: 'string' } },
    })
    const forging = readForgingChoice(values['forging-key'])
    if (values.state === undefined) throw new UsageError('--state DIR is missing')
    const name = accountFrom(values.account, values.protocol)
    const folder = StateFolder.open(values.state)
    const unlock = folder.lock()
    try {
      if (isSealed(folder.path, name)) {
        if (values.force === true) throw new UsageError('the keys of this account are sealed, and go on with its conversations: remove DIR to begin anew')
        io.stderr.write(`otr4: ${name.account} has keys already, sealed\n`)
        return 1
      }
      if (folder.key(name) !== undefined && values.force !== true) {
        io.stderr.write(`otr4: ${name.account} has a key already; --force makes a new one\n`)
        return 1
      }
      if (values.force === true) folder.forgetKeys(name)
      const { key, ed448, instanceTag } = await folder.identity(name, () => new Promise((resolve) => { setImmediate(resolve) }), forging)
      const fingerprint4 = ed448FingerprintOf(ed448)
      io.stdout.write(values.json === true
        ? `${inertJson({ ...name, instanceTag, fingerprint3: shownFingerprint(key).replaceAll(' ', '').toLowerCase(), fingerprint4 })}\n`
        : `version 4: ${groupDigits(fingerprint4)}\nversion 3: ${shownFingerprint(key)}\n`)
      return 0
    } finally {
      unlock()
    }
  },
}
