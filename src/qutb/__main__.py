"""``python -m qutb``."""

from qutb.cli import main

main()
