/** A client's state in IndexedDB, in browsers. */
export { openDatabase, type BrowserStoreOptions } from './database.js'
