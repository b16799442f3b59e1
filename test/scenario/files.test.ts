import { expect } from 'chai'
import { fileHeader, FileOpener, FileSealer, offerFile, readFileOffer, type IncomingFile, type OffersFiles, type OutgoingFile } from '../../src/file/index.js'
import { OtrError } from '../../src/errors.js'
import { encryptedPair, type Party, type Versions } from '../support/network.js'
import { contentOf, MemoryCarrier, reading } from '../support/memory-carrier.js'

/** Somebody's side of the conversation, as the asynchronous client has it. */
export function sideOf(party: Party, peer: string): OffersFiles {
  return {
    extraKey(context, data, options) {
      const { result, events, error } = party.core.conversation(peer).extraKey(context, data, options)
      party.take(events)
      if (error !== undefined) throw error
      return Promise.resolve(result)
    },
  }
}

/** Alice offers a file to bob over a carrier. */
async function offered(length: number, versions: Versions, carrier = new MemoryCarrier()): Promise<{ readonly outgoing: OutgoingFile, readonly incoming: IncomingFile, readonly carrier: MemoryCarrier, readonly content: Uint8Array, readonly bob: Party }> {
  const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
  const outgoing = await offerFile(sideOf(alice, 'bob'), { name: 'C:\\photos\\m\u00f6hre.jpg', type: 'image/jpeg', length }, carrier)
  network.run()
  const incoming = readFileOffer(bob.all('extra-key')[0]!)
  if (incoming === undefined || incoming === 'unreadable') throw new Error('no offer')
  return { outgoing, incoming, carrier, content: contentOf(length), bob }
}

async function received(incoming: IncomingFile, carrier: MemoryCarrier): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of incoming.download(carrier)) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}

const codeOf = (error: unknown): string => error instanceof OtrError ? error.code : String(error)
const failure = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', codeOf)

describe('files beside a conversation', () => {
  for (const versions of ['3', '4'] as const) {
    it(`go from one side to the other in version ${versions}, and both wipe what they know of the key`, async () => {
      const { outgoing, incoming, carrier, content, bob } = await offered(200_000, versions)
      expect(incoming.header).to.deep.equal({ name: 'm\u00f6hre.jpg', type: 'image/jpeg', length: 200_000 })
      expect(incoming.place).to.equal(outgoing.place)
      expect(bob.all('extra-key')[0]?.key.every((byte) => byte === 0), 'the raw key is wiped').to.equal(true)
      const seen: number[] = []
      await outgoing.upload(reading(content), { onProgress: ({ done, of }) => { seen.push(done / of) } })
      expect([outgoing.state, seen]).to.deep.equal(['uploaded', [0.25, 0.5, 0.75, 1]])
      expect(Buffer.from(carrier.files.get(outgoing.place)!).includes(Buffer.from('hre.jpg'))).to.equal(false)
      expect(Buffer.from(await received(incoming, carrier)).equals(content)).to.equal(true)
      expect(incoming.state).to.equal('complete')
      expect(await failure(received(incoming, carrier))).to.equal('OTR_ARGUMENT')
      expect(await failure(outgoing.upload(reading(content)))).to.equal('OTR_ARGUMENT')
    })
  }

  it('are sealed and opened in one memory if that is wanted: it has nothing that was refused, and is wiped at the end', () => {
    const content = contentOf(200_000)
    const key = new Uint8Array(32).fill(7)
    const header = fileHeader({ name: 'a', length: content.length })
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(length)
    const sealer = new FileSealer(key, header, { random, reuseMemory: true })
    const own = new FileSealer(key, header, { random })
    const memories = new Set<ArrayBufferLike>()
    const copied = (chunks: Iterable<Uint8Array>): Uint8Array[] => Array.from(chunks, (chunk) => {
      memories.add(chunk.buffer)
      return chunk.slice()
    })
    const chunks = [...copied(sealer.update(content)), ...copied(sealer.end())]
    expect(memories.size).to.equal(1)
    expect(chunks).to.deep.equal([...own.update(content), ...own.end()])

    const opener = new FileOpener(key, header, { reuseMemory: true })
    memories.clear()
    const first = [...opener.update(chunks[0]!)][0]!
    const before = first.slice()
    const changed = chunks[1]!.slice()
    changed[60_000]! ^= 1
    expect(() => [...opener.update(changed)]).to.throw(OtrError)
    expect(first).to.deep.equal(before)
    const rest = chunks.slice(1).flatMap((chunk) => copied(opener.update(chunk)))
    expect(memories).to.deep.equal(new Set([first.buffer]))
    expect(Buffer.concat([before, ...rest]).equals(content)).to.equal(true)
    opener.end()
    expect(new Uint8Array(first.buffer).every((byte) => byte === 0)).to.equal(true)
  })

  it('may have any length from nothing on, and all short ones look alike', async () => {
    const lengths: number[] = []
    for (const length of [0, 1, 65_023, 65_024]) {
      const { outgoing, incoming, carrier, content } = await offered(length, '4')
      await outgoing.upload(reading(content))
      lengths.push(carrier.files.get(outgoing.place)!.length)
      expect(Buffer.from(await received(incoming, carrier)).equals(content), `${length} bytes`).to.equal(true)
    }
    expect(new Set(lengths)).to.deep.equal(new Set([65_576]))
  })

  it('go on at a chunk when a connection breaks, on both sides, again and again', async () => {
    const { outgoing, incoming, carrier, content } = await offered(700_000, '3')
    for (const storeAtMost of [0, 200_000, 200_001, 500_000]) {
      carrier.faults.storeAtMost = storeAtMost
      expect(await failure(outgoing.upload(reading(content)))).to.equal('OTR_FILE_CARRIER')
      expect(outgoing.state).to.equal('waiting')
    }
    await outgoing.upload(reading(content))
    const pieces: Uint8Array[] = []
    const offsets: number[] = []
    const load = async (): Promise<void> => { for await (const piece of incoming.download(carrier)) pieces.push(piece) }
    for (const fetchAtMost of [0, 100, 65_576, 300_000]) {
      carrier.faults.fetchAtMost = fetchAtMost
      offsets.push(incoming.received)
      expect(await failure(load())).to.equal('OTR_FILE_BROKEN')
      expect(incoming.state).to.equal('offered')
    }
    await load()
    expect(offsets).to.deep.equal([0, 0, 0, 65_024])
    expect(Buffer.concat(pieces).equals(content)).to.equal(true)
  })

  it('can be stopped and gone on with by whoever iterates, or by a signal', async () => {
    const { outgoing, incoming, carrier, content } = await offered(400_000, '4')
    const ending = new AbortController()
    const stopped = outgoing.upload(reading(content), { signal: ending.signal, onProgress: ({ done }) => { if (done > 200_000) ending.abort(new Error('enough')) } })
    expect(await stopped.catch((error: unknown) => (error as Error).message)).to.equal('enough')
    await outgoing.upload(reading(content))
    const pieces: Uint8Array[] = []
    for await (const piece of incoming.download(carrier)) {
      pieces.push(piece)
      if (pieces.length === 2) break
    }
    expect([incoming.state, incoming.received]).to.deep.equal(['offered', 130_560])
    for await (const piece of incoming.download(carrier)) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(content)).to.equal(true)
  })

  it('a refused offer gives nothing any more; a withdrawn file is gone', async () => {
    const { outgoing, incoming, carrier, content } = await offered(1000, '4')
    incoming.refuse()
    expect(await failure(received(incoming, carrier))).to.equal('OTR_ARGUMENT')
    await outgoing.withdraw()
    expect([outgoing.state, carrier.files.size]).to.deep.equal(['withdrawn', 0])
    expect(await failure(outgoing.upload(reading(content)))).to.equal('OTR_ARGUMENT')
  })

  it('are not offered without a private conversation, and nothing stays at the carrier', async () => {
    const { alice } = encryptedPair()
    const carrier = new MemoryCarrier()
    expect(await failure(offerFile(sideOf(alice, 'carol'), { name: 'a', length: 1 }, carrier))).to.equal('OTR_NOT_ENCRYPTED')
    expect(await failure(offerFile(sideOf(alice, 'bob'), { name: 'a', length: -1 }, carrier))).to.equal('OTR_ARGUMENT')
    expect(carrier.files.size).to.equal(0)
  })
})
