import type { Suite } from 'mocha'

/** A case of version 3 that is tested in version 2: the ids at the beginning of its titles end with `/2`. */
export function nameAfterVersion2(suite: Suite): void {
  suite.eachTest((test) => {
    test.title = test.title.replace(/^(?:[A-Z]\d+(?:, )?)+(?=:)/, (ids) => ids.replaceAll(/[A-Z]\d+/g, '$&/2'))
  })
}
