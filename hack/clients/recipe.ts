/**
 * Clients that are built here from Go modules, each by its exact version; Go checks them against its checksum database. A version
 * of kubectl is the minor's newest that the Go module proxy serves whole.
 */
export const recipe = {
  kubectl: ['v0.29.6', 'v0.34.13', 'v0.35.10', 'v0.36.6'],
  helm: ['v3.22.0', 'v4.3.1'],
  /** From PyPI, by pip, into a folder of its own. */
  python: '37.0.2',
  /** Raise it when how they are built changes. */
  steps: 1,
} as const

/** The oldest kubectl that the plugins have to work in. */
export const OLDEST = recipe.kubectl[0]

/** k8s.io/kubectl numbers its module v0.X.Y for the kubectl v1.X.Y. */
export const releaseOf = (module: string): string => module.replace(/^v0/, 'v1')
