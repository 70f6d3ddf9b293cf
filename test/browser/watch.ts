import type { BrowserContext } from 'playwright-core'

/** Chromium says this of every answer that is an error. Such answers are pages of the console too. */
const ERROR_PAGE = 'Failed to load resource: the server responded with a status of'

/** Reports what no page of the console may do: errors of scripts, violations of the content security policy, and dialogs, which injected scripts open. */
export function watch(context: BrowserContext, problem: (text: string) => void): void {
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith(ERROR_PAGE))
      problem(`${message.page()?.url() ?? ''}: ${message.text()}`)
  })
  context.on('weberror', (error) => problem(`a script failed: ${error.error().message}`))
  context.on('dialog', (dialog) => {
    problem(`a script opened a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}
