// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.

/** The bytes that the packed modules write as one character, the most frequent first, in hexadecimal. */
export const frequentBytes =
  '20004101020403fd226a0b218042ff05100c40087c7e06070a73280983771cce85c07f0d6b86130f123614a00e23fc497d1588718474111635871e29' +
  '37dc72f01baad518243430273eae891a5d19381d4ee0d41fb1816c'
