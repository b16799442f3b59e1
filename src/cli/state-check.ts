import { OtrError } from '../errors.js'
import type { SealedStore, StoreSecret, StoreSummary } from '../store/index.js'
import { UsageError, type Command, type Io } from './command.js'
import { groupDigits } from './fingerprint-digits.js'
import { inertJson, inertLine } from './inert-text.js'
import { parseOptions, printable } from './options.js'
import { secretOf, sealedStores } from './sealed-accounts.js'

export const command: Command = {
  summary: 'verify a directory with a sealed state',
  help: `
usage: otr4 state check [--json] [--no-anchor] DIR

Opens the store in DIR with the passphrase in OTR4_PASSPHRASE (at a terminal
you are asked for it), reads every record, and verifies that each is what was
written and that none is missing, added, or older than the rest. Prints what
the store holds: no secret, no text, no correspondent's name. Nothing is
changed; nobody else may have the store open. DIR may be that of "otr4 chat
--state DIR", which has a store for each account.

  --json        one JSON object a store
  --no-anchor   do not ask DIR.anchor whether the whole store is an older copy

exit codes: 0 all is well, 1 the store is damaged, changed or an older copy, 2
  it cannot be opened, or a word is wrong
`,
  async run(args, io) {
    const { values, words: [action = '', directory = ''] } = parseOptions(args, {
      options: { 'json': { type: 'boolean' }, 'no-anchor': { type: 'boolean' } }, words: ['check', 'DIR'],
    })
    if (action !== 'check') throw new UsageError(`state: there is no "${printable(action)}"`)
    const { directories, secret } = await storesIn(directory, io)
    let code = 0
    for (const one of directories) code = Math.max(code, await report(one, secret, io, { json: values.json === true, noAnchor: values['no-anchor'] === true }))
    return code
  },
}

/** The store in a directory, or the stores of a chat's accounts, and the secret that opens them. */
async function storesIn(directory: string, io: Io): Promise<{ readonly directories: readonly string[], readonly secret: StoreSecret }> {
  const { directories, secret } = await sealedStores(directory, io, { mayAsk: true })
  if (directories.length === 0) return { directories: [directory], secret: await secretOf(directory, io) }
  if (secret === undefined) throw new UsageError('set OTR4_PASSPHRASE to the passphrase of DIR')
  return { directories, secret }
}

/** Prints what is in a store, or what is wrong with it. Returns the exit code. */
async function report(directory: string, secret: StoreSecret, io: Io, { json, noAnchor }: { readonly json: boolean, readonly noAnchor: boolean }): Promise<number> {
  try {
    const summary = await check(directory, secret, noAnchor)
    if (json) io.stdout.write(`${inertJson({ ok: true, ...summary })}\n`)
    else print(io, summary)
    return 0
  } catch (error) {
    if (!(error instanceof OtrError) || !['OTR_STORE_CORRUPT', 'OTR_STORE_ROLLBACK'].includes(error.code)) throw error
    if (json) io.stdout.write(`${inertJson({ ok: false, code: error.code, message: error.message })}\n`)
    else io.stderr.write(`otr4: ${error.code}: ${error.message}\n`)
    return 1
  }
}

async function check(directory: string, secret: StoreSecret, noAnchor: boolean): Promise<StoreSummary> {
  const { openDirectory } = await import('../store/node/index.js')
  const store: SealedStore = await openDirectory({ directory, secret, create: false, ...(noAnchor && { anchor: 'none' }) })
  try {
    return await store.check()
  } finally {
    await store.close()
  }
}

function print(io: Io, { account, sessions, keys, ...summary }: StoreSummary): void {
  const lines: (readonly [string, string | number])[] = [
    ['account', account === undefined ? 'none yet' : inertLine(account.address)],
    ...(account === undefined ? [] : [['instance tag', `0x${account.instanceTag.toString(16).padStart(8, '0')}`] as const]),
    ...Object.entries(account?.fingerprints ?? {}).map(([version, fingerprint]) => [`fingerprint ${version}`, groupDigits(fingerprint)] as const),
    ...(account?.profileExpires === undefined ? [] : [['profile ends', new Date(account.profileExpires * 1000).toISOString()] as const]),
    ['correspondents', summary.correspondents],
    ['sessions', `${sessions.encrypted} encrypted, ${sessions.finished} finished, ${sessions.plaintext} not begun`],
    ['key exchanges', `${summary.handshakes} wait for an answer`],
    ['keys', `${keys.seen} seen, ${keys.verified} of them verified`],
    ['messages', `${summary.held} wait, ${summary.incomplete} have fragments missing`],
    ['prekeys', `${summary.prekeys} not used`],
    ['events', `${summary.unconfirmed} not confirmed`],
    ["host's records", summary.hostRecords],
    ['generation', `${summary.generation}, ${summary.records} records, ${summary.bytes} bytes`],
  ]
  io.stdout.write('the store is whole\n')
  for (const [name, value] of lines) io.stdout.write(`  ${name.padEnd(16)}${value}\n`)
}
