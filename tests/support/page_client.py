"""What a client asks of the page's server over plain HTTP."""

import io
import json
import re

import httpx
from PIL import Image

DOT = {"x": 5, "y": 5, "r": 2, "color": "#00ff00"}


def png(width=60, height=40, mode="RGB"):
    content = io.BytesIO()
    Image.new(mode, (width, height), "white").save(content, "PNG")
    return content.getvalue()


def uploaded(url, content, name="line.png"):
    """Return a file on the server as a request names it."""
    [path] = httpx.post(f"{url}/upload", files={"files": (name, content)}).json()
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def join(url, name, *data, client=httpx):
    kind = {"Content-Type": "application/json"}
    body = json.dumps({"data": data})  # with escapes, for what is no UTF-8
    return client.post(f"{url}/call/{name}", content=body, headers=kind, timeout=60)


def answer(url, name, *data):
    """Return the last event and its content."""
    return listen(f"{url}/call/{name}/{join(url, name, *data).json()['event_id']}")


def listen(place):
    """Return the last event of a run and its content."""
    events = httpx.get(place, timeout=120).text
    event, content = re.findall(r"event: (\w+)\ndata: (.*)", events)[-1]
    return event, json.loads(content)
