import { render } from 'preact'
import { App } from './app.js'
import { readLocal, scriptUrl, type Local } from './state.js'
import { loadWords } from './words.js'

/** The chosen language, or the browser's. */
const languageOf = ({ language }: Local): string => language ?? navigator.language.slice(0, 2)

const place = document.getElementById('app')
if (place === null) throw new Error('no #app')
render(<App first={await loadWords(languageOf(readLocal()))} languages={languageOf} />, place)
// Without a service worker everything works but opening the page without a network.
if ('serviceWorker' in navigator) navigator.serviceWorker.register(scriptUrl('/sw.js')).catch(() => undefined)
