# pixseek in zsh: a key picks pictures in the browser, and inserts their paths, quoted, at the cursor.
# In ~/.zshrc: eval "$(pixseek init zsh)"
if [[ -o interactive ]]; then
  __pixseek_insert() {
    setopt localoptions no_aliases
    local -a picked
    # Each path ends with NUL, so that any name comes through.
    picked=("${(@0)$(command pixseek {{ARGUMENTS}} --print0 </dev/tty)}")
    picked=("${(@)picked:#}")
    if (( $#picked )); then
      LBUFFER+="${(j: :)${(@q)picked}} "
    fi
    zle reset-prompt
  }
  zle -N __pixseek_insert
  bindkey -M emacs '{{KEY}}' __pixseek_insert
  bindkey -M viins '{{KEY}}' __pixseek_insert
  bindkey -M vicmd '{{KEY}}' __pixseek_insert
fi
