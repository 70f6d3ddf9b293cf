type Status = {
  readonly status?: unknown
  readonly reason?: unknown
  readonly details?: { readonly causes?: readonly { readonly reason?: unknown; readonly message?: unknown }[] }
}

/** Reads the exit code from the Status on the error channel (k8s.io/kubelet/pkg/cri/streaming/remotecommand). Undefined if it has none. */
export function exitCodeIn(error: Buffer): number | undefined {
  let status: Status | null
  try {
    status = JSON.parse(error.toString('utf8')) as Status | null
  } catch {
    return undefined
  }
  if (status?.status === 'Success') return 0
  const code = Number(status?.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message)
  return Number.isInteger(code) && code >= 0 ? code : undefined
}
