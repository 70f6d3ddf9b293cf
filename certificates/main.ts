import { parseArgs } from 'node:util'
import { StatusError } from '../domain/status-error.ts'
import { createKubeClient } from '../kube/client.ts'
import { clusterConfigOf } from '../kube/cluster-config.ts'
import { bootstrap } from './bootstrap.ts'
import { readCertificatesConfig } from './config.ts'

/** `node certificates/main.ts --config FILE [--kubeconfig FILE]`: exit code 2 for invalid flags or configuration. */
const { values } = parseArgs({ options: { config: { type: 'string' }, kubeconfig: { type: 'string' } } })
if (values.config === undefined) {
  console.error('usage: node certificates/main.ts --config FILE [--kubeconfig FILE]')
  process.exit(2)
}
const config = await readCertificatesConfig(values.config).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : 'the configuration cannot be read')
  process.exit(2)
})
/** Retries after a conflict: another run may have written first and done the work. */
const TRIES = 3

const client = createKubeClient(await clusterConfigOf(values.kubeconfig, process.env))
try {
  for (let tries = 1; ; tries += 1) {
    try {
      await bootstrap({ client, config, nowMs: Date.now(), changed: (what) => console.log(`changed ${what}`) })
      break
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 409 || tries === TRIES) throw error
    }
  }
  console.log('certificates are up to date')
} catch (error) {
  console.error(error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}` : 'failed')
  process.exitCode = 1
} finally {
  await client.close()
}
