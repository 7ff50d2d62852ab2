"""The command ``passerelle``."""
