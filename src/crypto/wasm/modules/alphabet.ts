// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.

/** The bytes that the packed modules write as one character, the most frequent first, in hexadecimal. */
export const frequentBytes =
  '20004101020403fd220b6a2180ff420510400c087c7e0607730a0983281c8577c07fce0d6b130f8612490e3614a07dfc231588711184743516872937' +
  '1e1b72dcaaf018d53427303eae891a195d1d24384eb1811f6ce02c'
