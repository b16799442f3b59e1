// On the first visit these sections are open. If a reader folds one, it stays folded.
for (const section of ['Guides', 'Concepts', 'Reference']) {
  const key = `tsd-accordion-${section}`
  if (localStorage.getItem(key) === null) localStorage.setItem(key, 'true')
}
