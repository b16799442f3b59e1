// Our own rules for docstrings, in addition to those of eslint-plugin-tsdoc and eslint-plugin-jsdoc.
import { sections } from './sections.mjs'

/**
 * The published specifications: the address of each, and whether its sections have anchors. otr4j's README names the addresses of versions 2 and 3,
 * too; neither document has an anchor.
 */
export const specifications = {
  'OTRv2': { address: 'https://otr.cypherpunks.ca/Protocol-v2-3.1.0.html', anchors: false },
  'OTRv3': { address: 'https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html', anchors: false },
  'OTRv4': { address: 'https://github.com/otrv4/otrv4/blob/master/otrv4.md', anchors: true },
  'OTRv4 prekey server': { address: 'https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md', anchors: true },
}

/** The link to a section of a specification, as docstrings must write it. The anchor follows GitHub's rule for headings. */
export function specificationLink(name, heading) {
  const { address, anchors } = specifications[name]
  const anchor = heading.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')
  return `[${name}, "${heading}"](${address}${anchors ? `#${anchor}` : ''})`
}

const hosts = /https:\/\/(?:otr\.cypherpunks\.ca|github\.com\/otrv4)\//
const link = /\[([^[\]]*)\]\((https:\/\/(?:otr\.cypherpunks\.ca|github\.com\/otrv4)\/[^)\s]*)\)/g
/** Matches a section that is named without a link: by its document, or as `(v4 "Data Message")`. */
const bare = /\botrv4(?:-prekey-server)?\.md\b|\bProtocol-v[23]\b|\bv[234] "[A-Z]/

/** The problems with the references to specifications in the text of a docstring. */
function wrongReferences(text) {
  const problems = []
  for (const [whole, words] of text.matchAll(link)) {
    const [, name, heading] = /^(.*?), "(.*)"$/s.exec(words) ?? []
    if (!(name in specifications)) problems.push(`"${words}" names no specification and section: write ${specificationLink('OTRv4', 'Data Message')}`)
    else if (!sections[name].includes(heading)) problems.push(`${name} has no section "${heading}", or scripts/lint/sections.mjs does not list it yet`)
    else if (whole !== specificationLink(name, heading)) problems.push(`the link is ${specificationLink(name, heading)}`)
  }
  const rest = text.replace(link, '')
  if (hosts.test(rest)) problems.push(`a specification is linked as ${specificationLink('OTRv4', 'Data Message')}`)
  const [said] = bare.exec(rest) ?? []
  if (said !== undefined) problems.push(`"${said}" names a section without a link: add @see ${specificationLink('OTRv4', 'Data Message')}`)
  return problems
}

const specificationLinks = {
  meta: { type: 'problem', schema: [], docs: { description: 'a docstring links to the section of a specification that it names' } },
  create(context) {
    return eachDocstring(context, wrongReferences)
  },
}

/** Each heading, with the specifications that have a section of this name. */
const headings = new Map()
for (const [name, all] of Object.entries(sections)) for (const heading of all) headings.set(heading, [...headings.get(heading) ?? [], name])
const quoted = /"([^"]+)"/g
/** Matches an error that a docstring names in a sentence instead of a tag. */
const inSentence = /\b(?:fails|throws|rejects)(?: with)? `OTR_[A-Z0-9_]+`/i

const quotedSections = {
  meta: { type: 'problem', schema: [], docs: { description: 'the heading of a section is not quoted without a link to it' } },
  create(context) {
    return eachDocstring(context, (text) => [...text.replace(link, '').matchAll(quoted)].map(([, words]) => words.replace(/\s+/g, ' '))
      .filter((words) => headings.has(words))
      .map((words) => `"${words}" is a section: link it by @see ${headings.get(words).map((name) => specificationLink(name, words)).join(' or ')}`))
  },
}

const throwsTags = {
  meta: { type: 'problem', schema: [], docs: { description: 'an error that is thrown stands in a @throws tag, where tools find it' } },
  create(context) {
    return eachDocstring(context, (text) => inSentence.test(text) ? [`"${inSentence.exec(text)[0]}" belongs into a tag: @throws OtrError with the code`] : [])
  },
}

/** Reports what `problemsOf` finds in the text of each docstring. */
function eachDocstring(context, problemsOf) {
  return {
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (comment.type !== 'Block' || !comment.value.startsWith('*')) continue
        for (const message of problemsOf(comment.value.replace(/\n\s*\*/g, '\n'))) context.report({ loc: comment.loc, message })
      }
    },
  }
}

/** The error code of an expression that creates an error, such as `new OtrError('OTR_ARGUMENT', …)`; otherwise undefined. */
function codeOf(node) {
  if (node?.type !== 'NewExpression' || node.callee.type !== 'Identifier') return undefined
  if (node.callee.name === 'MalformedError') return 'OTR_MALFORMED'
  const [code] = node.arguments
  return node.callee.name === 'OtrError' && code?.type === 'Literal' ? code.value : undefined
}

const isPublic = (node) => node.type === 'FunctionDeclaration'
  ? node.parent.type === 'ExportNamedDeclaration'
  : node.type === 'MethodDefinition' && node.key.type !== 'PrivateIdentifier' && node.accessibility !== 'private' &&
    node.parent.parent.parent.type === 'ExportNamedDeclaration'

const thrownCodes = {
  meta: { type: 'problem', schema: [], docs: { description: 'the docstring of an exported function names the code of every OtrError that it throws itself' } },
  create(context) {
    /** The exported functions that enclose the current node, each with the codes that it throws. */
    const around = []
    const enter = (node) => { if (isPublic(node)) around.push({ node, codes: new Set() }) }
    const leave = (node) => {
      if (around.at(-1)?.node !== node) return
      const { codes } = around.pop()
      const documented = node.type === 'FunctionDeclaration' ? node.parent : node
      const doc = context.sourceCode.getCommentsBefore(documented).findLast(({ type, value }) => type === 'Block' && value.startsWith('*'))?.value
      // A method without a docstring inherits that of the interface or class that declares it.
      if (doc === undefined && node.type === 'MethodDefinition') return
      for (const code of codes) {
        // Any function may throw OTR_INTERNAL, because of a bug in this library.
        if (code !== 'OTR_INTERNAL' && !new RegExp(`\\b${code}\\b`).test(doc ?? '')) {
          context.report({ node: node.id ?? node.key, message: `throws ${code}, which its docstring does not name` })
        }
      }
    }
    const thrown = (node) => {
      const code = codeOf(node.type === 'ThrowStatement' ? node.argument : node.arguments[0])
      if (code !== undefined) around.at(-1)?.codes.add(code)
    }
    return {
      FunctionDeclaration: enter, MethodDefinition: enter,
      'FunctionDeclaration:exit': leave, 'MethodDefinition:exit': leave,
      ThrowStatement: thrown,
      'CallExpression[callee.object.name="Promise"][callee.property.name="reject"]': thrown,
    }
  },
}

export const docstrings = { rules: { 'specification-links': specificationLinks, 'quoted-sections': quotedSections, 'thrown-codes': thrownCodes, 'throws-tags': throwsTags } }
