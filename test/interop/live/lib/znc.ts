import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { freePort, listening, type Workplace } from './programs.js'

/** What a client gives it as the server's password: the user, the network, and the user's password. */
export const zncPassword = 'bob/net:not a secret'

/** Debian's user of nobody's. */
const nobody = 65_534

/** ZNC with one user, bob, always on the IRC network at `ircPort`. Its settings are those that it comes with, but for how fast it writes. Gives its port. */
export async function startZnc(workplace: Workplace, ircPort: number): Promise<number> {
  const port = await freePort()
  const home = workplace.path('znc')
  mkdirSync(`${home}/configs`, { recursive: true })
  writeFileSync(`${home}/configs/znc.conf`, `Version = 1.8.2
ConnectDelay = 1
ServerThrottle = 1
<Listener test>
  Host = 127.0.0.1
  Port = ${port}
  IPv4 = true
  IPv6 = false
  SSL = false
  AllowIRC = true
  AllowWeb = false
</Listener>
<User bob>
  Pass = plain#not a secret
  Nick = bob
  AltNick = bob_
  Ident = bob
  RealName = bob
  <Network net>
    FloodBurst = 1000
    FloodRate = 1000.00
    Server = 127.0.0.1 ${ircPort}
  </Network>
</User>
`)
  // As root it waits for half a minute, to be thought about.
  const asNobody = process.getuid?.() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : []
  if (asNobody.length > 0) {
    chmodSync(workplace.folder, 0o711)
    for (const path of [home, `${home}/configs`, `${home}/configs/znc.conf`]) chownSync(path, nobody, nobody)
  }
  const program = workplace.start('znc', [...asNobody, 'znc', '--foreground', '--datadir', home], { HOME: home })
  await listening(program, port)
  return port
}
