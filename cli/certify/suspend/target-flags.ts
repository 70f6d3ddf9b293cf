/** Flags that name whom a suspension stops. */
export const TARGET_FLAGS = ['agent', 'group', 'serviceaccount', 'policy', 'all'] as const
