// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.

/** The bytes that the packed modules write as one character, the most frequent first, in hexadecimal. */
export const frequentBytes =
  '20004101020403fd226a0b218042ff05100c40087c7e0a067307832809771c85cec07f0d6b86130f123623a00e14fc49887d15847116741135871e29' +
  '37dc72f01b18aad5892434273e301a5d1938ae1d4ed1e01f812c6c'
