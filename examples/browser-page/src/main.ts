import { serve } from './serve.js'

const { url } = await serve(8290)
console.log(`open ${url} in two tabs; Ctrl+C ends it`)
