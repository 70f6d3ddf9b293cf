import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from '../cluster/build/cache.ts'
import { run } from '../cluster/build/run-build.ts'
import { createSteps, type Steps } from '../cluster/build/build-steps.ts'

/** The newest release that runs on Java 17, which Debian 12 has. */
const VERSION = '26.4.7'
const UNPACK = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack'
const BUILD_OPTIONS = ['--db=dev-mem', '--health-enabled=true'] as const

const REMEDY = 'Keycloak needs Java >= 17 and Maven: apt-get install -y default-jre-headless maven'

/** Java or Maven are missing; the message names the remedy. */
export class NoJava extends Error {}

/** Where an unpacked and built Keycloak is. */
export type Distribution = { readonly version: string; readonly home: string }

export type DistributionOptions = { readonly cacheDir: string; readonly say: (line: string) => void; readonly signal: AbortSignal }

/**
 * Finds Keycloak in the cache, or fetches it from Maven Central and builds its configuration once, which takes a minute.
 * @throws NoJava if Java or Maven are missing
 */
export async function findKeycloak({ cacheDir, say, signal }: DistributionOptions): Promise<Distribution> {
  if (!(await hasJava())) await installJava(say)
  const part = {
    name: 'Keycloak',
    key: () => Promise.resolve(key()),
    build: (out: string, steps: Steps) =>
      steps.step(`Keycloak ${VERSION}, 160 MB from Maven Central, only the first time`, () => fetchAndBuild(out, signal)),
  }
  const folder = await cached(cacheDir, part, createSteps(say, signal))
  return { version: VERSION, home: join(folder, `keycloak-${VERSION}`) }
}

/** Counted up when the steps change. */
const STEPS = 1
const key = (): string =>
  createHash('sha256')
    .update(JSON.stringify(['keycloak', VERSION, UNPACK, BUILD_OPTIONS, STEPS]))
    .digest('hex')

async function fetchAndBuild(out: string, signal: AbortSignal): Promise<void> {
  // -C: a download whose checksum differs fails.
  const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`
  await run('mvn', ['-q', '-B', '-C', UNPACK, `-Dartifact=${artifact}`, `-DoutputDirectory=${out}`], { cwd: out, signal })
  await run('java', [...javaOptions(join(out, `keycloak-${VERSION}`)), 'build', ...BUILD_OPTIONS], { cwd: out, signal })
}

/**
 * What bin/kc.sh runs. The script keeps a shell around Java, which would leave Java running when only the shell is killed. The memory is limited, since
 * a cluster may run beside it.
 */
export const javaOptions = (home: string): readonly string[] => [
  '-Xms64m',
  '-Xmx320m',
  '-XX:MaxMetaspaceSize=256m',
  '-XX:+ExitOnOutOfMemoryError',
  // Starts in half the time on two cores.
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '--add-opens=java.base/java.util=ALL-UNNAMED',
  '--add-opens=java.base/java.util.concurrent=ALL-UNNAMED',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  `-Dkc.home.dir=${home}`,
  `-Djboss.server.config.dir=${join(home, 'conf')}`,
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  '-Dpicocli.disable.closures=true',
  '-cp',
  join(home, 'lib/quarkus-run.jar'),
  'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
]

const works = (command: string): Promise<boolean> =>
  run(command, ['-version']).then(
    () => true,
    () => false,
  )

const isDebian = (): Promise<boolean> =>
  access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  )

const hasJava = async (): Promise<boolean> => (await works('java')) && (await works('mvn'))

/** For programs that install nothing. @throws NoJava */
export async function needJava(): Promise<void> {
  if (!(await hasJava())) throw new NoJava(REMEDY)
}

/** Installs them where that is possible without asking: as root on Debian. A test that needs Keycloak fails elsewhere; it is never skipped. */
async function installJava(say: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0 || !(await isDebian())) throw new NoJava(REMEDY)
  say('installing Java and Maven with apt-get, for Keycloak …')
  try {
    await run('apt-get', ['update'])
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'default-jre-headless', 'maven'], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
  } catch (error) {
    throw new NoJava(REMEDY, { cause: error })
  }
}
