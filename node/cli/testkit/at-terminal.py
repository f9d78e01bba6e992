"""Runs a command at a terminal, types answers as prompts appear, and copies the screen to standard output.

Called by node/cli/testkit/daemon.ts: at-terminal.py JSON, with {"command": [...], "answers": [[prompt, answer], ...]}.
"""
import json
import os
import pty
import sys

task = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(task["command"][0], task["command"])
screen = b""
seen = 0
answers = [(prompt.encode(), answer.encode()) for prompt, answer in task["answers"]]
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    screen += part
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
    while answers and answers[0][0] in screen[seen:]:
        seen = screen.index(answers[0][0], seen) + len(answers[0][0])
        os.write(terminal, answers.pop(0)[1] + b"\r")
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
