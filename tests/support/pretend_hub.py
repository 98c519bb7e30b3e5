"""A stand-in for Hugging Face's hub on this machine: what its client asks to upload a Space, and the answers to it."""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0" * 39 + "1"


class PretendHub:
    """What was uploaded.

    Attributes
    ----------
    files : dict of str to bytes
    large : set of str
        Which of them went as large files do.
    secrets : dict of str to str
    refuses : bool
        Whether the token is said to be of no use.
    """

    def __init__(self):
        self.files, self.large, self.secrets, self.blobs = {}, set(), {}, {}
        self.space, self.refuses, self.tokens, self.address = None, False, set(), None

    def answer(self, method, path, body):
        """Status and JSON of the answer to a request."""
        path = path.partition("?")[0]
        if self.refuses:
            return 401, {"error": "Invalid credentials in Authorization header"}
        if path == "/api/repos/create":
            asked = json.loads(body)
            self.space = asked
            return 200, {"url": f"{self.address}/spaces/{asked['organization']}/{asked['name']}"}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if path.endswith("/secrets"):
            asked = json.loads(body)
            self.secrets[asked["key"]] = asked["value"]
            return 200, {}
        if "/tree/" in path:
            return 200, [{"type": "file", "path": path, "oid": "x", "size": 1} for path in self.files]
        if "/preupload/" in path:
            return 200, {"files": [self._mode(file) for file in json.loads(body)["files"]]}
        if path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            for each in objects:
                each["actions"] = {"upload": {"href": f"{self.address}/blob/{each['oid']}"}}
            return 200, {"transfer": "basic", "objects": objects}
        if path.startswith("/blob/") and method == "PUT":
            assert hashlib.sha256(body).hexdigest() == path[6:]
            self.blobs[path[6:]] = body
            return 200, {}
        if "/commit/" in path:
            for line in map(json.loads, body.splitlines()):
                self._take(line["key"], line["value"])
            return 200, {
                "commitUrl": f"{self.address}{path[4:]}/{COMMIT}".replace("/commit/main/", "/commit/"),
                "commitOid": COMMIT,
            }
        return 404, {"error": f"{method} {path} is not known here"}

    def _mode(self, file):
        """As the hub does: pictures, sounds and weights are large files, whatever their size."""
        large = (
            bool(re.search(r"\.(jpg|png|gif|wav|mp4|webm|npz|safetensors)$", file["path"])) or file["size"] > 10_000_000
        )
        return {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": None}

    def _take(self, kind, value):
        if kind == "file":
            content = base64.b64decode(value["content"])
            assert b"\0" not in content, "the hub wants binary files as large ones"
            self.files[value["path"]] = content
        elif kind == "lfsFile":
            self.files[value["path"]] = self.blobs[value["oid"]]
            self.large.add(value["path"])
        elif kind == "deletedFile":
            del self.files[value["path"]]


@contextmanager
def pretend_hub():
    """Start one; yields it, listening at its `address`."""
    hub = PretendHub()

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            hub.tokens.add(self.headers.get("Authorization"))
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                body = b"".join(iter(self._chunk, b""))
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, found = hub.answer(self.command, self.path, body)
            data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _chunk(self):
            data = self.rfile.read(int(self.rfile.readline(), 16))
            self.rfile.readline()
            return data

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
