"""The kit for competitors, and watching a plan while it is drawn."""

from qutb.kit.changes import changed_lines, first_lines
from qutb.kit.folder import kit_code, write_kit
from qutb.kit.watching import watch

__all__ = ["changed_lines", "first_lines", "kit_code", "watch", "write_kit"]
