# Completion of pixseek in fish. `pixseek completions fish` prints it.
function __PROGRAM_complete
    VARIABLE=fish PROGRAM -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token --cut-at-cursor) 2>/dev/null
end
complete --command PROGRAM --erase
complete --command PROGRAM --no-files --keep-order --arguments '(__PROGRAM_complete)'
