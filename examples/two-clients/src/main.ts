import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RelayServer } from 'otr4/transport/relay'
import { tellStory } from './story.js'

// A relay on this machine, for this story alone. It authenticates nobody and encrypts nothing: that is what OTR is for.
const relay = await RelayServer.listen()
const folder = await mkdtemp(join(tmpdir(), 'otr4-two-clients-'))
try {
  await tellStory({ relay: relay.url, folder, tell: (line) => { console.log(line) } })
} finally {
  await relay.close()
  await rm(folder, { recursive: true })
}
