import { dropSmp, receiveSmpMessage } from '../smp/index.js'
import type { TlvHandler, TlvName, TlvTypes } from './reading.js'

/** Nothing to do: padding hides the length of a text. */
const ignore: TlvHandler = () => undefined

/** The other side has ended the session. */
const endSession: TlvHandler = (_, reading) => {
  reading.events.push(...dropSmp(reading.smp))
  reading.disconnected = true
}

/** A message of the Socialist Millionaires' Protocol. */
const takeSmpMessage: TlvHandler = (tlv, reading) => {
  const { dialect: { smpMessage, arithmetic }, context: { random, now, asksAgain } } = reading
  const message = smpMessage(tlv)
  if (message === undefined) return
  const next = receiveSmpMessage(reading.smp, message, { arithmetic, random, now, asksAgain })
  if (next.state !== reading.smp) reading.left.push(reading.smp)
  reading.smp = next.state
  reading.replies.push(...next.outgoing)
  reading.events.push(...next.events)
  reading.smpEnded ??= next.ended
}

/** The other side uses the extra symmetric key. The value: four bytes that name the use, then what belongs to the use. */
const tellExtraKey: TlvHandler = ({ value }, { events, context }) => {
  const key = context.extraKey()
  if (key === undefined) {
    events.push({ type: 'notice', code: 'limit', detail: 'more extra symmetric keys than one message may have' })
    return
  }
  const use = value.length < 4
    ? { context: 0, data: value }
    : { context: new DataView(value.buffer, value.byteOffset).getUint32(0), data: value.slice(4) }
  events.push({ type: 'extra-key', key, ...use })
}

/**
 * Who reads each TLV that has a number in `wire/tlv.ts`. Every other type goes to the application, as an event `tlv`. How to add one:
 * CONTRIBUTING.md.
 */
const handlers: Readonly<Record<TlvName, TlvHandler>> = {
  padding: ignore,
  disconnected: endSession,
  smp1: takeSmpMessage,
  smp1Question: takeSmpMessage,
  smp2: takeSmpMessage,
  smp3: takeSmpMessage,
  smp4: takeSmpMessage,
  smpAbort: takeSmpMessage,
  extraSymmetricKey: tellExtraKey,
}

/** The handlers of one version, by type number. */
export function handlersOf(types: TlvTypes): ReadonlyMap<number, TlvHandler> {
  const byType = new Map<number, TlvHandler>()
  for (const [name, handler] of Object.entries(handlers)) {
    const type = types[name as TlvName]
    if (type !== undefined) byType.set(type, handler)
  }
  return byType
}
