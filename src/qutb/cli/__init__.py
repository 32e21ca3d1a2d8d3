"""The command line. Importing it costs little: each command loads what it needs when it runs."""

from qutb.cli.app import main

__all__ = ["main"]
