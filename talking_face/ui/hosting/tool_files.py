"""Files for MCP tools: an upload of the page by its address or path, and, on the same machine, what the caller owns.

Gradio takes addresses of other servers and data: URLs. A path may be given, too, if the page can be seen from its own
machine alone, the caller is a program there (no browser, no proxy), and the file belongs to the user who runs that
program. Linux says who that is; elsewhere it has to be the user who runs the page.
"""

import ipaddress
import os
from pathlib import Path
from urllib.parse import unquote

from gradio_client import handle_file

from talking_face.media.private_files import UPLOADS

UPLOAD = "/gradio_api/file="
ELSEWHERE = "Please give a URL (http, https or data): paths are for programs on the page's own machine."
NOT_YOURS = "There is no file of yours at that path: please check it, or upload the file and give its URL."
CONNECTIONS = "/proc/net/tcp", "/proc/net/tcp6"


def serve_paths(page, host):
    """Let MCP tools of a launched page take paths, too.

    Parameters
    ----------
    page : gradio.Blocks
        With its MCP server.
    host : str or None
        The address that the page listens on; None for this machine alone.
    """
    server, alone = page.mcp_server_obj, _is_loopback(host or "127.0.0.1")
    to_file_data = server.convert_strings_to_filedata

    def convert(arguments, positions):
        given = dict(arguments)
        for name in {position[0] for position in positions if len(position) == 1}:
            if isinstance(given.get(name), str) and not given[name].startswith("data:"):
                request = server.mcp_server.request_context.request
                given[name] = _file(given[name], request, alone) or given[name]
        plain = {name: value for name, value in given.items() if isinstance(value, dict)}
        return to_file_data({name: value for name, value in given.items() if name not in plain}, positions) | plain

    server.convert_strings_to_filedata = convert


def _file(text, request, alone):
    """Gradio's description of the file that a text means; None for an address of another server.

    Raises
    ------
    ValueError
        It may not be read. MCP passes the sentence on.
    """
    address = text.partition(UPLOAD)[2]
    for upload in (address, unquote(address), text):  # people put an upload's path behind it as it is, programs quoted
        if upload and _is_upload(upload):
            return handle_file(upload)
    if text.startswith(("http://", "https://")):
        return None
    if not (alone and _is_local(request)):
        raise ValueError(ELSEWHERE)
    path = Path(text).expanduser()
    if not path.is_file() or os.stat(path).st_uid != _user(*request.client):
        raise ValueError(NOT_YOURS)
    return handle_file(path)


def _is_upload(text):
    folder = Path(os.environ[UPLOADS]).resolve()
    try:
        path = Path(text).resolve()
        return path.is_relative_to(folder) and path.is_file()
    except (OSError, ValueError):  # no path at all
        return False


def _is_local(request):
    """Whether a request comes from a program on this machine, straight and not from within a browser."""
    telltale = {"origin", "forwarded", "x-forwarded-for", "x-forwarded-host"}
    return bool(request.client) and _is_loopback(request.client.host) and not telltale & set(request.headers.keys())


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _user(host, port):
    """Number of the user whose program talks to this machine from that address of its own."""
    if not Path(CONNECTIONS[0]).exists():
        return os.getuid() if hasattr(os, "getuid") else 0
    for connections in filter(os.path.exists, CONNECTIONS):
        for line in Path(connections).read_text().splitlines()[1:]:
            fields = line.split()
            own, theirs = fields[1], fields[2]
            if int(own.rpartition(":")[2], 16) == port and int(theirs.rpartition(":")[2], 16) != 0:
                return int(fields[7])
    return None
