export const LOGIN_HELP = `Sign in at an OpenID Connect provider, as a credential plugin of kubectl. It opens a browser; over SSH or without one, it prints a code to type on another
device. Tokens are kept in your cache folder, readable by you alone, and renewed without a browser for as long as the provider allows.

Examples:
  # Write a user of your kubeconfig that signs in, and use it.
  kubectl certify login --setup --issuer=https://login.example.com --client=kubectl
  kubectl config set-context --current --user=kubectl

  # Sign in now. On a terminal no token is printed.
  kubectl certify login --issuer=https://login.example.com --client=kubectl
  kubectl certify login --issuer=https://login.example.com --client=kubectl --device

  # Forget the tokens, and revoke the refresh token.
  kubectl certify login --issuer=https://login.example.com --client=kubectl --logout

Flags:
      --issuer=URL            provider, as its tokens name it
      --client=ID             client of kubectl at the provider
      --scope=SCOPE,…         scopes besides openid; defaults to profile, groups and offline_access
      --ca-file=FILE          CA of the provider's certificate, as PEM
      --client-secret-file=FILE
                              secret of the client, for providers that require one
      --port=PORT             port that the browser comes back to; defaults to any free one
      --device                sign in on another device, by a code
      --setup                 write the user into the kubeconfig after asking; without a terminal, print the command
      --name=NAME             name of that user; defaults to the client
  -y, --yes                   write it without asking
      --logout                sign out

Exit codes: 0 done, 1 the provider cannot be used now, 2 wrong usage, 5 nobody signed in in time, 6 refused by the provider,
            10 signed out here, but not at the provider

Usage: kubectl certify login --issuer=URL --client=ID [flags]
`
