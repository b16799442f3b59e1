import { inertLine } from '../src/cli/inert-text.js'
import type { Role, TranscriptFault } from '../src/forge/index.js'
import { Bubbles } from './bubbles.js'
import { byId, element, shownTime } from './elements.js'
import { unsayable, type ForgedTalk } from './forge-talk.js'
import type { Talk } from './open-talk.js'
import type { Workshop } from './work.js'

/** Connects the parts of page.html with what they do. */
export function startScreen(workshop: Workshop): void {
  const given = byId('given', HTMLTextAreaElement)
  const status = byId('status', HTMLElement)
  const tell = (what: string): void => { status.textContent = what }
  const bubbles = new Bubbles(byId('bubbles', HTMLOListElement), tell)
  const endedBy = byId('ended-by', HTMLSelectElement)
  let talk: Talk | undefined
  let address: string | undefined

  const open = async (): Promise<void> => {
    tell('Reading …')
    byId('result', HTMLElement).hidden = true
    talk = await workshop.do('open', given.value)
    showTalk(talk, endedBy)
    bubbles.show(talk)
    byId('talk', HTMLElement).hidden = false
    tell(`${counted(talk.said.length, 'message')} with text.`)
    byId('talk-title', HTMLElement).focus()
  }

  const forge = async (): Promise<void> => {
    const { said } = bubbles
    const wrong = unsayable(said)
    const why = byId('why', HTMLElement)
    why.textContent = talk?.why ?? (wrong === undefined ? '' : `Message ${wrong.place + 1} ${wrong.why}.`)
    byId('result', HTMLElement).hidden = true
    if (talk?.frame === undefined) return
    if (wrong !== undefined) {
      bubbles.go(wrong.place)
      return
    }
    tell(`Forging ${counted(said.length, 'message')} …`)
    const { frame } = talk
    const forged = await workshop.do('forge', { frame, said, ...endedBy.value !== '' && { endedBy: endedBy.value as Role } })
    if (address !== undefined) URL.revokeObjectURL(address)
    address = URL.createObjectURL(new Blob([forged.transcript], { type: 'application/jsonl' }))
    byId('download', HTMLAnchorElement).href = address
    byId('forged', HTMLTextAreaElement).value = forged.transcript
    showForged(forged, talk)
    byId('result', HTMLElement).hidden = false
    tell('Forged.')
    byId('result-title', HTMLElement).focus()
  }

  /** A button that works at one thing at a time. */
  const press = (id: string, work: () => Promise<void>): void => {
    const button = byId(id, HTMLButtonElement)
    let busy = false
    button.addEventListener('click', () => {
      if (busy) return
      busy = true
      button.setAttribute('aria-disabled', 'true')
      work().catch((error: unknown) => {
        const said = `It failed: ${inertLine(error instanceof Error ? error.message : String(error))}.`
        byId('why', HTMLElement).textContent = said
        tell(said)
      }).finally(() => {
        busy = false
        button.removeAttribute('aria-disabled')
      })
    })
  }

  press('open', open)
  press('forge', forge)
  byId('add', HTMLButtonElement).addEventListener('click', () => { bubbles.append() })
  byId('restore', HTMLButtonElement).addEventListener('click', () => { bubbles.restore() })
  byId('remove-silent', HTMLButtonElement).addEventListener('click', () => { bubbles.removeSilent() })
  byId('file', HTMLInputElement).addEventListener('change', ({ target }) => {
    const [file] = (target as HTMLInputElement).files ?? []
    file?.text().then((text) => {
      given.value = text
      byId('open', HTMLButtonElement).click()
    }, () => { tell('This file cannot be read.') })
  })
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function showTalk({ version, addresses, said, faults, lines, why, endedBy: ended }: Talk, endedBy: HTMLSelectElement): void {
  const between = addresses.alice === '' ? '' : ` between ${inertLine(addresses.bob)} and ${inertLine(addresses.alice)}`
  const dark = said.filter(({ text }) => text === '').length
  byId('summary', HTMLElement).textContent = `${counted(lines.length, 'line')}${between}${version === undefined ? '' : `, version ${version}`}. `
    + `${counted(said.length, 'message')} with text${dark === 0 ? '' : `, of which this transcript does not say what stands in ${dark}`}.`
  byId('why', HTMLElement).textContent = why ?? ''
  showFaults(byId('faults', HTMLUListElement), faults)
  byId('lines', HTMLOListElement).replaceChildren(...lines.map(({ at, from, time, what }) => element('li', { value: String(at) },
    [inertLine(from), what, time === undefined ? '' : shownTime(time)].filter((part) => part !== '').join(' · '))))
  endedBy.replaceChildren(element('option', { value: '' }, 'nobody: it goes on'), ...(['bob', 'alice'] as const).map((role) => element('option', { value: role }, inertLine(addresses[role]) || '?')))
  endedBy.value = ended ?? ''
}

/** The most lines that are named one by one. */
const mostFaults = 100

function showFaults(list: HTMLUListElement, faults: readonly TranscriptFault[]): void {
  const rest = faults.length - mostFaults
  list.replaceChildren(...faults.slice(0, mostFaults).map(({ at, detail }) => element('li', {}, `Line ${at}: ${inertLine(detail)}.`)), ...rest > 0 ? [element('li', {}, `And ${rest} more.`)] : [])
  list.hidden = faults.length === 0
}

function showForged({ messages, published, faults }: ForgedTalk, { faults: before }: Talk): void {
  byId('verdict', HTMLElement).textContent = `Examined as anybody can: ${counted(messages, 'message')}, ${faults.length === 0 ? 'nothing wrong' : counted(faults.length, 'fault')}; `
    + `${counted(published, 'old MAC key')} published. The transcript that you opened had ${before.length === 0 ? 'nothing wrong either' : counted(before.length, 'fault')}.`
  showFaults(byId('forged-faults', HTMLUListElement), faults)
}
