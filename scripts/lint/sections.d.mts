/** The sections of each specification that docstrings link to. */
export const sections: Readonly<Record<'OTRv3' | 'OTRv4' | 'OTRv4 prekey server', readonly string[]>>
