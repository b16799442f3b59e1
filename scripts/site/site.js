// Whoever comes for the first time sees the pages of these sections; what they fold stays folded.
for (const section of ['Guides', 'Concepts', 'Reference']) {
  const key = `tsd-accordion-${section}`
  if (localStorage.getItem(key) === null) localStorage.setItem(key, 'true')
}
