# pixseek in fish: a key picks pictures in the browser, and inserts their paths, quoted, at the cursor.
# In ~/.config/fish/config.fish: pixseek init fish | source
if status is-interactive
    function __pixseek_insert --description 'Pick pictures and insert their paths'
        # Each path ends with NUL, so that any name comes through.
        set -l picked (command pixseek {{ARGUMENTS}} --print0 </dev/tty | string split0)
        if set -q picked[1]
            commandline --insert -- (string join ' ' -- (string escape -- $picked))' '
        end
        commandline --function repaint
    end
    bind {{KEY}} __pixseek_insert
    bind -M insert {{KEY}} __pixseek_insert
end
