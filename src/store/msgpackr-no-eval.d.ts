/** The part of `msgpackr/index-no-eval` that is used here; the package has no types for this entrance. */
declare module 'msgpackr/index-no-eval' {
  interface Options {
    readonly useRecords: false
    readonly structuredClone: false
    readonly moreTypes: false
    readonly copyBuffers: boolean
    readonly int64AsType: 'number'
  }

  export class Packr {
    constructor(options: Options)
    pack(value: unknown): Uint8Array
    unpack(bytes: Uint8Array): unknown
    useBuffer(buffer: Uint8Array): void
  }
}
