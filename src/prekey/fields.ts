import { utf8Decode, utf8Encode, type Reader, type Writer } from '../wire/index.js'
import type { Field } from '../wire/codec.js'

/** A DATA field with text in UTF-8. Bytes that are not UTF-8 are refused, so that two different identities never become the same text. */
export const text = (name: string): Field<string> => ({
  name,
  read(reader) {
    const start = reader.offset
    const decoded = utf8Decode(reader.data(name))
    if (!decoded.valid) reader.fail(name, 'no UTF-8', start)
    return decoded.text
  },
  write: (writer, value) => { writer.data(utf8Encode(value)) },
})

/** A BYTE that says whether a value follows (1) or not (0), and then the value. */
export const optional = <T>(flag: string, read: (reader: Reader) => T, write: (writer: Writer, value: T) => void): Field<T | undefined> => ({
  name: flag,
  read(reader) {
    const start = reader.offset
    const there = reader.byte(flag)
    if (there > 1) reader.fail(flag, `${there} is neither 0 nor 1`, start)
    return there === 1 ? read(reader) : undefined
  },
  write(writer, value) {
    writer.byte(value === undefined ? 0 : 1)
    if (value !== undefined) write(writer, value)
  },
})
