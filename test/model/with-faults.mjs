// Loaded before a program (--import): what stands in FAULTS, a list of { file, find, replace }, is put into the sources that it loads.
import { register } from 'node:module'
import process from 'node:process'

register('./fault-hooks.mjs', import.meta.url, { data: JSON.parse(process.env.FAULTS ?? '[]') })
