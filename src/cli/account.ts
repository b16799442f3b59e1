import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Client, movingAccount, settleAccount, systemRandom, type Conversation, type KnownKey, type MovingAccount } from '../index.js'
import { newConversation } from '../session/conversation/state.js'
import { openAccount, sealAccount } from '../store/index.js'
import { openDirectory } from '../store/node/index.js'
import { networkNames } from './account-name.js'
import { UsageError, type Command, type Io } from './command.js'
import { readBytes, writePrivately } from './files.js'
import { inertJson, inertLine } from './inert-text.js'
import { accountFrom } from './keygen.js'
import { counted, parseOptions, printable } from './options.js'
import { storePassphrase, withSecret } from './passphrase.js'
import { hexEncode } from '../wire/index.js'
import { isSealed, readSealedAccounts } from './sealed-accounts.js'
import { StateFolder, type AccountName } from './state.js'

const options = {
  state: { type: 'string' }, store: { type: 'string' }, account: { type: 'string' }, protocol: { type: 'string' }, force: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseOptions<typeof options>>['values']

/** The environment variable with the passphrase of the file that goes from one machine to the other. */
const filePassphrase = 'OTR4_EXPORT_PASSPHRASE'

const now = (): number => Date.now() / 1000

export const command: Command = {
  summary: 'move an account, sealed, to another machine',
  help: `
usage: otr4 account export FILE --state DIR --account NAME
                           --protocol ${networkNames.join('|')} [--force]
       otr4 account export FILE --store DIR [--force]
       otr4 account import FILE (--state DIR | --store DIR) [--force] [--json]
       otr4 account forging-key --state DIR --account NAME
                                --protocol ${networkNames.join('|')}

Export writes the keys of an account, what it trusts of others, and its
policies to FILE, sealed under the passphrase in the environment variable
OTR4_EXPORT_PASSPHRASE. What is sealed here is opened with the passphrase in
OTR4_PASSPHRASE. At a terminal you are asked for what is not set.
Conversations do not move: on the new machine they are begun again, under a
new instance tag and with the keys that your correspondents know. The old
machine may go on beside the new one.

Import into --state keeps keys and trust, in libotr's form where it has one;
policies are kept by a store alone. An account that is there already is
replaced only with --force; a store must be empty.

Forging-key prints the secret of the forging key, in hex, if the account was
made with --forging-key keep: the "signer" of otr4 forge.

exit codes: 0 done, 1 there is no such account or secret, 2 wrong options,
  files or passphrase
`,
  async run(args, io) {
    if (args[0] === 'forging-key') return showForgingKey(args.slice(1), io)
    const { values, words: [verb = '', file = ''] } = parseOptions(args, { options, words: ['export, import or forging-key', 'FILE'] })
    if (verb !== 'export' && verb !== 'import') throw new UsageError(`export, import or forging-key, not '${printable(verb)}'`)
    if ((values.state === undefined) === (values.store === undefined)) throw new UsageError('one of --state DIR and --store DIR is needed')
    return verb === 'export' ? exportTo(file, values, io) : importFrom(file, values, io)
  },
}

async function exportTo(file: string, values: Values, io: Io): Promise<number> {
  if (existsSync(file) && values.force !== true) throw new UsageError(`${printable(file)}: exists already; --force replaces it`)
  const account = values.store === undefined ? await fromState(values, io) : await fromStore(values.store, io)
  if (account === undefined) {
    io.stderr.write('otr4: there is no such account\n')
    return 1
  }
  writePrivately(file, await withSecret(io, { variable: filePassphrase, what: 'FILE', isNew: true }, (secret) => sealAccount(secret, account, systemRandom)))
  io.stdout.write(`${inertLine(account.address)}: keys and ${count(account)} exported to ${inertLine(file)}\n`)
  return 0
}

async function showForgingKey(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseOptions(args, { options: { state: options.state, account: options.account, protocol: options.protocol } })
  if (values.state === undefined) throw new UsageError('--state DIR is missing')
  const account = await fromState(values, io)
  const secret = account?.keys.ed448?.forgingSecret
  if (secret === undefined) {
    io.stderr.write(account === undefined ? 'otr4: there is no such account\n' : 'otr4: the secret of its forging key was discarded: nobody has it\n')
    return 1
  }
  io.stdout.write(`${hexEncode(secret)}\n`)
  return 0
}

async function importFrom(file: string, values: Values, io: Io): Promise<number> {
  const sealed = readBytes(file)
  const account = await withSecret(io, { variable: filePassphrase, what: 'FILE' }, (secret) => openAccount(secret, sealed))
  if (values.store === undefined) intoFolder(account, values)
  else await intoStore(account, values.store, io)
  io.stdout.write(values.json === true
    ? `${inertJson({ account: account.address, correspondents: account.correspondents.length })}\n`
    : `${inertLine(account.address)}: keys and ${count(account)} imported; the instance tag is a new one\n`)
  return 0
}

function count({ correspondents }: MovingAccount): string {
  return `what is known of ${counted(correspondents.length, 'correspondent')}`
}

/** An account of a state folder, sealed or in clear. */
async function fromState(values: Values, io: Io): Promise<MovingAccount | undefined> {
  const name = accountFrom(values.account, values.protocol)
  const accounts = await readSealedAccounts(values.state ?? '', io, { only: name, mayAsk: true })
  if (accounts === undefined) throw new UsageError('set OTR4_PASSPHRASE to the passphrase of DIR')
  const [sealed] = accounts
  return sealed === undefined ? fromFolder(values) : movingAccount(name.account, sealed.saved.account.keys, sealed.saved, name.protocol)
}

function fromFolder(values: Values): MovingAccount | undefined {
  const folder = StateFolder.read(values.state ?? '')
  const name = accountFrom(values.account, values.protocol)
  const dsa = folder.key(name)
  const ed448 = folder.ed448(name)
  const tag = folder.tag(name)
  if (dsa === undefined && ed448 === undefined) return undefined
  const secrets = { ...(dsa !== undefined && { dsa }), ...(ed448 !== undefined && { ed448 }), ...(tag !== undefined && { instanceTag: tag }) }
  return movingAccount(name.account, secrets, { policy: {}, conversations: correspondentsOf(folder, name) }, name.protocol)
}

/** What the unsealed files of a folder know of correspondents, as conversations of a client. The files do not say when a key was first seen. */
function correspondentsOf(folder: StateFolder, name: AccountName): Conversation[] {
  const seen = folder.seen(name)
  return [...new Set(seen.map(({ peer }) => peer))].map((peer) => ({
    ...newConversation(peer),
    known: true,
    keys: seen.filter((one) => one.peer === peer).map(({ version, fingerprint, verified }): KnownKey =>
      ({ version, fingerprint, trust: verified ? 'verified' : 'seen', how: 'import', firstSeen: now() })),
  }))
}

function intoFolder(account: MovingAccount, values: Values): void {
  const network = values.protocol ?? account.network
  const name = accountFrom(values.account ?? account.address, network)
  const { dsa, ed448 } = account.keys
  const folder = StateFolder.open(values.state ?? '')
  const unlock = folder.lock()
  try {
    if (isSealed(folder.path, name)) throw new UsageError(`${printable(name.account)} is there already, sealed: choose another DIR`)
    if ((folder.key(name) ?? folder.ed448(name)) !== undefined) {
      if (values.force !== true) throw new UsageError(`${printable(name.account)} has a key there already; --force replaces it`)
      folder.forgetKeys(name)
    }
    if (dsa !== undefined) folder.addKeys([{ ...name, key: dsa }])
    if (ed448 !== undefined) folder.addEd448(name, ed448)
    for (const { peer, keys } of account.correspondents) {
      for (const { version, fingerprint, trust } of keys) folder.remember(name, { peer, version, fingerprint, verified: trust === 'verified' })
    }
  } finally {
    unlock()
  }
}

async function fromStore(directory: string, io: Io): Promise<MovingAccount | undefined> {
  const store = await withSecret(io, storePassphrase, (passphrase) => openDirectory({ directory, secret: { passphrase }, create: false }))
  try {
    const saved = await store.load()
    return saved && movingAccount(saved.account.address, saved.account.keys, saved)
  } finally {
    await store.close()
  }
}

async function intoStore(account: MovingAccount, directory: string, io: Io): Promise<void> {
  const isNew = !existsSync(join(directory, 'header'))
  const persistence = await withSecret(io, { ...storePassphrase, isNew }, (passphrase) => openDirectory({ directory, secret: { passphrase } }))
  const client = await Client.open({ ...settleAccount(account, systemRandom), persistence, clock: now })
  await client.close()
}
