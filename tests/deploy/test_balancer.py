"""nginx takes the configuration, and its places for machines agree with each other."""

import os
import re
import shutil
import subprocess

import pytest

from support.paths import ROOT

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])


@pytest.mark.skipif(not NGINX, reason="there is no nginx")
def test_nginx_takes_it(tmp_path):
    command = [NGINX, "-t", "-c", str(CONFIGURATION), "-g", f"pid {tmp_path}/pid;"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_every_machine_is_named_wherever_it_has_to_be():
    text = CONFIGURATION.read_text()
    names = set(re.findall(r"^    upstream (\w+) ", text, re.MULTILINE))
    ports = set(re.findall(r"server 127\.0\.0\.1:(\d+) max_fails", text))
    assert len(names) == len(ports) == 2
    assert set(re.findall(r"server 127\.0\.0\.1:(\d+) backup", text)) == ports
    assert set(re.findall(r":(\d+)\$\"", text)) == ports
    for block in re.findall(r"split_clients [^}]*}|map \$cookie[^}]*}|map \$upstream[^}]*}", text):
        assert set(re.findall(r"\b(\w+);", block)) >= names - {"default"}
