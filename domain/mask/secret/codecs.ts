/** Decompression is a port: domain imports only node:crypto. Both functions may throw. `gunzip` must limit its output. */
export type Codecs = { gunzip(bytes: Buffer): Buffer; gzip(bytes: Buffer): Buffer }
