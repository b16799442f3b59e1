import { defineMessage, int, mpi } from './codec.js'

/** D-H Key Message, the second of OTRv3's AKE (v3 "D-H Key Message"). */
export interface DhKeyMessage {
  readonly kind: 'v3-dh-key'
  readonly senderTag: number
  readonly receiverTag: number
  /** g^y, big-endian, minimal; not checked against the group. */
  readonly gy: Uint8Array
}

export const dhKeyMessage = defineMessage<DhKeyMessage>('v3-dh-key', 3, 0x0a, {
  senderTag: int('Sender Instance tag'),
  receiverTag: int('Receiver Instance tag'),
  gy: mpi('gy'),
})
