import { fit, label, line, type Picture } from './shapes.js'

/** Where the lines of the two people stand, in a picture of that width: ours, then theirs. */
export function sidesOf(width: number): readonly [number, number] {
  return [14, width - 14]
}

/** A picture of what goes between two people: their names above, a line down from each, and `shapes` over these. */
export function betweenTwo({ me, peer, width, height, shapes, ...rest }: Picture & { readonly me: string, readonly peer: string }): Picture {
  const names = { strong: true, size: 14 }
  return {
    ...rest, width, height,
    shapes: [
      ...sidesOf(width).map((x) => line(`M${x} 34V${height}`, 'soft', '2 4')),
      label(2, 22, fit(me, width / 2 - 10, 14), names), label(width - 2, 22, fit(peer, width / 2 - 10, 14), { ...names, anchor: 'end' }),
      ...shapes,
    ],
  }
}
