/** The script of the page, and of its worker: one text, which finds out where it runs. */
import { startScreen } from './screen.js'
import { serve, Workshop } from './work.js'

if (typeof document === 'undefined') serve(globalThis)
else startScreen(new Workshop(document.currentScript?.textContent ?? ''))
