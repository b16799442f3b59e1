import type { DsaPrivateKey } from '../crypto/index.js'
import { exportFingerprints, type SavedState } from '../index.js'
import { openDirectory } from '../store/node/index.js'
import type { LibotrFingerprint } from '../v3/libotr/index.js'
import { networkNames, spelled } from './account-name.js'
import { UsageError, type Command, type Io } from './command.js'
import { keptSaid } from './import.js'
import { accountFrom } from './keygen.js'
import { counted, parseOptions, printable } from './options.js'
import { storePassphrase, withSecret } from './passphrase.js'
import { readSealedAccounts } from './sealed-accounts.js'
import { accountKey, StateFolder, type AccountName } from './state.js'
import { inertJson } from './inert-text.js'

const options = {
  state: { type: 'string' }, store: { type: 'string' }, account: { type: 'string' }, protocol: { type: 'string' }, force: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseOptions<typeof options>>['values']

export const command: Command = {
  summary: "give keys and fingerprints to libotr's programs",
  help: `
usage: otr4 export TO --state DIR [--account NAME --protocol P] [--force]
                   [--json]
       otr4 export TO --store DIR --protocol P [--force] [--json]

Writes the version 3 keys of the accounts that "otr4 chat --state DIR" keeps,
or of the one account in a store, and the fingerprints of their correspondents
with their trust, into the folder TO, in the files otr.private_key and
otr.fingerprints. What is there already stays; for an account that has a key
there, --force replaces it. THE KEYS STAND IN TO IN CLEAR, as libotr keeps
them. No instance tag is written: two programs with one tag would disturb each
other. What is sealed is opened with the passphrase in OTR4_PASSPHRASE; at a
terminal you are asked for it.

  --account NAME --protocol P   of DIR only this account; P is one of
                                ${networkNames.join(', ')}

exit codes: 0 done, 1 there was nothing to give, 2 wrong options, files or
  passphrase
`,
  async run(args, io) {
    const { values, words: [to = ''] } = parseOptions(args, { options, words: ['TO'] })
    if ((values.state === undefined) === (values.store === undefined)) throw new UsageError('one of --state DIR and --store DIR is needed')
    const accounts = values.state === undefined ? await ofStore(values.store ?? '', values, io) : await ofFolder(values.state, values, io)
    if (accounts.length === 0) {
      io.stderr.write(`otr4: there is no ${values.account === undefined ? '' : 'such '}account\n`)
      return 1
    }
    const given = give(accounts, to, values.force === true)
    io.stdout.write(values.json === true
      ? `${inertJson(given)}\n`
      : `${counted(given.keys, 'key')} and ${counted(given.fingerprints, 'fingerprint')} given${keptSaid(given.kept)}\n`)
    return 0
  },
}

/** What libotr's files can hold of an account. */
interface Given {
  readonly name: AccountName
  readonly key: DsaPrivateKey | undefined
  readonly fingerprints: readonly LibotrFingerprint[]
}

async function ofStore(directory: string, values: Values, io: Io): Promise<Given[]> {
  if (values.account !== undefined) throw new UsageError('--account goes with --state: a store has one account')
  const { protocol } = accountFrom('-', values.protocol)
  const store = await withSecret(io, storePassphrase, (passphrase) => openDirectory({ directory, secret: { passphrase }, create: false }))
  try {
    const saved = await store.load()
    return saved === undefined ? [] : [sealed({ account: saved.account.address, protocol }, saved)]
  } finally {
    await store.close()
  }
}

/** The sealed accounts of a folder, and the accounts made by `otr4 keygen` or `otr4 import` that are not sealed yet. */
async function ofFolder(path: string, values: Values, io: Io): Promise<Given[]> {
  const only = values.account === undefined && values.protocol === undefined ? undefined : accountFrom(values.account, values.protocol)
  const folder = StateFolder.read(path)
  const accounts = await readSealedAccounts(path, io, { only, mayAsk: true })
  if (accounts === undefined) throw new UsageError('set OTR4_PASSPHRASE to the passphrase of DIR')
  const known = new Map(accounts.map(({ name, saved }) => [accountKey(name), sealed(name, saved)]))
  for (const name of only === undefined ? folder.accounts() : [only]) {
    const key = folder.key(name)
    const fingerprints = folder.fingerprintsOf(name).map((one) => ({ ...one, username: spelled(one.protocol, one.username) }))
    if (known.has(accountKey(name)) || (key === undefined && fingerprints.length === 0)) continue
    known.set(accountKey(name), { name, key, fingerprints })
  }
  return [...known.values()]
}

function sealed(name: AccountName, { account, conversations }: SavedState): Given {
  const keysOf = new Map(conversations.map(({ peer, keys }) => [peer, keys]))
  const keeper = { address: name.account, peers: () => [...keysOf.keys()], conversation: (peer: string) => ({ keys: keysOf.get(peer) ?? [] }) }
  return { name, key: account.keys.dsa, fingerprints: exportFingerprints(keeper, name.protocol, spelled) }
}

/** Adds accounts to the libotr files of a folder. */
function give(accounts: readonly Given[], to: string, force: boolean): { readonly keys: number, readonly kept: number, readonly fingerprints: number } {
  const folder = StateFolder.open(to)
  const unlock = folder.lock()
  try {
    if (folder.isOurs) throw new UsageError(`${printable(to)}: is a folder of otr4; give another program its own`)
    const keys = accounts.flatMap(({ name, key }) => key === undefined ? [] : [{ ...name, key }])
    const fit = keys.filter((one) => force || folder.key(one) === undefined)
    if (fit.length > 0) folder.addKeys(fit)
    return { keys: fit.length, kept: keys.length - fit.length, fingerprints: folder.addFingerprints(accounts.flatMap(({ fingerprints }) => fingerprints)) }
  } finally {
    unlock()
  }
}
