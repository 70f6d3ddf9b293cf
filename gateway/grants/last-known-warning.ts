/** `Warning` as kube-apiserver writes its own, for an answer that was decided by what was last known. Undefined: it was not. */
export function lastKnownWarning(outdatedForMs: number): string | undefined {
  if (!(outdatedForMs > 0)) return undefined
  const age = Number.isFinite(outdatedForMs) ? `${Math.round(outdatedForMs / 1000)} s ago` : 'a while ago'
  return `299 - "jit-access: its API server is away, so this was decided by the policies and grants of ${age}"`
}
