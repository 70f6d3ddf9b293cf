/** Returns a `Warning` header in kube-apiserver's format for a decision from the last known state; undefined for a current one. */
export function lastKnownWarning(outdatedForMs: number): string | undefined {
  if (!(outdatedForMs > 0)) return undefined
  const age = Number.isFinite(outdatedForMs) ? `${Math.round(outdatedForMs / 1000)} s ago` : 'a while ago'
  return `299 - "jit-access: its API server is away, so this was decided by the policies and grants of ${age}"`
}
