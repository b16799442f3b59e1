import { GuideProject, readGuide } from '../../support/guide.js'
import { needs, Workplace } from '../live/lib/programs.js'
import { startProsody } from '../live/lib/prosody.js'

describe('the guide to an XMPP bot', () => {
  let workplace: Workplace | undefined

  before(function () {
    needs(this, ['prosody'])
    workplace = new Workplace()
  })

  after(() => workplace?.close())

  it('does what it says, on Prosody: private, verified by fingerprint, and the same bot after a restart', async () => {
    const port = await startProsody(workplace!, ['alice', 'bot'])
    const project = await GuideProject.create(readGuide('guides/xmpp-bot.md'), new Map([[5222, port]]))
    try {
      await project.play()
    } finally {
      project.remove()
    }
  }).timeout(180_000)
})
