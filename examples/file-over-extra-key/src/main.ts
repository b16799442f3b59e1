import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nextOffer, privatePair } from './pair.js'
import { receiveFile, sendFile, serveFiles } from './transfer.js'

const folder = await mkdtemp(join(tmpdir(), 'otr4-file-'))
const server = await serveFiles()
const { alice, bob } = await privatePair()
try {
  const given = process.argv[2]
  const path = given ?? join(folder, 'hello.txt')
  if (given === undefined) await writeFile(path, 'hello bob, this came beside the conversation\n')
  const offered = nextOffer(bob)
  await sendFile(alice.conversation('bob'), path, server)
  const event = await offered
  const taken = join(folder, 'taken')
  const offer = await receiveFile(event, { origins: [server.origin], most: 2 ** 40, path: taken })
  const trust = bob.conversation('alice').status.key?.trust ?? 'unknown'
  console.log(`bob has ${offer?.name ?? 'nothing'}, ${(await stat(taken)).size} bytes, SHA-256 ${offer?.sha256 ?? ''}`)
  console.log(`it came from whoever has alice's key, which is ${trust}${trust === 'verified' ? '' : ': nobody has verified that this is alice'}`)
} finally {
  server.close()
  await Promise.all([alice.close(), bob.close()])
  await rm(folder, { recursive: true })
}
