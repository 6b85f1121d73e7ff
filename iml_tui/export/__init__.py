"""What a finished run is handed on as: a notebook, a program, an archive, a page.

Made by a process of its own (`python -m iml_tui.export`), so that neither the screen nor the
command line ever loads pandas or matplotlib; `iml_tui.exporting` starts it.
"""
