import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { clientKeyFile } from './client-keys.js'
import { literal } from './chat.js'
import type { Correspondent } from './correspondent.js'
import { openDisplay } from './display.js'
import { Marionette } from './marionette.js'
import { until, type Program, type Workplace } from './programs.js'
import { domain, password } from './prosody.js'

/** Nothing is to open beside the main window, or to look for something in the network. */
const settings = {
  // Any free one; the program writes it into its profile.
  'marionette.port': 0,
  'app.update.disabledForTesting': true,
  'datareporting.policy.dataSubmissionEnabled': false,
  'mail.provider.suppress_dialog_on_startup': true,
  'mail.spotlight.firstRunDone': true,
  'mail.winsearch.firstRunDone': true,
  'mail.shell.checkDefaultClient': false,
  'mailnews.start_page.enabled': false,
  'app.donation.eoy.version.viewed': 999,
}

/** What every script of ours begins with. `ours` is our chat's address. */
const prelude = `
const { IMServices } = ChromeUtils.importESModule('resource:///modules/IMServices.sys.mjs')
const { OTR } = ChromeUtils.importESModule('resource:///modules/OTR.sys.mjs')
const main = Services.wm.getMostRecentWindow('mail:3pane')
const [ours, ...values] = arguments
const waitFor = async (probe, what) => {
  for (let waited = 0; waited < 20000; waited += 50) {
    const found = await probe()
    if (found) return found
    await new Promise((resolve) => main.setTimeout(resolve, 50))
  }
  throw new Error('there is no ' + what)
}
const panel = () => [...main.document.getElementById('conversationsBox').children].find((one) => !one.hidden)
const dialog = () => waitFor(() => {
  const open = [...Services.wm.getEnumerator(null)].find((one) => one.document.documentURI.endsWith('otr-auth.xhtml'))
  return open?.document.readyState === 'complete' && open.document.querySelector('fieldset:not([hidden])') ? open.document : undefined
}, 'window for verifying')
// What the menu does. The menu item itself stays disabled after the first time, until the conversation's state changes.
const verifying = () => main.document.getElementById('conv-top-info').onOtrAuthClicked()
const fill = (document, name, text) => {
  const field = document.getElementById(name)
  field.value = text
  field.dispatchEvent(new document.defaultView.Event('input', { bubbles: true }))
}
// The bars that tell what came of the last time.
const forget = () => {
  for (const bar of main.chatHandler.msgNotificationBar.allNotifications) if (/^otr:auth-(?:success|fail)/.test(bar.getAttribute('status'))) bar.close()
}
const choose = (name) => {
  const item = main.document.querySelector(name)
  if (item.disabled) throw new Error(name + ' is not to be had')
  item.doCommand()
}
`

/** Thunderbird with our chat's conversation open. Its OTR is built in, and has version 2 alone. */
export class Thunderbird implements Correspondent {
  readonly name = 'Thunderbird'
  readonly address: string
  readonly asksQuestions = true
  readonly #program: Program
  readonly #remote: Marionette
  readonly #ours: string
  #ends = 0

  private constructor(program: Program, remote: Marionette, account: string, ours: string) {
    this.#program = program
    this.#remote = remote
    this.address = `${account}@${domain}`
    this.#ours = `${ours}@${domain}`
  }

  static async open(workplace: Workplace, port: number, account: string, ours: string): Promise<Thunderbird> {
    const profile = workplace.path('thunderbird')
    mkdirSync(profile)
    writeFileSync(`${profile}/user.js`, Object.entries(settings).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''))
    writeFileSync(`${profile}/otr.private_key`, clientKeyFile('jabber', `${account}@${domain}`))
    const program = workplace.start('thunderbird', ['thunderbird', '--marionette', '--remote-allow-system-access', '--no-remote', '--profile', profile], {
      DISPLAY: await openDisplay(workplace), MOZ_CRASHREPORTER_DISABLE: '1',
    })
    const written = `${profile}/MarionetteActivePort`
    const remotePort = await until(() => {
      if (program.gone) throw new Error(`Thunderbird ended: ${program.output.slice(-2000)}`)
      return existsSync(written) ? Number(readFileSync(written, 'utf8')) || undefined : undefined
    }, 60, () => `Thunderbird opens no remote control: ${program.output.slice(-2000)}`)
    const remote = await Marionette.connect(remotePort)
    workplace.onClose(() => { remote.close() })
    const thunderbird = new Thunderbird(program, remote, account, ours)
    await thunderbird.#logIn(port)
    return thunderbird
  }

  async #logIn(port: number): Promise<void> {
    await this.#run(`
      await waitFor(() => main.chatHandler?.ChatCore?.initialized, 'chat')
      const [name, port, password] = values
      const account = IMServices.accounts.createAccount(name, 'prpl-jabber')
      account.password = password
      account.setString('server', '127.0.0.1')
      account.setInt('port', port)
      account.setString('connection_security', 'allow_unencrypted_plain_auth')
      account.save()
      account.connect()
      // What is sent to it before is lost.
      await waitFor(() => account.connected, 'connection')
      const contact = await waitFor(() => IMServices.contacts.getContacts().find((one) => one.preferredBuddy.userName === ours), 'contact')
      await waitFor(() => OTR.libLoaded, 'OTR')
      main.showChatTab()
      main.chatHandler.focusConversation(IMServices.conversations.getUIConversation(contact.createConversation()))
      await waitFor(() => panel()?._conv?.target.normalizedName === ours, 'conversation')
    `, `${this.address}/home`, port, password)
  }

  async #run(body: string, ...values: readonly unknown[]): Promise<unknown> {
    if (this.#program.gone) throw new Error(`Thunderbird ended: ${this.#program.output.slice(-2000)}`)
    return this.#remote.run(`${prelude}${body}`, this.#ours, ...values)
  }

  /** What the conversation shows, and what stands in the bars above it. */
  async shown(): Promise<string> {
    const text = await this.#run(`
      const conversation = panel()
      const bars = main.chatHandler.msgNotificationBar.allNotifications.map((one) => one.label ?? one.messageText?.textContent)
      // Several of its own lines in a row are folded away but for one.
      return [conversation.contentWindow.document.body.textContent, ...bars].join('\\n')
    `)
    return typeof text === 'string' ? text : ''
  }

  async #shows(pattern: RegExp, times = 1): Promise<void> {
    let shown = ''
    await until(async () => {
      shown = await this.shown()
      return [...shown.matchAll(new RegExp(pattern, 'g'))].length >= times ? true : undefined
    }, 30, () => `Thunderbird does not show ${String(pattern)} ${times} times:\n${shown}`)
  }

  async say(text: string): Promise<void> {
    // What the return key does; as an event it is not always taken.
    await this.#run(`
      panel().inputBox.value = values[0]
      panel().sendMsg(values[0])
    `, text)
  }

  async hears(text: string): Promise<void> {
    await this.#shows(new RegExp(literal(text)))
  }

  async start(): Promise<void> {
    await this.#run('choose(\'.otr-start\')')
  }

  async isPrivate(times: number): Promise<void> {
    await this.#shows(/(?:Private|Encrypted, but unverified) conversation with \S+ started|Successfully refreshed the encrypted conversation/, times)
  }

  async fingerprint(): Promise<string> {
    const shown = await this.#run(`
      verifying()
      const document = await dialog()
      const field = document.getElementById('yourFPValue')
      const shown = await waitFor(() => field.value, 'fingerprint')
      document.querySelector('dialog').cancelDialog()
      return shown
    `)
    return typeof shown === 'string' ? shown.replaceAll(' ', '').toLowerCase() : ''
  }

  async verify(secret: string, question?: string): Promise<void> {
    await this.#run(`
      const [secret, question] = values
      verifying()
      const document = await dialog()
      const how = document.getElementById('howOption')
      how.value = question === null ? 'sharedSecret' : 'questionAndAnswer'
      how.doCommand()
      if (question === null) fill(document, 'secret', secret)
      else {
        fill(document, 'question', question)
        fill(document, 'answer', secret)
      }
      forget()
      document.querySelector('dialog').acceptDialog()
    `, secret, question ?? null)
  }

  async isAsked(question?: string): Promise<void> {
    const asked = await this.#run(`
      const bar = await waitFor(() => main.chatHandler.msgNotificationBar.getNotificationWithValue('ask-auth-' + ours), 'question')
      bar.querySelector('button, .notification-button')?.click()
      bar.buttonContainer?.querySelector('button')?.click()
      const document = await dialog()
      await waitFor(() => document.getElementById('responseLabel').value, 'field')
      return document.getElementById('receivedQuestion').hidden ? '' : document.getElementById('receivedQuestion').value ?? document.getElementById('receivedQuestion').textContent
    `)
    if (asked !== (question ?? '')) throw new Error(`Thunderbird asks '${String(asked)}'`)
  }

  async answer(secret: string): Promise<void> {
    await this.#run(`
      const document = await dialog()
      fill(document, 'response', values[0])
      forget()
      document.querySelector('dialog').acceptDialog()
    `, secret)
  }

  async succeeds(): Promise<void> {
    await this.#shows(/completed successfully|successfully verified your identity/)
  }

  async fails(): Promise<void> {
    await this.#shows(/Failed to verify the identity/)
  }

  async end(): Promise<void> {
    await this.#run('choose(\'.otr-end\')')
    await this.#shows(/The encrypted conversation with \S+ ended\./, ++this.#ends)
  }

  async isEnded(): Promise<void> {
    await this.#shows(/has ended their encrypted conversation with you/)
  }

  /** A picture of its main window, for a person who looks after a test. */
  async picture(file: string): Promise<void> {
    const answer = await this.#remote.screenshot()
    if (typeof answer === 'object' && answer !== null && 'value' in answer && typeof answer.value === 'string') writeFileSync(file, Buffer.from(answer.value, 'base64'))
  }
}
