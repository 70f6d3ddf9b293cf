import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const OPTIONS = {
  upstream: { type: 'string' },
  ca: { type: 'string' },
  'client-cert': { type: 'string' },
  'client-key': { type: 'string' },
  'server-cert': { type: 'string' },
  'server-key': { type: 'string' },
} as const

type ProxyFlags = {
  /** The URL that the proxy forwards to. */
  readonly upstream: string
  /** The PEM file that a flag names. @throws Error if the flag is missing or the file cannot be read */
  readonly pem: (name: Exclude<keyof typeof OPTIONS, 'upstream'>) => string
}

/** The command line that `bareFlags` (variants.ts) writes. @throws TypeError for another flag */
export function readProxyFlags(): ProxyFlags {
  const { values } = parseArgs({ options: OPTIONS })
  return { upstream: values.upstream ?? '', pem: (name) => readFileSync(values[name] ?? '', 'utf8') }
}
