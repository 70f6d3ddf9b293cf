import { join } from 'node:path'

/** The Node of the image: the version that package.json pins. */
export const nodeOf = (root: string): string => join(root, `node_modules/node-linux-${process.arch}/bin/node`)
