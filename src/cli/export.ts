import { giveFingerprints, type SavedState } from '../index.js'
import { openDirectory } from '../store/node/index.js'
import { UsageError, type Command, type Io } from './command.js'
import { accountFrom } from './keygen.js'
import { parseOptions, printable } from './options.js'
import { StateFolder, type AccountName } from './state.js'

export const command: Command = {
  summary: "give keys and fingerprints to libotr's programs (Pidgin, irssi, Adium)",
  help: `
usage: otr4 export TO --store DIR --protocol IRC|prpl-jabber|relay [--force] [--json]

Writes the version 3 key of the account in the store, and the fingerprints of its correspondents with their trust, into the folder TO, in
the files otr.private_key and otr.fingerprints. What is there already stays; for an account that has a key there, --force replaces it.
THE KEY STANDS IN TO IN CLEAR, as libotr keeps it. No instance tag is written: two programs with one tag would disturb each other. The
passphrase of the store is read from OTR4_PASSPHRASE.

exit codes: 0 done, 1 there was nothing to give, 2 wrong options, files or passphrase
`,
  async run(args, io) {
    const { values, words: [to = ''] } = parseOptions(args, {
      options: { store: { type: 'string' }, protocol: { type: 'string' }, force: { type: 'boolean' }, json: { type: 'boolean' } }, words: ['TO'],
    })
    if (values.store === undefined) throw new UsageError('--store DIR is missing')
    const { protocol } = accountFrom('-', values.protocol)
    const saved = await stateOf(values.store, io)
    if (saved === undefined) {
      io.stderr.write('otr4: there is no account in the store\n')
      return 1
    }
    const given = give(saved, { account: saved.account.address, protocol }, to, values.force === true)
    io.stdout.write(values.json === true
      ? `${JSON.stringify(given)}\n`
      : `${given.keys} keys and ${given.fingerprints} fingerprints given${given.kept === 0 ? '' : '; the account keeps the key it has there (--force replaces it)'}\n`)
    return 0
  },
}

async function stateOf(directory: string, { env }: Io): Promise<SavedState | undefined> {
  const passphrase = env['OTR4_PASSPHRASE']
  if (passphrase === undefined || passphrase === '') throw new UsageError('set OTR4_PASSPHRASE to the passphrase of the store')
  const store = await openDirectory({ directory, secret: { passphrase }, create: false })
  try {
    return await store.load()
  } finally {
    await store.close()
  }
}

/** Adds what libotr's files can hold to those of a folder. */
function give(
  { account, conversations }: SavedState, name: AccountName, to: string, force: boolean,
): { readonly keys: number, readonly kept: number, readonly fingerprints: number } {
  const folder = StateFolder.open(to)
  const unlock = folder.lock()
  try {
    const { dsa } = account.keys
    if (folder.ed448(name) !== undefined) throw new UsageError(`${printable(to)}: is a folder of otr4; give another program its own`)
    const fits = dsa !== undefined && (folder.key(name) === undefined || force)
    if (fits) folder.addKeys([{ ...name, key: dsa }])
    const keysOf = new Map(conversations.map(({ peer, keys }) => [peer, keys]))
    const fingerprints = folder.addFingerprints(giveFingerprints(
      { address: name.account, peers: () => [...keysOf.keys()], keys: (peer) => keysOf.get(peer) ?? [] }, name.protocol,
    ))
    return { keys: fits ? 1 : 0, kept: dsa !== undefined && !fits ? 1 : 0, fingerprints }
  } finally {
    unlock()
  }
}
