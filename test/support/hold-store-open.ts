// Opens the store in the given directory, prints "open", and keeps it open until the process is killed.
import { openDirectory } from '../../src/store/node/index.js'

const [, , directory = ''] = process.argv
await openDirectory({ directory, secret: { key: new Uint8Array(32).fill(7) } })
process.stdout.write('open\n')
setInterval(() => undefined, 1000)
