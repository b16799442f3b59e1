/**
 * The headers with which the files have to be served, wherever that is. `connect`: the addresses of the relay, by WebSocket and, for files, by HTTP. No script but the files of this
 * program runs, and nothing of anybody else is loaded.
 */
export function headersOf(connect: readonly string[]): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self'", "manifest-src 'self'", "worker-src 'self'",
      `connect-src 'self' ${connect.join(' ')}`, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
      "require-trusted-types-for 'script'", 'trusted-types otr4-web',
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // The service worker keeps the files; what it fetches is always what the server has.
    'cache-control': 'no-cache',
  }
}
