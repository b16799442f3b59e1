// The entrances of the package, as `exports` of package.json names them.
import { readFileSync } from 'node:fs'

const { name: packageName, exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/**
 * Each entrance: the `name` under which it is imported; its declarations after the build (`types`) and its source file (`source`), as paths in
 * this checkout; the file name of its report in api/.
 */
export const entrances = Object.entries(exports).filter(([, target]) => typeof target !== 'string').map(([path, { types }]) => ({
  name: `${packageName}${path.slice(1)}`,
  types: types.replace(/^\.\//, ''),
  source: types.replace(/^\.\/dist\//, 'src/').replace(/\.d\.ts$/, '.ts'),
  report: `${path === '.' ? packageName : path.slice(2).replaceAll('/', '-')}.api.md`,
}))
