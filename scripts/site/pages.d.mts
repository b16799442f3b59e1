import type { SitePages } from './links.mjs'

/** A page of the site. `url` has no extension. */
export interface SitePage {
  readonly file: string
  readonly title: string
  readonly url: string
}

export declare function readPages(root: string): SitePages & {
  readonly sections: readonly { readonly title: string, readonly pages: readonly SitePage[] }[]
  readonly list: readonly SitePage[]
  readonly problems: string[]
}
