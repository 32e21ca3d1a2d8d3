"""The kit for competitors, and watching a plan while it is drawn."""

from qutb.kit.folder import kit_code, write_kit

__all__ = ["kit_code", "write_kit"]
