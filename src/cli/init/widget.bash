# pixseek in bash: a key picks pictures in the browser, and inserts their paths, quoted, at the cursor.
# In ~/.bashrc: eval "$(pixseek init bash)"
if [[ $- == *i* ]] && (( BASH_VERSINFO[0] >= 4 )); then
  __pixseek_insert() {
    local path words=''
    # Each path ends with NUL, so that any name comes through.
    while IFS= read -r -d '' path; do
      printf -v path %q "$path"
      words+="$path "
    done < <(command pixseek {{ARGUMENTS}} --print0 </dev/tty)
    READLINE_LINE="${READLINE_LINE:0:READLINE_POINT}$words${READLINE_LINE:READLINE_POINT}"
    (( READLINE_POINT += ${#words} ))
  }
  bind -m emacs-standard -x '"{{KEY}}": __pixseek_insert'
  bind -m vi-insert -x '"{{KEY}}": __pixseek_insert'
  bind -m vi-command -x '"{{KEY}}": __pixseek_insert'
fi
