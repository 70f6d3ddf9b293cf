/** Decompression is a port: domain imports nothing but node:crypto. Both may throw; `gunzip` must bound its output. */
export type Codecs = { gunzip(bytes: Buffer): Buffer; gzip(bytes: Buffer): Buffer }
