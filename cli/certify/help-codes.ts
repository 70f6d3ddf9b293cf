/** The exit codes of `kubectl certify`, for the help of each command. */
export const CODES = `Exit codes: 0 done, 1 unexpected error, 2 wrong usage, 3 it was already denied, 4 it has ended and can no longer be decided,
            6 refused by the server, 7 the records do not verify, 8 the doctor found a problem or could not check something,
            9 you already approved it, and that approval is unchanged, 10 of several, some succeeded and some failed,
            11 the approval needs a passkey, in the console`
