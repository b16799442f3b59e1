// Bundles a benchmark as a user's bundler would, because loaders for TypeScript slow down small functions.
import { build } from 'esbuild'

/** @param root the checkout, with a slash at its end */
export async function bundleBench(root, name, outfile) {
  await build({
    absWorkingDir: root, entryPoints: [`bench/${name}.ts`], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20',
    packages: 'external', logLevel: 'error', define: { 'import.meta.dirname': JSON.stringify(`${root}bench`) },
  })
}
