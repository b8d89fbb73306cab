"""Where the daemon's socket is, whether who listens there may be trusted, and a connection to it. Nothing here waits.

The rules are those of `giro`, the command line (protocol/paths.cpp, protocol/server_trust.cpp).
"""

from __future__ import annotations

import errno
import os
import pwd
import re
import socket
import stat
import struct
from collections.abc import Sequence

from ._troubles import Failure

SYSTEM_SOCKET = "/run/giro/giro.sock"

# Another attempt, within the time that there is, may find a daemon that is starting.
_PASSING = (errno.ECONNREFUSED, errno.EAGAIN, errno.EINTR, errno.ECONNRESET, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def paths_of(socket: str | Sequence[str] | None) -> tuple[str, ...]:
    """Of what a client was made with."""
    if socket is None or socket == "":
        return default_paths()
    if isinstance(socket, str):
        return (socket,)
    if not socket or not all(socket):
        raise ValueError(f"a list of sockets names one at least, and each by its path; not {socket!r}")
    return tuple(socket)


def default_paths() -> tuple[str, ...]:
    """$GIRO_SOCKET, which may name several nodes (/a.sock:/b.sock); else one, of the system or the user."""
    named = os.environ.get("GIRO_SOCKET")
    if named:
        return tuple(path for path in re.split(":(?=/)", named) if path)
    return (_default_path(),)


def _default_path() -> str:
    """The system's socket for root or if there is one; else the user's own. ValueError: there is none."""
    if os.geteuid() == 0 or _is_socket(SYSTEM_SOCKET):
        return SYSTEM_SOCKET
    runtime = _absolute("XDG_RUNTIME_DIR")
    if runtime is not None:
        return f"{runtime}/giro/giro.sock"
    state = _absolute("XDG_STATE_HOME")
    if state is not None:
        return f"{state}/giro/giro.sock"
    home = _absolute("HOME") or _home_of_user()
    if home is not None and os.path.isdir(home):
        return f"{home}/.local/state/giro/giro.sock"
    raise ValueError("no socket is named, and this user has no home to look in: give Client(socket) or $GIRO_SOCKET")


def connect(path: str, *, was_there: bool) -> socket.socket | Failure:
    """A connected socket that doesn't block. `was_there`: a daemon was reached before, so it may come back."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        connection.connect(path)
        server = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
        if may_be_trusted(path, server):
            return connection
        failure = Failure(
            "untrusted",
            f"{path} is another user's (uid {server}), in a folder where everybody may put one; nothing was sent. "
            "Use a socket of root, of giro or of your own",
            final=True,
        )
    except OSError as error:
        passing = error.errno in _PASSING or (was_there and error.errno == errno.ENOENT)
        why = error.strerror or str(error)
        failure = Failure(
            "unreachable", f"{path} can't be reached ({why}); nothing was sent. Is girod running?", final=not passing
        )
    connection.close()
    return failure


def may_be_trusted(path: str, server: int) -> bool:
    """`server` is the user who listens there: root, giro or this one; or it couldn't have been put there uninvited."""
    trusted = _trusted_users()
    if server in trusted:
        return True
    # Links on the way are followed: what they lead to is what counts.
    try:
        here = os.path.realpath(path, strict=True)
        while here != "/":
            folder = os.path.dirname(here)
            if os.stat(folder).st_mode & stat.S_IWOTH and os.lstat(here).st_uid not in trusted:
                return False
            here = folder
    except OSError:
        return False
    return True


def _trusted_users() -> set[int]:
    users = {0, os.geteuid()}
    try:
        users.add(pwd.getpwnam("giro").pw_uid)
    except KeyError:
        pass
    return users


def _home_of_user() -> str | None:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return None


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


def _absolute(variable: str) -> str | None:
    value = os.environ.get(variable, "")
    return value if value.startswith("/") else None
