"""The command ``dedup-clean``. It calls the library; the library never calls it.

- ``main.py``: chooses the command, reports errors, sets exit codes
- ``clean_command.py``, ``restore_command.py``, ``review_command.py``, ``audit_command.py``,
  ``index_command.py``: one command each
- ``single_texts.py``: cleans or restores texts one by one
- ``review_session.py``, ``key_input.py``: show pairs of texts and read what a person decides
- ``flags.py``: all options, and the settings and jobs that they describe
- ``effects.py``: which options have an effect in which mode
- ``settings_file.py``: defaults from ``--config FILE`` or ``pyproject.toml``
- ``help_page.py``: how the help shows options
"""
