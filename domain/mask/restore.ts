/**
 * Masking of what an agent writes, the entry for writes. Masked values that come back are restored, and a write that would reveal a value is refused.
 *
 *   readWritten(body, parseYaml)             the tree of a body that every reader understands alike
 *   refuseOracle(read), comparesValues       selectors, JSON Patch tests and conflicts that read a Secret
 *   refuseHiddenSelector, refuseHiddenWrite  the same for fields that a policy hides; goalsOf(fields) reads their paths
 *   restorePlaceholders(write, ports)        unchanged | restored | refused, for *every* write on every route
 *   releasedValue(release, wanted, by)       the value of a placeholder inside a Helm release
 *   otherSecretValues, otherHiddenValues     the write with other values, for a trial whose outcome reveals nothing
 *   bindVersion(body, version)               binds a write to the version that was examined
 *   chosenKeys(write)                        keys whose value the write chose, for the masker of the response
 *   writtenValues(write)                     values that a write sets, to be masked at once
 */
export { bindVersion } from './restore/bind-version.ts'
export { chosenKeys } from './restore/chosen-keys.ts'
export { refuseHiddenWrite } from './restore/hidden-oracles.ts'
export { goalsOf } from './restore/hidden-paths.ts'
export { comparesValues, refuseHiddenSelector, refuseOracle } from './restore/oracles.ts'
export { otherHiddenValues, otherSecretValues } from './restore/other-values.ts'
export type { SameObject } from './restore/restore-field.ts'
export { releasedValue } from './restore/restore-release.ts'
export { readWritten } from './restore/unambiguous-json.ts'
export { restorePlaceholders, type WriteBackPorts } from './restore/write-back.ts'
export { writtenValues } from './restore/written-values.ts'
