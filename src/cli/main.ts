#!/usr/bin/env node
import process from 'node:process'
import { main } from './dispatch.js'
import { endWhenReaderGone } from './reader-gone.js'

const { stdin, stdout, stderr, env } = process
endWhenReaderGone([stdout, stderr])
process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, env, terminal: stdin.isTTY && stdout.isTTY })
