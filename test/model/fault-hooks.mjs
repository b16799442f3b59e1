// Module hooks, in their own thread: put faults back into sources as they are loaded. See `with-faults.mjs`.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'

/** The repository, with a slash at its end. */
const root = new URL('../../', import.meta.url)
/** By address of the source: what to find there, and what to put in its place. */
const edits = new Map()

export function initialize(faults) {
  for (const { file, find, replace } of faults) {
    const { href } = new URL(file, root)
    edits.set(href, [...edits.get(href) ?? [], { find, replace }])
  }
}

export async function load(url, context, next) {
  const [address] = url.split('?')
  const wanted = edits.get(address)
  if (wanted === undefined) return next(url, context)
  let source = await readFile(fileURLToPath(address), 'utf8')
  for (const { find, replace } of wanted) {
    const times = source.split(find).length - 1
    if (times !== 1) throw new Error(`${address}: what a fault is to replace stands there ${times} times: ${find}`)
    source = source.replace(find, () => replace)
  }
  const { code } = await transform(source, { loader: 'ts', format: 'esm', target: 'es2022', sourcefile: address })
  return { format: 'module', source: code, shortCircuit: true }
}
