import { OtrError } from '../../errors.js'
import type { SessionInfo } from '../../index.js'
import { hexEncode, MIN_INSTANCE_TAG } from '../../wire/index.js'
import { version } from '../version.js'
import { account, exported, imported } from './account.js'
import { ensembleFields } from '../../conformance/ensemble-fields.js'
import { readEnsemble } from './ensemble-json.js'
import { prekeyCommands } from './prekey-commands.js'
import { forge } from './forge.js'
import { clientOf, type PeerCommand } from './state.js'

/** All commands except `bye`, which ends the loop. */
export const peerCommands: Readonly<Record<string, PeerCommand>> = {
  'hello': () => ({ clock, keeper }) => ({
    fields: {
      name: 'otr4', version, protocol: 1, clock: clock.given === undefined ? 'system' : 'given',
      features: ['v2', 'v3', 'v4', 'smp', 'fragments', 'extra-key', 'heartbeat', 'expiry', 'offline', 'prekey-client', 'prekey-server', 'export', 'forge', ...keeper === undefined ? ['reset'] : []],
    },
  }),

  'account': account,
  'export': exported,
  'import': imported,
  ...prekeyCommands,
  'forge': forge,

  'policy'(fields) {
    const peer = fields.optionalText('peer')
    const changes = fields.rest()
    return (state) => ({ events: (peer === undefined ? clientOf(state) : clientOf(state).conversation(peer)).setPolicy(changes) })
  },

  'clock'(fields) {
    const now = fields.seconds('now')
    return async (state) => {
      state.clock.given = now
      state.keeper?.setClock(now)
      const own = state.client?.tick(now) ?? []
      const { events, more } = await state.prekeys.tick(now)
      return { events: [...own, ...events], more }
    }
  },

  'start'(fields) {
    const to = fields.text('to')
    const how = fields.optionalChoice('how', ['query', 'identity'])
    const versions = fields.optionalVersions('versions')
    if (how !== undefined && versions !== undefined) throw new OtrError('OTR_FIELD', 'field "versions" is of queries')
    const asked = versions === undefined ? how : { versions }
    return (state) => ({ events: clientOf(state).conversation(to).start(asked) })
  },

  'receive'(fields) {
    const from = fields.text('from')
    const message = fields.text('message')
    return async (state) => await state.prekeys.receive(from, message) ?? { events: clientOf(state).receive(from, message) }
  },

  'send'(fields) {
    const to = fields.text('to')
    const text = fields.text('text')
    const instance = fields.optionalInteger('instance', MIN_INSTANCE_TAG, 0xffffffff)
    const tlvs = fields.optionalList('tlvs', (tlv) => ({
      type: tlv.integer('type', 0, 0xffff), value: tlv.optionalBytes('value') ?? new Uint8Array(),
    }))
    const options = { ...(instance !== undefined && { to: instance }), ...(tlvs !== undefined && { tlvs }) }
    return (state) => ({ events: clientOf(state).conversation(to).send(text, options).events })
  },

  'ensemble'(fields) {
    const count = fields.optionalInteger('count', 1, 255) ?? 1
    return (state) => ({ fields: { ensembles: clientOf(state).ensemble(count).map(ensembleFields) } })
  },

  'send-offline'(fields) {
    const to = fields.text('to')
    const ensemble = fields.object('ensemble', readEnsemble)
    const text = fields.text('text')
    return (state) => ({ events: clientOf(state).conversation(to).sendOffline([ensemble], text) })
  },

  'smp-start'(fields) {
    const to = fields.text('to')
    const secret = fields.text('secret')
    const question = fields.optionalText('question')
    return (state) => ({ events: clientOf(state).conversation(to).verify(secret, { question }) })
  },

  'smp-answer'(fields) {
    const to = fields.text('to')
    const secret = fields.text('secret')
    return (state) => ({ events: clientOf(state).conversation(to).answer(secret) })
  },

  'smp-abort'(fields) {
    const to = fields.text('to')
    return (state) => ({ events: clientOf(state).conversation(to).abort() })
  },

  'extra-key'(fields) {
    const to = fields.text('to')
    const context = fields.integer('context', 0, 0xffffffff)
    const data = fields.optionalBytes('data')
    return (state) => {
      const { events, result: key } = clientOf(state).conversation(to).extraKey(context, data)
      return key === undefined ? { events } : { events, fields: { key: hexEncode(key) } }
    }
  },

  'end'(fields) {
    const to = fields.text('to')
    return (state) => ({ events: clientOf(state).conversation(to).end() })
  },

  'expire'(fields) {
    const to = fields.text('to')
    return (state) => ({ events: clientOf(state).conversation(to).expire() })
  },

  'continue'(fields) {
    const to = fields.text('to')
    return (state) => ({ events: clientOf(state).conversation(to).continueInPlaintext() })
  },

  'trust'(fields) {
    const to = fields.text('to')
    const level = fields.choice('level', ['unknown', 'verified'])
    return (state) => ({ events: clientOf(state).conversation(to).trust(level) })
  },

  'status'(fields) {
    const of = fields.text('of')
    return (state) => {
      const { sessions, selected, latched } = clientOf(state).conversation(of).status
      return { fields: { sessions: sessions.map(sessionToJson), selected: selected ?? null, latched } }
    }
  },
}

function sessionToJson({ instance, state, version: spoken, ssid, ssidBold, fingerprint, trust, offline, initiator, ratchet }: SessionInfo): object {
  return { instance, state, version: spoken, ssid, ssidBold, fingerprint, trust: trust === 'verified' ? trust : 'unknown', offline, initiator, ratchet }
}
