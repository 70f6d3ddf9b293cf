import type { BrowserContext } from 'playwright-core'
import { isNetworkChange } from '../../hack/browser/network-changes.ts'

/** Chromium says this of every answer that is an error. Such answers are pages of the console too. */
const ERROR_PAGE = 'Failed to load resource: the server responded with a status of'

/** Reports what no page of the console may do: errors of scripts, violations of the content security policy, and dialogs, which injected scripts open. */
export function watch(context: BrowserContext, problem: (text: string) => void): void {
  context.on('console', (message) => {
    const text = message.text()
    if (['error', 'warning'].includes(message.type()) && !text.startsWith(ERROR_PAGE) && !isNetworkChange(text))
      problem(`${message.page()?.url() ?? ''}: ${text}`)
  })
  context.on('weberror', (error) => problem(`a script failed: ${error.error().message}`))
  context.on('dialog', (dialog) => {
    problem(`a script opened a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}
