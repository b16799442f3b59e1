import { inertLine, inertLines, textLines } from '../src/cli/inert-text.js'
import type { Role } from '../src/forge/index.js'
import { element, shownTime } from './elements.js'
import { timesInOrder } from './forge-talk.js'
import type { Said, Talk } from './open-talk.js'

interface Removed {
  readonly item: HTMLLIElement
  readonly place: number
}

/** The conversation as bubbles, which can be edited, added, removed and moved, by buttons and by keys. */
export class Bubbles {
  readonly #list: HTMLOListElement
  readonly #tell: (what: string) => void
  readonly #said = new Map<HTMLLIElement, Said>()
  readonly #removed: Removed[] = []
  #addresses: Talk['addresses'] = { alice: '', bob: '' }

  /** @param tell - tells what was done to those who do not see it */
  constructor(list: HTMLOListElement, tell: (what: string) => void) {
    this.#list = list
    this.#tell = tell
    list.addEventListener('input', ({ target }) => { this.#edited(target as HTMLElement) })
    list.addEventListener('click', ({ target }) => {
      const button = (target as HTMLElement).closest('button')
      const item = (target as HTMLElement).closest('li')
      if (button !== null && item !== null) this.#do(button.name, item, button.name)
    })
    list.addEventListener('keydown', (event) => {
      const name = event.altKey && !event.ctrlKey && !event.metaKey ? keys[event.key] : undefined
      const target = event.target as HTMLElement
      const item = target.closest('li')
      if (name === undefined || item === null) return
      event.preventDefault()
      this.#do(name, item, target.getAttribute('name') ?? 'text')
    })
  }

  /** What is said, in order, with the times of the places. */
  get said(): Said[] {
    const items = this.#items()
    const times = timesInOrder(items.map((item) => this.#of(item).time))
    return items.map((item, place) => {
      const said = this.#of(item)
      const time = times[place]
      return time === undefined ? said : { ...said, time }
    })
  }

  show({ addresses, said }: Talk): void {
    this.#addresses = addresses
    this.#said.clear()
    this.#removed.length = 0
    this.#list.replaceChildren(...said.map((one) => this.#make(one)))
    this.#renumber()
  }

  /** Adds an empty bubble at the end, and goes there. */
  append(): void {
    this.#add(this.#items().at(-1))
  }

  /** Puts back what was removed last. */
  restore(): void {
    const last = this.#removed.pop()
    if (last === undefined) {
      this.#tell('Nothing was removed.')
      return
    }
    this.#list.insertBefore(last.item, this.#items()[last.place] ?? null)
    this.#renumber()
    this.#tell(`Message ${last.place + 1} is back.`)
    this.go(last.place)
  }

  /** Removes what says nothing. */
  removeSilent(): void {
    const silent = this.#items().filter((item) => this.#of(item).text === '')
    for (const item of silent.toReversed()) this.#take(item)
    this.#renumber()
    this.#tell(silent.length === 1 ? '1 message was removed.' : `${silent.length} messages were removed.`)
  }

  /** Goes to the text at a place, counted from 0. */
  go(place: number): void {
    const item = this.#items()[place]
    if (item !== undefined) focus(item, 'text')
  }

  #items(): HTMLLIElement[] {
    return [...this.#list.children] as HTMLLIElement[]
  }

  #of(item: HTMLLIElement): Said {
    return this.#said.get(item) ?? { from: 'bob', text: '', clear: false }
  }

  #do(name: string, item: HTMLLIElement, stay: string): void {
    const place = this.#items().indexOf(item)
    if (name === 'up' || name === 'down') this.#move(item, place, name === 'up' ? -1 : 1, stay)
    if (name === 'add') this.#add(item)
    if (name === 'remove') {
      this.#take(item)
      this.#renumber()
      const left = this.#items().length
      this.#tell(`Message ${place + 1} was removed; ${left} left.`)
      this.go(Math.min(place, left - 1))
    }
  }

  #move(item: HTMLLIElement, place: number, by: 1 | -1, stay: string): void {
    const items = this.#items()
    const beside = items[place + by]
    if (beside === undefined) {
      this.#tell(by < 0 ? 'This is the first message.' : 'This is the last message.')
      return
    }
    this.#list.insertBefore(item, by < 0 ? beside : beside.nextSibling)
    this.#renumber()
    // A moved element has lost the focus.
    focus(item, stay)
    this.#tell(`Now message ${place + by + 1} of ${items.length}.`)
  }

  #take(item: HTMLLIElement): void {
    this.#removed.push({ item, place: this.#items().indexOf(item) })
    item.remove()
  }

  /** A bubble after this one, from the other of the two. */
  #add(after: HTMLLIElement | undefined): void {
    const item = this.#make({ from: after !== undefined && this.#of(after).from === 'bob' ? 'alice' : 'bob', text: '', clear: false })
    if (after === undefined) this.#list.append(item)
    else after.after(item)
    this.#renumber()
    focus(item, 'text')
    this.#tell(`Message ${this.#items().indexOf(item) + 1} was added.`)
  }

  #edited(target: HTMLElement): void {
    const item = target.closest('li')
    if (item === null) return
    const said = this.#of(item)
    if (target instanceof HTMLTextAreaElement) {
      this.#said.set(item, { ...said, text: target.value })
      showHidden(item, target.value)
      target.rows = rowsOf(target.value)
    } else if (target instanceof HTMLSelectElement) {
      this.#said.set(item, { ...said, from: target.value as Role })
      this.#renumber()
    }
  }

  #make(said: Said): HTMLLIElement {
    const who = element('select', { name: 'who', autocomplete: 'off' }, ...(['bob', 'alice'] as const).map((role) => {
      const option = element('option', { value: role }, inertLine(this.#addresses[role]) || '?')
      option.selected = role === said.from
      return option
    }))
    const text = element('textarea', {
      name: 'text', dir: 'auto', spellcheck: 'false', autocomplete: 'off', rows: String(rowsOf(said.text)), ...said.at !== undefined && { placeholder: 'text not shown: write what was said' },
    })
    text.value = said.text
    const item = element('li', {},
      element('div', { class: 'head' }, who, element('span', { class: 'facts' }, element('time'), ...said.clear ? [element('b', {}, 'in clear')] : [], ...said.at === undefined ? ['new'] : [`line ${said.at}`])),
      text, element('p', { class: 'hidden-characters' }),
      element('div', { class: 'tools' }, ...Object.entries(tools).map(([name, { shown }]) => element('button', { type: 'button', name }, shown))))
    this.#said.set(item, said)
    showHidden(item, said.text)
    return item
  }

  /** Numbers, sides and times change whenever something moves. */
  #renumber(): void {
    const said = this.said
    for (const [place, item] of this.#items().entries()) {
      const { from, time } = said[place] ?? this.#of(item)
      item.className = from
      const name = `message ${place + 1} of ${said.length}`
      control(item, 'who')?.setAttribute('aria-label', `Who says ${name}`)
      control(item, 'text')?.setAttribute('aria-label', `What ${inertLine(this.#addresses[from])} says, ${name}`)
      for (const [tool, { does }] of Object.entries(tools)) control(item, tool)?.setAttribute('aria-label', `${does} ${name}`)
      const shown = item.querySelector('time')
      if (shown !== null) shown.textContent = time === undefined ? '' : shownTime(time)
    }
  }
}

const tools = {
  up: { shown: '↑ Up', does: 'Move up:' }, down: { shown: '↓ Down', does: 'Move down:' },
  add: { shown: '+ Add', does: 'Add below' }, remove: { shown: '× Remove', does: 'Remove' },
} as const

/** With Alt. */
const keys: Readonly<Record<string, keyof typeof tools>> = { ArrowUp: 'up', ArrowDown: 'down', Enter: 'add', Delete: 'remove' }

function control(item: HTMLLIElement, name: string): HTMLElement | null {
  return item.querySelector(`[name="${name}"]`)
}

function focus(item: HTMLLIElement, name: string): void {
  const found = control(item, name)
  found?.focus()
  found?.scrollIntoView({ block: 'nearest' })
}

/** Shows the characters that a text field does not show, as the chat does. */
function showHidden(item: HTMLLIElement, text: string): void {
  const inert = inertLines(text)
  const shown = item.querySelector<HTMLElement>('.hidden-characters')
  if (shown === null) return
  const same = inert.join('\n') === textLines(text.replaceAll('\t', ' ')).join('\n')
  shown.hidden = same
  shown.textContent = same ? '' : `With its invisible characters: ${inert.join(' ')}`
}

function rowsOf(text: string): number {
  return Math.min(12, text.split('\n').reduce((rows, line) => rows + 1 + Math.floor(line.length / 60), 0))
}
