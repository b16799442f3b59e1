/** The catalogue of codes: every code that is thrown or emitted is documented, and every documented one is used. The compiler checks that each code has an entry. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { codes, errorCodes, noticeCodes, sentence } from '../../src/codes/index.js'
import { codesPage } from '../support/codes-page.js'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const filesIn = (folder: string, end: string): string[] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(end)).map((path) => `${folder}/${path.replaceAll('\\', '/')}`)

/** All of src but the catalogue and the unions. */
const sources = new Map(filesIn('src', '.ts')
  .filter((path) => !path.startsWith('src/codes/') && path !== 'src/protocol/event.ts')
  .map((path) => [path, path === 'src/errors.ts' ? read(path).replace(/export type OtrErrorCode =[^]*?\n\n/, '') : read(path)]))

/** Functions that make errors: what stands before the literal, in which files, and what the code begins with. */
const makers: readonly { readonly call: RegExp, readonly files?: RegExp, readonly prefix?: string }[] = [
  { call: /new OtrError\(\s*'(\w+)'/g },
  { call: /super\('(OTR_\w+)'/g, files: /^src\/errors/ },
  { call: /\bmake\('(\w+)'/g, files: /^src\/store\/errors/ },
  { call: /\btransportError\('(\w+)'/g, files: /^src\/transport\//, prefix: 'OTR_TRANSPORT_' },
  { call: /\bstoreError\('(\w*)'/g, files: /^src\/prekey\/store\//, prefix: 'OTR_PREKEY_STORE' },
  { call: /\brefusal\(\w+, '(OTR_\w+)'/g, files: /^src\/cli\/peer\// },
]

/** Files in which the code of an error is no literal: each is one of the makers above, or passes on an error that was made elsewhere. */
const unspelled = ['src/browser/worker-client.ts', 'src/prekey/store/database.ts', 'src/store/errors.ts', 'src/transport/transport.ts']

function literals(call: RegExp, files = /^/): string[] {
  return [...sources].filter(([path]) => files.test(path)).flatMap(([, text]) => [...text.matchAll(call)].flatMap(([, literal]) => literal ?? []))
}

describe('the catalogue of codes', () => {
  it('has exactly the codes of the errors that are made somewhere', () => {
    const made = makers.flatMap(({ call, files, prefix = '' }) => literals(call, files).map((code) => prefix + code))
    expect([...new Set(made)].sort()).to.deep.equal(Object.keys(errorCodes).sort())
    const elsewhere = [...sources].filter(([, text]) => /new OtrError\(\s*[^\s']/.test(text)).map(([path]) => path)
    expect(elsewhere.sort(), 'a maker of errors that this test does not know').to.deep.equal(unspelled)
  })

  it('has exactly the codes of the notices that are given somewhere', () => {
    const calls = [
      /\bnotice\('([\w-]+)'/g, /\bnoticeWaiting\(\w+, '([\w-]+)'/g, /\bsay\(\w+, '\w+', '([\w-]+)'/g, /\bnoteUnreadableAnswer\(\w+, '([\w-]+)'/g,
      /type: 'notice',[^{}]*?\bcode: '([\w-]+)'/g, /\b(?:refuse|keepOrRefuse)\([^'\n]*'([\w-]+)'/g,
    ]
    const given = calls.flatMap((call) => literals(call, /^src\/(?!cli\/|transport\/)/))
    expect([...new Set(given)].sort()).to.deep.equal(Object.keys(noticeCodes).sort())
  })

  it('has every code that a comment or a document names', () => {
    const documents = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md', ...filesIn('docs', '.md'), ...filesIn('spec', '.md')]
    const texts = [...sources, ...documents.map((path): [string, string] => [path, read(path)])]
    const unknown = texts.flatMap(([path, text]) => [...text.matchAll(/\bOTR_[A-Z_]*[A-Z]\b(?!_)/g)].filter(([code]) => !(code in errorCodes)).map(([code]) => `${path}: ${code}`))
    expect(unknown).to.deep.equal([])
  })

  it('says of each what happened, what to do and a sentence, and nothing twice', () => {
    for (const [code, { meaning, next, say }] of Object.entries(codes)) {
      for (const text of [meaning, next, say]) {
        expect(text.trim(), code).to.equal(text)
        expect(text, code).to.match(/^\S[^]*[.?]$/)
      }
      // Nobody who reads a sentence is to learn words of this library first.
      expect(say, code).not.to.match(/`|OTR|DAKE|AKE\b|SMP|TLV|instance|ensemble|policy|handshake/)
      expect(say.replaceAll('{peer}', ''), code).not.to.match(/[{}]/)
    }
    for (const [code, { say }] of Object.entries(errorCodes)) expect(say, code).not.to.include('{peer}')
  })

  it('tells people in their language, with the name they know, and takes nothing in a name for a command of its own', () => {
    expect(sentence('key-changed', { peer: 'Bob' })).to.equal('Bob uses another key than before. Make sure that it is the same person.')
    expect(sentence('key-changed')).to.match(/^Your correspondent uses another key/)
    expect(sentence('malformed', { peer: '$&$1{peer}' })).to.match(/^\$&\$1\{peer\} sent/)
    const sentences = { 'key-changed': '{peer} hat einen anderen Schlüssel.' } as const
    expect(sentence('key-changed', { peer: 'Bob', sentences })).to.equal('Bob hat einen anderen Schlüssel.')
    expect(sentence('OTR_CLOSED', { sentences })).to.equal(errorCodes.OTR_CLOSED.say)
  })

  it('is what docs/codes.md says: npm run build:codes', () => {
    expect(read('docs/codes.md')).to.equal(codesPage())
  })
})
