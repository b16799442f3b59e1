import { defineChatMessage, type ChatMessageCodec, type Field, type FieldsOf } from './codec.js'

/** A message of version 2: that of version 3, without instance tags on the wire. `senderTag` and `receiverTag` are 0. */
export type InVersion2<M extends { readonly kind: `v3-${string}` }> =
  M extends { readonly kind: `v3-${infer Name}` } ? Omit<M, 'kind'> & { readonly kind: `v2-${Name}` } : never

/** The tag that every message of version 2 has: none. */
const noTag: Field<number> = { name: '', read: () => 0, write: () => undefined }

/** The codec of the same message in version 2. */
export function inVersion2<M extends { readonly kind: `v3-${string}` }>({ kind, type, role, fields }: ChatMessageCodec<M>): ChatMessageCodec<InVersion2<M>> {
  const without = { ...fields, senderTag: noTag, receiverTag: noTag } as unknown as FieldsOf<InVersion2<M>>
  return defineChatMessage(kind.replace('v3', 'v2') as InVersion2<M>['kind'], 2, type, role, without)
}
