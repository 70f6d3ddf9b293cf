import { execCredential } from './exec-credential.ts'
import { callProvider, findProvider, NoToken } from './running-provider.ts'
import { readArguments } from '../read-arguments.ts'

/** Prints a token of the running development identity provider; kubeconfigs run it as a credential plugin. */
const USAGE = `usage: npm run token -- --user ID [--groups a,b] [--audience A] [--ttl SECONDS] [--claims JSON] [--dir DIR]

  --user ID        an identity of hack/identity-provider/identities.yaml: agent, approver, second-approver, developer
                   (with --groups, any other name too)
  --groups a,b     instead of the identity's own groups
  --audience A     jit-gateway, or kubernetes for kube-apiserver itself; default: the identity's own
  --ttl SECONDS    from now; default: 600; a negative value makes an expired token
  --claims JSON    further claims, or other values of any claim; null removes a claim
  --dir DIR        where \`npm run up\` runs; default: .run
  --exec-credential  print it as a credential plugin does for kubectl

For tests of verifiers:
  --alg ALG        RS256 (default), ES256, PS256, none or HS256
  --key KEY        current (default) or foreign: one that the provider never published
  --rotate         no token: makes new signing keys and removes the old ones; with --keep these stay published
`

/** parseArgs takes `--ttl -60` for a missing value; it understands `--ttl=-60`. */
function withNegativeTtl(args: readonly string[]): string[] {
  const at = args.findIndex((arg, index) => arg === '--ttl' && /^-\d+$/.test(args[index + 1] ?? ''))
  return at === -1 ? [...args] : [...args.slice(0, at), `--ttl=${args[at + 1]}`, ...args.slice(at + 2)]
}

const { values, fail } = readArguments(
  USAGE,
  {
    user: { type: 'string' },
    groups: { type: 'string' },
    audience: { type: 'string' },
    ttl: { type: 'string' },
    claims: { type: 'string' },
    alg: { type: 'string' },
    key: { type: 'string' },
    dir: { type: 'string', default: '.run' },
    'exec-credential': { type: 'boolean', default: false },
    rotate: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
  { args: withNegativeTtl(process.argv.slice(2)) },
)
const { dir, 'exec-credential': asCredential, rotate, keep, ...order } = values
if (order.user === undefined && !rotate) fail('--user is missing')

try {
  const provider = findProvider(dir)
  if (rotate) await callProvider(provider, 'rotate', { keep: String(keep) })
  else {
    const given = Object.entries(order).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const token = await callProvider(provider, 'mint', Object.fromEntries(given))
    process.stdout.write(`${asCredential ? execCredential(token) : token}\n`)
  }
} catch (error) {
  process.stderr.write(`${error instanceof NoToken ? error.message : String(error)}\n`)
  process.exitCode = 1
}
