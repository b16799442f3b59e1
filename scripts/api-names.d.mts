/** Returns a function that says whether some entrance exports the thing that `name` refers to in a source file. */
export function exportedNames(root: string, entrances: readonly string[]): (name: string, sourceFile: string) => boolean
