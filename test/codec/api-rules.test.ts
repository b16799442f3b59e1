import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { exportedNames } from '../../scripts/api-names.mjs'
import { missingSections, problemsOf } from '../../scripts/api-rules.mjs'
import { specificationLink } from '../../scripts/lint/docstrings.mjs'

const root = new URL('../../', import.meta.url)

interface Declared {
  readonly name: string
  readonly doc: string
  /** The type of a property, or of what a function returns. */
  readonly type?: string
  readonly parameters?: Readonly<Record<string, string>>
}

/** A function or, without parameters, a property, as an API model has it. */
function member({ name, doc, type = 'number', parameters }: Declared): unknown {
  const types = [type, ...Object.values(parameters ?? {})]
  const excerptTokens = types.map((text) => ({ kind: 'Content', text }))
  const range = (at: number): unknown => ({ startIndex: at, endIndex: at + 1 })
  const docComment = doc === '' ? '' : `/**\n * ${doc.replaceAll('\n', '\n * ')}\n */\n`
  return parameters === undefined
    ? { kind: 'PropertySignature', name, docComment, excerptTokens, propertyTypeTokenRange: range(0) }
    : {
        kind: 'Function', name, docComment, excerptTokens, returnTypeTokenRange: range(0),
        parameters: Object.keys(parameters).map((parameterName, at) => ({ parameterName, parameterTypeTokenRange: range(at + 1) })),
      }
}

const faults = (...declared: readonly Declared[]): readonly string[] => problemsOf({
  kind: 'Package',
  members: [{ kind: 'EntryPoint', name: '', members: [{ kind: 'Interface', name: 'Thing', docComment: '/** A thing. */', members: declared.map(member) }] }],
}).map(({ where, what }) => `${where} ${what.split(':')[0] ?? ''}`)

describe('what everything public must say of itself', () => {
  it('has a docstring', () => {
    expect(faults({ name: 'a', doc: '' }, { name: 'b', doc: 'How many.' })).to.deep.equal(['Thing.a has no docstring'])
  })

  it('says of bytes how many they are or in which form, also where they go in or come out', () => {
    expect(faults({ name: 'key', doc: 'The key.', type: 'Uint8Array' }, { name: 'good', doc: 'The key: 32 bytes.', type: 'Uint8Array' }))
      .to.deep.equal(['Thing.key is made of bytes'])
    expect(faults({ name: 'seal', doc: 'Seals.\n\n@param key - the key', type: 'void', parameters: { key: 'Uint8Array' } }))
      .to.deep.equal(['Thing.seal says of key neither how many bytes it has nor in which form'])
    expect(faults({ name: 'seal', doc: 'Seals.\n\n@param key - 32 bytes', type: 'void', parameters: { key: 'Uint8Array' } })).to.deep.equal([])
    expect(faults({ name: 'open', doc: 'Opens.', type: 'Promise<Uint8Array>', parameters: {} })).to.deep.equal(['Thing.open gives bytes'])
    expect(faults({ name: 'open', doc: 'Opens.\n\n@returns as many bytes as were sealed', type: 'Uint8Array | undefined', parameters: {} })).to.deep.equal([])
  })

  it('names a code in every @throws', () => {
    expect(faults({ name: 'send', doc: 'Sends.\n\n@throws OtrError when it cannot', parameters: {} })).to.deep.equal(['Thing.send its @throws names no code'])
    expect(faults({ name: 'send', doc: 'Sends.\n\n@throws OtrError `OTR_POLICY`', parameters: {} })).to.deep.equal([])
  })

  it('links to the section of a specification that a function implements, unless none describes it', () => {
    const functions = (docs: Readonly<Record<string, string>>): unknown => ({
      kind: 'Package',
      members: [{ kind: 'EntryPoint', name: '', members: Object.entries(docs).map(([name, doc]) => member({ name, doc, parameters: {} })) }],
    })
    const model = functions({ linked: `Sends. @see ${specificationLink('OTRv4', 'Auth-R Message')}`, ours: 'Describes.', forgotten: 'Receives. @see `linked`' })
    const where = (without: readonly string[]): readonly string[] => missingSections(model, without).map((problem) => problem.where)
    expect(where(['ours'])).to.deep.equal(['forgotten'])
    expect(where(['ours', 'forgotten', 'linked', 'gone']), 'listed without need').to.deep.equal(['linked', 'gone'])
  })

  it('uses no type that no entrance exports', () => {
    const path = fileURLToPath(root)
    const isExported = exportedNames(path, [`${path}src/store/index.ts`, `${path}src/index.ts`])
    // `otr4/store` gives back a state, which `otr4` exports; only the library's own files know how a record is made.
    expect(isExported('SavedState', `${path}src/store/store.ts`)).to.equal(true)
    expect(isExported('StoreKeys', `${path}src/store/store.ts`)).to.equal(false)
    expect(isExported('NothingOfThatName', `${path}src/store/store.ts`)).to.equal(false)
  }).timeout(120_000)

  it('has a report of every entrance, in which nothing is undocumented', () => {
    const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { readonly exports: Readonly<Record<string, unknown>> }
    const entrances = Object.keys(exports).filter((entrance) => !entrance.endsWith('.json'))
    const files = readdirSync(new URL('api/', root))
    expect(files).to.have.members(entrances.map((entrance) => `${entrance === '.' ? 'otr4' : entrance.slice(2).replaceAll('/', '-')}.api.md`))
    for (const file of files) {
      expect(readFileSync(new URL(`api/${file}`, root), 'utf8'), file).not.to.match(/\(undocumented\)|ae-forgotten-export/)
    }
  })
})
