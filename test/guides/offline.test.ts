import { GuideProject, readGuide } from '../support/guide.js'

describe('the guide to offline messages', () => {
  it('does what it says: published, written while away, read, answered', async () => {
    const project = await GuideProject.create(readGuide('guides/offline.md'), [5290])
    try {
      await project.play()
    } finally {
      project.remove()
    }
  }).timeout(180_000)
})
