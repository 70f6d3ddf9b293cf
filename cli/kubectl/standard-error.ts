import type { Readable } from 'node:stream'
import { LOG_LINE, WARNING } from './kubectl-error.ts'

/** kubectl ends right after its own error. What it has said for this long, and waits, is a credential plugin that asks its user for something. */
const PROMPT_MS = 1000

export type StandardError = {
  /** Everything so far. */
  all(): string
  /** Without what was shown, as long as something is left. */
  error(): string
}

/**
 * Reads the standard error of kubectl, and shows the prompts of a credential plugin while kubectl waits for it, such as the URL and the code of a sign-in.
 * Log lines and warnings are not prompts.
 */
export function readStandardError(stream: Readable, show: (text: string) => void): StandardError {
  let said = ''
  let shown = 0
  let timer: NodeJS.Timeout | undefined
  const prompt = (): void => {
    const text = said.slice(shown).replaceAll(LOG_LINE, '').replaceAll(WARNING, '').trim()
    shown = said.length
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
