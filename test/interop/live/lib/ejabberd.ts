import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { freePort, listening, until, type Workplace } from './programs.js'
import { domain, password } from './prosody.js'

/**
 * Starts ejabberd with these accounts, each of which knows all others: in the foreground and without a node name, so that neither Erlang's
 * port mapper nor anything else of it stays behind. Gives its port.
 */
export async function startEjabberd(workplace: Workplace, accounts: readonly string[]): Promise<number> {
  const port = await freePort()
  const home = workplace.path('ejabberd')
  mkdirSync(home)
  writeFileSync(`${home}/ejabberd.yml`, `
hosts: [ ${domain} ]
loglevel: warning
auth_method: internal
auth_password_format: plain
default_db: mnesia
s2s_access: none
listen:
  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s, starttls: false, access: all, shaper: none }
modules: { mod_roster: {}, mod_offline: {}, mod_carboncopy: {}, mod_disco: {}, mod_ping: {}, mod_stream_mgmt: {}, mod_admin_extra: {}, mod_mam: { default: always } }
`)
  const names = `[${accounts.map((account) => `<<"${account}">>`).join(', ')}]`
  const program = workplace.start('ejabberd', ['erl', '-noinput', '-noshell', '-mnesia', 'dir', `"${home}/db"`, '-s', 'ejabberd', '-eval', `
    S = <<"${domain}">>, Us = ${names},
    [ok = ejabberd_auth:try_register(U, S, <<"${password}">>) || U <- Us],
    [mod_admin_extra:add_rosteritem(U, S, V, S, V, <<>>, <<"both">>) || U <- Us, V <- Us, U =/= V],
    io:format("accounts are there~n").`], {
    HOME: home, EJABBERD_CONFIG_PATH: `${home}/ejabberd.yml`, EJABBERD_LOG_PATH: `${home}/ejabberd.log`, ERL_LIBS: erlangLibraries(), ERL_CRASH_DUMP_SECONDS: '0',
  })
  await listening(program, port, 60)
  await until(() => program.output.includes('accounts are there') ? true : undefined, 60, () => `ejabberd made no accounts: ${program.output}`)
  return port
}

/** Debian puts the library beside the machine's others. */
function erlangLibraries(): string {
  const found = readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu')).map((name) => `/usr/lib/${name}`)
  return found.join(':')
}
