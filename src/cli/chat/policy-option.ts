import { defaultPolicy, type Policy, type PolicyChanges } from '../../index.js'
import { OtrError } from '../../errors.js'
import { printable } from '../options.js'

/** Reads `name=value,name=value`. @throws OtrError `OTR_POLICY` for an unknown name or a value of another kind */
export function parsePolicy(text: string): PolicyChanges {
  const changes: Record<string, unknown> = {}
  for (const part of text.split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals).trim()
    const value = equals < 0 ? 'true' : part.slice(equals + 1).trim()
    if (!Object.hasOwn(defaultPolicy, name)) {
      throw new OtrError('OTR_POLICY', `there is no policy '${printable(name)}'; there are ${Object.keys(defaultPolicy).join(', ')}`)
    }
    changes[name] = readValue(name as keyof Policy, value)
  }
  return changes
}

function readValue(name: keyof Policy, text: string): unknown {
  const kind = typeof defaultPolicy[name]
  if (kind === 'string') return text
  if (kind === 'boolean') {
    if (/^(?:true|yes|on|1)$/i.test(text)) return true
    if (/^(?:false|no|off|0)$/i.test(text)) return false
    throw new OtrError('OTR_POLICY', `${name} is true or false, not '${printable(text)}'`)
  }
  if (!/^\d{1,12}(?:\.\d{1,6})?$/.test(text)) throw new OtrError('OTR_POLICY', `${name} is a number, not '${printable(text)}'`)
  return Number(text)
}

/** The policy in force, in the form in which it can be typed. */
export function formatPolicy(policy: Policy): string {
  return Object.entries(policy).map(([name, value]) => `${name}=${String(value)}`).join('\n')
}
