import { toBytes } from '../../../crypto/integer.js'

/** The modulus of the D-H keys and of SMP: group 5 of RFC 3526. It is written here apart from the client's own, because the suite judges our client, too. */
export const modulus = BigInt('0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437'
  + '4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05'
  + '98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff')

/** A number of 0 to the modulus as 192 bytes, big-endian. */
export function numberBytes(value: bigint): Uint8Array {
  return toBytes(value, 192)
}
