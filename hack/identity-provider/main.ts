import { startIdentityProvider } from './start-identity-provider.ts'
import { readArguments } from '../read-arguments.ts'

/** Runs the identity provider of the local environment in the foreground. */
const USAGE = `usage: node hack/identity-provider/main.ts --dir DIR [--port PORT] [--address IP]... [--identities FILE]

DIR gets ca.crt, secret and provider.json, which \`npm run token -- --dir DIR\` reads.
`

const { values, fail } = readArguments(USAGE, {
  dir: { type: 'string' },
  port: { type: 'string', default: '0' },
  address: { type: 'string', multiple: true, default: [] },
  identities: { type: 'string' },
})
const { port, address, identities } = values
const dir = values.dir ?? fail('--dir is missing')
if (!/^\d{1,5}$/.test(port)) fail(`--port ${port}: not a port`)

try {
  const provider = await startIdentityProvider({
    dir,
    port: Number(port),
    addresses: address,
    ...(identities === undefined ? {} : { identitiesFile: identities }),
  })
  process.stdout.write(`${provider.issuer}\n`)
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => void provider.stop().then(() => process.exit(0)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
