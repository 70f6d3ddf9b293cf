/** Whether a file of the issuers' folder, or of the ConfigMap that is mounted there, configures a token issuer. Others lie beside it, such as a CA. */
export const isIssuerFile = (name: string): boolean => /^[^.].*\.ya?ml$/.test(name)
