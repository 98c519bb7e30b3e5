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
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_every_machine_is_named_wherever_it_has_to_be():
    text = CONFIGURATION.read_text()
    groups = dict(re.findall(r"^    upstream (\w+) {(.*?)^    }", text, re.MULTILINE | re.DOTALL))
    addresses = {name: re.findall(r"server 127\.0\.0\.1:(\d+)", group) for name, group in groups.items()}
    own = {name: ports[0] for name, ports in addresses.items() if name not in ("any", "programs")}
    assert len(own) == len(set(own.values())) == 2
    for name, ports in addresses.items():
        assert set(ports) == set(own.values()) and len(ports) == 2
        behind = re.findall(r":(\d+) backup;", groups[name])
        assert behind == ([port for port in ports if port != own[name]] if name in own else [])
    assert dict(re.findall(r"^ +(\w+) +(\w+);$", text, re.MULTILINE)).items() >= {name: name for name in own}.items()
    answered = re.findall(r":(\d+)\$\" \"talking_face=(\w+);", text)
    assert dict(answered) == {port: name for name, port in own.items()}
