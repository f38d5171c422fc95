"""Stands in for a CKAN site: answers the action API that `ckanapi load` speaks, and refuses what CKAN would refuse.

It is no CKAN. Names, required keys, types, tags and extras are judged by the rules of `ckan.logic.schema` and
`ckan.logic.validators` (default_create_package_schema, name_validator, tag_name_validator, duplicate_extras_key,
owner_org_validator), written anew here, and more strictly: a key that CKAN would silently ignore is refused.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Errors = dict[str, list[str]]

NAME = re.compile(r"[a-z0-9_-]{2,100}")
TAG = re.compile(r"[\w \-.]{2,100}")
_TEXTS = {
    "title", "author", "author_email", "maintainer", "maintainer_email", "license_id", "notes", "url", "version",
    "state", "type", "owner_org",
}  # fmt: skip
_PACKAGE = {"id", "name", "private", "tags", "extras", "groups", "resources", *_TEXTS}
_RESOURCE = {
    "id", "url", "name", "description", "format", "hash", "resource_type", "mimetype", "size", "created",
    "last_modified",
}  # fmt: skip
_GROUP = {"id", "name", "title", "description", "image_url", "extras", "users"}


class Site:
    """What was loaded.

    Attributes:
        kept: `package`, `organization`, `group` → name → what was given.
        refused: What was refused, and why.
    """

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {"package": {}, "organization": {}, "group": {}}
        self.refused: list[tuple[str, Errors]] = []

    def act(self, action: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Answer an action with a status and a document."""
        kind, _, verb = action.rpartition("_")
        things = self.kept[kind]
        if verb == "show":
            known = things.get(str(given.get("id")))
            missing = {"__type": "Not Found Error", "message": "Not found"}
            return (404, _failed(missing)) if known is None else (200, _done(known))
        errors = self._package(given) if kind == "package" else _group(given)
        taken = given.get("name") in things
        if taken != (verb == "update"):
            errors.setdefault("name", []).append("That URL is already in use.")
        if errors:
            self.refused.append((str(given.get("name")), errors))
            return 409, _failed({"__type": "Validation Error", **errors})
        kept = {**given, "id": f"id-{given['name']}"}
        things[given["name"]] = kept
        return 200, _done(kept)

    def _package(self, given: dict[str, Any]) -> Errors:
        errors = _keys(given, _PACKAGE)
        _require_name(given, errors)
        for key in _TEXTS & given.keys():
            if not isinstance(given[key], str):
                errors[key] = ["Must be a Unicode string value"]
        if given.get("owner_org") not in self.kept["organization"]:
            errors["owner_org"] = ["Organization does not exist"]
        if not isinstance(given.get("private", False), bool):
            errors["private"] = ["Must be a boolean"]
        for group in given.get("groups", []):
            if group.get("name") not in self.kept["group"]:
                errors["groups"] = ["Group does not exist"]
        if not all(set(t) == {"name"} and TAG.fullmatch(t["name"]) for t in given.get("tags", [])):
            errors["tags"] = ["Tag must be alphanumeric characters or symbols: -_."]
        _extras(given, errors)
        _resources(given, errors)
        return errors


def _resources(given: dict[str, Any], errors: Errors) -> None:
    for resource in given.get("resources", []):
        errors |= _keys(resource, _RESOURCE)
        if not str(resource.get("url") or "").strip():
            errors["resources"] = ["url: Missing value"]
        if not isinstance(resource.get("size", 0), int):
            errors["resources"] = ["size: Invalid integer"]


def _group(given: dict[str, Any]) -> Errors:
    errors = _keys(given, _GROUP)
    _require_name(given, errors)
    _extras(given, errors)
    return errors


def _keys(given: dict[str, Any], known: set[str]) -> Errors:
    return {key: ["The input field was not expected."] for key in given.keys() - known}


def _require_name(given: dict[str, Any], errors: Errors) -> None:
    name = given.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in {"new", "edit", "search"}:
        errors["name"] = ["Must be purely lowercase alphanumeric (ascii) characters and -_"]


def _extras(given: dict[str, Any], errors: Errors) -> None:
    extras = given.get("extras", [])
    keys = [each.get("key") for each in extras]
    if len(set(keys)) != len(keys):
        errors["extras"] = ["Duplicate key"]
    if not all(
        set(e) == {"key", "value"} and isinstance(e["value"], str) and e["key"] for e in extras
    ):
        errors["extras"] = ["Missing value"]


def _done(result: Any) -> dict[str, Any]:
    return {"success": True, "result": result}


def _failed(error: dict[str, Any]) -> dict[str, Any]:
    return {"success": False, "error": error}


@contextmanager
def serving() -> Iterator[tuple[str, Site]]:
    """Serve a site on this computer and yield its address."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            action = self.path.rpartition("/")[2]
            allowed = self.headers.get("Authorization") or self.headers.get("X-CKAN-API-Key")
            if not allowed:
                status, answer = (
                    403,
                    _failed({"__type": "Authorization Error", "message": "no key"}),
                )
            else:
                status, answer = site.act(action, json.loads(body))
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
