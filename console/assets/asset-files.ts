import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = (name: string): string => join(import.meta.dirname, '../browser', name)

/**
 * Every file that pages load besides the stylesheet, by the name in its URL. Third-party files come from their packages as they are: bundles that load
 * nothing else.
 */
export const FILES = {
  'inbox.js': own('inbox.js'),
  'fragment.js': own('fragment.js'),
  'terminal.js': own('terminal.js'),
  'sessions.css': join(import.meta.dirname, '../html/sessions.css'),
  'passkey.js': own('passkey.js'),
  // Sets `globalThis.SimpleWebAuthnBrowser`. The package does not export its bundle.
  'webauthn.js': join(fileURLToPath(import.meta.resolve('@simplewebauthn/browser')), '../../dist/bundle/index.umd.min.js'),
  // Sets `globalThis.AsciinemaPlayer`.
  'asciinema-player.js': fileURLToPath(import.meta.resolve('asciinema-player/dist/bundle/asciinema-player.min.js')),
  'asciinema-player.css': fileURLToPath(import.meta.resolve('asciinema-player/dist/bundle/asciinema-player.css')),
} as const satisfies { readonly [name: `${string}.js` | `${string}.css`]: string }

type FileName = keyof typeof FILES
/** Scripts, as pages name them: without the suffix. */
export type Script = FileName extends infer Name ? (Name extends `${infer Base}.js` ? Base : never) : never
export type Style = FileName extends infer Name ? (Name extends `${infer Base}.css` ? Base : never) : never
