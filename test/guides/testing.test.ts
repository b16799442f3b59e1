import { GuideProject, readGuide } from '../support/guide.js'

describe('the guide to testing another implementation', () => {
  it('does what it says, with both versions', async () => {
    const project = await GuideProject.create(readGuide('guides/testing.md'), [])
    try {
      await project.play()
    } finally {
      project.remove()
    }
  }).timeout(120_000)
})
