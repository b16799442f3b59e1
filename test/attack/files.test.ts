import { expect } from 'chai'
import {
  decodeFileOffer, encodeFileOffer, FILE_USE, FileOpener, FileSealer, fileHeader, offerFile, openFile, readFileOffer, safeFileName, sealedLength, sealFile, type FileHeader,
} from '../../src/file/index.js'
import { OtrError } from '../../src/errors.js'
import { sealChunk } from '../support/file-second/file.js'
import { contentOf, MemoryCarrier, reading } from '../support/memory-carrier.js'

const CHUNK = 65_576
const key = new Uint8Array(32).fill(7)
const content = contentOf(4 * 65_536 - 512)
const header = fileHeader({ name: 'a.bin', length: content.length })

async function sealed(with_: Uint8Array = key, of: FileHeader = header, what: Uint8Array = content): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of sealFile(with_, of, reading(what)(0))) chunks.push(chunk)
  return chunks
}

/** What a receiver gets before the error, in bytes, and the error. */
async function opened(pieces: Iterable<Uint8Array>, of: FileHeader = header): Promise<{ readonly bytes: number, readonly code: string }> {
  let bytes = 0
  try {
    for await (const piece of openFile(key, of, pieces)) {
      expect(Buffer.from(piece).equals(content.subarray(bytes, bytes + piece.length)), 'only what was sent is given').to.equal(true)
      bytes += piece.length
    }
  } catch (error) {
    if (!(error instanceof OtrError)) throw error
    return { bytes, code: error.code }
  }
  return { bytes, code: 'whole' }
}

/** The error code of each way to put the chunks together, with how many chunks were given before. */
async function outcomes(ways: readonly (readonly Uint8Array[])[]): Promise<string[]> {
  return Promise.all(ways.map(async (way) => {
    const { bytes, code } = await opened(way)
    return `${code} after ${Math.ceil(bytes / 65_536)}`
  }))
}

const afterSome = (...counts: number[]): string[] => counts.map((count) => `OTR_FILE_BROKEN after ${count}`)

describe('attacks on files', () => {
  it('B1: a sealed file that is cut off between or within chunks is not whole', async () => {
    const [a, b, c, d] = await sealed() as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    expect(await outcomes([[a, b, c, d]])).to.deep.equal(['whole after 4'])
    expect(await outcomes([[], [a], [a, b, c], [a, b, c, d.subarray(0, -1)]])).to.deep.equal(afterSome(0, 1, 3, 3))
  })

  it('B2: chunks in another order, repeated, left out, or behind the end are refused at the first that is out of place', async () => {
    const [a, b, c, d] = await sealed() as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    expect(await outcomes([[a, c, b, d], [b, a, c, d], [a, a, b, c, d], [a, b, b, c, d], [a, c, d], [a, b, d, d], [d], [a, b, c, d, d], [a, b, c, d, Uint8Array.of(0)]]))
      .to.deep.equal(afterSome(1, 0, 1, 2, 1, 2, 0, 4, 4))
  })

  it('B3: a changed bit anywhere in a chunk is refused, and nothing of that chunk is given', async () => {
    const chunks = await sealed()
    for (const at of [0, 23, 24, 40_000, CHUNK - 17, CHUNK - 1]) {
      const changed = Uint8Array.from(chunks[2]!)
      changed[at]! ^= 1
      expect(await outcomes([[chunks[0]!, chunks[1]!, changed, chunks[3]!]]), `byte ${at}`).to.deep.equal(afterSome(2))
    }
  })

  it('B4: a chunk of another file is refused: under another key, and under the same key, which is used twice', async () => {
    const [one, otherKey, sameKey] = await Promise.all([sealed(), sealed(new Uint8Array(32).fill(8)), sealed()])
    for (const other of [otherKey, sameKey]) {
      expect(await outcomes([[one[0]!, other[1]!, one[2]!, one[3]!], [one[0]!, one[1]!, one[2]!, other[3]!]])).to.deep.equal(afterSome(1, 3))
    }
    expect(await outcomes([otherKey])).to.deep.equal(afterSome(0))
    const nonces = new Set([...one, ...sameKey].map((chunk) => Buffer.from(chunk.subarray(0, 24)).toString('hex')))
    expect(nonces.size, 'a key that is used twice uses no nonce twice').to.equal(8)
  })

  it('B5: a file whose header is not that of the offer is refused before any of it is given', async () => {
    const chunks = await sealed()
    for (const other of [{ ...header, name: 'b.bin' }, { ...header, type: 'image/png' }, { ...header, length: header.length - 1 }]) {
      expect(await opened(chunks, other), JSON.stringify(other)).to.deep.equal({ bytes: 0, code: 'OTR_FILE_BROKEN' })
    }
  })

  it('B6: a sender who lies about the length gives no more than was offered: what stands behind it must be zeros', () => {
    const short = fileHeader({ name: 'a.bin', length: 100 })
    const of = { length: 100, name: Buffer.from('a.bin'), type: Buffer.from('application/octet-stream') }
    const plaintext = new Uint8Array(65_536)
    plaintext.set([1, 0, 0, 0, 0, 0, 0, 0, 100, 5, ...of.name, 24, ...of.type])
    const seal = (): Uint8Array => sealChunk(key, 0, true, new Uint8Array(16), new Uint8Array(24), plaintext).sealed
    expect([...new FileOpener(key, short).update(seal())].map(({ length }) => length)).to.deep.equal([100])
    for (const at of [511, 512 + 100, 65_535]) {
      plaintext[at] = 1
      expect(() => [...new FileOpener(key, short).update(seal())], `byte ${at}`).to.throw(OtrError).with.property('code', 'OTR_FILE_BROKEN')
      plaintext[at] = 0
    }
  })

  it('B7: a file that has become longer or shorter while it is sent is given up, not sent as something else', async () => {
    for (const length of [content.length - 1, content.length + 1, 0]) {
      expect(await sealed(key, header, contentOf(length)).then(() => 'sealed', (error: unknown) => (error as OtrError).code), `${length}`).to.equal('OTR_FILE_LENGTH')
    }
  })

  it('B8: a file that changes between two uploads has nonces of its own; a relay cannot put the two together', async () => {
    const first = await sealed()
    const changed = contentOf(content.length).fill(0xff)
    const from = { chunk: 2, tag: first[1]!.slice(-16) }
    const sealer = new FileSealer(key, header, { from })
    const second = [...sealer.update(changed.subarray(sealer.contentOffset)), ...sealer.end()]
    expect(Buffer.from(second[0]!.subarray(0, 24)).equals(first[2]!.subarray(0, 24))).to.equal(false)
    const verdict = (chunks: readonly Uint8Array[]): string => {
      const opener = new FileOpener(key, header)
      try {
        for (const chunk of chunks) Array.from(opener.update(chunk))
        opener.end()
        return 'whole'
      } catch (error) {
        return (error as OtrError).code
      }
    }
    expect(verdict([first[0]!, first[1]!, ...second])).to.equal('whole')
    expect(verdict([first[0]!, first[1]!, first[2]!, second[1]!])).to.equal('OTR_FILE_BROKEN')
    expect(verdict([first[0]!, first[1]!, second[0]!, first[3]!])).to.equal('OTR_FILE_BROKEN')
  })

  it('B9: an offer never has a name that is a path, hides, controls a terminal or reads backwards', () => {
    const bad = /[\p{C}\p{Zl}\p{Zp}/\\<>:"|?*]|^[. ]|[. ]$|^$/u
    for (const name of ['../../etc/passwd', '..', '/', '\\\\server\\share', 'a\u202etxt.exe', '\u001b]0;x\u0007', 'NUL', 'con.txt', ' .. ', 'x'.repeat(255), '\ud800', '\u2066\u2069', 'a\u0000.txt', '~/.ssh']) {
      const encoded = encodeFileOffer({ header: { name: 'x', type: 'a/b', length: 1 }, salt: new Uint8Array(32), place: 'p' })
      const raw = new TextEncoder().encode(name)
      const hostile = Uint8Array.from([...encoded.subarray(0, 9), raw.length, ...raw, ...encoded.subarray(11)])
      const read = decodeFileOffer(hostile)?.header.name ?? ''
      expect(read, JSON.stringify(name)).to.not.match(bad)
      expect(read).to.equal(safeFileName(read), 'a safe name stays what it is')
      expect(/^(?:con|nul)(?:\.|$)/i.test(read)).to.equal(false)
    }
  })

  it('B10: an offer that is none is said to be one that cannot be read; its key is wiped, and no bytes throw', () => {
    const encoded = encodeFileOffer({ header, salt: new Uint8Array(32), place: 'https://files.example/1' })
    for (let length = 0; length < encoded.length; length++) {
      const raw = new Uint8Array(64).fill(1)
      expect(readFileOffer({ context: FILE_USE, data: encoded.slice(0, length), key: raw }), `${length} bytes`).to.equal('unreadable')
      expect(raw.every((byte) => byte === 0)).to.equal(true)
    }
    const raw = new Uint8Array(64).fill(1)
    expect(readFileOffer({ context: FILE_USE + 1, data: encoded, key: raw })).to.equal(undefined)
    expect(raw[0], 'a key for another use is left alone').to.equal(1)
  })

  it('B11: a file of more than 64 GiB is none, and a false chunk of the longest is refused like any other', async () => {
    const huge = fileHeader({ name: 'huge', length: 2 ** 36 })
    expect(sealedLength(huge.length)).to.be.below(1.04 * 2 ** 36)
    expect((await opened([new Uint8Array(CHUNK)], huge)).code).to.equal('OTR_FILE_BROKEN')
    expect(() => fileHeader({ name: 'huge', length: 2 ** 36 + 1 })).to.throw(OtrError).with.property('code', 'OTR_ARGUMENT')
  })

  it('B12: a carrier that replaces, cuts or repeats what it keeps is noticed, and the right bytes can still be fetched from there', async () => {
    const carrier = new MemoryCarrier()
    const raw = new Uint8Array(32).fill(3)
    let told = new Uint8Array(0)
    const conversation = {
      async extraKey(_: number, data: Uint8Array): Promise<Uint8Array> {
        const { deriveExtraKey } = await import('../../src/index.js')
        told = Uint8Array.from(data)
        return deriveExtraKey(raw, FILE_USE, 32)
      },
    }
    const outgoing = await offerFile(conversation, { name: 'a.bin', length: content.length }, carrier)
    await outgoing.upload(reading(content))
    const incoming = readFileOffer({ context: FILE_USE, data: told, key: raw })
    if (incoming === undefined || incoming === 'unreadable') throw new Error('no offer')
    const load = async (): Promise<string> => {
      try {
        for await (const piece of incoming.download(carrier)) expect(piece.length).to.be.above(0)
        return 'whole'
      } catch (error) {
        return (error as OtrError).code
      }
    }
    for (const instead of [() => new Uint8Array(4 * CHUNK), (bytes: Uint8Array) => bytes.subarray(0, CHUNK), (bytes: Uint8Array) => Uint8Array.from([...bytes.subarray(0, 2 * CHUNK), ...bytes]), () => new Uint8Array(0)]) {
      carrier.faults.instead = instead
      expect(await load()).to.equal('OTR_FILE_BROKEN')
    }
    delete carrier.faults.instead
    expect(await load()).to.equal('whole')
  })

  it('B13: an address in an offer that this program does not fetch from is never asked', async () => {
    const incoming = readFileOffer({ context: FILE_USE, data: encodeFileOffer({ header, salt: new Uint8Array(32), place: 'http://127.0.0.1:22/' }), key: new Uint8Array(64).fill(1) })
    if (incoming === undefined || incoming === 'unreadable') throw new Error('no offer')
    const code = await incoming.download(new MemoryCarrier()).next().then(() => 'asked', (error: unknown) => (error as OtrError).code)
    expect(code).to.equal('OTR_FILE_CARRIER')
    incoming.refuse()
  })
})
