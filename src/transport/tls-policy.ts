import { transportError } from './transport.js'

/** Whether a host name can only mean this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare)
}

/** @throws OtrError `OTR_TRANSPORT_INSECURE` unless a connection without TLS to this host is harmless or was asked for by name */
export function requireTls(host: string, insecure: boolean): void {
  if (!insecure && !isLoopback(host)) {
    throw transportError('INSECURE', `${host} would be reached without TLS; allow that explicitly or use TLS`)
  }
}

/** Splits `host:port`, `[v6]:port` or `host`. @throws OtrError `OTR_TRANSPORT_ADDRESS` */
export function parseHostPort(text: string, defaultPort: number): { host: string, port: number } {
  const match = /^(?:\[([0-9a-f:.%]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/i.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  if (host === undefined || port > 65_535) throw transportError('ADDRESS', `'${text}' is not HOST:PORT`)
  return { host, port }
}
