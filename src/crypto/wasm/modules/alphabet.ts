// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.

/** The bytes that the packed modules write as one character, the most frequent first, in hexadecimal. */
export const frequentBytes =
  '20004101020403fd220b6a2180ff420510400c087c7e060a07730983281c8577c0ce7f6b0d860f1349120e143623fc7da07484358871151116872937' +
  '721e1bdcaaf018d524343e273038ae891a5d191d4eda1f81b1e06c'
