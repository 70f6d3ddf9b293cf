/**
 * Who may import whom (ARCHITECTURE.md draws it). An allow-list: what no line names is an error, and `hack/check/imports.ts` fails
 * when nothing was cruised or a pattern matches nothing, so a broken glob cannot pass for a clean tree.
 */

/** The entries of domain/mask; masker.ts describes them. */
const MASK_ENTRIES = ['masker', 'restore', 'hide-tokens', 'guessable'].map((name) => `^domain/mask/${name}[.]ts$`)

module.exports = {
  allowedSeverity: 'error',
  allowed: [
    { from: { path: '^(kube|server|gateway|apiserver|webhook|controller|console|login|cli|certificates|hack|test)/' }, to: { path: '^$1/' } },
    // The API and the terms that all stages share.
    { from: {}, to: { path: '^domain/(selectors/)?[^/]+[.]ts$' } },
    { from: {}, to: { path: '^domain/api/' } },
    // A stage imports only itself.
    { from: { path: '^domain/([^/]+)/' }, to: { path: '^domain/$1/' } },
    // What a request does, in words for its approver: it decides nothing, and needs what the stages know.
    { from: { path: '^domain/explain/' }, to: { path: '^domain/(classify|policy|approval|windows|format|workload|record)/' } },
    { from: { path: '^(gateway|apiserver|webhook|controller|console|login|certificates)/' }, to: { path: '^(domain|kube|server)/' } },
    { from: { path: '^cli/' }, to: { path: '^(domain|kube)/' } },
    // Decompressing is no part of a pure domain, and has one bound.
    { from: { path: '^cli/certify/records/' }, to: { path: '^server/records/unpack[.]ts$' } },
    // The records are written by the servers, in the chain that domain/record defines.
    { from: { path: '^server/' }, to: { path: '^domain/record/' } },
    {
      from: { path: '^(test|hack)/' },
      to: { path: '^(domain|kube|server|gateway|apiserver|webhook|controller|console|login|cli|certificates|hack)/' },
    },
    { from: { path: '^domain/' }, to: { dependencyTypes: ['core'], path: '^(node:)?crypto$' } },
    // Pure, and the one place where the strength of a value is estimated.
    { from: { path: '^domain/mask/match/' }, to: { dependencyTypes: ['npm'], path: 'node_modules/@zxcvbn-ts/' } },
    // Pure, and the one place that knows time zones.
    { from: { path: '^domain/windows/' }, to: { path: 'node_modules/(@types/)?luxon/' } },
    { from: { pathNot: '^domain/' }, to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'] } },
  ],
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-grant-seals-permits',
      comment: 'A Permit is proof; only domain/grant makes one. Everybody else imports the type.',
      severity: 'error',
      from: { pathNot: '^domain/grant/|^domain/permit[.]ts$|^test/' },
      to: { path: '^domain/permit[.]ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-entries-of-mask',
      comment: 'Behind its entries, domain/mask changes without its users. Its tests and benchmarks look inside.',
      severity: 'error',
      from: { pathNot: ['^domain/mask/', '^test/', '^hack/bench/'] },
      to: { path: '^domain/mask/', pathNot: MASK_ENTRIES },
    },
    {
      name: 'no-development-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^(domain|kube|server|gateway|apiserver|webhook|controller|console|login|cli|certificates)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Named one by one: `node:sqlite` has no unprefixed twin.
    builtInModules: { add: ['node:sqlite', 'sqlite'] },
  },
}
