import type { Io } from '../../command.js'
import type { CodeRoom } from '../../fingerprint-qr.js'
import { terminalInput, type TerminalInput } from '../../terminal/input.js'
import type { Key } from '../../terminal/keys.js'
import { edit, nextLine, textOf } from '../../terminal/line.js'
import { Screen } from '../../terminal/screen.js'
import type { ChatEvent, Presence } from '../chat-event.js'
import type { Indicator } from '../indicator.js'
import { renameEntry } from '../rename-entry.js'
import type { Leaving, Names, Question, TypedLine, View } from '../view.js'
import { worded, type Worded } from '../wording.js'
import { complete, type Completion } from './completion.js'
import { draw, layout, type Drawn } from './draw.js'
import { askPanel, panelKey, type Decision, type Panel } from './panel.js'
import { paste } from './pasting.js'
import { counts, placeOf } from './window-of-event.js'
import { scrolled } from './rows.js'
import { add, bringToFront, clear, close, firstWindow, frontOf, lookAt, nextUnread, rename, step, typeIn, withWindow, type Windows } from './windows.js'

/** Commands that hold a secret. The arrow keys do not bring them back. */
const secretCommands = /^\/(?:otr\s+(?:smp|ask|answer|auth|verify)|smp|answer)\b/i

/** Strangers can open windows. With this many, further messages are shown in the first window. */
const maxWindows = 100

/** How long after its last line the progress of a message is shown. */
const progressLastsMs = 60_000

/** A panel, and who waits for the answer. */
interface Asking {
  readonly panel: Panel
  readonly decided: (answer: Answer) => void
}

/** The person's answer, and the panel as it was then: a name in it may have changed since it was opened. */
type Answer = Decision & { readonly panel: Panel }

/** The view for a terminal: windows, a status bar and a line to type in. The picture is made anew from plain state whenever something has changed. */
export class TerminalView implements View {
  readonly #io: Io
  readonly #now: () => Date
  #windows = firstWindow
  #asking: readonly Asking[] = []
  #completion: Completion | undefined
  readonly #indicators = new Map<string, Indicator>()
  readonly #presence = new Map<string, Presence>()
  readonly #names = new Set<string>()
  #account = ''
  #network = ''
  #connection = 'online'
  #progress: Drawn['progress']
  #progressEnds: NodeJS.Timeout | undefined
  #known: Names = { spelling: (name) => name, isChannel: () => false }
  #screen: Screen | undefined
  #input: TerminalInput | undefined
  #stop: () => void = () => undefined
  #drawing = false
  #over = false
  #closed = false
  #typed: readonly (TypedLine | Leaving)[] = []
  #wake: (() => void) | undefined

  constructor(io: Io, now: () => Date = () => new Date()) {
    this.#io = io
    this.#now = now
  }

  open(names: Names): Promise<void> {
    this.#known = names
    this.#screen = new Screen(this.#io, () => { this.#redraw() })
    this.#input = terminalInput(this.#io)
    this.#stop = this.#input.listen((key) => { this.#key(key) }, () => { this.#finish() })
    if (this.#input.over) this.#finish()
    this.#redraw()
    return Promise.resolve()
  }

  show(event: ChatEvent): void {
    this.#learn(event)
    const said = worded(this.#asSpelled(event))
    if (said !== undefined) this.#add(event, said)
    this.#redraw()
  }

  indicate(peer: string, indicator: Indicator): void {
    this.#indicators.set(peer, indicator)
    this.#redraw()
  }

  get current(): string | undefined {
    return frontOf(this.#windows).name
  }

  turnTo(name: string | undefined): void {
    if (name !== undefined) this.#names.add(name)
    const { windows, at } = withWindow(this.#windows, name)
    this.#change(bringToFront(windows, at))
  }

  turnToNumber(number: number | undefined): void {
    this.#change(bringToFront(this.#windows, (number ?? 1) - 1))
  }

  follow(key: (name: string) => string): void {
    const names = [...this.#windows.all.map(({ name }) => name), ...this.#indicators.keys(), ...this.#presence.keys(), ...this.#typed.map((one) => 'to' in one ? one.to : undefined)]
    for (const name of new Set(names)) if (name !== undefined) this.#move(name, key(name))
    this.#redraw()
  }

  forget(name: string): void {
    this.#change(close(this.#windows, name))
  }

  async *lines(): AsyncIterable<TypedLine | Leaving> {
    for (;;) {
      const [line, ...rest] = this.#typed
      this.#typed = rest
      if (line !== undefined) yield line
      else if (this.#over) return
      else await new Promise<void>((resolve) => { this.#wake = resolve })
    }
  }

  async ask(question: Question): Promise<string | undefined> {
    const decision = await this.#decide(askPanel(question))
    return decision.decided === 'text' ? decision.text : undefined
  }

  async confirm(text: string): Promise<boolean> {
    return (await this.#decide({ kind: 'confirm', text })).decided === 'yes'
  }

  wholeScreen(): CodeRoom | undefined {
    // The last row says how to go on.
    return this.#screen && { columns: this.#screen.columns, rows: this.#screen.rows - 1, colours: false }
  }

  async showWhole(rows: readonly string[]): Promise<void> {
    await this.#decide({ kind: 'whole', rows })
  }

  know(names: readonly string[]): void {
    for (const name of names) this.#names.add(name)
  }

  clear(): void {
    this.#screen?.forget()
    this.#change(clear(this.#windows))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#finish()
    this.#stop()
    this.#screen?.close()
    this.#screen = undefined
    // Nobody reads what is typed from now on.
    await this.#input?.close()
    this.#io.stdout.write('good-bye\n')
  }

  /** The event, with names as people write them. */
  #asSpelled(event: ChatEvent): ChatEvent {
    if (event.type === 'channel') return { ...event, channel: this.#spelled(event.channel) }
    return 'peer' in event ? { ...event, peer: this.#spelled(event.peer) } : event
  }

  /** Takes from an event what the status bar shows. */
  #learn(event: ChatEvent): void {
    switch (event.type) {
      case 'ready':
        this.#account = event.account
        this.#network = event.network
        break
      case 'account':
        this.#account = event.account
        break
      case 'connection':
        this.#connection = event.status
        break
      case 'presence':
        this.#presence.set(event.peer, event.presence)
        break
      case 'message':
        this.#presence.delete(event.peer)
        this.#names.add(event.peer)
        break
      case 'channel':
        this.#names.add(event.channel)
        if (event.event === 'names') for (const name of event.text.split(' ')) this.#names.add(name.replace(/^[~&@%+!.]/, ''))
        else if (event.event === 'renamed') this.#names.add(event.text)
        else if (event.event !== 'topic' && event.event !== 'refused' && event.own !== true) this.#names.add(event.who)
        break
      case 'progress':
        this.#progress = event
        clearTimeout(this.#progressEnds)
        // There is no sign if the rest never comes.
        this.#progressEnds = setTimeout(() => {
          this.#progress = undefined
          this.#redraw()
        }, progressLastsMs).unref()
        break
      case 'notice':
        if (event.code === 'undelivered' && event.peer !== undefined) this.#presence.set(event.peer, 'absent')
        break
      case 'renamed':
        this.#names.delete(event.peer)
        this.#names.add(event.to)
        this.#move(event.peer, event.to)
        break
      default:
        // The status bar does not show it.
    }
  }

  /** A correspondent has another key: moves everything that is shown of them or waits for them. */
  #move(from: string, to: string): void {
    if (from === to) return
    this.#windows = rename(this.#windows, from, to)
    renameEntry(this.#indicators, from, to)
    renameEntry(this.#presence, from, to)
    if (this.#progress?.peer === from) this.#progress = { ...this.#progress, peer: to }
    this.#typed = this.#typed.map((one) => 'to' in one && one.to === from ? { ...one, to } : one)
    this.#asking = this.#asking.map((one) => one.panel.kind === 'paste' && one.panel.to === from ? { ...one, panel: { ...one.panel, to } } : one)
  }

  #add(event: ChatEvent, said: Worded): void {
    const place = placeOf(event)
    const name = place === 'front' ? this.current : place === 'first' ? undefined : place.of
    const exists = this.#windows.all.some((window) => window.name === name)
    const opens = typeof place === 'object' && place.opens && this.#windows.all.length < maxWindows
    const where = exists || opens ? name : undefined
    const time = this.#now().toTimeString().slice(0, 5)
    this.#windows = add(this.#windows, where, { time, said, isAnswer: event.type === 'info' }, counts(event))
  }

  #change(windows: Windows): void {
    this.#windows = windows
    this.#redraw()
  }

  #decide(panel: Panel): Promise<Answer> {
    if (this.#over) return Promise.resolve({ decided: 'no', panel })
    return new Promise((resolve) => {
      this.#asking = [...this.#asking, { panel, decided: resolve }]
      this.#redraw()
    })
  }

  #key(key: Key): void {
    const asking = this.#asking.at(-1)
    if (key.kind === 'key' && key.ctrl && key.name === 'l') this.#screen?.forget()
    else if (key.kind === 'key' && key.ctrl && key.name === 'z') this.#suspend()
    else if (asking === undefined) this.#keyInWindow(key)
    else {
      const next = panelKey(asking.panel, key)
      const rest = this.#asking.slice(0, -1)
      this.#asking = 'decided' in next ? rest : [...rest, { ...asking, panel: next }]
      if ('decided' in next) asking.decided({ ...next, panel: asking.panel })
    }
    this.#redraw()
  }

  #keyInWindow(key: Key): void {
    const { line } = frontOf(this.#windows)
    if (key.kind === 'paste') this.#paste(key)
    else if (key.kind === 'key' && this.#command(key)) this.#completion = undefined
    else if (key.kind === 'key' && key.name === 'tab') this.#complete()
    else this.#windows = typeIn(this.#windows, edit(line, key))
  }

  /** Applies a key that is not about the line. Returns false if it is none of these. */
  #command({ name, ctrl, alt }: Extract<Key, { kind: 'key' }>): boolean {
    const { line } = frontOf(this.#windows)
    if (alt && /^\d$/.test(name)) this.#windows = bringToFront(this.#windows, (Number(name) + 9) % 10)
    else if (alt && name === 'a') this.#windows = nextUnread(this.#windows)
    else if (alt && name === 'end') this.#windows = lookAt(this.#windows, undefined)
    else if (ctrl && (name === 'n' || name === 'p')) this.#windows = step(this.#windows, name === 'n' ? 1 : -1)
    else if (name === 'pageup' || name === 'pagedown') this.#scroll(name === 'pageup' ? -1 : 1)
    else if (name === 'enter') this.#enter()
    else if (ctrl && name === 'c' && textOf(line) !== '') this.#windows = typeIn(this.#windows, nextLine(line, true))
    else if (ctrl && (name === 'c' || (name === 'd' && textOf(line) === ''))) this.#give({ leave: true })
    else return false
    return true
  }

  #enter(): void {
    const window = frontOf(this.#windows)
    const text = textOf(window.line)
    this.#windows = lookAt(typeIn(this.#windows, nextLine(window.line, secretCommands.test(text))), undefined)
    if (text.trim() !== '') this.#give({ text, to: window.name, pasted: false })
  }

  #paste(key: Extract<Key, { kind: 'paste' }>): void {
    const { line, name } = frontOf(this.#windows)
    const pasting = paste(line, key)
    if (pasting.kind === 'typed') this.#windows = typeIn(this.#windows, pasting.line)
    else if (pasting.kind === 'refused') this.show({ type: 'error', text: pasting.why })
    else if (name === undefined) this.show({ type: 'error', text: 'with whom? /with NAME; nothing was pasted' })
    else {
      this.#windows = typeIn(this.#windows, nextLine(line, true))
      void this.#decide({ kind: 'paste', lines: pasting.lines, to: name, from: 0 }).then(({ decided, panel }) => {
        if (decided === 'yes' && panel.kind === 'paste') for (const text of panel.lines) this.#give({ text, to: panel.to, pasted: true })
      })
    }
  }

  #complete(): void {
    const { line } = frontOf(this.#windows)
    this.#completion = complete(line, [...this.#names].map((name) => this.#spelled(name)), this.#completion)
    if (this.#completion !== undefined) this.#windows = typeIn(this.#windows, this.#completion.line)
  }

  #scroll(pages: 1 | -1): void {
    const { columns, messageRows } = this.#layout()
    this.#windows = lookAt(this.#windows, scrolled(frontOf(this.#windows), pages * Math.max(1, messageRows - 1), columns, messageRows))
  }

  #give(typed: TypedLine | Leaving): void {
    this.#typed = [...this.#typed, typed]
    this.#wake?.()
  }

  /** No more keys come: all open questions are left without an answer. */
  #finish(): void {
    this.#over = true
    const open = this.#asking
    this.#asking = []
    for (const { decided, panel } of open) decided({ decided: 'no', panel })
    this.#wake?.()
  }

  /** Suspends the program (Ctrl-Z); `fg` in the shell continues it. */
  #suspend(): void {
    this.#screen?.suspend()
    this.#input?.suspend()
    process.once('SIGCONT', () => {
      this.#input?.resume()
      this.#screen?.resume()
      this.#redraw()
    })
    process.kill(process.pid, 'SIGTSTP')
  }

  #spelled(name: string): string {
    return this.#known.spelling(name)
  }

  #drawn(): Drawn {
    return {
      windows: this.#windows, panel: this.#asking.at(-1)?.panel, account: this.#account, network: this.#network, connection: this.#connection,
      progress: this.#progress,
      isChannel: this.#known.isChannel, spelled: (name) => this.#spelled(name),
      indicator: (name) => this.#indicators.get(name), presence: (name) => this.#presence.get(name),
    }
  }

  #layout(): { readonly columns: number, readonly messageRows: number } {
    const { columns = 80, rows = 24 } = this.#screen ?? {}
    return { columns, messageRows: layout(this.#drawn(), columns, rows).messageRows }
  }

  /** Draws once for all changes of this moment. */
  #redraw(): void {
    if (this.#drawing || this.#screen === undefined) return
    this.#drawing = true
    setImmediate(() => {
      this.#drawing = false
      if (this.#screen === undefined) return
      const { rows, cursor } = draw(this.#drawn(), this.#screen.columns, this.#screen.rows)
      this.#screen.draw(rows, cursor)
    })
  }
}
