import { defaultPrekeyServerLimits, type PrekeyServerLimits, type Rate } from '../../prekey/index.js'
import { UsageError } from '../command.js'
import { printable } from '../options.js'

/** Reads `name=number,name=burst/perSecond`. */
export function parseLimits(text: string): Partial<PrekeyServerLimits> {
  const limits: Record<string, number | Rate> = {}
  for (const part of text.split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    const [name = '', value = ''] = part.split('=').map((one) => one.trim())
    if (!Object.hasOwn(defaultPrekeyServerLimits, name)) throw new UsageError(`--limits: there is no '${printable(name)}'; there are\n${formatLimits()}`)
    const isRate = typeof defaultPrekeyServerLimits[name as keyof PrekeyServerLimits] === 'object'
    const [burst, perSecond] = value.split('/')
    if (isRate !== (perSecond !== undefined)) throw new UsageError(`--limits: ${name} is ${isRate ? 'BURST/PER-SECOND' : 'a whole number'}, not '${printable(value)}'`)
    limits[name] = perSecond === undefined ? whole(name, value) : { burst: whole(name, burst ?? ''), perSecond: fraction(name, perSecond) }
  }
  return limits
}

/** All limits with their values, in the form in which they can be given. */
export function formatLimits(limits: PrekeyServerLimits = defaultPrekeyServerLimits): string {
  return Object.entries(limits).map(([name, value]: [string, number | Rate]) =>
    `  ${name}=${typeof value === 'number' ? value : `${value.burst}/${Number(value.perSecond.toPrecision(3))}`}`).join('\n')
}

function whole(name: string, text: string): number {
  if (!/^\d{1,12}$/.test(text) || Number(text) < 1) throw new UsageError(`--limits: ${name} wants a whole number from 1, not '${printable(text)}'`)
  return Number(text)
}

function fraction(name: string, text: string): number {
  if (!/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) throw new UsageError(`--limits: ${name} wants a number a second, not '${printable(text)}'`)
  return Number(text)
}
