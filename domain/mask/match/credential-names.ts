/** Stands in until the list of names of credentials is merged, which replaces this file. */
export function isCredentialName(name: string): boolean {
  return /pass|secret|token|api.?key|cred|pwd|private|dsn/i.test(name)
}
