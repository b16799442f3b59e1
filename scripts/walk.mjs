// Measures the path of a received text through src/: which files it enters, in which order, and how often. Two clients talk, and every function of
// the sources records when it is entered and left. npm run walk; -- --order lists every visit, -- --json is for programs.
//
// A visit is a call of a function in one file by a function in another. When a call returns, its caller goes on: that is no visit. A getter is a
// function like any other. wire/ and crypto/ are counted apart: every path goes through them.
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The files whose functions are running, the innermost last; and the visits, while they are recorded. */
const running = ['scripts/walk.mjs']
let visits

globalThis.otr4Walk = {
  enter(file, name) {
    if (running.at(-1) !== file) visits?.push({ file, name, from: running.at(-1) })
    running.push(file)
  },
  leave() {
    running.pop()
  },
}

/** The name by which readers find a function. */
function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent) ? node.parent.name : undefined)
  return named?.getText() ?? 'a callback'
}

/** The source of a file in which every function says when it is entered and left. */
function instrumented(path) {
  const file = relative(root, path).replaceAll('\\', '/').replace(/^src\//, '')
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const { factory } = ts
  const call = (name, ...texts) => factory.createExpressionStatement(factory.createCallExpression(
    factory.createPropertyAccessExpression(factory.createIdentifier('globalThis.otr4Walk'), name), undefined, texts.map((text) => factory.createStringLiteral(text))))
  const { transformed: [result] } = ts.transform(source, [(context) => {
    const wrap = (node) => {
      const inner = ts.visitEachChild(node, wrap, context)
      if (!ts.isFunctionLike(node) || node.body === undefined || node.asteriskToken !== undefined) return inner
      const statements = ts.isBlock(inner.body) ? inner.body.statements : [factory.createReturnStatement(inner.body)]
      const body = factory.createBlock([
        call('enter', file, nameOf(node)),
        factory.createTryStatement(factory.createBlock(statements), undefined, factory.createBlock([call('leave')])),
      ])
      const { modifiers, name, typeParameters, parameters, type } = inner
      if (ts.isFunctionDeclaration(node)) return factory.updateFunctionDeclaration(inner, modifiers, undefined, name, typeParameters, parameters, type, body)
      if (ts.isFunctionExpression(node)) return factory.updateFunctionExpression(inner, modifiers, undefined, name, typeParameters, parameters, type, body)
      if (ts.isArrowFunction(node)) return factory.updateArrowFunction(inner, modifiers, typeParameters, parameters, type, inner.equalsGreaterThanToken, body)
      if (ts.isMethodDeclaration(node)) return factory.updateMethodDeclaration(inner, modifiers, undefined, name, inner.questionToken, typeParameters, parameters, type, body)
      if (ts.isConstructorDeclaration(node)) return factory.updateConstructorDeclaration(inner, modifiers, parameters, body)
      if (ts.isGetAccessor(node)) return factory.updateGetAccessorDeclaration(inner, modifiers, name, parameters, type, body)
      if (ts.isSetAccessor(node)) return factory.updateSetAccessorDeclaration(inner, modifiers, name, parameters, body)
      throw new Error(`${file}: a function of an unknown kind`)
    }
    return (node) => ts.visitEachChild(node, wrap, context)
  }])
  return ts.createPrinter().printFile(result)
}

const { outputFiles: [bundle] } = await build({
  stdin: { contents: 'export { ClientCore } from "./src/index.ts"; export { testAccount } from "./test/support/network.ts"', resolveDir: root, loader: 'ts' },
  bundle: true, write: false, format: 'esm', platform: 'node', target: 'esnext', logLevel: 'warning',
  plugins: [{
    name: 'walk',
    setup({ onLoad }) { onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => path.startsWith(`${root}src`) ? { contents: instrumented(path), loader: 'ts' } : undefined) },
  }],
})
const { ClientCore, testAccount } = await import(`data:text/javascript;base64,${Buffer.from(bundle.contents).toString('base64')}`)

/** The visits while bob receives a text in a session that has carried texts both ways. `turn`: it is the first text since he wrote himself. */
function walk(version, turn) {
  let now = 1_800_000_000
  const make = (address, tag, key) => new ClientCore({ account: testAccount(address, tag, key, '34', now), clock: () => now, policy: { allowV4: version === 4 } })
  const [alice, bob] = [make('alice', 0x1001, 1), make('bob', 0x2002, 2)]
  const carry = (from, events) => {
    const to = from === alice ? bob : alice
    for (const event of events) if (event.type === 'send') carry(to, to.receive(from.address, event.message))
  }
  const write = (from, text) => {
    now += 5
    const { events } = from.conversation(from === alice ? 'bob' : 'alice').send(text)
    return events.filter(({ type }) => type === 'send').map(({ message }) => message)
  }
  const say = (from, text) => { for (const message of write(from, text)) carry(from, [{ type: 'send', message }]) }
  carry(alice, alice.conversation('bob').start())
  for (const text of ['one', 'two', 'three']) for (const from of [alice, bob, alice]) say(from, text)
  if (turn) say(bob, 'and you?')
  const [line, ...more] = write(alice, 'the text')
  if (more.length > 0) throw new Error('the text takes several lines')
  visits = []
  const events = bob.receive('alice', line)
  const seen = visits
  visits = undefined
  if (!events.some((event) => event.type === 'message' && event.text === 'the text' && event.version === version)) throw new Error('the text did not arrive')
  if (events.some(({ type }) => type !== 'message' && type !== 'revealed-mac-keys')) throw new Error('more than a text arrived')
  return seen
}

/** Files in the order of the first visit, with their visits. */
function counted(seen) {
  const files = new Map()
  for (const { file } of seen) files.set(file, (files.get(file) ?? 0) + 1)
  return [...files].map(([file, times]) => ({ file, times }))
}

const isApart = ({ file }) => file.startsWith('wire/') || file.startsWith('crypto/')
const results = [4, 3].flatMap((version) => [false, true].map((turn) => {
  const order = walk(version, turn)
  const all = counted(order)
  return { version, turn, files: all.filter((one) => !isApart(one)), wireAndCrypto: all.filter(isApart).length, order: order.filter((one) => !isApart(one)) }
}))

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(results, undefined, 2))
} else {
  for (const { version, turn, files, wireAndCrypto, order } of results) {
    const total = files.reduce((sum, { times }) => sum + times, 0)
    console.log(`A text of version ${version}, ${turn ? 'the first since we wrote' : 'one more in a row'}: ${files.length} files in ${total} visits, and ${wireAndCrypto} of wire/ and crypto/`)
    if (process.argv.includes('--order')) for (const { file, name, from } of order) console.log(`  ${file} ${name}   (from ${from})`)
    else for (const { file, times } of files) console.log(`  ${file}${times > 1 ? ` ${times}` : ''}`)
  }
}
