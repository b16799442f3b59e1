#!/usr/bin/env node
import process from 'node:process'
import { main } from './dispatch.js'

const { stdin, stdout, stderr, env } = process
process.exitCode = await main(process.argv.slice(2), { stdin, stdout, stderr, env, terminal: stdin.isTTY && stdout.isTTY })
