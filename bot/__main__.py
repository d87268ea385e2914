"""``recourse``: the program from the command line."""

from __future__ import annotations

from bot.cli import app


def main() -> None:
    """Run the command that was asked for."""
    app()


if __name__ == "__main__":
    main()
