/** A client's state in a directory, under Node. */
export { anchorInFile } from './anchor-file.js'
export { anchorOfDirectory, openDirectory, type DirectoryOptions } from './directory.js'
