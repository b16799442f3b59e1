import { expect } from 'chai'
import { pack, unpack } from '../../src/store/message-pack.js'
import { secretBytes } from '../../src/crypto/secret.js'

/** What `work` makes by `Buffer.alloc`, and what it overwrites with zeros. */
function observed<T>(work: () => T): { readonly result: T, readonly rooms: readonly Buffer[], readonly wiped: readonly ArrayBufferLike[] } {
  const rooms: Buffer[] = []
  const wiped: ArrayBufferLike[] = []
  const alloc = Buffer.alloc.bind(Buffer)
  const prototype = Buffer.prototype as { fill: (this: Uint8Array, value: number) => Uint8Array }
  const { fill } = prototype
  Buffer.alloc = (length: number) => {
    const room = alloc(length)
    rooms.push(room)
    return room
  }
  prototype.fill = function (value) {
    if (value === 0) wiped.push(this.buffer)
    return fill.call(this, value)
  }
  try {
    return { result: work(), rooms, wiped }
  } finally {
    Buffer.alloc = alloc
    prototype.fill = fill
  }
}

describe('the memory of the packer', () => {
  // Larger than any that another test packs in this process.
  const secret = secretBytes(3_000_000).fill(0xa7)

  it('grows before a large value is packed, never while it is, and is overwritten afterwards', () => {
    const { result, rooms, wiped } = observed(() => pack(['a text', secret, 7]))
    const [text, bytes, number] = unpack(result) as [string, Uint8Array, number]
    expect([text, Buffer.compare(bytes, secret), number]).to.deep.equal(['a text', 0, 7])
    expect(rooms).to.have.lengthOf(1)
    // What was packed lay in that room: the packer has made none of its own.
    expect(wiped.length).to.be.above(0)
    expect(wiped.every((buffer) => buffer === rooms[0]?.buffer)).to.equal(true)
    expect(rooms[0]?.includes(0xa7)).to.equal(false)
  })

  it('does not grow again for what fits', () => {
    const { result, rooms, wiped } = observed(() => pack([secret.subarray(7)]))
    const [bytes] = unpack(result) as [Uint8Array]
    expect(Buffer.compare(bytes, secret.subarray(7))).to.equal(0)
    expect(rooms).to.deep.equal([])
    expect(wiped.length).to.be.above(0)
  })
})
