/** libotr's forensic tools (Debian's libotr5-bin), run once for each call. They read what OTR clients send. */
import { spawnSync } from 'node:child_process'

export type Tool = 'otr_parse' | 'otr_sesskeys' | 'otr_mackey' | 'otr_readforge' | 'otr_modify' | 'otr_remac'

export interface ToolOutput {
  readonly status: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

export function run(tool: Tool, args: readonly string[], input = ''): ToolOutput {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { input, timeout: 20_000 })
  if (error) throw error
  return { status, stdout, stderr: stderr.toString('utf8') }
}

export const haveTools = (): boolean => spawnSync('otr_mackey').error === undefined

/** A message as `otr_parse` prints it: its title, and its fields by name. */
export interface ParsedMessage {
  readonly title: string
  readonly fields: ReadonlyMap<string, string>
}

export function parse(messages: readonly string[]): ParsedMessage[] {
  const { status, stdout } = run('otr_parse', [], messages.join('\n') + '\n')
  if (status !== 0) throw new Error(`otr_parse ended with ${String(status)}`)
  return stdout.toString('latin1').split('\n\n').filter((block) => block.trim() !== '').map((block) => {
    const [title = '', ...lines] = block.trim().split('\n')
    return {
      title: title.replace(/:$/, ''),
      fields: new Map(lines.map((line) => {
        const at = line.indexOf(':')
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
      })),
    }
  })
}

/** The keys that `otr_sesskeys` derives from a D-H private key and the other side's public key, as hex. */
export function sessionKeys(ourPrivate: string, theirPublic: string): { readonly sending: string; readonly receiving: string; readonly receivingMac: string } {
  // gcrypt writes a sign byte before a high bit; the tool counts it and refuses.
  const { stdout } = run('otr_sesskeys', [ourPrivate.replace(/^00/, ''), theirPublic.replace(/^00/, '')])
  const value = (name: RegExp): string => name.exec(stdout.toString('utf8'))?.[1] ?? ''
  return {
    sending: value(/^Sending +AES key: ([0-9a-f]{32})$/m),
    receiving: value(/^Receiving +AES key: ([0-9a-f]{32})$/m),
    receivingMac: value(/^Receiving +MAC key: ([0-9a-f]{40})$/m),
  }
}
