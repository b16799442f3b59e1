/**
 * Who carries sealed files from one side to the other. It learns a place, a length in steps and when it was asked; it can lose, delay, change and replace
 * everything, and `FileOpener` notices. Plug in your own: a server for uploads, a folder that both sides reach, a device in a pocket.
 */
export interface FileCarrier {
  /** Asks for a place for so many bytes. @throws OtrError `OTR_FILE_CARRIER` if there is none */
  reserve(length: number, signal?: AbortSignal): Promise<FilePlace>
  /**
   * Whether this carrier fetches from such a place. The place was chosen by the other side: accept only what you mean to connect to, because a connection
   * says to its owner that you are there, and where.
   */
  takes(place: string): boolean
  /**
   * Fetches sealed bytes from byte `from` on, of a file of `length` bytes, and waits for those that are not there yet. It ends behind the last byte, or where the
   * connection broke.
   *
   * @throws OtrError `OTR_FILE_CARRIER` if the file is not there, or nothing comes any more
   */
  fetch(place: string, from: number, length: number, signal?: AbortSignal): AsyncIterable<Uint8Array>
}

/** A place for one sealed file, of which the sender is the owner. */
export interface FilePlace {
  /** What the other side's carrier fetches from: 1 to 1,024 characters of printable ASCII, without blanks. */
  readonly place: string
  /**
   * How many bytes are there for good. Sealing goes on from there, so it is a multiple of 65,576: a carrier that has part of a chunk gives that part up.
   *
   * @throws OtrError `OTR_FILE_CARRIER` if nobody knows
   */
  stored(signal?: AbortSignal): Promise<number>
  /**
   * Stores sealed bytes from byte `from` on, which is what `stored` said. Each piece is valid until the next is taken: copy what you keep.
   *
   * @throws OtrError `OTR_FILE_CARRIER` if they cannot be stored
   */
  store(from: number, sealed: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>
  /** Deletes the file, as far as the carrier can. */
  remove(): Promise<void>
}
