# Completion of the mesos programs' flags. A program knows its own: they are read from --help.
_mesos_flags() {
  local word=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  [[ $word == --*=* ]] && return
  if [[ $word == -* ]]; then
    local flags
    flags=$("${COMP_WORDS[0]}" --help 2>/dev/null | grep -oE '^ *--(\[no-\])?[a-z_]+=?' | tr -d ' ')
    # A flag that is true or false is told as --[no-]name.
    flags=$(sed -E 's/^--\[no-\](.*)$/--\1\n--no-\1/' <<<"$flags")
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
  fi
}
complete -o default -F _mesos_flags mesos-master mesos-agent mesos-local mesos-execute
