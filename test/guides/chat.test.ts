import { GuideProject, readGuide } from '../support/guide.js'

describe('the guide to a chat over a WebSocket', () => {
  it('does what it says: in clear, private, verified, ended, begun again, gone on after a restart', async () => {
    const project = await GuideProject.create(readGuide('guides/chat.md'), [8080])
    try {
      await project.play()
    } finally {
      project.remove()
    }
  }).timeout(120_000)
})
