/** Who asks, as authentication/v1 UserInfo has it. Groups and extras of a token issuer are not Kubernetes groups unless said so. */
export type Identity = {
  readonly username: string
  /** Empty when the authenticator gives none. */
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: { readonly [key: string]: readonly string[] }
}
