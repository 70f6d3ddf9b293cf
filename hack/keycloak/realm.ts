/** A service provider of SAML as Keycloak knows it. */
export type SamlClient = {
  readonly entityID: string
  readonly acs: string
  readonly slo?: string
  /** Base64 of its certificates, without PEM lines. */
  readonly signingCert: string
  readonly encryptionCert?: string
  /** Where a sign-in that begins at Keycloak is found: `/realms/REALM/protocol/saml/clients/NAME`. */
  readonly initiatedName?: string
}

/** A client of OpenID Connect. `audience`: put into its tokens, such as the gateway's. */
export type OidcClient = { readonly clientId: string; readonly redirectUris: readonly string[]; readonly secret?: string; readonly audience?: string }

export type Person = { readonly username: string; readonly password: string; readonly groups: readonly string[] }

export type RealmOptions = {
  readonly name: string
  /** The heading of its pages. Defaults to its name. */
  readonly displayName?: string
  readonly people: readonly Person[]
  readonly saml?: readonly SamlClient[]
  readonly oidc?: readonly OidcClient[]
}

/** A realm in the format of Keycloak's import. docs/how-to/saml.md describes the same settings as an admin clicks them. */
export function realmOf({ name, displayName = name, people, saml = [], oidc = [] }: RealmOptions): object {
  const groups = [...new Set(people.flatMap((person) => person.groups))]
  return {
    realm: name,
    displayName,
    enabled: true,
    sslRequired: 'all',
    groups: groups.map((group) => ({ name: group })),
    users: people.map((person) => ({
      username: person.username,
      enabled: true,
      email: `${person.username}@example.com`,
      emailVerified: true,
      firstName: person.username,
      lastName: 'Example',
      credentials: [{ type: 'password', value: person.password, temporary: false }],
      groups: person.groups.map((group) => `/${group}`),
    })),
    clients: [...saml.map(samlClient), ...oidc.map(oidcClient)],
  }
}

/** A client in the same format: `kcadm.sh create clients`, or **Import client** of the admin console. */
export function samlClient({ entityID, acs, slo, signingCert, encryptionCert, initiatedName }: SamlClient): object {
  return {
    clientId: entityID,
    protocol: 'saml',
    enabled: true,
    redirectUris: [acs],
    attributes: {
      'saml.server.signature': 'true',
      'saml.assertion.signature': 'true',
      'saml.signature.algorithm': 'RSA_SHA256',
      saml_signature_canonicalization_method: 'http://www.w3.org/2001/10/xml-exc-c14n#',
      'saml.client.signature': 'true',
      'saml.signing.certificate': signingCert,
      'saml.authnstatement': 'true',
      'saml.force.post.binding': 'true',
      saml_force_name_id_format: 'true',
      saml_name_id_format: 'username',
      saml_assertion_consumer_url_post: acs,
      'saml.encrypt': String(encryptionCert !== undefined),
      ...(encryptionCert === undefined ? {} : { 'saml.encryption.certificate': encryptionCert }),
      ...(slo === undefined ? {} : { saml_single_logout_service_url_redirect: slo, saml_single_logout_service_url_post: slo }),
      ...(initiatedName === undefined ? {} : { saml_idp_initiated_sso_url_name: initiatedName }),
    },
    frontchannelLogout: true,
    defaultClientScopes: [],
    protocolMappers: [
      {
        name: 'groups',
        protocol: 'saml',
        protocolMapper: 'saml-group-membership-mapper',
        config: { 'attribute.name': 'groups', 'attribute.nameformat': 'Basic', single: 'true', 'full.path': 'false' },
      },
    ],
  }
}

function oidcClient({ clientId, redirectUris, secret, audience }: OidcClient): object {
  return {
    clientId,
    protocol: 'openid-connect',
    enabled: true,
    publicClient: secret === undefined,
    ...(secret === undefined ? {} : { secret }),
    redirectUris,
    standardFlowEnabled: true,
    // A program that signs in as itself, with its secret.
    serviceAccountsEnabled: secret !== undefined,
    directAccessGrantsEnabled: true,
    attributes: { 'pkce.code.challenge.method': 'S256' },
    protocolMappers: [
      {
        name: 'groups',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-group-membership-mapper',
        config: { 'claim.name': 'groups', 'full.path': 'false', 'access.token.claim': 'true', 'id.token.claim': 'true' },
      },
      ...(audience === undefined
        ? []
        : [
            {
              name: 'audience',
              protocol: 'openid-connect',
              protocolMapper: 'oidc-audience-mapper',
              config: { 'included.custom.audience': audience, 'access.token.claim': 'true' },
            },
          ]),
    ],
  }
}
