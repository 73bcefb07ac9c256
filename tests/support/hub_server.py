"""A Hugging Face Hub in miniature, on loopback, for the real client.

It has what pushing and pulling a model repository needs: creating it, the upload questions, LFS
uploads, commits, and files by branch or commit. Every request is written down; `mode` makes it
fail. https://huggingface.co/docs/hub/api and the client's own source say what it must answer.
"""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "hf_right"
"""The only token that may write, and that sees private repositories."""
SILENCE = 30
"""Seconds for which a silent server keeps the line open."""


class HubServer(ThreadingHTTPServer):
    """The server and what it stores.

    commits: {"user/repo": {sha: {path: content}}}, the newest last; mode: "", or "silent", or
    "cut" for a line that breaks, or an HTTP status that answers every request.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.commits: dict[str, dict[str, dict[str, bytes]]] = {}
        self.blobs: dict[str, bytes] = {}
        self.private: set[str] = set()
        self.requests: list[str] = []
        self.mode: str | int = ""
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def newest(self, repo: str) -> str:
        return list(self.commits[repo])[-1]

    def commit(self, repo: str, changes: dict[str, bytes]) -> str:
        """Add a commit and return its hash."""
        history = self.commits[repo]
        files = (list(history.values())[-1] if history else {}) | changes
        sha = hashlib.sha1(f"{len(history)} {sorted(files.items())}".encode()).hexdigest()
        history[sha] = files
        return sha


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HubServer

    def log_message(self, *_):
        pass

    def _handle(self):
        self.server.requests.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.mode == "silent":
            time.sleep(SILENCE)
        elif self.server.mode == "cut":
            self.close_connection = True
        elif self.server.mode:
            self._answer(int(self.server.mode), b"")
        elif self.path.startswith("/api/") or "/info/lfs/" in self.path:
            self._write(self.path.partition("?")[0].strip("/").split("/"), body)
        elif self.path.startswith("/lfs/"):
            self._blob(self.path.rpartition("/")[2], body)
        else:
            self._resolve(*self.path.strip("/").split("/"))

    do_GET = do_HEAD = do_POST = do_PUT = _handle

    def _answer(self, status, content, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _json(self, answer, status=200):
        self._answer(status, json.dumps(answer).encode(), Content_Type="application/json")

    def _write(self, parts, body):
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            message = "Invalid credentials in Authorization header"
            self._answer(401, b"{}", X_Error_Message=message)
        elif parts[:2] == ["api", "validate-yaml"]:
            self._json({"errors": [], "warnings": []})
        elif parts[:3] == ["api", "repos", "create"]:
            self._create(json.loads(body))
        elif "preupload" in parts:
            self._json({"files": [_upload_mode(f) for f in json.loads(body)["files"]]})
        elif "lfs" in parts:
            self._lfs(json.loads(body)["objects"])
        else:
            self._commit("/".join(parts[2:4]), [json.loads(x) for x in body.splitlines()])

    def _create(self, wanted):
        repo = f"{wanted['organization']}/{wanted['name']}"
        status = 409 if repo in self.server.commits else 200
        self.server.commits.setdefault(repo, {})
        self._json({"url": f"{self.server.url}/{repo}"}, status)

    def _lfs(self, objects):
        def action(item):
            upload = {"upload": {"href": f"{self.server.url}/lfs/{item['oid']}"}}
            return item if item["oid"] in self.server.blobs else item | {"actions": upload}

        self._json({"transfer": "basic", "objects": [action(item) for item in objects]})

    def _blob(self, oid, body):
        if self.command == "PUT":
            assert hashlib.sha256(body).hexdigest() == oid
            self.server.blobs[oid] = body
            self._answer(200, b"")
        else:
            self._answer(200, self.server.blobs[oid])

    def _commit(self, repo, lines):
        changes = {}
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                changes[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                changes[value["path"]] = self.server.blobs[value["oid"]]
        sha = self.server.commit(repo, changes)
        self._json({"commitUrl": f"{self.server.url}/{repo}/commit/{sha}", "commitOid": sha})

    def _resolve(self, user, name, _, revision, file):
        repo, token = f"{user}/{name}", self.headers.get("Authorization")
        private = repo in self.server.private and token != f"Bearer {TOKEN}"
        if private and token:
            message = "Invalid credentials in Authorization header"
            return self._answer(401, b"", X_Error_Message=message)
        if private or repo not in self.server.commits:
            return self._answer(401, b"", X_Error_Code="RepoNotFound")
        sha = self.server.newest(repo) if revision == "main" else revision
        if sha not in self.server.commits[repo]:
            return self._answer(404, b"", X_Error_Code="RevisionNotFound")
        content = self.server.commits[repo][sha].get(file)
        if content is None:
            return self._answer(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=sha)
        return self._file(sha, content)

    def _file(self, sha, content):
        oid = hashlib.sha256(content).hexdigest()
        headers = {"X_Repo_Commit": sha, "ETag": f'"{oid}"'}
        if oid not in self.server.blobs:
            return self._answer(200, content, **headers)
        linked = {"X_Linked_Etag": f'"{oid}"', "X_Linked_Size": str(len(content))}
        location = f"http://localhost:{self.server.server_port}/lfs/{oid}"  # another host: a CDN
        return self._answer(302, b"", Location=location, **headers, **linked)


def _upload_mode(file):
    large = file["path"].endswith(".safetensors")
    mode = "lfs" if large else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}
