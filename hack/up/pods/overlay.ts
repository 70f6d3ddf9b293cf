import type { UpContext } from '../up-context.ts'

/** What is applied: the component login-saml needs a Secret that is there with Keycloak only. */
export const overlayOf = ({ keycloak }: Pick<UpContext, 'keycloak'>): string => `kustomize/overlays/local${keycloak === undefined ? '' : '-keycloak'}`
