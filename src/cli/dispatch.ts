import { OtrError } from '../errors.js'
import { UsageError, type Command, type Io } from './command.js'
import { inertLine, inertLines } from './inert-text.js'
import { printable } from './options.js'
import { releaseTerminal } from './terminal/input.js'

/** Every command by name. A module is loaded when its command is asked for, so that `otr4 peer` does not wait for the rest. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  chat: async () => (await import('./chat.js')).command,
  demo: async () => (await import('./demo.js')).command,
  relay: async () => (await import('./relay.js')).command,
  inspect: async () => (await import('./inspect.js')).command,
  forge: async () => (await import('./forge.js')).command,
  keygen: async () => (await import('./keygen.js')).command,
  fingerprint: async () => (await import('./fingerprint.js')).command,
  account: async () => (await import('./account.js')).command,
  export: async () => (await import('./export.js')).command,
  import: async () => (await import('./import.js')).command,
  peer: async () => (await import('./peer.js')).command,
  conformance: async () => (await import('./conformance.js')).command,
  state: async () => (await import('./state-check.js')).command,
  'prekey-server': async () => (await import('./prekey-server.js')).command,
}

async function usage(): Promise<string> {
  const lines = ['usage: otr4 <command> [...]', '']
  for (const [name, load] of Object.entries(commands)) lines.push(`  ${name.padEnd(14)} ${(await load()).summary}`)
  return [...lines, '', '`otr4 <command> --help` says more. `otr4 --version` prints the version.', ''].join('\n')
}

/** Runs one command line. Resolves to the exit code; wrong words give one line on standard error and 2. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args
  try {
    if (name === 'help' && rest.length > 0) return await main([...rest.slice(0, 1), '--help'], io)
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      const text = await usage()
      ;(name === undefined ? io.stderr : io.stdout).write(text)
      return name === undefined ? 2 : 0
    }
    if (name === '--version') {
      io.stdout.write(`${(await import('./version.js')).version}\n`)
      return 0
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (load === undefined) throw new UsageError(`unknown command "${printable(name)}"; \`otr4 --help\` lists them`)
    const command = await load()
    if (rest.includes('--help') || rest.includes('-h')) {
      io.stdout.write(`${command.help.trim()}\n`)
      return 0
    }
    try {
      return await command.run(rest, io)
    } finally {
      // Throws away what was typed meanwhile: it may be a passphrase, and must not go to the shell.
      await releaseTerminal(io)
    }
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr.write(`otr4: ${inertLines(error.message).join('\n')}\n`)
      return 2
    }
    if (error instanceof OtrError) {
      io.stderr.write(`otr4: ${error.code}: ${inertLine(error.message)}\n`)
      return 2
    }
    throw error
  }
}
