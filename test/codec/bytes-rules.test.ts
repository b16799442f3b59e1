import { expect } from 'chai'
import { Linter } from 'eslint'
import ts from 'typescript'
import tseslint from 'typescript-eslint'
import { bytes } from '../../scripts/lint/bytes.mjs'

/** What stands before each line. */
const HEAD = `
declare const secret: Uint8Array, either: Uint8Array | undefined, words: Uint32Array, buffer: ArrayBuffer, any: ArrayBuffer | Uint8Array
declare const count: number, list: readonly Uint8Array[], text: string, node: NodeBuffer, branded: Uint8Array & { readonly brand: true }
interface NodeBuffer extends Uint8Array { readonly isBuffer: true }
function generic<T extends Uint8Array>(given: T) { return given.LINE }
`.replace('return given.LINE', 'return given.slice()')

/** The lines of `source` in which the rule finds something, apart from those of the head. */
function found(lines: readonly string[]): readonly string[] {
  const path = '/lines.ts'
  const source = `${HEAD}${lines.map((line) => `{ ${line} }`).join('\n')}\nexport {}\n`
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2023, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], strict: true, noEmit: true, types: [] }
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, target) => name === path ? ts.createSourceFile(path, source, target, true) : read(name, target)
  const program = ts.createProgram([path], options, host)
  const messages = new Linter({ cwd: '/' }).verify(source, {
    files: ['**/*.ts'], languageOptions: { parser: tseslint.parser, parserOptions: { programs: [program] } },
    plugins: { bytes }, rules: { 'bytes/named-copies': 'error' },
  }, path)
  expect(messages.filter(({ fatal }) => fatal)).to.deep.equal([])
  const first = HEAD.split('\n').length
  const places = [...new Set(messages.map(({ line }) => line))]
  // The one in the head, of a type parameter.
  expect(places.filter((line) => line < first)).to.deep.equal([first - 1])
  return places.filter((line) => line >= first).map((line) => lines[line - first] ?? '')
}

describe('the lint rule for bytes', () => {
  it('finds what lies on the moving heap or copies bytes without saying for what', () => {
    const bad = [
      'new Uint8Array(32)', 'new Uint8Array(count)', 'new Uint8Array(secret)', 'new Uint8Array(any)', 'new Uint8Array(list[0] ?? 8)', 'new Uint32Array(8)',
      'new BigUint64Array(words.length)', 'new Uint8Array([count])', 'new Uint8Array(...[32])',
      'secret.slice()', 'secret.slice(0, 4)', 'either?.slice()', 'branded.slice()', 'node.slice()', 'secret["slice"](0)', 'const { length } = secret.slice',
      'secret.map((byte) => byte)', 'secret.filter(Boolean)', 'secret.toReversed()', 'secret.toSorted()', 'secret.with(0, 1)', 'words.slice()', 'buffer.slice(0)',
      'secret.toString()', 'secret.join()', 'Uint8Array.prototype.slice.call(secret)', 'String(secret)', 'JSON.stringify(secret)', 'JSON.stringify({ secret })', 'JSON.stringify([count, { deep: [[either]] }])',
      'const all = [...secret]', 'Math.max(...secret)', 'const [first, ...rest] = secret', 'const all = [...secret.values()]',
      'Uint8Array.from([1, 2])', 'Uint8Array.from(secret)', 'list.map(Uint8Array.from)', 'Uint8Array.of(count)', 'Uint8Array.of(...secret)', 'Array.from(secret)',
      'Buffer.from(secret)', 'const make = Buffer', 'globalThis.Buffer.alloc(8)', 'const { Buffer } = globalThis', 'structuredClone(secret)', 'structuredClone({ secret })',
    ]
    expect(found(bad)).to.deep.equal(bad)
  })

  it('lets views, empty arrays, constants and other types be', () => {
    expect(found([
      'new Uint8Array(buffer)', 'new Uint8Array(new ArrayBuffer(count))', 'new Uint8Array(secret.buffer, secret.byteOffset, 8)', 'new Uint8Array()',
      'new Uint8Array(0)', 'new Uint8Array([1, 2])', 'new Uint32Array(buffer)', 'new DataView(buffer)', 'new WeakSet([secret])',
      'secret.subarray(1)', 'secret.fill(0)', 'secret.set(secret, 0)', 'secret.every((byte) => byte === 0)', 'secret.length.toString()',
      'for (const byte of secret) count.toString(byte)', 'const [first, second] = secret',
      'Uint8Array.of(1, -2, 0xff)', 'Array.from({ length: 2 })', 'Array.from(list)', 'list.slice().map((one) => one)', 'const all = [...list]', 'list.concat([secret])',
      'text.slice(1)', 'String(count)', 'JSON.stringify(text)', 'JSON.stringify({ text, list: [count], when: new Date(), call() { return secret } })', 'const names = { ...{ secret } }', 'const own = { Buffer: text }, its = own.Buffer', 'let one: Buffer | undefined',
    ])).to.deep.equal([])
  })
})
