"""Ports to listen on."""

from __future__ import annotations

import errno
import socket

from bot.settings import SettingsError


def bind(host: str, port: int, setting: str) -> socket.socket:
    """A bound socket. Raises `SettingsError`, naming ``setting``, which holds the port."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise SettingsError(_remedy(error, host, port, setting)) from error
    return sock


def free() -> int:
    """A port of loopback that nobody uses just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _remedy(error: OSError, host: str, port: int, setting: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} is taken: stop what uses it, or set {setting} to another"
        case errno.EACCES:
            return f"port {port} is not for this user: set {setting} to one above 1023"
        case _:
            where = setting.replace("PORT", "HOST")
            return f"cannot listen on {host} ({error.strerror}): set {where} to an address of this machine"
