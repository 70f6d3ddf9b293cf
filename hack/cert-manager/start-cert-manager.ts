import { mkdir } from 'node:fs/promises'
import { createComponent } from '../cluster/component.ts'
import { run } from '../cluster/build/run-build.ts'
import { findCertManager } from './build.ts'

export type CertManager = {
  readonly logFile: string
  /** Why it exited by itself; undefined while it runs. */
  failure(): Promise<string | undefined>
  stop(): Promise<void>
}

/** Installs cert-manager's CRDs and runs its controllers as a process on this machine, with the admin's permissions. */
export async function startCertManager(options: {
  /** Folder for its log. */
  readonly dir: string
  readonly kubectl: string
  readonly kubeconfig: string
  readonly cacheDir: string
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}): Promise<CertManager> {
  const { program, crds } = await findCertManager(options)
  const kubectl = (...args: string[]): Promise<string> =>
    run(options.kubectl, ['--kubeconfig', options.kubeconfig, ...args], { signal: options.signal })
  // Server-side apply: the CRDs are too large for the last-applied annotation of a client-side apply.
  await kubectl('apply', '--server-side', '-f', crds)
  await kubectl('wait', '--for=condition=Established', '--timeout=60s', '-f', crds)
  await mkdir(options.dir, { recursive: true })
  const component = createComponent(
    { name: 'cert-manager', command: program, args: [options.kubeconfig], dir: options.dir },
    process.platform === 'linux',
  )
  component.start()
  return { logFile: component.logFile, failure: () => component.failure(), stop: () => component.kill() }
}
