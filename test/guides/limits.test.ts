import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { errorCodes, noticeCodes } from '../../src/codes/index.js'
import { defaultPolicy } from '../../src/index.js'
import { defaultPrekeyKeeping, defaultPrekeyServerLimits } from '../../src/prekey/index.js'
import { defaultRatchetLimits } from '../../src/ratchet/index.js'
import { limits } from '../../src/session/budget/limits.js'
import { defaultTcpLimits } from '../../src/transport/prekey/index.js'
import { defaultRelayFileLimits, defaultRelayLimits } from '../../src/transport/relay/index.js'
import { defaultWireLimits } from '../../src/wire/index.js'

const page = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
const name = (cell = ''): string => cell.replaceAll('`', '')

const groups: Readonly<Record<string, object>> = {
  policy: defaultPolicy, wire: defaultWireLimits, limits, ratchet: defaultRatchetLimits, prekeyServer: defaultPrekeyServerLimits, prekeyKeeping: defaultPrekeyKeeping,
  relay: defaultRelayLimits, relayFiles: defaultRelayFileLimits, tcp: defaultTcpLimits,
}

/** A value as the page writes it; undefined for what is no number. */
function written(value: unknown): string | undefined {
  if (typeof value === 'number') return value.toLocaleString('en', { maximumSignificantDigits: 12 })
  if (typeof value !== 'object' || value === null || !('burst' in value) || !('perSecond' in value)) return undefined
  const { burst, perSecond } = value
  return `${written(burst) ?? ''} at once, then ${Number(perSecond).toLocaleString('en', { maximumSignificantDigits: 3 })} a second`
}

/** Constants of one file that bound something. */
const isBound = /^(?:max[A-Z]\w*|MAX_\w+|\w*(?:LIFETIME|SECONDS|ATTEMPTS|MESSAGES|BYTES|GRACE|RENEWAL|AFTER|SESSIONS|LINES|IDENTITIES|PAIRS|EVERY|PATIENCE|_AT_ONCE|_AGAIN|DERIVATIONS|QUESTION_LENGTH)|GONE_KEYS)$/
const folders = ['session', 'smp', 'v3', 'v4', 'ratchet', 'prekey', 'transport', 'wire']

function constants(): string[] {
  const found: string[] = []
  for (const folder of folders) {
    for (const file of readdirSync(new URL(`../../src/${folder}/`, import.meta.url), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue
      const text = readFileSync(new URL(`../../src/${folder}/${file}`, import.meta.url), 'utf8')
      for (const [, constant = '', number = '', shift = '0'] of text.matchAll(/^(?:export )?const (\w+) = ([\d_]+)(?: << (\d+))?$/gm)) {
        if (isBound.test(constant)) found.push(`src/${folder}/ ${constant} ${written(Number(number.replaceAll('_', '')) * 2 ** Number(shift)) ?? ''}`)
      }
    }
  }
  return found.sort()
}

describe('the page of limits', () => {
  it('has every bound of the code, with its value, and no other', () => {
    const inCode = Object.entries(groups).flatMap(([group, values]) =>
      Object.entries(values).flatMap(([key, value]) => written(value) === undefined ? [] : [`${group}.${key} ${written(value) ?? ''}`]))
    const onPage = rows.filter(([first]) => /^`\w+\.\w+`$/.test(first ?? '')).map(([first, value]) => `${name(first)} ${value ?? ''}`)
    expect(onPage.sort()).to.deep.equal(inCode.sort())
  })

  it('has every constant that bounds something, where it stands', () => {
    const onPage = rows.filter(([first]) => name(first).startsWith('src/')).map(([folder, constant, value]) => `${name(folder)} ${name(constant)} ${value ?? ''}`)
    expect(onPage.sort()).to.deep.equal(constants())
  })

  it('names codes that exist', () => {
    for (const [, code = ''] of page.matchAll(/`(OTR_[A-Z_]+)`/g)) expect(errorCodes).to.have.property(code)
    for (const [, code = ''] of page.matchAll(/notice `([a-z-]+)`/g)) expect(noticeCodes).to.have.property(code)
  })
})
