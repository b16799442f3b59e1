import decodeQr from 'qr/decode.js'

/** What another implementation reads from the modules. */
export function scanned(modules: readonly (readonly boolean[])[]): string {
  const scale = 4
  const size = modules.length * scale
  const data = new Uint8Array(size * size * 4).fill(255)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (modules[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true) data.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3)
    }
  }
  return decodeQr({ width: size, height: size, data })
}

/** The modules that lines of half blocks show on a terminal. */
export function modulesShown(lines: readonly string[]): boolean[][] {
  return lines.flatMap((line) => [
    Array.from(line, (block) => block === ' ' || block === '\u2584'),
    Array.from(line, (block) => block === ' ' || block === '\u2580'),
  ])
}
