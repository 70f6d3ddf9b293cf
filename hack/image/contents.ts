/** The content of the image and how it starts. The Dockerfile says the same for users with a container daemon; a test compares the two. */
export const CONTENTS = {
  /** Source folders, which run unbuilt. `hack` and `test` are not included. */
  folders: ['domain', 'kube', 'server', 'gateway', 'apiserver', 'webhook', 'controller', 'console', 'login', 'cli', 'certificates'],
  /** package.json marks the sources as ES modules. */
  files: ['package.json', 'package-lock.json', 'LICENSE'],
  workdir: '/app',
  /** A uid that no distribution uses. A number, not a name, so that the kubelet can check `runAsNonRoot`. */
  user: '65532:65532',
  /**
   * SIGUSR1 would open the inspector to any process that may send signals. Young objects get 16 MiB: with 4 a request costs a fifth more,
   * and V8's default of 64 saves no more (docs/performance.md).
   */
  entrypoint: ['node', '--disable-sigusr1', '--max-semi-space-size=16'],
  path: '/usr/local/bin:/usr/bin:/bin',
  /**
   * Node's compile cache, with paths relative to it. Without it each process loads the parser that removes types: half of the time of a start, and
   * 10 to 20 MB of memory (docs/performance.md).
   */
  environment: { NODE_COMPILE_CACHE: '/app/.compiled', NODE_COMPILE_CACHE_PORTABLE: '1' },
  /** What the cache holds: the programs, which exit with 2 without arguments, and what their threads run, which exits with 0 outside of a thread. */
  programs: [
    'apiserver/main.ts',
    'apiserver/standby/main.ts',
    'certificates/main.ts',
    'console/main.ts',
    'controller/main.ts',
    'gateway/main.ts',
    'login/main.ts',
    'webhook/main.ts',
  ],
  threads: ['apiserver/storage/thread/store-thread.ts', 'gateway/plan/render/worker.ts', 'gateway/sessions/thread.ts'],
} as const

/** The name that `kustomize/overlays/local` uses. The tag is not `latest`, whose default pull policy is Always. */
export const LOCAL_IMAGE = 'localhost/jit-access:dev'
