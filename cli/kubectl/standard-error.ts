import type { Readable } from 'node:stream'
import { LOG_LINE, OWN_ERROR, WARNING } from './kubectl-error.ts'

/** What kubectl has said for this long, while it waits, is a credential plugin that asks its user for something. */
const PROMPT_MS = 1000

export type StandardError = {
  /** Everything so far. */
  all(): string
  /** Without what was shown, as long as something is left. */
  error(): string
}

/**
 * Reads the standard error of kubectl, and shows the prompts of a credential plugin while kubectl waits for it, such as the URL and the code of a sign-in.
 * Log lines and warnings are not prompts. Neither is an error of kubectl itself: kubectl ends right after it, but on a busy machine that takes a while.
 */
export function readStandardError(stream: Readable, show: (text: string) => void): StandardError {
  let said = ''
  let shown = 0
  let timer: NodeJS.Timeout | undefined
  const prompt = (): void => {
    const rest = said.slice(shown)
    const length = OWN_ERROR.exec(rest)?.index ?? rest.length
    const text = rest.slice(0, length).replaceAll(LOG_LINE, '').replaceAll(WARNING, '').trim()
    shown += length
    if (text !== '') show(text)
  }
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
    clearTimeout(timer)
    timer = setTimeout(prompt, PROMPT_MS)
  })
  stream.on('close', () => clearTimeout(timer))
  return {
    all: () => said,
    error: () => (said.slice(shown).trim() === '' ? said : said.slice(shown)),
  }
}
