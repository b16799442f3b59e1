import { mkdirSync, writeFileSync } from 'node:fs'
import { freePort, listening, type Program, type Workplace } from './programs.js'

/** The password of every account. */
export const password = 'not a secret'

/** The servers' one domain. */
export const domain = 'localhost'

/** Starts Prosody with these accounts, each of which knows all others. Gives its port, one of the few that bitlbee accepts. */
export async function startProsody(workplace: Workplace, accounts: readonly string[]): Promise<number> {
  const port = await freePort([5222, 5223, 5224, 5225, 5226, 5227, 5228, 5229, 5220, 5221])
  await start(workplace, accounts, port)
  return port
}

/** The same, set up as public servers are: it keeps messages for those who are away, archives them, and lets broken connections go on. */
export async function startPublicProsody(workplace: Workplace, accounts: readonly string[], { resumedWithinSeconds = 600 } = {}): Promise<number> {
  const port = await freePort()
  await start(workplace, accounts, port, { settings: `smacks_hibernation_time = ${resumedWithinSeconds}`, hosts: '', modules: ['offline', 'mam', 'smacks'] })
  return port
}

/** Prosody with a place for a prekey server as its component. */
export interface ProsodyWithComponent {
  readonly secret: string
  start(accounts: readonly string[], port?: number, componentPort?: number): Promise<{ port: number, componentPort: number }>
  stop(): Promise<void>
}

const programs = new WeakMap<Workplace, Program>()

export function prekeyComponent(workplace: Workplace): ProsodyWithComponent {
  const secret = 'the secret of the component'
  return {
    secret,
    start: async (accounts, port, componentPort) => {
      const ports = { port: port ?? await freePort(), componentPort: componentPort ?? await freePort() }
      programs.set(workplace, await start(workplace, accounts, ports.port, {
        settings: `component_interfaces = { "127.0.0.1" }\ncomponent_ports = { ${ports.componentPort} }`,
        hosts: `Component "prekey.${domain}"\ncomponent_secret = "${secret}"`,
      }))
      return ports
    },
    stop: () => programs.get(workplace)?.end() ?? Promise.resolve(),
  }
}

interface Setup {
  readonly settings: string
  readonly hosts: string
  /** Beside those that every test needs. */
  readonly modules?: readonly string[]
}

async function start(workplace: Workplace, accounts: readonly string[], port: number, { settings, hosts, modules = [] }: Setup = { settings: '', hosts: '' }): Promise<Program> {
  const data = workplace.path('prosody')
  for (const folder of ['accounts', 'roster']) mkdirSync(`${data}/${domain}/${folder}`, { recursive: true })
  for (const account of accounts) {
    writeFileSync(`${data}/${domain}/accounts/${account}.dat`, `return { ["password"] = "${password}" };\n`)
    const others = accounts.filter((other) => other !== account)
      .map((other) => `["${other}@${domain}"] = { subscription = "both"; groups = {}; };`)
    writeFileSync(`${data}/${domain}/roster/${account}.dat`, `return { [false] = { version = 1; }; ${others.join(' ')} };\n`)
  }
  const file = workplace.path('prosody.cfg.lua')
  writeFileSync(file, `
run_as_root = true
daemonize = false
pidfile = "${workplace.path('prosody.pid')}"
data_path = "${data}"
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
modules_enabled = { ${['roster', 'saslauth', 'disco', 'ping', 'carbons', 'message', 'presence', ...modules].map((name) => `"${name}"`).join(', ')} }
modules_disabled = { ${['s2s', 'tls', 'offline'].filter((name) => !modules.includes(name)).map((name) => `"${name}"`).join(', ')} }
s2s_ports = {}
authentication = "internal_plain"
storage = "internal"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = { info = "*console" }
${settings}
VirtualHost "${domain}"
${hosts}
`)
  const program = workplace.start('prosody', ['prosody', '--config', file, '-F'])
  await listening(program, port)
  return program
}
