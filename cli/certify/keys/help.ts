import { exitCodes } from '../help-codes.ts'

export const KEYS_HELP = `List the passkeys of approvers, confirm them and end them. Approvers register their keys in the console and approve with them there. You see your
own keys; with the ClusterRole jit-passkey-admin you see all, and confirm those of others. A key counts after it was confirmed.

Before you confirm a key, ask its owner to read out the fingerprint that the console shows them, by phone or in person. A key that a thief
registered in the name of the owner has another fingerprint.

Examples:
  kubectl certify keys

  # Shows the key and asks whether the owner reads out the same fingerprint.
  kubectl certify keys confirm key-x7k2p

  # Without a terminal: the fingerprint that the owner read out.
  kubectl certify keys confirm key-x7k2p --fingerprint='3f2a 91bc 0d5e 77a1 c2b8 4410 9fe3 6d0a'

  # A key that was lost or stolen.
  kubectl certify keys revoke key-x7k2p --reason='laptop stolen'

Flags:
      --fingerprint=TEXT      confirm: the fingerprint that the owner read out; spaces and colons do not matter
      --reason=TEXT           why, for the owner and the records
  -o, --output=wide|json|yaml|name

${exitCodes(4, 6, 10)}

Usage: kubectl certify keys [flags]
       kubectl certify keys confirm NAME [flags]
       kubectl certify keys revoke NAME... [flags]
`
