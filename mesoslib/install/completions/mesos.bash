# Completion of the mesos programs' flags. A program knows its own: they are read from --help.
_mesos_flags() {
  local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]/#\~/$HOME}
  COMPREPLY=()
  # The value of a flag: a file, which is the default.
  [[ $word == -* && $word != --*=* ]] || return 0
  local flags
  flags=$("$program" --help 2>/dev/null | grep -oE '^  --(\[no-\])?[a-z_]+=?')
  # A flag that is true or false is told as --[no-]name.
  flags=$(sed -E 's/^  //; s/^--\[no-\](.*)$/--\1\n--no-\1/' <<<"$flags")
  mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
  # A value follows at once.
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -o default -F _mesos_flags mesos-master mesos-agent mesos-local mesos-execute mesos-explain mesos-resolve
