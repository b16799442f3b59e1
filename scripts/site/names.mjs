import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { entrances } from '../entrances.mjs'

/** The variable names of examples, and their types. */
const usual = { client: 'Client', conversation: 'ClientConversation', server: 'PrekeyServer', transport: 'Transport' }

/**
 * Links names of the API. A link such as [`Client.open`](../api/otr4.api.md), whose text is a name in code and whose target is an entrance's
 * report, leads to the report in a forge, and to the page of the name in the site; the name must exist in that entrance. In pages of docs/, the
 * first occurrence of a name in code becomes a link if it is none.
 * @returns problems, each with file and line
 */
export function linkNames(root, project, { front }) {
  const problems = []
  const modules = new Map((project.children ?? []).map((module) => [module.name, module]))
  const byReport = new Map(entrances.map(({ name, report }) => [`api/${report}`, modules.get(name)]))
  const documents = [
    ...project.documents.map((document) => ({ file: document.otr4Page.file, parts: document.content })),
    { file: front, parts: project.readme },
  ]
  for (const { file, parts } of documents) {
    const source = readFileSync(join(root, file), 'utf8')
    parts.forEach((part, at) => {
      if (part.kind !== 'relative-link' || part.target === undefined) return
      const path = project.files.resolvePath(part.target)
      const module = path && byReport.get(relative(root, path))
      if (module === undefined) return
      const name = parts[at - 1]?.text === '](' ? /^`([^`]+)`$/.exec(parts[at - 2]?.text ?? '')?.[1] : undefined
      const target = name === undefined ? module : find(module, name)
      if (target === undefined) {
        const line = source.slice(0, source.indexOf(`[\`${name}\`]`)).split('\n').length
        problems.push(`${file}:${line}: ${module.name} has no ${name}`)
        return
      }
      // Register a file for this reflection alone, so that the link can be resolved to it.
      const key = `${path}/${target.id}`
      project.files.registerReflectionPath(key, target)
      part.target = project.files.registerAbsolute(key).target
      part.targetAnchor = undefined
    })
    if (file.startsWith('docs/')) linkFirst(parts, modules)
  }
  return problems
  function linkFirst(parts, all) {
    const seen = new Set()
    parts.forEach((part, at) => {
      if (part.kind !== 'code' || part.text.startsWith('``')) return
      const linked = parts[at + 1]?.text?.startsWith('](') === true
      const name = part.text.slice(1, -1)
      if (seen.has(name)) return
      seen.add(name)
      if (linked) return
      const target = all.get(name) ?? findAnywhere(all, name)
      if (target !== undefined) parts[at] = { kind: 'inline-tag', tag: '@linkcode', text: name, target }
    })
  }
}

/** Finds `Name` or `Name.member` in one entrance. The brackets of a call and their contents are ignored. */
function find(module, name) {
  const [, first, member] = /^(?:new )?([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?(?:\(.*\))?$/.exec(name) ?? []
  const reflection = resolve(module.getChildByName([usual[first] ?? first]))
  return member === undefined ? usual[first] === undefined ? reflection : undefined : reflection && resolve(reflection.getChildByName([member]))
}

function findAnywhere(modules, name) {
  if (!/^(?:[A-Z]|[a-z]\w*(?:[A-Z]|\.|\())/.test(name)) return undefined
  const found = [...modules.values()].map((module) => find(module, name)).filter((target) => target !== undefined)
  // Several entrances may export the same thing. Take the first: most people use that one.
  return found[0]
}

function resolve(reflection) {
  return reflection?.isReference?.() ? reflection.getTargetReflectionDeep() : reflection
}
