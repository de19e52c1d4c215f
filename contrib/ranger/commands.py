"""Put this into ~/.config/ranger/commands.py, and `map xs pixseek` into rc.conf.

`:pixseek [QUERY]` opens pixseek on the current folder; what you choose there is selected. `:pixseek_similar` shows what looks
like the file under the cursor. Tried: ranger 1.9.3 in tmux.
"""

import subprocess

from ranger.api.commands import Command


class pixseek(Command):
    """:pixseek [QUERY]

    Finds pictures of the current folder by what is in them.
    """

    def arguments(self):
        query = self.rest(1)
        return ["-C", self.fm.thisdir.path, *(["--query", query] if query else [])]

    def execute(self):
        command = ["pixseek", *self.arguments(), "--no-multi"]
        process = self.fm.execute_command(command, stdout=subprocess.PIPE, universal_newlines=True)
        chosen, _ = process.communicate()
        if process.returncode == 0 and chosen.strip("\n"):
            self.fm.select_file(chosen.rstrip("\n"))


class pixseek_similar(pixseek):
    """:pixseek_similar

    Shows what looks like the picture under the cursor.
    """

    def arguments(self):
        return [self.fm.thisfile.path]
