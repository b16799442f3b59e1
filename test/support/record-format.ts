import type { Shape } from '../../src/store/codec.js'
import { recordTypes } from '../../src/store/record.js'

type Fields = readonly (readonly [string, Shape])[]
type Composite = Extract<Shape, { is: 'struct' | 'union' }>

/**
 * The contents of records, as lines of text: the part of spec/storage.md that follows from the code. A type that occurs in several places is
 * described once, under the name of the first property that has it.
 */
export function formatLines(): string {
  const types = Object.entries(recordTypes)
  const counts = new Map<string, number>()
  for (const [, { codec }] of types) countIn(codec.shape, counts)
  const names = new Map<string, string>()
  const parts: string[] = []

  function described(shape: Shape, name: string): string {
    switch (shape.is) {
      case 'flag': return 'true or false'
      case 'yes': return 'true'
      case 'real': return 'number'
      case 'count': return shape.max === Number.MAX_SAFE_INTEGER ? 'whole number' : `whole number up to ${shape.max}`
      case 'bytes': return shape.unit > 1 ? `binary, a multiple of ${shape.unit}` : `binary${lengths(shape)}`
      case 'text': return shape.max === Number.MAX_SAFE_INTEGER ? 'text' : `text up to ${shape.max}`
      case 'choice': return shape.of.join(' | ')
      case 'list': return `array of: ${described(shape.of, name)}`
      case 'maybe': return `nil, or ${described(shape.of, name)}`
      case 'other': return shape.what
      case 'struct': case 'union': return shared(shape, name) ?? (shape.is === 'struct' ? `array of ${shape.fields.length}` : `array, the first is ${shape.by}`)
    }
  }

  function shared(shape: Composite, name: string): string | undefined {
    const key = JSON.stringify(shape)
    if ((counts.get(key) ?? 0) < 2) return undefined
    const known = names.get(key)
    if (known !== undefined) return `<${known}>`
    let given = name
    for (let n = 2; [...names.values()].includes(given); n++) given = `${name} ${n}`
    names.set(key, given)
    const place = parts.push('') - 1
    parts[place] = [`<${given}>: ${shape.is === 'struct' ? `array of ${shape.fields.length}` : `array, the first is ${shape.by}`}`, ...within(shape, '  ')].join('\n')
    return `<${given}>`
  }

  function inner(shape: Shape, indent: string): string[] {
    if (shape.is === 'list' || shape.is === 'maybe') return inner(shape.of, indent)
    if (shape.is !== 'struct' && shape.is !== 'union') return []
    return (counts.get(JSON.stringify(shape)) ?? 0) < 2 ? within(shape, indent) : []
  }

  function within(shape: Composite, indent: string): string[] {
    if (shape.is === 'struct') return rows(shape.fields, indent)
    return shape.variants.flatMap(([tag, fields]) => [`${indent}${tag}:${fields.length === 0 ? ' nothing more' : ''}`, ...rows(fields, `${indent}  `)])
  }

  function rows(fields: Fields, indent: string): string[] {
    return fields.flatMap(([name, shape]) => [`${indent}${name}: ${described(shape, name)}`, ...inner(shape, `${indent}  `)])
  }

  const records = types.map(([kind, { codec: { shape }, migrations }]) =>
    [`${kind} ${migrations.length + 1}: ${described(shape, kind)}`, ...inner(shape, '  ')].join('\n'))
  return [...records, ...parts].join('\n\n')
}

/** How often each struct and union occurs; the parts of one are counted with its first occurrence. */
function countIn(shape: Shape, counts: Map<string, number>): void {
  if (shape.is === 'list' || shape.is === 'maybe') countIn(shape.of, counts)
  if (shape.is !== 'struct' && shape.is !== 'union') return
  const key = JSON.stringify(shape)
  const before = counts.get(key) ?? 0
  counts.set(key, before + 1)
  if (before > 0) return
  const fields = shape.is === 'struct' ? shape.fields : shape.variants.flatMap(([, inside]) => inside)
  for (const [, inside] of fields) countIn(inside, counts)
}

function lengths({ min, max }: { readonly min: number, readonly max: number }): string {
  if (max === Number.MAX_SAFE_INTEGER) return min === 0 ? '' : `, ${min} or more`
  return min === max ? `, ${min}` : `, ${min} to ${max}`
}
