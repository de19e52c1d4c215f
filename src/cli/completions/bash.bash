# Completion of pixseek in bash. `pixseek completions bash` prints it.
_pixseek() {
    local line kind=
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
        else
            COMPREPLY+=("$line")
        fi
    done < <(VARIABLE=bash PIXSEEK_LINE="${COMP_LINE:0:COMP_POINT}" PIXSEEK_WORD="$2" PROGRAM -- PROGRAM 2>/dev/null)
    if [[ $kind == paths ]]; then
        compopt -o filenames 2>/dev/null
    fi
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o nosort -F _pixseek PROGRAM 2>/dev/null || complete -F _pixseek PROGRAM
