"""What no document can say: who calls, and values that exist.

Most valid requests name a plan, an order or a code that a generator cannot guess. About half of the valid requests get real ones
here, so that the answers beyond "there is no such thing" are seen as well; the other half stays as it was generated. Requests that
are meant to be wrong are left alone.
"""

import atexit
import collections
import hashlib
import json
import os
import pathlib
import re
import threading
import time

import requests
import requests.adapters
import schemathesis

DEMO = json.loads(os.environ["GIVR_DEMO"])
SHOP = os.environ["GIVR_SHOP"]
# Access tokens are good for a quarter of an hour.
TOKEN_S = 600
# Unpaid orders that a customer may have; one place is kept for the next.
OPEN_ORDERS = 2


class FromManyPlaces(requests.adapters.HTTPAdapter):
    """Sends from many addresses of this machine in turn.

    What slows guessers down counts by address: from a single one, all but the first thirty sign-ups would be the same 429.
    """

    def __init__(self, places=240, **rest):
        self._places = [f"127.0.{2 + n // 4}.{1 + n % 4}" for n in range(places)]
        self._adapters = {}
        self._turn = 0
        self._lock = threading.Lock()
        super().__init__(**rest)

    def send(self, request, **rest):
        with self._lock:
            place = self._places[self._turn % len(self._places)]
            self._turn += 1
            adapter = self._adapters.get(place)
            if adapter is None:
                adapter = self._adapters[place] = FromOnePlace(place)
        return adapter.send(request, **rest)


class FromOnePlace(requests.adapters.HTTPAdapter):
    def __init__(self, place):
        self._place = place
        super().__init__(pool_connections=1, pool_maxsize=2)

    def init_poolmanager(self, *args, **rest):
        super().init_poolmanager(*args, source_address=(self._place, 0), **rest)


def from_many_places(session_init=requests.Session.__init__):
    shared = FromManyPlaces()

    def init(self, *args, **rest):
        session_init(self, *args, **rest)
        self.mount("http://", shared)

    return init


requests.Session.__init__ = from_many_places()

# The hooks' own calls come from a place of their own, which nobody slows down.
own = requests.Session()
own.mount("http://", FromOnePlace("127.0.1.1"))


# Except for sign-ups, which are many.
many = requests.Session()


def call(path, body=None, token=None, method="POST", session=own):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return session.request(method, SHOP + path, json=body, headers=headers, timeout=30)


def sign_in(email, password):
    answer = call("/api/v1/auth/token", {"email": email, "password": password})
    answer.raise_for_status()
    return answer.json()


def code_for(email):
    """The newest code that was mailed to an address."""
    for _ in range(100):
        mails = sorted(pathlib.Path(DEMO["mail"]).glob("*"), key=lambda mail: mail.stat().st_mtime, reverse=True)
        for mail in mails[:50]:
            text = mail.read_text(errors="replace") if mail.is_file() else ""
            if email in text and (code := re.search(r"\b([0-9]{6})\b", text.split("\n\n", 1)[-1].replace("\r", ""))):
                return code[1]
        time.sleep(0.1)
    raise RuntimeError(f"no code came for {email}")


class Customer:
    """The demo's customer, who has a server since the demo began."""

    def __init__(self):
        self.credentials = {"email": DEMO["customer"]["email"], "password": DEMO["customer"]["password"]}
        self._token, self._until = None, 0.0
        self.placed = []
        self.plans = call("/api/v1/plans", method="GET").json()["plans"]

    def token(self):
        if time.monotonic() > self._until:
            self._token = sign_in(**self.credentials)["access_token"]
            self._until = time.monotonic() + TOKEN_S
        return self._token

    def server(self):
        servers = call("/api/v1/servers", token=self.token(), method="GET").json()["servers"]
        return servers[0]["id"]

    def make_room(self):
        """Cancels the oldest unpaid orders, so that another one can be placed."""
        while len(self.placed) > OPEN_ORDERS:
            call(f"/api/v1/orders/{self.placed.pop(0)}/cancel", token=self.token())


class SmokeCustomer:
    """A smoke customer with an order that is paid, as `givr smoke` makes one."""

    def __init__(self, customer):
        self.email, password = f"probe-{os.getpid()}@smoke.invalid", "seven quiet otters knit"
        call("/api/v1/auth/sign-up", {"email": self.email, "password": password}).raise_for_status()
        call("/api/v1/smoke/confirm", {"email": self.email}, token=DEMO["smoke_token"]).raise_for_status()
        token = sign_in(self.email, password)["access_token"]
        plan = customer.plans[0]
        cart = {"plan_id": plan["id"], "server_name": "Probe", "consents": plan["consents"]}
        opened = call("/api/v1/checkout", cart, token=token)
        opened.raise_for_status()
        self.order = opened.json()["order_id"]
        own.post(opened.json()["payment_url"], data={"outcome": "pay"}, allow_redirects=False, timeout=30)
        for _ in range(300):
            self.service = call(f"/api/v1/orders/{self.order}", token=token, method="GET").json()["service_id"]
            if self.service:
                return
            time.sleep(0.1)
        raise RuntimeError("the smoke customer's order was not paid")


customer = Customer()
smoke = SmokeCustomer(customer)


@schemathesis.auth(refresh_interval=None).skip_for(tag="smoke")
class AccessToken:
    """The customer's token. Logging out ends it, so that this gets a sign-in of its own each time."""

    def get(self, case, context):
        if case.operation.path == "/api/v1/auth/log-out":
            return sign_in(**customer.credentials)["access_token"]
        return customer.token()

    def set(self, case, data, context):
        if case.operation.definition.raw.get("security"):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.auth(refresh_interval=None).apply_to(tag="smoke")
class SmokeToken:
    def get(self, case, context):
        return DEMO["smoke_token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


turns = collections.Counter()


def real_checkout(body):
    plan = customer.plans[turns["checkout"] % len(customer.plans)]
    body["plan_id"] = plan["id"]
    body["consents"] = plan["consents"]
    body["inputs"] = {**body.get("inputs", {}), **{key: "0123456789abcdef0123456789abcdef" for key in plan["inputs"]}}
    body["add_ons"] = []
    body.pop("region", None)
    customer.make_room()


def real_code(body):
    email = f"probe-{os.getpid()}-{turns['code']}@example.test"
    turns["code"] += 1
    sent = call("/api/v1/auth/sign-up", {"email": email, "password": "seven quiet otters knit"}, session=many)
    sent.raise_for_status()
    body.update(email=email, ticket=sent.json()["ticket"], code=code_for(email))


REAL_BODIES = {
    "/api/v1/auth/verify": real_code,
    "/api/v1/auth/token": lambda body: body.update(customer.credentials),
    "/api/v1/auth/refresh": lambda body: body.update(
        refresh_token=sign_in(**customer.credentials)["refresh_token"]
    ),
    "/api/v1/checkout": real_checkout,
    "/api/v1/smoke/confirm": lambda body: body.update(email=smoke.email),
    "/api/v1/smoke/bill": lambda body: body.update(order_id=smoke.order),
    "/api/v1/smoke/terminate": lambda body: body.update(service_id=smoke.service),
}


def real_order(turn):
    return customer.placed[turn % len(customer.placed)] if customer.placed else None


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    path = case.operation.path
    # The same request again keeps its key and is a repetition; another request needs another key. Signing out is another request each
    # time: it is about the session of its moment.
    name = next((name for name in case.headers or {} if name.lower() == "idempotency-key"), None)
    turns[path] += 1
    if turns[path] % 2 == 0:
        if path in REAL_BODIES and isinstance(case.body, dict):
            REAL_BODIES[path](case.body)
            turns["checkout"] += path == "/api/v1/checkout"
        if "order" in (case.path_parameters or {}) and (order := real_order(turns[path])):
            case.path_parameters["order"] = order
        if "service" in (case.path_parameters or {}):
            case.path_parameters["service"] = customer.server()
    if name:
        session = turns[path] if path == "/api/v1/auth/log-out" else 0
        body = json.dumps([case.body, session], default=str) + case.formatted_path
        mark = hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest()[:16]
        case.headers[name] = case.headers[name][:200] + mark


# Why a request that the document allows may be refused all the same: what cannot be said in a document, and a reason each. Only these
# refusals are excused, by route, code and words; any other one of a valid request is a failure.
EXCUSES = [
    # Whether attackers try a password first is judged by lists and patterns, not by its form.
    ("/api/v1/auth/sign-up", "invalid_field", "This password is among the first"),
    # Codes come by mail, and are good for one ticket.
    ("/api/v1/auth/verify", "wrong_code", ""),
    # Which consents, inputs, regions and add-ons there are depends on the plan and on the catalogue.
    ("/api/v1/checkout", "invalid_field", "Your agreement is needed"),
    ("/api/v1/checkout", "invalid_field", "Steam game server login token"),
    ("/api/v1/checkout", "invalid_field", "Choose a region"),
    ("/api/v1/checkout", "invalid_field", "One of the add-ons is not for sale"),
]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    problem = response.json()
    path = case.operation.path
    excused = any(
        path == route and problem["code"] == code and problem["detail"].startswith(words)
        for route, code, words in EXCUSES
    )
    return not excused


answers = collections.Counter()
valid = collections.Counter()
by_route = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    answers[response.status_code] += 1
    if case.meta is not None and case.meta.generation.mode.is_positive:
        valid[response.status_code] += 1
    by_route[case.operation.label][response.status_code] += 1
    if case.operation.path == "/api/v1/checkout" and response.status_code == 201:
        order = response.json()["order_id"]
        if order not in customer.placed:
            customer.placed.append(order)


@atexit.register
def tell():
    if target := os.environ.get("GIVR_ANSWERS"):
        told = {"all": answers, "valid": valid, "routes": by_route}
        pathlib.Path(target).write_text(json.dumps(told, default=dict))
