import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { NodeKind } from '../cluster/binaries.ts'
import { settingsOf } from '../cluster/settings.ts'
import { NoJava } from '../keycloak/distribution.ts'
import { createCleanup } from './cleanup.ts'
import { CONSOLE_SIGN_INS, type ConsoleSignIn } from './up-context.ts'
import { createProgress } from './progress.ts'
import { up } from './up.ts'
import { readArguments } from '../read-arguments.ts'

/** Runs the local environment in the foreground; Ctrl-C ends it and leaves nothing behind. */
const USAGE = `usage: npm run up -- [--dir DIR] [--no-samples] [--local] [--node real|kwok|none] [--console-sign-in login] [--keycloak]

  --dir DIR      folder of the environment; DIR/up.json lists every kubeconfig, URL and process (default: .run)
  --no-samples   do not create the namespace shop, the policy coding-agents and the RBAC of people
  --local        run the servers as local processes instead of Pods
  --console-sign-in identity-provider|login
                 where the console signs people in (default: identity-provider); login has the identity provider as its upstream
  --keycloak     a Keycloak beside the identity provider, by SAML behind login, where the console signs people in then.
                 Needs Java 17 and Maven; the first start downloads 160 MB. Exits with code 3 without Java
  --node KIND    real (containers), kwok (simulated) or none (default: real if this machine can run it, otherwise kwok)
`

const { values, fail } = readArguments(USAGE, {
  dir: { type: 'string', default: '.run' },
  samples: { type: 'boolean', default: true },
  local: { type: 'boolean', default: false },
  node: { type: 'string' },
  keycloak: { type: 'boolean', default: false },
  'console-sign-in': { type: 'string', default: 'identity-provider' },
})
const { dir, samples, local, node, keycloak: withKeycloak, 'console-sign-in': consoleSignIn } = values
const KINDS: readonly string[] = ['real', 'kwok', 'none'] satisfies readonly NodeKind[]
if (node !== undefined && !KINDS.includes(node)) fail(`--node ${node}: must be one of ${KINDS.join(', ')}`)
if (!(CONSOLE_SIGN_INS as readonly string[]).includes(consoleSignIn))
  fail(`--console-sign-in ${consoleSignIn}: must be one of ${CONSOLE_SIGN_INS.join(', ')}`)

/** Exit code. */
const NO_JAVA = 3

const say = createProgress((text) => void process.stderr.write(text))
const cleanup = createCleanup()
const stopping = new AbortController()
const stopped = new Promise<void>((done) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      stopping.abort(new Error('stopped'))
      done()
    })
  }
})

try {
  const environment = await up({
    dir: resolve(dir),
    local,
    samples,
    consoleSignIn: consoleSignIn as ConsoleSignIn,
    withKeycloak,
    ...(node === undefined ? {} : { nodeKind: node as NodeKind }),
    settings: settingsOf(process.env),
    imageCache: join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'jit-access/image'),
    say,
    cleanup,
    signal: stopping.signal,
  })
  say(`ready: ${join(resolve(dir), 'up.json')}`)
  process.stdout.write(`\nexport PATH=${environment.binDir}:$PATH\n`)
  for (const [actor, file] of Object.entries(environment.kubeconfigs)) process.stdout.write(`${actor.padEnd(15)} KUBECONFIG=${file}\n`)
  const { console: pages, login, keycloak } = environment
  const { url, caFile } = pages
  const how = keycloak === undefined ? 'sign in as approver' : 'sign in with Keycloak, as approver'
  process.stdout.write(`\nOpen ${url} and ${how}. ${caFile} has the CA of its certificate.\n`)
  process.stdout.write(`login, an OpenID Connect provider, is ${login.url}; kubectl signs in there with KUBECONFIG=${login.kubeconfig}\n`)
  if (keycloak !== undefined)
    process.stdout.write(
      `Keycloak is ${keycloak.url}; everybody in its realm ${keycloak.realm}, and its ${keycloak.adminUser}, has the password in ${keycloak.passwordFile}\n`,
    )
  process.stdout.write('\nCtrl-C ends it.\n')
  await stopped
} catch (error) {
  if (!stopping.signal.aborted) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = error instanceof NoJava ? NO_JAVA : 1
  }
} finally {
  say('ending …')
  const problems = await cleanup.run()
  for (const problem of problems) say(`left: ${problem}`)
  say(problems.length === 0 ? 'ended; nothing is left' : 'ended')
  process.exit(process.exitCode ?? (problems.length === 0 ? 0 : 1))
}
