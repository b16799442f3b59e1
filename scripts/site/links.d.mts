/** The pages that `docs/README.md` lists. `file` is a path in the repository. */
export interface SitePages {
  readonly front: string
  readonly list: readonly { readonly file: string }[]
}

export declare function checkLinks(root: string, pages: SitePages): string[]
export declare function readLinks(text: string): { readonly target: string, readonly line: number }[]
export declare function checkBuiltLinks(out: string): { readonly problems: string[], readonly count: { readonly pages: number, readonly links: number } }
