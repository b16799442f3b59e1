import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ClientConversation } from 'otr4'
import { RelayServer } from 'otr4/transport/relay'
import { codeOf, openMessenger, type Messenger } from './messenger.js'
import { tellStory } from './story.js'
import { verdict } from './verification.js'

let relay: RelayServer
let folder: string
/** Everything that the relay could read. */
const seen: string[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otr4-two-clients-'))
  relay = await RelayServer.listen({ onLine: ({ text }) => { seen.push(text) } })
})
after(async () => {
  await relay.close()
  await rm(folder, { recursive: true })
})

const open = (name: string, passphrase = 'open sesame'): Promise<Messenger> => openMessenger({
  name, relay: relay.url, directory: join(folder, name), passphrase, show: () => undefined, report: (error) => { throw error },
})

test('two people meet, verify each other, leave, and come back', async () => {
  const told: string[] = []
  await tellStory({ relay: relay.url, folder, tell: (line) => { told.push(line) } })
  assert.deepEqual(told, [
    'alice sees: in clear: anybody on the way can read it',
    'alice sees: private, NOT verified: who is it?',
    'bob reads, privately, from alice: is this really you?',
    'the secrets were compared: for alice bob is verified, for bob alice is verified',
    'alice sees: private, verified',
    'both programs have ended',
    'bob reads, privately, from alice: read this tomorrow',
    'bob sees: private, verified',
    'alice reads, privately, from bob: good morning',
    'for alice, waiting until it can leave privately: are you there?',
    'bob sees: waits: start again, or continue in clear',
  ])
  assert.ok(seen.length > 10)
  for (const text of seen) assert.doesNotMatch(text, /really you|lighthouse|tomorrow|morning|are you there/)
})

test('a wrong passphrase opens nothing, and a store that is open is not opened twice', async () => {
  const carol = await open('carol')
  await assert.rejects(open('carol'), (error) => codeOf(error) === 'OTR_STORE_LOCKED')
  await carol.close()
  await assert.rejects(open('carol', 'close sesame'), (error) => codeOf(error) === 'OTR_STORE_PASSPHRASE')
  await (await open('carol')).close()
})

test('different secrets verify nobody; the same key exchange, the same session after a restart', async () => {
  const dave = await open('dave')
  let erin = await open('erin')
  const ssid = (conversation: ClientConversation): string | undefined => conversation.status.sessions[0]?.ssid
  try {
    const atDave = dave.client.conversation('erin')
    let atErin = erin.client.conversation('dave')
    await atErin.start()
    await Promise.all([atDave.encrypted({ timeout: 30 }), atErin.encrypted({ timeout: 30 })])
    const before = ssid(atErin)
    assert.match(before ?? '', /^[0-9a-f]{16}$/)
    assert.equal(before, ssid(atDave))

    const asked = new Promise((resolve) => atDave.on('smp', ({ event }) => { if (event === 'asked') resolve(undefined) }))
    const verdicts = Promise.all([verdict(atDave), verdict(atErin)])
    await atErin.verify('the pier at noon')
    await asked
    await atDave.answer('the pier at night')
    assert.deepEqual(await verdicts, ['different', 'different'])
    assert.equal(atErin.status.key?.trust, 'seen')

    await erin.close()
    erin = await open('erin')
    atErin = erin.client.conversation('dave')
    assert.equal(ssid(atErin), before)
    assert.equal(atErin.status.sending, 'encrypted')
  } finally {
    await Promise.all([dave.close(), erin.close()])
  }
})
