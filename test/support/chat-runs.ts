import { RelayServer } from '../../src/transport/relay/index.js'
import { Run } from './cli.js'

/** Runs of `otr4 chat` over a relay of their own, for each test of a suite: call it inside `describe`. They end with the test. */
export class ChatRuns {
  #relay: RelayServer | undefined
  readonly #runs: Run[] = []

  constructor() {
    beforeEach(async () => { this.#relay = await RelayServer.listen() })
    afterEach(async () => {
      for (const run of this.#runs) run.stdin.end()
      await Promise.all(this.#runs.splice(0).map((run) => run.exit))
      await this.#relay?.close()
    })
  }

  /** The address of the relay. */
  get url(): string {
    if (this.#relay === undefined) throw new Error('there is no relay between tests')
    return this.#relay.url
  }

  /** A person with the chat open on a correspondent, with JSON lines for output. */
  async start(name: string, peer: string, ...more: string[]): Promise<Run> {
    const run = new Run(['chat', '--relay', this.url, '--nick', name, '--with', peer, '--json', ...more])
    this.endWithTest(run)
    await run.expect('ready')
    return run
  }

  /** Runs that were started otherwise end with the test, too. */
  endWithTest(...runs: readonly Run[]): void {
    this.#runs.push(...runs)
  }
}
