// Builds the web client into dist/: static files that any server can serve, with the headers of server/headers.ts.
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
/** level-transcoder asks for the package `buffer`, and does without if there is none. The store uses no such values: 7 KB less after compression. */
const withoutBuffer = {
  name: 'without-buffer',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^buffer$/ }, () => ({ path: 'buffer', namespace: 'none' }))
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = false' }))
  },
}
const common = { plugins: [withoutBuffer], absWorkingDir: here, bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', logLevel: 'warning', tsconfig: 'tsconfig.json', legalComments: 'none' }

/** @param folder where the files go */
export async function buildWeb(folder = `${here}dist`) {
  rmSync(folder, { recursive: true, force: true })
  cpSync(`${here}public`, folder, { recursive: true })
  // What only some people need is a file of its own: another language, fingerprints as words and QR codes.
  await build({ ...common, entryPoints: { app: 'src/page/main.tsx' }, outdir: folder, splitting: true, chunkNames: 'part-[hash]' })
  // The worker's decoder of lines is such a file, too.
  await build({ ...common, entryPoints: { worker: 'src/worker.ts' }, outdir: folder, splitting: true, chunkNames: 'part-[hash]' })
  const files = readdirSync(folder).filter((file) => file !== 'config.json')
  const version = createHash('sha256')
  for (const file of files) version.update(file).update(readFileSync(`${folder}/${file}`))
  await build({
    ...common, entryPoints: { sw: 'src/service-worker.ts' }, outdir: folder,
    define: { FILES: JSON.stringify(['/', ...files.map((file) => `/${file}`)]), VERSION: JSON.stringify(version.digest('hex').slice(0, 16)) },
  })
  return folder
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = await buildWeb()
  for (const file of readdirSync(folder)) console.log(`${file} ${readFileSync(`${folder}/${file}`).length}`)
}
