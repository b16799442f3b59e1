// What the sources declare and what the tests are called, read with the compiler's parser.
import { readFileSync } from 'node:fs'
import ts from 'typescript'

const parse = (path: string): ts.SourceFile =>
  ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true, path.endsWith('.mjs') ? ts.ScriptKind.JS : ts.ScriptKind.TS)

const nameOf = (name: ts.Node): string | undefined =>
  ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isPrivateIdentifier(name) ? name.text : undefined

// The members that a class, or an object in a constant, gives a name.
function membersOf(node: ts.Node): string[] {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node)) return membersOf(node.expression)
  // Object.freeze({ ... }) and the like.
  if (ts.isCallExpression(node)) return node.arguments.flatMap((argument) => ts.isObjectLiteralExpression(argument) ? membersOf(argument) : [])
  const elements = ts.isClassLike(node) ? [...node.members] : ts.isObjectLiteralExpression(node) ? [...node.properties] : []
  return elements.flatMap((element) => {
    if (ts.isConstructorDeclaration(element)) return ['constructor']
    const name = element.name === undefined ? undefined : nameOf(element.name)
    return name === undefined ? [] : [name]
  })
}

/**
 * The names that a source file declares.
 *
 * @param path - the file
 * @returns `name` for each function, constant, class, interface, type and enumeration of the file's top level, and `name.member` for each member of a
 *   class or of an object in a constant
 */
export function declarationsOf(path: string): Set<string> {
  const names = new Set<string>()
  const declare = (name: string, value?: ts.Node): void => {
    names.add(name)
    if (value !== undefined) for (const member of membersOf(value)) names.add(`${name}.${member}`)
  }
  for (const statement of parse(path).statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations) if (ts.isIdentifier(name)) declare(name.text, initializer)
    } else if (ts.isClassDeclaration(statement) && statement.name !== undefined) {
      declare(statement.name.text, statement)
    } else if ((ts.isFunctionDeclaration(statement) || ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) ||
        ts.isEnumDeclaration(statement)) && statement.name !== undefined) {
      declare(statement.name.text)
    }
  }
  return names
}

// A title as the source writes it: what is computed is "…".
function titleOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('')
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return `${titleOf(node.left) ?? '…'}${titleOf(node.right) ?? '…'}`
  }
  return undefined
}

/**
 * The titles of a file's tests: the first argument of every call of `it`. A test that is skipped, or that a table names, has no title here.
 *
 * @param path - the file
 * @returns the titles; what a title computes is "…" in it
 */
export function testTitlesOf(path: string): Set<string> {
  const titles = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'it' && node.arguments[0] !== undefined) {
      const title = titleOf(node.arguments[0])
      if (title !== undefined) titles.add(title)
    }
    ts.forEachChild(node, visit)
  }
  visit(parse(path))
  return titles
}
