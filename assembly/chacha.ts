// ChaCha20 (RFC 7539) with nonce 0.

/** The length of one block of key stream. */
export const CHACHA_ROOM: usize = 64

/** Encrypts or decrypts `length` bytes at `data` in place, with the 32 bytes at `key`, from block `counter` on. */
export function chacha20(data: usize, length: usize, key: usize, counter: u32, room: usize): void {
  while (length > 0) {
    let x0: u32 = 0x61707865, x1: u32 = 0x3320646e, x2: u32 = 0x79622d32, x3: u32 = 0x6b206574
    let x4 = load<u32>(key), x5 = load<u32>(key, 4), x6 = load<u32>(key, 8), x7 = load<u32>(key, 12)
    let x8 = load<u32>(key, 16), x9 = load<u32>(key, 20), x10 = load<u32>(key, 24), x11 = load<u32>(key, 28)
    let x12 = counter, x13: u32 = 0, x14: u32 = 0, x15: u32 = 0
    for (let i = 0; i < 10; i++) {
      x0 += x4
      x12 = rotl<u32>(x12 ^ x0, 16)
      x8 += x12
      x4 = rotl<u32>(x4 ^ x8, 12)
      x0 += x4
      x12 = rotl<u32>(x12 ^ x0, 8)
      x8 += x12
      x4 = rotl<u32>(x4 ^ x8, 7)
      x1 += x5
      x13 = rotl<u32>(x13 ^ x1, 16)
      x9 += x13
      x5 = rotl<u32>(x5 ^ x9, 12)
      x1 += x5
      x13 = rotl<u32>(x13 ^ x1, 8)
      x9 += x13
      x5 = rotl<u32>(x5 ^ x9, 7)
      x2 += x6
      x14 = rotl<u32>(x14 ^ x2, 16)
      x10 += x14
      x6 = rotl<u32>(x6 ^ x10, 12)
      x2 += x6
      x14 = rotl<u32>(x14 ^ x2, 8)
      x10 += x14
      x6 = rotl<u32>(x6 ^ x10, 7)
      x3 += x7
      x15 = rotl<u32>(x15 ^ x3, 16)
      x11 += x15
      x7 = rotl<u32>(x7 ^ x11, 12)
      x3 += x7
      x15 = rotl<u32>(x15 ^ x3, 8)
      x11 += x15
      x7 = rotl<u32>(x7 ^ x11, 7)
      x0 += x5
      x15 = rotl<u32>(x15 ^ x0, 16)
      x10 += x15
      x5 = rotl<u32>(x5 ^ x10, 12)
      x0 += x5
      x15 = rotl<u32>(x15 ^ x0, 8)
      x10 += x15
      x5 = rotl<u32>(x5 ^ x10, 7)
      x1 += x6
      x12 = rotl<u32>(x12 ^ x1, 16)
      x11 += x12
      x6 = rotl<u32>(x6 ^ x11, 12)
      x1 += x6
      x12 = rotl<u32>(x12 ^ x1, 8)
      x11 += x12
      x6 = rotl<u32>(x6 ^ x11, 7)
      x2 += x7
      x13 = rotl<u32>(x13 ^ x2, 16)
      x8 += x13
      x7 = rotl<u32>(x7 ^ x8, 12)
      x2 += x7
      x13 = rotl<u32>(x13 ^ x2, 8)
      x8 += x13
      x7 = rotl<u32>(x7 ^ x8, 7)
      x3 += x4
      x14 = rotl<u32>(x14 ^ x3, 16)
      x9 += x14
      x4 = rotl<u32>(x4 ^ x9, 12)
      x3 += x4
      x14 = rotl<u32>(x14 ^ x3, 8)
      x9 += x14
      x4 = rotl<u32>(x4 ^ x9, 7)
    }
    store<u32>(room, x0 + 0x61707865)
    store<u32>(room, x1 + 0x3320646e, 4)
    store<u32>(room, x2 + 0x79622d32, 8)
    store<u32>(room, x3 + 0x6b206574, 12)
    store<u32>(room, x4 + load<u32>(key), 16)
    store<u32>(room, x5 + load<u32>(key, 4), 20)
    store<u32>(room, x6 + load<u32>(key, 8), 24)
    store<u32>(room, x7 + load<u32>(key, 12), 28)
    store<u32>(room, x8 + load<u32>(key, 16), 32)
    store<u32>(room, x9 + load<u32>(key, 20), 36)
    store<u32>(room, x10 + load<u32>(key, 24), 40)
    store<u32>(room, x11 + load<u32>(key, 28), 44)
    store<u32>(room, x12 + counter, 48)
    store<u32>(room, x13, 52)
    store<u32>(room, x14, 56)
    store<u32>(room, x15, 60)
    counter++
    const piece = min(length, 64)
    for (let i: usize = 0; i < piece; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(room + i))
    data += piece
    length -= piece
  }
}
