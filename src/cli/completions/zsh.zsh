#compdef PROGRAM
# Completion of pixseek in zsh. `pixseek completions zsh` prints it.
_PROGRAM() {
    local -a lines kind values
    lines=("${(@f)$(VARIABLE=zsh PROGRAM -- "${(@)words[1,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
    kind=(${=lines[1]})
    values=("${(@)lines[2,-1]}")
    if (( $#values )); then
        _describe -V 'pixseek' values
    fi
    if (( kind[2] )); then
        compset -p $kind[2]
    fi
    case $kind[1] in
        folders) _path_files -/ ;;
        files) _files ;;
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _PROGRAM "$@"
else
    compdef _PROGRAM PROGRAM
fi
