# Completion of giro for bash. giro itself knows what may come next (`giro __complete`), from the ledger too: it gives
# up after 0.3 s and is silent about errors.
# shellcheck shell=bash

_giro() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() piece gap i
  # Bash splits words at : and = as well, which are in accounts' ids and --option=value: put them together again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    gap=${rest%%[^[:blank:]]*}
    rest=${rest#"$gap"}
    piece=${COMP_WORDS[i]}
    if ((${#piece} > ${#rest})); then piece=$rest; fi
    rest=${rest#"$piece"}
    if [[ -z $gap && ${#words[@]} -gt 0 ]]; then words[-1]+=$piece; else words+=("$piece"); fi
  done

  # The word as giro reads it: without the quote that it begins with, or its backslashes.
  local current=${words[-1]} quote=''
  case $current in
    [\"\']*) quote=${current:0:1} current=${current:1} ;;
    *) current=${current//\\/} ;;
  esac
  words[-1]=$current

  local line files='' candidates=()
  while IFS= read -r line; do
    case $line in
      $'\tpart') compopt -o nospace ;;
      $'\tfiles') files=-f ;;
      $'\tfolders') files=-d ;;
      *) candidates+=("${line%%$'\t'*}") ;;
    esac
  done < <("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)

  # What bash has split off is typed already.
  local typed=''
  if [[ -z $quote && $current == *[:=]* ]]; then typed=${current%"${current##*[:=]}"}; fi
  if [[ -n $files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen "$files" -- "${current#"$typed"}")
    return
  fi
  COMPREPLY=()
  for line in "${candidates[@]}"; do
    line=${line#"$typed"}
    if [[ -z $quote ]]; then printf -v line %q "$line"; fi
    COMPREPLY+=("$line")
  done
}

complete -F _giro giro
