// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.

/** The bytes that the packed modules write as one character, the most frequent first, in hexadecimal. */
export const frequentBytes =
  '20004101020403fd226a0b218042ff05100c40087c7e06070a730983281c7785c0ce7f6b0d86130f120e143649a0237dfc888415747135111687371e' +
  '2972dc1bf0aa18d524343e2730ae891a5d191d4e38e01fb16c812c'
