import { join, resolve } from 'node:path'
import { settingsOf } from '../cluster/settings.ts'
import { readEnvironment } from '../demo/environment.ts'
import { startCertManager } from './start-cert-manager.ts'
import { readArguments } from '../read-arguments.ts'

/** Runs cert-manager in the foreground against a running environment: `node hack/cert-manager/main.ts [--dir DIR]`. */
const { values } = readArguments('usage: node hack/cert-manager/main.ts [--dir DIR]\n', { dir: { type: 'string', default: '.run' } })
const stopping = new AbortController()
const stopped = new Promise<void>((done) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      stopping.abort()
      done()
    })
  }
})
const say = (line: string): void => void process.stderr.write(`${line}\n`)
try {
  const { kubeconfigs, binDir } = await readEnvironment(values.dir)
  const manager = await startCertManager({
    dir: join(resolve(values.dir), 'cert-manager'),
    kubectl: join(binDir, 'kubectl'),
    kubeconfig: kubeconfigs.admin,
    cacheDir: settingsOf(process.env).cacheDir,
    say,
    signal: stopping.signal,
  })
  say(`cert-manager runs; its log is ${manager.logFile}; Ctrl-C ends it`)
  await stopped
  await manager.stop()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
