/** The folders of the product, in the order of their imports. */
export const PRODUCT_FOLDERS = [
  'domain',
  'kube',
  'server',
  'gateway',
  'apiserver',
  'webhook',
  'controller',
  'console',
  'login',
  'cli',
  'certificates',
] as const
/** All folders with source files. */
export const SOURCE_FOLDERS = [...PRODUCT_FOLDERS, 'hack', 'test'] as const
