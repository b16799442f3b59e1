import { systemRandom } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import { operations } from '../forge/catalogue.js'
import { Fields } from './request-fields.js'
import type { PeerCommand } from './state.js'

/** Runs an operation of the forging toolkit. It needs no account and changes none. */
export const forge: PeerCommand = (fields) => {
  const name = fields.text('op')
  const entry = Object.hasOwn(operations, name) ? operations[name] : undefined
  if (entry === undefined) throw new OtrError('OTR_FIELD', `field "op" must be one of ${Object.keys(operations).join(', ')}`)
  const given = fields.rest()
  return ({ clock }) => {
    const inner = new Fields(given)
    const result = entry.run(inner, { random: systemRandom, now: clock.now })
    inner.done()
    return { fields: result }
  }
}
