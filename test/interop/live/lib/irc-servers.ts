import { writeFileSync } from 'node:fs'
import { freePort, listening, type Workplace } from './programs.js'

export interface IrcServer {
  readonly name: string
  /** Starts it in a workplace. Gives its port. */
  start(workplace: Workplace): Promise<number>
}

export const ngircd: IrcServer = {
  name: 'ngircd',
  async start(workplace) {
    const port = await freePort()
    const file = workplace.path('ngircd.conf')
    writeFileSync(file, `[Global]
Name = irc.example.test
AdminInfo1 = test
Info = test
Listen = 127.0.0.1
Ports = ${port}
ServerUID = nobody
ServerGID = nogroup
MotdPhrase = hello
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 16
[Options]
DNS = no
Ident = no
PAM = no
`)
    await listening(workplace.start('ngircd', ['ngircd', '-n', '-f', file]), port)
    return port
  },
}

export const inspircd: IrcServer = {
  name: 'inspircd',
  async start(workplace) {
    const port = await freePort()
    const file = workplace.path('inspircd.conf')
    // It holds nobody back: its way with people who type fast is not what is to be shown.
    writeFileSync(file, `<server name="irc.example.test" description="test" network="Test">
<admin name="test" nick="test" email="test@example.test">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect allow="*" timeout="60" resolvehostnames="no" useconnectban="no" localmax="20" globalmax="20"
  pingfreq="120" hardsendq="1048576" softsendq="10240" recvq="10240" threshold="1000" commandrate="1000" fakelag="yes">
<performance nouserdns="yes">
<module name="sanick"><class name="all" commands="*" privs="*" usermodes="*" chanmodes="*" snomasks="*"><type name="all" classes="all"><oper name="op" password="op" host="*@*" type="all">
<module name="cap"><module name="ircv3"><module name="ircv3_servertime"><module name="ircv3_batch"><module name="ircv3_ctctags">
<options defaultmodes="not" prefixquit="Quit: ">
<pid file="${workplace.path('inspircd.pid')}">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="${workplace.path('inspircd.log')}">
`)
    const asRoot = process.getuid?.() === 0 ? ['--runasroot'] : []
    await listening(workplace.start('inspircd', ['inspircd', '--nofork', ...asRoot, '--config', file]), port)
    return port
  },
}
