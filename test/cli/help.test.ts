import { expect } from 'chai'
import { parseCommand } from '../../src/cli/chat/commands.js'
import { helpFor, helpTopics } from '../../src/cli/chat/help.js'
import { commands } from '../../src/cli/dispatch.js'
import { otr4 } from '../support/cli.js'

describe('help', () => {
  for (const name of ['', ...Object.keys(commands)]) {
    it(`of otr4 ${name} fits a terminal of 80 columns`, async () => {
      const { out } = await otr4(name === '' ? ['--help'] : [name, '--help'])
      expect(out.length).to.be.greaterThan(100)
      expect(out.split('\n').filter((line) => line.length > 79)).to.deep.equal([])
    })
  }

  it('of the chat is in pages that fit a terminal of 80 columns and 24 rows, beside what the chat needs', () => {
    for (const topic of ['', ...helpTopics]) {
      const lines = helpFor(topic)?.split('\n') ?? []
      expect(lines.length, topic).to.be.within(3, 18)
      expect(lines.filter((line) => line.length > 76), topic).to.deep.equal([])
    }
    expect(helpFor('nonsense')).to.equal(undefined)
  })

  it('of the chat is found by topic, and by any command that it names', () => {
    expect(helpFor('otr')).to.include('smp ')
    expect(helpFor('/otr smp')).to.equal(helpFor('smp'))
    expect(helpFor('answer')).to.equal(helpFor('smp'))
    expect(helpFor('/otr')).to.equal(helpFor('otr'))
    expect(parseCommand('/otr help smp')).to.deep.equal({ do: 'help', topic: 'smp' })
    expect(parseCommand('/help smp')).to.deep.equal({ do: 'help', topic: 'smp' })
    expect(parseCommand('/otr help')).to.deep.equal({ do: 'help', topic: 'otr' })
    expect(parseCommand('/help')).to.deep.equal({ do: 'help', topic: '' })
  })

  it('of the chat names no command that does not exist, and every topic on its first page', () => {
    const overview = helpFor('') ?? ''
    for (const topic of helpTopics) expect(overview).to.match(new RegExp(`\\b${topic}\\b`))
    for (const topic of ['', ...helpTopics]) {
      for (const [command] of (helpFor(topic) ?? '').matchAll(/(?<![\w/])\/(?:otr )?[a-z]+(?: (?:yes|words|qr|best))?/g)) {
        const parsed = parseCommand(command)
        // Without what comes behind it a command may be incomplete, but it is one.
        if (parsed.do === 'wrong') expect(parsed.why, command).to.match(/^usage: /)
        expect(parsed.do, command).not.to.equal('say')
      }
    }
  })
})
