import type { BrowserContext } from 'playwright-core'
import { isNetworkChange } from '../../hack/browser/network-changes.ts'

/** What Chromium itself says, and no script. It says that of every answer that is an error, which pages of the console are too, and of what a network change drops. */
const NOT_LOADED = 'Failed to load resource: '
const ERROR_PAGE = `${NOT_LOADED}the server responded with a status of`
const isExpected = (text: string): boolean => text.startsWith(ERROR_PAGE) || (text.startsWith(NOT_LOADED) && isNetworkChange(text))

/** Reports what no page of the console may do: errors of scripts, violations of the content security policy, and dialogs, which injected scripts open. */
export function watch(context: BrowserContext, problem: (text: string) => void): void {
  context.on('console', (message) => {
    const text = message.text()
    if (['error', 'warning'].includes(message.type()) && !isExpected(text)) problem(`${message.page()?.url() ?? ''}: ${text}`)
  })
  context.on('weberror', (error) => problem(`a script failed: ${error.error().message}`))
  context.on('dialog', (dialog) => {
    problem(`a script opened a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}
