"""What the page's server takes, from whom and how much; what it refuses gets one sentence.

A request is refused by its head, before anything of it is read or parsed.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import gradio as gr
from gradio.server_messages import ProcessCompletedMessage
from pydantic import ValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

from .inputs import shown

if TYPE_CHECKING:
    from gradio.queueing import Event
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

UPLOAD_BYTES = 24_000_000
"""Largest upload: a picture at its own limit, or a drawing with its hints."""
BODY_BYTES = 2_500_000
"""Largest other request: a small picture, or as many hints as are accepted."""
QUEUE = 40
"""Most runs that wait or are under way, of all clients."""
SHARE = 10
"""Most of them of one client, which is an internet address."""
UNHEARD_SECONDS = 5.0
"""A run that waits is dropped when nobody has listened for its answer for so long."""
STOP_SECONDS = 1
"""How long open connections may end their business when the server is stopped."""
SESSIONS = 100
"""Clients whose latest request is kept by Gradio; none of them needs it."""
DROPPED = {"error": "Nobody listened for the answer, so this was not run; ask again."}
EXEMPT = ("stop", "model")
"""Endpoints that take no time, and that a page may ask for at any moment."""

log = logging.getLogger(__name__)


class Page(gr.Blocks):
    """Blocks within these limits, whose every error is a sentence."""

    def queue(self, **options: Any) -> "Page":
        """Queue as `gr.Blocks` does, which begins with it; no endpoint passes by the queue."""
        return super().queue(**options | {"api_open": False})

    def launch(self, *args: Any, **options: Any) -> Any:
        """Launch as `gr.Blocks` does, behind a `Guard`."""

        @asynccontextmanager
        async def guarded(app: Any) -> AsyncIterator[None]:
            # by now Gradio has added what answers first; the guard stands before all of it
            app.middleware_stack = guard = Guard(app.middleware_stack, self)
            sweeping = asyncio.create_task(guard.sweep())
            yield
            sweeping.cancel()

        limits = {"max_file_size": UPLOAD_BYTES, "state_session_capacity": SESSIONS}
        limits["app_kwargs"] = {"lifespan": guarded}
        return super().launch(*args, **limits | options)

    def block_thread(self) -> None:
        """Serve until interrupted; what is under way then is cut off, and no fault."""
        logging.getLogger("uvicorn.error").addFilter(lambda _: not self.server.should_exit)
        self.server.config.timeout_graceful_shutdown = STOP_SECONDS
        super().block_thread()

    async def process_api(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Answer a request.

        Raises:
            gr.Error: whatever went wrong; what we did not foresee is in the log, too.
        """
        try:
            return await super().process_api(*args, **options)
        except gr.Error:
            raise
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))[:40]
            raise shown(f"The request's {field} cannot be used: {first['msg']}.") from error
        except Exception as error:
            log.exception("A request failed.")
            sentence = f"This failed ({type(error).__name__}); the server's log says more."
            raise shown(sentence) from error


class Guard:
    """Stands before an application, as ASGI has it, and keeps the limits of this module."""

    def __init__(self, app: "ASGIApp", page: Page) -> None:
        """Guard `app`, which serves `page`."""
        self.app, self.page = app, page
        self.listeners: Counter[str] = Counter()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = _own_pages_only(scope, send)
        if refusal := self._too_large(scope) or self._too_many(scope):
            while (await receive()).get("more_body"):
                pass  # a client that is still sending would not see the answer
            status, sentence = refusal
            await JSONResponse({"detail": sentence}, status)(scope, receive, send)
            return
        with self._listening(scope):
            await self.app(scope, receive, send)

    def _too_large(self, scope: "Scope") -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        size = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not size.isdecimal():
            return 411, "The request does not say its length; wanted is Content-Length."
        upload = scope["path"].endswith(("/upload", "/upload/"))
        limit = UPLOAD_BYTES if upload else BODY_BYTES
        megabytes = int(size[:20]) / 1e6
        if megabytes <= limit / 1e6:
            return None
        return 413, f"The request has {megabytes:.1f} MB; the limit is {limit / 1e6:g} MB."

    def _too_many(self, scope: "Scope") -> tuple[int, str] | None:
        folder, _, name = scope["path"].strip("/").rpartition("/")
        joins = name == "join" or folder.endswith(("/call", "/call/v2"))
        if scope["method"] != "POST" or not joins or name in EXEMPT:
            return None
        runs = [*self._waiting(), *self._running()]
        own = sum(_address(run.request.scope) == _address(scope) for run in runs)
        if own >= SHARE:
            return 429, f"The server is busy: {own} of your runs are ahead; the limit is {SHARE}."
        if len(runs) >= QUEUE:
            return 429, f"The server is busy: {len(runs)} runs are ahead; try again in a moment."
        return None

    def _waiting(self) -> list["Event"]:
        queues = self.page._queue.event_queue_per_concurrency_id.values()
        return [event for queue in queues for event in queue.queue]

    def _running(self) -> list["Event"]:
        return [event for job in self.page._queue.active_jobs if job for event in job]

    @contextmanager
    def _listening(self, scope: "Scope") -> Iterator[None]:
        """Note whose answer a request listens for, while it does: a session's, or one run's."""
        heard = ""
        if scope["method"] == "GET":
            sessions = parse_qs(scope["query_string"].decode("latin1")).get("session_hash")
            heard = sessions[0] if sessions else scope["path"].rpartition("/")[2]
        self.listeners[heard] += 1
        try:
            yield
        finally:
            self.listeners[heard] -= 1
            if not self.listeners[heard]:
                del self.listeners[heard]

    async def sweep(self) -> None:
        """Drop what waits for nobody, once a second, until cancelled."""
        queue = self.page._queue
        answers = queue.pending_messages_per_session
        while True:
            await asyncio.sleep(1)
            before = time.monotonic() - UNHEARD_SECONDS
            for run in self._waiting():
                heard = run.session_hash in self.listeners or run._id in self.listeners
                if run.enqueue_time < before and not heard:
                    await queue.clean_events(event_id=run._id)
                    queue.send_message(run, ProcessCompletedMessage(output=DROPPED, success=False))
            for session in queue.pending_event_ids_session.keys() - answers.keys():
                del queue.pending_event_ids_session[session]  # its answers were let go


def _address(scope: "Scope") -> str:
    return (scope.get("client") or ("",))[0]


def _own_pages_only(scope: "Scope", send: "Send") -> "Send":
    """Return `send` without the headers that let pages of another host read the answer."""
    headers = Headers(scope=scope)
    if headers.get("origin", "").partition("://")[2] == headers.get("host"):
        return send

    async def sends(message: "Message") -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(scope=message)
            for name in [name for name in answer if name.startswith("access-control-")]:
                del answer[name]
        await send(message)

    return sends
