/** The kubectl plugins, by the name of their entry file in cli/, which is also the name of their command. */
export const PLUGINS = ['kubectl-certify', 'kubectl-create-accessrequest'] as const
export type Plugin = (typeof PLUGINS)[number]

/** The executable that kubectl >= 1.26 runs to complete `kubectl certify`. kubectl chooses its name. */
export const COMPLETER = 'kubectl_complete-certify'
