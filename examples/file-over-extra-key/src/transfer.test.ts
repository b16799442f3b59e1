import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { OtrError } from 'otr4'
import { decodeOffer, encodeOffer } from './offer.js'
import { nextOffer, privatePair } from './pair.js'
import { open, seal, SealError, type Bytes } from './sealed-stream.js'
import { receiveFile, sendFile, serveFiles, type FileServer } from './transfer.js'

let folder: string
before(async () => { folder = await mkdtemp(join(tmpdir(), 'otr4-file-')) })
after(async () => { await rm(folder, { recursive: true }) })

const most = 2 ** 30

/** A file server on whose way somebody changes what it serves. */
function through(server: FileServer, change: (sealed: Bytes) => Bytes): FileServer {
  return {
    ...server,
    offer: (stream) => server.offer(async function* () {
      yield change(await joined(stream()))
    }),
  }
}

async function joined(stream: AsyncIterable<Uint8Array>): Promise<Bytes> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield await Promise.resolve(bytes.subarray(at, at + length))
}

for (const version of [4, 3] as const) {
  test(`a file arrives whole, and nothing of it can be read on the way (version ${version})`, async () => {
    const { alice, bob } = await privatePair({ allowV4: version === 4 })
    const server = await serveFiles()
    const seen: Bytes[] = []
    const watched = through(server, (sealed) => {
      seen.push(sealed)
      return sealed
    })
    const secret = 'the plans of the lighthouse'
    const content = Buffer.concat([Buffer.from(secret), randomBytes(1_000_000)])
    const path = join(folder, `sent-${version}`)
    await writeFile(path, content)
    try {
      for (const round of [1, 2]) {
        const taken = join(folder, `taken-${version}-${round}`)
        const offered = nextOffer(bob)
        await sendFile(alice.conversation('bob'), path, watched)
        const event = await offered
        assert.equal(event.version, version)
        const offer = await receiveFile(event, { origins: [server.origin], most, path: taken })
        assert.equal(offer?.name, `sent-${version}`)
        assert.deepEqual(await readFile(taken), content)
      }
      assert.equal(seen.length, 2)
      for (const sealed of seen) assert.equal(Buffer.from(sealed).includes(secret), false)
      // The same file twice, in one session: two keys.
      assert.notDeepEqual(seen[0]?.subarray(0, 64), seen[1]?.subarray(0, 64))
    } finally {
      server.close()
      await Promise.all([alice.close(), bob.close()])
    }
  })
}

test('what is changed, cut off, or sealed with another key is noticed, and leaves no file', async () => {
  const { alice, bob } = await privatePair()
  const server = await serveFiles()
  const path = join(folder, 'attacked')
  await writeFile(path, randomBytes(200_000))
  const sealedChunk = 64 * 1024 + 16
  const attacks: Readonly<Record<string, (sealed: Bytes) => Bytes>> = {
    'a bit changed': (sealed) => sealed.map((byte, at) => at === 100_000 ? byte ^ 1 : byte),
    'the last chunk missing': (sealed) => sealed.slice(0, 3 * sealedChunk),
    'cut off inside a chunk': (sealed) => sealed.slice(0, 100_000),
    'two chunks exchanged': (sealed) => new Uint8Array([...sealed.slice(sealedChunk, 2 * sealedChunk), ...sealed.slice(0, sealedChunk), ...sealed.slice(2 * sealedChunk)]),
    'a chunk twice': (sealed) => new Uint8Array([...sealed.slice(0, sealedChunk), ...sealed]),
    'bytes behind the end': (sealed) => new Uint8Array([...sealed, 0]),
    'nothing at all': () => new Uint8Array(),
  }
  const taken = join(folder, 'never')
  const offeredBy = async (from: FileServer): Promise<Awaited<ReturnType<typeof nextOffer>>> => {
    const offered = nextOffer(bob)
    await sendFile(alice.conversation('bob'), path, from)
    return offered
  }
  try {
    for (const [name, change] of Object.entries(attacks)) {
      const event = await offeredBy(through(server, change))
      await assert.rejects(receiveFile(event, { origins: [server.origin], most, path: taken }), SealError, name)
    }
    const event = await offeredBy(server)
    await assert.rejects(receiveFile({ ...event, key: randomBytes(64) }, { origins: [server.origin], most, path: taken }), SealError, 'another key')
    const offer = decodeOffer(event.data)
    assert.ok(offer)
    for (const lie of [{ sha256: '0'.repeat(64) }, { size: 199_999 }, { size: 200_001 }]) {
      const data = encodeOffer({ ...offer, ...lie })
      await assert.rejects(receiveFile({ ...event, data }, { origins: [server.origin], most, path: taken }), SealError, JSON.stringify(lie))
    }
    await assert.rejects(receiveFile(event, { origins: ['https://files.example'], most, path: taken }), /are not taken/)
    await assert.rejects(receiveFile(event, { origins: [server.origin], most: 1000, path: taken }), /more than are taken/)
    assert.equal(await receiveFile({ ...event, data: new Uint8Array([123]) }, { origins: [server.origin], most, path: taken }), undefined)
    assert.equal(await receiveFile({ ...event, context: 1 }, { origins: [server.origin], most, path: taken }), undefined)
    assert.equal(existsSync(taken), false)
    assert.deepEqual((await readdir(folder)).filter((name) => name.endsWith('.part')), [])
    // And the very same event brings the file, when nobody interferes.
    await receiveFile(event, { origins: [server.origin], most, path: taken })
    assert.deepEqual(await readFile(taken), await readFile(path))
  } finally {
    server.close()
    await Promise.all([alice.close(), bob.close()])
  }
})

test('without a private conversation there is no key', async () => {
  const { alice, bob } = await privatePair()
  const server = await serveFiles()
  await alice.conversation('bob').end()
  const path = join(folder, 'unsent')
  await writeFile(path, 'x')
  await assert.rejects(sendFile(alice.conversation('bob'), path, server), (error) => error instanceof OtrError && error.code === 'OTR_NOT_ENCRYPTED')
  server.close()
  await Promise.all([alice.close(), bob.close()])
})

test('streams of every length come back, however they are cut', async () => {
  const key = new Uint8Array(randomBytes(32))
  const chunk = 64 * 1024
  for (const length of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1]) {
    const plain = randomBytes(length)
    const sealed = await joined(seal(key, inPieces(plain, 10_007)))
    assert.equal(sealed.length, length + 16 * Math.max(1, Math.ceil(length / chunk)))
    for (const pieces of [1_000, chunk, 1 << 20]) assert.deepEqual(Buffer.from(await joined(open(key, inPieces(sealed, pieces)))), plain)
  }
})
