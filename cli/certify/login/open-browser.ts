import { spawn } from 'node:child_process'
import type { Environment } from './token-cache.ts'

/** The program that opens a URL on this platform, and its arguments. No shell reads the URL. */
function opener(url: string, platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open', url]
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url]
  return ['xdg-open', url]
}

/** Whether a browser can open where this process runs: not over SSH, and not without a display. */
export function hasBrowser(env: Environment, platform: NodeJS.Platform): boolean {
  if (env['SSH_CONNECTION'] !== undefined || env['SSH_TTY'] !== undefined) return false
  return platform === 'darwin' || platform === 'win32' || [env['DISPLAY'], env['WAYLAND_DISPLAY'], env['BROWSER']].some((each) => (each ?? '') !== '')
}

/** Opens a browser. A failure is not an error: the URL is on the terminal too. */
export function openBrowser(url: string, { env, platform }: { readonly env: Environment; readonly platform: NodeJS.Platform }): void {
  const named = env['BROWSER']
  const [program, ...args] = named === undefined || named === '' || /\s|%/.test(named) ? opener(url, platform) : [named, url]
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
