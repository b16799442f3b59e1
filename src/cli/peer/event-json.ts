import type { ClientEvent } from '../../index.js'
import { base64Encode, hexEncode } from '../../wire/index.js'

type Json = Readonly<Record<string, unknown>>

/** A client's event as the peer protocol writes it, with its number if the peer keeps its state. `undefined` for events that the protocol lacks. */
export function eventToJson(event: ClientEvent): Json | undefined {
  const { id, replayed } = event
  const json = bare(event)
  return json && id !== undefined ? { ...json, id, ...(replayed === true && { replayed }) } : json
}

function bare(event: ClientEvent): Json | undefined {
  switch (event.type) {
    case 'send':
      return { ...event }
    case 'message': {
      const { type, from, text, encrypted, unencrypted, instance, version, offline, sentAt } = event
      return { type, from, text, encrypted, unencrypted, instance, version, offline, sentAt }
    }
    case 'state': {
      const { type, peer, instance, state, version, ssid, fingerprint, offline } = event
      return { type, peer, instance, state, version, ssid, fingerprint, offline }
    }
    case 'smp': {
      const { type, peer, event: what, question, attempts } = event
      return { type, peer, event: what, question, attempts }
    }
    case 'extra-key':
      return { type: event.type, peer: event.peer, key: hexEncode(event.key), context: event.context, data: base64Encode(event.data) }
    case 'tlv':
      return { type: event.type, peer: event.peer, tlvType: event.tlvType, value: base64Encode(event.value) }
    case 'revealed-mac-keys':
      return { type: event.type, peer: event.peer, keys: hexEncode(event.keys) }
    case 'notice':
      return { type: event.type, peer: event.peer, code: event.code, detail: event.detail, offered: event.offered, held: event.held, beginning: event.beginning, probablyLost: event.probablyLost }
    default:
      // An event `outbox` says the same as the notice `held`.
      return undefined
  }
}
