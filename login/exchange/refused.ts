/** A token that is not exchanged. The message is for the log: it names claims, never their values. The client learns only that it was refused. */
export class ExchangeRefused extends Error {}
