// Opens the store in the directory that it is given, says so, and holds it until it is killed.
import { openDirectory } from '../../src/store/node/index.js'

const [, , directory = ''] = process.argv
await openDirectory({ directory, secret: { key: new Uint8Array(32).fill(7) } })
process.stdout.write('open\n')
setInterval(() => undefined, 1000)
