#!/usr/bin/env python3
"""manage.py PORT FOLDER COMMAND…: Django's own management commands for the site whose data is in FOLDER.
`serve` brings its tables in and answers on PORT, in this one process, so that killing it leaves nothing behind."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.environ["WEFT_UPSTREAMS"] + "/wagtail")
port, folder, *command = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
os.environ.update(WAGTAIL_PORT=port, WAGTAIL_FOLDER=folder, DJANGO_SETTINGS_MODULE="settings")

from django.core.management import execute_from_command_line  # noqa: E402

if command == ["serve"]:
    execute_from_command_line(["manage.py", "migrate", "--verbosity=0"])
    command = ["runserver", "--noreload", f"127.0.0.1:{port}"]
execute_from_command_line(["manage.py", *command])
