import { findDevice, type KnownDevice } from '../known/device.js'
import type { Policy } from '../policy.js'
import { readHtml, type HtmlReading } from './html-text.js'
import type { KnownFormat, TextFormat } from './text-format.js'

/** A private text as it came. It is read as HTML once, and only if somebody asks. */
export class ReceivedText {
  readonly raw: string
  #reading: HtmlReading | undefined

  constructor(raw: string) {
    this.raw = raw
  }

  /** What it reveals about the program that wrote it; see `HtmlReading`. */
  get sign(): HtmlReading['sign'] {
    return this.#html.sign
  }

  /** What the person typed in the other program. It is plain text: never show it as HTML. */
  as(format: TextFormat | undefined): string {
    return format === 'html' ? this.#html.text : this.raw
  }

  get #html(): HtmlReading {
    return this.#reading ??= readHtml(this.raw)
  }
}

/** The device, version and key of a session. */
type Shown = Pick<KnownDevice, 'version' | 'tag' | 'fingerprint'>

/** The text format for a session. `undefined`: nothing is known. */
export function formatFor(devices: readonly KnownDevice[], shown: Shown, policy: Pick<Policy, 'textFormat'>): TextFormat | undefined {
  return shown.version === 4 ? 'plain' : formatIn(findDevice(devices, shown)?.text, policy)
}

function formatIn(known: KnownFormat | undefined, { textFormat }: Pick<Policy, 'textFormat'>): TextFormat | undefined {
  return textFormat === 'auto' ? known?.format : textFormat
}

/**
 * Reads a private text of a session of version 3, and learns its program's format from it: from what its characters reveal, and from what the network
 * says of the program, which counts for more. The text itself is read with what is known then. `devices` stays the same array if there is nothing new.
 */
export function readText(
  devices: readonly KnownDevice[], shown: Shown, raw: string, program: TextFormat | undefined, policy: Pick<Policy, 'textFormat'>,
): { readonly devices: readonly KnownDevice[], readonly format: TextFormat | undefined, readonly text: string } {
  const received = new ReceivedText(raw)
  const device = findDevice(devices, shown)
  const known = device && (knownOf(device.text, program) ?? knownBy(device.text, received))
  const format = formatIn(known, policy)
  return { devices: withFormat(devices, device, known), format, text: received.as(format) }
}

/** Notes the format of the program that the network names, for the texts that we write before one of theirs came. */
export function noteProgram(devices: readonly KnownDevice[], shown: Shown, program: TextFormat | undefined): readonly KnownDevice[] {
  const device = findDevice(devices, shown)
  return withFormat(devices, device, knownOf(device?.text, program) ?? device?.text)
}

/** What the network says of the program; `undefined` if it never said anything. */
function knownOf(known: KnownFormat | undefined, program: TextFormat | undefined): KnownFormat | undefined {
  if (known?.by === 'program' && (program === undefined || program === known.format)) return known
  return program && { format: program, by: 'program' }
}

/** What the characters reveal. A proof replaces a mere indication, never the other way round. */
function knownBy(known: KnownFormat | undefined, received: ReceivedText): KnownFormat | undefined {
  if (known?.format === 'plain') return known
  const { sign } = received
  return sign === undefined || sign === known?.format ? known : { format: sign, by: 'text' }
}

function withFormat(devices: readonly KnownDevice[], device: KnownDevice | undefined, text: KnownFormat | undefined): readonly KnownDevice[] {
  if (device === undefined || text === undefined || text === device.text) return devices
  return devices.with(devices.indexOf(device), { ...device, text })
}
