"""In the place of PyInstaller's hook, which looks for the plugins of the real Pillow."""

hiddenimports: list[str] = []
