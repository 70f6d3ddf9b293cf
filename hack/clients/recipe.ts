/**
 * Clients that are built here from Go modules, each at an exact version; Go verifies them against its checksum database. For each minor of
 * kubectl this is the newest version that the Go module proxy serves completely.
 */
export const recipe = {
  kubectl: ['v0.29.6', 'v0.34.13', 'v0.35.10', 'v0.36.6'],
  helm: ['v3.22.0', 'v4.3.1'],
  /** From PyPI, installed by pip into its own folder. */
  python: '37.0.2',
  /** Increment when the build steps change. */
  steps: 1,
} as const

/** The oldest kubectl that the plugins support. */
export const OLDEST = recipe.kubectl[0]

/** k8s.io/kubectl v0.X.Y is the module of kubectl v1.X.Y. */
export const releaseOf = (module: string): string => module.replace(/^v0/, 'v1')
