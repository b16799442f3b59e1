import { applyPolicy, type Policy } from '../../session/policy.js'
import { list, mapped, type Codec, type Plain } from '../codec.js'

/** Most correspondents have no policy of their own, and nobody changes one in place. */
const none: Partial<Policy> = Object.freeze({})

/** Any value that a policy can have. `applyPolicy` checks which value fits which field. */
const setting: Codec<Plain> = { shape: { is: 'other', what: 'a setting' }, encode: (value) => value, decode: (plain) => plain }

/** The fields of a policy that were set, as pairs of name and value. An unknown name is refused, as is a value that makes no sense. */
export const partialPolicy: Codec<Partial<Policy>> = mapped<Partial<Policy>, readonly (readonly Plain[])[]>(
  list(list(setting, 2)),
  (policy) => Object.entries(policy),
  (pairs) => pairs.length === 0 ? none : applyPolicy({}, Object.fromEntries(pairs.map(([name, value]) => [typeof name === 'string' ? name : '', value]))),
  'pairs of the name and the value of each field of the policy that is set',
)
