import { ed448KeyPair } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import { defaultPrekeyServerLimits, type PrekeyClient, type PrekeyServerAddress, type PrekeyServerLimits } from '../../prekey/index.js'
import { hexEncode } from '../../wire/index.js'
import type { Fields } from './request-fields.js'
import { resultOf } from './prekeys.js'
import { clientOf, type PeerCommand, type PeerState } from './state.js'

/** The commands of the prekey protocol. */
export const prekeyCommands: Readonly<Record<string, PeerCommand>> = {
  'prekey-publish'(fields) {
    const server = fields.object('server', readServer)
    const count = fields.integer('count', 0, 255)
    return (state) => resultOf(clientFor(state, server).publish(count))
  },

  'prekey-status'(fields) {
    const server = fields.object('server', readServer)
    return (state) => resultOf(clientFor(state, server).status())
  },

  'prekey-fetch'(fields) {
    const server = fields.object('server', readServer)
    const of = fields.text('of')
    const versions = fields.optionalText('versions')
    return (state) => resultOf(clientFor(state, server).fetch(of, versions))
  },

  'prekey-serve'(fields) {
    const identity = fields.text('identity')
    const symmetricKey = fields.optionalBytes('ed448')
    if (symmetricKey !== undefined && symmetricKey.length !== 57) throw new OtrError('OTR_FIELD', 'field "ed448" must have 57 bytes')
    const limits = fields.optionalObject('limits', readLimits) ?? {}
    return async (state) => {
      const fingerprint = await state.prekeys.serve(() => state.clock.now, identity, symmetricKey === undefined ? undefined : ed448KeyPair(symmetricKey), limits)
      return { fields: { fingerprint: hexEncode(fingerprint) } }
    }
  },
}

function clientFor(state: PeerState, server: PrekeyServerAddress): PrekeyClient {
  return state.prekeys.client(clientOf(state), () => state.clock.now, server)
}

function readServer(fields: Fields): PrekeyServerAddress {
  const identity = fields.text('identity')
  const fingerprint = fields.optionalText('fingerprint')
  return { identity, ...fingerprint !== undefined && { fingerprint } }
}

/** Numbers, and rates as objects with `burst` and `perSecond`. */
function readLimits(fields: Fields): Partial<PrekeyServerLimits> {
  return Object.fromEntries(Object.entries(defaultPrekeyServerLimits).flatMap(([name, standard]: [string, unknown]) => {
    const value = typeof standard === 'number'
      ? fields.optionalInteger(name, 1, Number.MAX_SAFE_INTEGER)
      : fields.optionalObject(name, (rate) => ({ burst: rate.integer('burst', 1, Number.MAX_SAFE_INTEGER), perSecond: rate.seconds('perSecond') }))
    return value === undefined ? [] : [[name, value]]
  }))
}
