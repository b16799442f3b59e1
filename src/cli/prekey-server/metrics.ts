import { createServer, type Server } from 'node:http'
import type { PrekeyMetric } from '../../prekey/index.js'
import { UsageError } from '../command.js'

/** The counters of a server: numbers only, no names. */
export class Metrics {
  readonly #counts = new Map<string, number>()

  count(metric: PrekeyMetric): void {
    switch (metric.name) {
      case 'received':
        this.#add('messages_received_total')
        this.#add('characters_received_total', metric.characters)
        break
      case 'dake-1':
      case 'dake-3':
        this.#add(`key_exchange_messages_total{message="${metric.name}"}`)
        break
      case 'status':
        this.#add('storage_status_total')
        break
      case 'published':
        this.#add('publications_total')
        this.#add('prekeys_stored_total', metric.stored)
        this.#add('prekeys_duplicate_total', metric.duplicates)
        break
      case 'publication-refused':
        this.#add(`publications_refused_total{reason="${metric.reason}"}`)
        break
      case 'fetched':
        this.#add('fetches_total')
        this.#add('ensembles_handed_out_total', metric.ensembles)
        break
      case 'fetch-none':
        this.#add('fetches_without_ensembles_total')
        break
      case 'low':
        this.#add('owners_running_low_total')
        break
      case 'limited':
        this.#add(`limited_total{limit="${metric.limit}"}`)
        break
      case 'dropped':
        this.#add(`messages_dropped_total{reason="${metric.reason}"}`)
    }
  }

  /** All that was counted so far, by name. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1))
  }

  /** The counters in the text form that Prometheus reads. `now`: what the server holds at this moment. */
  text(now: Readonly<Record<string, number>>): string {
    const lines: string[] = []
    let before = ''
    for (const [name, value, kind] of [
      ...Object.entries(this.counts).map(([key, number]) => [key, number, 'counter'] as const),
      ...Object.entries(now).map(([key, number]) => [key, number, 'gauge'] as const),
    ]) {
      const bare = `otr4_prekey_${name.split('{')[0] ?? ''}`
      if (bare !== before) lines.push(`# TYPE ${bare} ${kind}`)
      before = bare
      lines.push(`otr4_prekey_${name} ${value}`)
    }
    return `${lines.join('\n')}\n`
  }

  #add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }
}

/** What a metrics page shows. */
export interface MetricsSource {
  readonly text: () => string
  /** Whether requests can be served; looks at the store. */
  readonly healthy: () => Promise<boolean>
}

/** Serves `/metrics` and `/health` over HTTP. */
export async function serveMetrics(host: string, port: number, source: MetricsSource): Promise<{ readonly url: string, close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'only GET\n')
    else if (request.url === '/metrics') answer(200, source.text())
    else if (request.url === '/health') {
      source.healthy().then((healthy) => { answer(healthy ? 200 : 503, healthy ? 'ok\n' : 'the store does not answer\n') }, () => { answer(503, 'failed\n') })
    } else answer(404, 'there are /metrics and /health\n')
  })
  server.headersTimeout = 5000
  server.requestTimeout = 5000
  server.maxConnections = 64
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new UsageError(`--metrics: cannot listen on ${host}:${port}: ${error.code ?? error.message}`))
    })
    server.listen(port, host, () => { resolve() })
  })
  const address = server.address()
  const actual = address !== null && typeof address === 'object' ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}/metrics`,
    close: () => new Promise((resolve) => {
      server.close(() => { resolve() })
      server.closeAllConnections()
    }),
  }
}
