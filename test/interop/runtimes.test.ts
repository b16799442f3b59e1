/** What README.md promises, in each runtime, from the package as it would be published and with nothing installed but what README.md names. */
import { expect } from 'chai'
import { join } from 'node:path'
import { firstExample, FreshProject, installsFor, type Ended } from './lib/fresh-project.js'
import { skipWithout } from './lib/missing.js'
import { runtimes } from './lib/runtimes.js'

/** The whole story, with a store in a directory and a restart. */
const whole = `
import * as otr4 from 'otr4'
import * as store from 'otr4/store'
import { openDirectory } from 'otr4/store/node'
import { conversation, sealing } from './story.mjs'

const open = () => openDirectory({ directory: process.argv[2], secret: { passphrase: 'open sesame' } })
const four = await conversation(otr4, 4, { open })
await conversation(otr4, 3, { keys: four.keys })
await sealing(store, otr4.systemRandom)
console.log(otr4.arithmeticFault()?.message ?? 'done, in constant time')
`

describe('README.md\'s promises', function () {
  this.timeout(600_000)
  let project: FreshProject | undefined

  before(async function () {
    project = await FreshProject.create(installsFor('otr4/store/node'))
    // No registry answers, as `FreshProject` has said; in CI it fails instead.
    if (project === undefined) this.skip()
    project.write('example.mjs', firstExample().code)
    project.write('whole.mjs', whole)
    project.copy('test/support/story.mjs', 'story.mjs')
  })

  after(() => { project?.remove() })

  for (const { name, command, howToInstall } of runtimes) {
    const inRuntime = async (context: Mocha.Context, ...args: readonly string[]): Promise<Ended> => {
      if (command === undefined) skipWithout(context, `there is no ${name}: ${howToInstall}`)
      const [program = '', ...first] = command
      return project!.run(program, [...first, ...args])
    }

    it(`${name}: the first example prints what it should`, async function () {
      const { status, stdout, stderr } = await inRuntime(this, 'example.mjs')
      expect(stdout, stderr).to.equal(firstExample().prints)
      expect(status).to.equal(0)
    })

    it(`${name}: a whole conversation of both versions, with SMP, and a restart with a store`, async function () {
      const directory = join(project!.folder, `store of ${name}`)
      const { status, stdout, stderr } = await inRuntime(this, 'whole.mjs', directory)
      expect(stdout, stderr).to.equal('done, in constant time\n')
      expect(status).to.equal(0)
    })
  }
})
