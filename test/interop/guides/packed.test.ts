import { GuideProject, readGuide } from '../../support/guide.js'
import { FreshProject } from '../lib/fresh-project.js'

/** Those that need nothing but Node. */
const guides = { 'guides/chat.md': [8080], 'guides/offline.md': [5290], 'guides/testing.md': [] } as const

describe('the guides with the package as it would be published, and what they say to install, from the registry', function () {
  this.timeout(300_000)
  let installed: FreshProject | undefined

  before(async function () {
    installed = await FreshProject.create([...new Set(Object.keys(guides).flatMap((page) => readGuide(page).installs))])
    // No registry answers, as `FreshProject` has said; in CI it fails instead.
    if (installed === undefined) this.skip()
  })

  after(() => { installed?.remove() })

  for (const [page, ports] of Object.entries(guides)) {
    it(`docs/${page} does what it says`, async () => {
      const project = await GuideProject.create(readGuide(page), ports, installed!.folder)
      try {
        await project.play()
      } finally {
        project.remove()
      }
    })
  }
})
