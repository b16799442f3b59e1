import { serve } from './serve.js'

const { url } = await serve(8291)
console.log(`open ${url}; Ctrl+C ends it`)
