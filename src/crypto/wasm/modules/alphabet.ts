// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.

/** The bytes that the packed modules write as one character, the most frequent first, in hexadecimal. */
export const frequentBytes =
  '20004101020403fd226a210b8042ff05100c40087c7e06070a738328091c7785cec07f6b0d13860f120e1436a0237d49fc8815847135117416871e29' +
  '3772dc1bf0aad51824343e2730ae891a5d191d384ee01fd4b1816c'
