/** Rows of the table whose walks are not data: those of a Go program, and of tests. */
export const clientGo = [
  'discovery',
  'typed get',
  'typed list',
  'typed list, in pages',
  'typed get of what is not there',
  'dynamic list',
  'metadata list',
  'logs',
  'watch',
  'informer, which lists by watching',
  'dynamic informer',
  'typed create, protobuf',
  'typed create of what is there',
  'typed update, protobuf',
  'typed update, a conflict',
  'retry on conflict',
  'strategic merge patch',
  'apply',
  'dynamic create',
  'delete, with a precondition',
  'delete, protobuf',
  'exec, WebSocket',
  'exec, SPDY',
  'port-forward, SPDY',
  'port-forward, WebSocket',
] as const

export const clientNode = [
  'list',
  'read of what is not there',
  'watch',
  'informer',
  'create',
  'replace',
  'patch, merge',
  'patch, JSON',
  'apply',
  'delete',
  'log',
  'log, followed',
  'exec',
  'attach',
  'port-forward',
  'cp from a pod',
] as const

/** The library of PyPI, which `npm run clients` alone walks. */
export const python = [
  'list',
  'list, in pages',
  'read of what is not there',
  'watch',
  'create_namespaced_deployment',
  'create of what is there',
  'replace_namespaced_deployment_scale',
  'patch, strategic merge',
  'apply',
  'dynamic client',
  'delete',
  'log',
  'log, followed',
  'exec',
  'exec, talked to',
  'port-forward',
] as const

export const plugins = ['create accessrequest --help', 'create accessrequest', 'certify', 'certify approve', 'certify revoke'] as const

/** Streams that a test has to talk to, after those that end by themselves. */
export const talked = [
  'cp, every byte',
  'exec -it, its size and exit code',
  'exec -it, Ctrl-C',
  'attach -i',
  'logs -f, line by line',
  'get --watch, as it happens',
  'port-forward',
  'port-forward, nobody listens',
  'proxy',
  'debug waits for its approval',
  'drain is refused, and says that no grant helps',
] as const
