// Finds out which types can be imported. A public signature may use a type of another entrance (`otr4/store` returns types that `otr4`
// exports), but never a type that no entrance exports: nobody could declare a variable of it.
import ts from 'typescript'

/**
 * @param root - the folder of tsconfig.build.json, with a slash at its end
 * @param entrances - the source file of each entrance
 * @returns a function that says whether some entrance exports the thing that `name` refers to in a source file
 */
export function exportedNames(root, entrances) {
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.build.json`, (path) => ts.sys.readFile(path)).config, ts.sys, root)
  const program = ts.createProgram(fileNames, options)
  const checker = program.getTypeChecker()
  const declared = (symbol) => symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const exported = new Set()
  for (const entrance of entrances) {
    const file = program.getSourceFile(entrance)
    if (file === undefined) throw new Error(`${entrance} is no source file of tsconfig.build.json`)
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(file))) exported.add(declared(symbol))
  }
  return (name, sourceFile) => {
    const symbol = checker.resolveName(name, program.getSourceFile(sourceFile), ts.SymbolFlags.Type | ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false)
    return symbol !== undefined && exported.has(declared(symbol))
  }
}
