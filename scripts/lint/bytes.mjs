// Our own rule for bytes where secrets are: whoever makes or copies an array says by a function's name whether it is secret.
//
// In Node, a typed array of up to 64 bytes that is made by its size, or as a copy, lies on the heap that V8's collector moves: `wipe` reaches only its last
// place. So `src/crypto/secret.ts` makes what is secret, and `src/wire/public-bytes.ts` what everybody may read; `eslint.config.mjs` excepts these two.
// Allowed everywhere: a view of a buffer, an empty array, constants.
//
// The rule cannot see an array that another library makes. Where one comes in:
// - noble's hashes and ciphers write into an array that we give (`noble/`, `hash.ts`). The arrays inside their states are overwritten by `destroy` and `clean`.
// - `integer.ts` and `noble/ed448.ts` make bytes of BigInts, which nobody can overwrite either: the public numbers of DSA, and everything where there is no WebAssembly.
// - Node's `crypto` returns arrays over memory of their own: AEAD, scrypt, Diffie-Hellman.

import ts from 'typescript'

const typedArrays = new Set([
  'Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array', 'Int32Array', 'BigUint64Array', 'BigInt64Array',
  'Float16Array', 'Float32Array', 'Float64Array',
])
const buffers = new Set(['ArrayBuffer', 'SharedArrayBuffer'])
const copying = new Set([
  'slice', 'map', 'filter', 'toReversed', 'toSorted', 'with', 'entries', 'values',
  'toString', 'toLocaleString', 'join', 'toHex', 'toBase64',
])

/** What nobody may use, by whatever way they come to it. */
const foreign = new Map([['Buffer', 'a Buffer shares its memory with others'], ['structuredClone', 'structuredClone copies bytes']])

const advice = 'use secretBytes or copySecret for a secret, publicBytes or copyPublic for what everybody may read'

/** The parts of a union or an intersection; for a type parameter those of its constraint. */
function partsOf(type, checker) {
  const known = type.isTypeParameter?.() ? checker.getBaseConstraintOfType(type) ?? type : type
  return known.isUnionOrIntersection() ? known.types.flatMap((part) => partsOf(part, checker)) : [known]
}

/** The name of the type's declaration, with those that it extends: a Buffer is a Uint8Array. */
function namesOf(type) {
  const own = type.symbol?.name
  const bases = type.isClassOrInterface() ? type.getBaseTypes?.() ?? [] : type.target?.getBaseTypes?.() ?? []
  return [own, ...bases.flatMap(namesOf)]
}

const isConstant = (node) => node.type === 'Literal' ||
  (node.type === 'UnaryExpression' && node.argument.type === 'Literal') ||
  (node.type === 'ArrayExpression' && node.elements.every((element) => element !== null && isConstant(element)))

const nameOf = ({ computed, property }) => computed ? (property.type === 'Literal' ? property.value : undefined) : property.name

const namedCopies = {
  meta: { type: 'problem', schema: [], docs: { description: 'bytes are made and copied by a function whose name says whether they are secret' } },
  create(context) {
    const services = context.sourceCode.parserServices
    const checker = services.program.getTypeChecker()
    const partsAt = (node) => partsOf(services.getTypeAtLocation(node), checker)
    const is = (names) => (type) => namesOf(type).some((name) => names.has(name))
    const isArray = (node) => partsAt(node).some(is(typedArrays))
    /** Whether bytes stand anywhere in it, as JSON would write them. */
    const holdsArray = (type, seen = new Set()) => partsOf(type, checker).some((part) => {
      if (is(typedArrays)(part)) return true
      if (seen.has(part) || seen.size > 200 || part.getCallSignatures().length > 0) return false
      seen.add(part)
      const element = checker.isArrayLikeType(part) ? part.getNumberIndexType() : undefined
      if (element !== undefined) return checker.isTupleType(part) ? checker.getTypeArguments(part).some((one) => holdsArray(one, seen)) : holdsArray(element, seen)
      return (part.flags & ts.TypeFlags.Object) !== 0 && part.getProperties().some((property) => holdsArray(checker.getTypeOfSymbol(property), seen))
    })
    const report = (node, what) => { context.report({ node, message: `${what}: ${advice}` }) }

    return {
      NewExpression({ callee, arguments: [first] }) {
        if (callee.type !== 'Identifier' || !typedArrays.has(callee.name)) return
        if (first === undefined || (isConstant(first) && first.type === 'ArrayExpression') || first.value === 0) return
        if (first.type === 'SpreadElement' || !partsAt(first).every(is(buffers))) report(callee, `new ${callee.name}(…) of anything but a buffer lies on the moving heap`)
      },
      MemberExpression(node) {
        const { object, parent } = node
        const name = nameOf(node)
        if (object.type === 'Identifier' && typedArrays.has(object.name)) {
          const called = parent.type === 'CallExpression' && parent.callee === node
          if (name === 'from' || (name === 'of' && !(called && parent.arguments.every(isConstant)))) report(node, `${object.name}.${name} lies on the moving heap`)
        } else if (object.type === 'Identifier' && object.name === 'Array' && name === 'from') {
          if (parent.type === 'CallExpression' && parent.arguments[0] !== undefined && isArray(parent.arguments[0])) report(node, 'Array.from copies bytes')
        } else if (copying.has(name) && isArray(object)) report(node.property, `${name} copies bytes`)
        else if (name === 'slice' && partsAt(object).some(is(buffers))) report(node.property, 'slice copies a buffer')
        else if (foreign.has(name) && object.type === 'Identifier' && object.name === 'globalThis') report(node, foreign.get(name))
      },
      SpreadElement({ argument }) {
        if (isArray(argument)) report(argument, 'a spread copies bytes')
      },
      RestElement(node) {
        if (node.parent.type === 'ArrayPattern' && isArray(node.parent)) report(node, 'the rest of a pattern copies bytes')
      },
      CallExpression({ callee, arguments: given }) {
        const json = callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && callee.object.name === 'JSON' && nameOf(callee) === 'stringify'
        const string = callee.type === 'Identifier' && callee.name === 'String'
        const [first] = given
        if (first === undefined || first.type === 'SpreadElement') return
        if ((string && isArray(first)) || (json && holdsArray(services.getTypeAtLocation(first)))) report(first, 'text of bytes is a copy that nobody can overwrite')
      },
      Property({ parent, key }) {
        if (parent.type === 'ObjectPattern' && key.type === 'Identifier' && foreign.has(key.name)) report(key, foreign.get(key.name))
      },
      'Program:exit'(program) {
        for (const { identifier } of context.sourceCode.getScope(program).through) {
          if (identifier.parent.type !== 'TSTypeReference' && foreign.has(identifier.name)) report(identifier, foreign.get(identifier.name))
        }
      },
    }
  },
}

export const bytes = { rules: { 'named-copies': namedCopies } }
