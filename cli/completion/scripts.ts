/** The executable that kubectl >= 1.26 runs to complete `kubectl certify`. Its name must be kubectl_complete-certify. */
export const KUBECTL_COMPLETE = `#!/bin/sh
# Completes "kubectl certify" for kubectl >= 1.26: it must be on PATH as kubectl_complete-certify.
exec kubectl-certify __complete "$@"
`

const BASH = `# bash completion for kubectl-certify. Load it with: source <(kubectl certify completion bash)
__kubectl_certify_complete() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :*) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(kubectl-certify __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F __kubectl_certify_complete kubectl-certify
`

const ZSH = `#compdef kubectl-certify
# zsh completion for kubectl-certify. Load it with: source <(kubectl certify completion zsh)
__kubectl_certify_complete() {
  local -a found
  local line
  for line in "\${(@f)$(kubectl-certify __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)}"; do
    [[ -z "$line" || "$line" == :* ]] && continue
    found+=("\${line/$'\\t'/:}")
  done
  if (( \${#found} )); then _describe 'kubectl certify' found; else _files; fi
}
compdef __kubectl_certify_complete kubectl-certify
`

const FISH = `# fish completion for kubectl-certify. Load it with: kubectl certify completion fish | source
function __kubectl_certify_complete
  set -l words (commandline -opc)
  kubectl-certify __complete $words[2..-1] (commandline -ct) 2>/dev/null | string match -rv '^:'
end
complete -c kubectl-certify -a '(__kubectl_certify_complete)'
`

/** What \`kubectl certify completion\` prints. */
export const SCRIPTS: { readonly [shell: string]: string } = { bash: BASH, zsh: ZSH, fish: FISH, kubectl: KUBECTL_COMPLETE }
