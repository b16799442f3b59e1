/** For each specification, the headings of its sections. */
export const sections: Readonly<Record<'OTRv2' | 'OTRv3' | 'OTRv4' | 'OTRv4 prekey server', readonly string[]>>
