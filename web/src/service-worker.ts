/** Keeps the program's own files, so that it opens without a network. It keeps nothing that anybody wrote. */
declare const FILES: readonly string[]
declare const VERSION: string

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}

const cacheName = `otr4-web-${VERSION}`

addEventListener('install', (event) => {
  (event as ExtendableEvent).waitUntil(caches.open(cacheName).then((cache) => cache.addAll([...FILES])))
})

addEventListener('activate', (event) => {
  (event as ExtendableEvent).waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith('otr4-web-') && name !== cacheName).map((name) => caches.delete(name)),
  )))
})

addEventListener('fetch', (event) => {
  const { request } = event as FetchEvent
  const { pathname, origin } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  // Where the network is may change; the last answer serves without it.
  if (pathname === '/config.json') {
    (event as FetchEvent).respondWith(fetch(request).then(async (answer) => {
      const cache = await caches.open(cacheName)
      await cache.put('/config.json', answer.clone())
      return answer
    }).catch(async () => await caches.match('/config.json') ?? Response.error()))
  } else if (FILES.includes(pathname)) {
    (event as FetchEvent).respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)))
  }
})
