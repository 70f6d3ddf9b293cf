import { EventEmitter } from 'node:events'
import type { BrowserContext } from 'playwright-core'
import { expect, it } from 'vitest'
import { watch } from './browser-errors.ts'

/** What is reported when Chromium prints a line. */
function reported(text: string, type = 'error'): readonly string[] {
  const [context, problems] = [new EventEmitter(), [] as string[]]
  watch(context as unknown as BrowserContext, (problem) => void problems.push(problem))
  context.emit('console', { type: () => type, text: () => text, page: () => ({ url: () => 'https://console' }) })
  return problems
}

it.each([
  'Failed to load resource: the server responded with a status of 403 (Forbidden)',
  'Failed to load resource: net::ERR_NETWORK_CHANGED',
  'Failed to load resource: net::ERR_INTERNET_DISCONNECTED',
])('accepts messages that are not errors of the page: %s', (text) => expect(reported(text)).toEqual([]))

it.each([
  'Failed to load resource: net::ERR_CONNECTION_REFUSED',
  'Failed to load resource: net::ERR_CERT_AUTHORITY_INVALID',
  'Failed to load resource: net::ERR_BLOCKED_BY_CLIENT',
  // Of a script, or with a text of an agent.
  'the inbox stopped: net::ERR_NETWORK_CHANGED',
  "Refused to load 'https://evil/?ERR_NETWORK_CHANGED' because it violates the Content Security Policy",
])('reports every other error: %s', (text) => {
  expect(reported(text)).toEqual([`https://console: ${text}`])
  expect(reported(text, 'warning')).toEqual([`https://console: ${text}`])
  expect(reported(text, 'info')).toEqual([])
})
