import type { PaintStyle } from '../../terminal/paint.js'

const styles = ['nick1', 'nick2', 'nick3', 'nick4', 'nick5', 'nick6'] as const satisfies readonly PaintStyle[]

/** The colour of a name. The same name always has the same colour. */
export function nickStyle(name: string): PaintStyle {
  let sum = 0
  for (const character of name.toLowerCase()) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return styles[sum % styles.length] ?? 'nick1'
}
