/** What the image holds and how it starts. The Dockerfile says the same for those who have a daemon; a test compares them. */
export const CONTENTS = {
  /** Folders of source that run unbuilt. `hack` and `test` stay outside. */
  folders: ['domain', 'kube', 'server', 'gateway', 'apiserver', 'webhook', 'cli', 'certificates'],
  /** package.json says that the sources are modules. */
  files: ['package.json', 'package-lock.json', 'LICENSE'],
  workdir: '/app',
  /** Nobody's uid on any distribution; the number, not a name, so that `runAsNonRoot` can be checked. */
  user: '65532:65532',
  /**
   * SIGUSR1 would open the inspector to whoever may signal the process. Young objects get 16 MiB: with 4 a request costs a fifth more, and
   * the 64 that V8 takes by itself save no more (docs/performance.md).
   */
  entrypoint: ['node', '--disable-sigusr1', '--max-semi-space-size=16'],
  path: '/usr/local/bin:/usr/bin:/bin',
} as const

/** The name that `kustomize/overlays/local` uses. A tag other than `latest`, which would mean pulling. */
export const LOCAL_IMAGE = 'localhost/jit-access:dev'
