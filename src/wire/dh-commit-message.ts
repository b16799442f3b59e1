import { data, dataOf, defineChatMessage, int } from './codec.js'

/**
 * D-H Commit Message, the first of OTRv3's AKE.
 *
 * @see [OTRv3, "D-H Commit Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface DhCommitMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v3-dh-commit'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** 0 while the other side's tag is not known. */
  readonly receiverTag: number
  /** g^x as an MPI, encrypted with AES128-CTR under r. */
  readonly encryptedGx: Uint8Array
  /** SHA-256 of g^x as an MPI: 32 bytes. */
  readonly hashedGx: Uint8Array
}

export const dhCommitMessage = defineChatMessage<DhCommitMessage>('v3-dh-commit', 3, 0x02, 'opens', {
  senderTag: int('Sender Instance tag'),
  receiverTag: int('Receiver Instance tag'),
  encryptedGx: data('Encrypted gx'),
  hashedGx: dataOf('Hashed gx', 32),
})
