// Rules for the docstrings of everything public. The input is an API model as @microsoft/api-extractor writes it (.api.json).

/** The kinds of items that need no docstring of their own. */
const passed = new Set(['EntryPoint', 'Package', 'Namespace'])
/** Matches words that describe bytes: how many, or in which form. */
const aboutBytes = /\bbytes?\b|\bUTF-8\b|\bhex|\bPOINT\b|\bMPI\b/i

/** @returns { where, what } for each problem */
export function problemsOf(model) {
  const problems = []
  for (const entrance of model.members) look(entrance, '')
  return problems

  function look(item, path) {
    const where = passed.has(item.kind) ? path : path === '' ? item.name ?? item.kind : `${path}.${item.name ?? item.kind.toLowerCase()}`
    const doc = textOf(item.docComment ?? '')
    if (!passed.has(item.kind)) {
      const tell = (what) => { problems.push({ where, what }) }
      const summary = doc.replace(/@(?!inheritDoc)[\s\S]*$/, '').trim()
      if (summary === '' && !/@(?:throws|returns|param)/.test(doc)) tell('has no docstring')
      for (const [, said] of doc.matchAll(/@throws([\s\S]*?)(?=@(?:param|returns|throws|remarks|example)|$)/g)) {
        if (!/OTR_[A-Z0-9_]+/.test(said)) tell(`its @throws names no code: ${said.trim().slice(0, 80)}`)
      }
      const bytes = (range) => /^(?:Promise<)?(?:readonly )?Uint8Array(?:\[\])?(?: \| undefined)?>?$/.test(typeAt(item, range).trim())
      if (item.propertyTypeTokenRange !== undefined && bytes(item.propertyTypeTokenRange) && !aboutBytes.test(doc)) {
        tell('is made of bytes: its docstring says neither how many nor in which form')
      }
      for (const { parameterName, parameterTypeTokenRange } of item.parameters ?? []) {
        if (!/^(?:readonly )?Uint8Array(?: \| undefined)?(?:\[\])?$/.test(typeAt(item, parameterTypeTokenRange).trim())) continue
        const said = new RegExp(`@param ${parameterName} - ([\\s\\S]*?)(?=@(?:param|returns|throws)|$)`).exec(doc)?.[1] ?? summary
        if (!aboutBytes.test(said)) tell(`says of ${parameterName} neither how many bytes it has nor in which form`)
      }
      if (item.returnTypeTokenRange !== undefined && bytes(item.returnTypeTokenRange) && !aboutBytes.test(summary + (/@returns([\s\S]*)/.exec(doc)?.[1] ?? ''))) {
        tell('gives bytes: its docstring says neither how many nor in which form')
      }
    }
    // Each member needs an explanation in its own docstring.
    for (const member of item.members ?? []) look(member, where)
  }
}

const specification = /https:\/\/(?:otr\.cypherpunks\.ca|github\.com\/otrv4)\//

/**
 * The functions and classes of an entrance whose docstring links to no section of a specification, but for those that `without` names: no
 * section describes them. A name that is listed there without need is a problem, too.
 */
export function missingSections(model, without) {
  const declared = model.members.flatMap(({ members }) => members).filter(({ kind }) => kind === 'Function' || kind === 'Class')
  const linked = new Map(declared.map(({ name, docComment }) => [name, specification.test(docComment ?? '')]))
  return [
    ...[...linked].filter(([name, isLinked]) => !isLinked && !without.includes(name)).map(([where]) => ({
      where, what: 'its docstring links to no section of a specification: add @see, or list it in scripts/api-sections.mjs',
    })),
    ...without.filter((name) => linked.get(name) !== false).map((where) => ({
      where, what: `scripts/api-sections.mjs lists it, but ${linked.has(where) ? 'its docstring links to a section' : 'the entrance has no such function or class'}`,
    })),
  ]
}

function textOf(comment) {
  return comment.replace(/^\/\*\*|\*\/\s*$/g, '').replace(/^[ \t]*\* ?/gm, '').trim()
}

function typeAt({ excerptTokens }, { startIndex, endIndex }) {
  return excerptTokens.slice(startIndex, endIndex).map(({ text }) => text).join('')
}
