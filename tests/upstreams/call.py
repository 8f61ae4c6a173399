"""One JSON call to a server that a test runs, for the programs that fill and change it.
Stands here because a fresh machine that runs these servers has Python, and maybe no curl."""

import json
import urllib.error
import urllib.request


def caller(port, **headers):
    """A function of method, path and body that answers the parsed body, and raises what is not a success."""

    def call(method, path, body=None, content_type="application/json"):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
        if data is not None:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refused:
            raise SystemExit(f"{method} {path}: {refused.code} {refused.read().decode()}") from None
        return json.loads(text) if text else None

    return call
