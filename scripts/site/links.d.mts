/** What `docs/README.md` lists: `file` as the repository calls it. */
export interface SitePages {
  readonly front: string
  readonly list: readonly { readonly file: string }[]
}

export declare function checkLinks(root: string, pages: SitePages): string[]
export declare function readLinks(text: string): { readonly target: string, readonly line: number }[]
export declare function checkBuiltLinks(out: string): { readonly problems: string[], readonly count: { readonly pages: number, readonly links: number } }
