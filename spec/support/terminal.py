"""terminal.py COLUMNS COMMAND: runs a shell command on a terminal of its own and prints the bytes that it drew. The
terminal is no dumb one unless the command says so."""

import fcntl
import os
import pty
import struct
import sys
import termios

child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 25, int(sys.argv[1]), 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp("sh", ["sh", "-c", sys.argv[2]])
drawn = b""
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # the command has ended
        break
    if not data:
        break
    drawn += data
os.waitpid(child, 0)
sys.stdout.buffer.write(drawn)
