/** For each specification, the sections that docstrings link to. */
export const sections: Readonly<Record<'OTRv3' | 'OTRv4' | 'OTRv4 prekey server', readonly string[]>>
