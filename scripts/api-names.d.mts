/** Whether an entrance exports what `name` means in a source file. */
export function exportedNames(root: string, entrances: readonly string[]): (name: string, sourceFile: string) => boolean
