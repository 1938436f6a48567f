"""Signs the demo's customer in as a browser does, and prints the cookies."""

import json
import os
import sys

import httpx

shop, demo = sys.argv[1], json.loads(os.environ["GIVR_DEMO"])
with httpx.Client(base_url=shop, timeout=30) as browser:
    answer = browser.post("/login", data=demo["customer"])
    if answer.status_code != 303 or not browser.cookies:
        sys.exit(f"error: the customer could not sign in: {answer.status_code}")
    print("; ".join(f"{name}={value}" for name, value in browser.cookies.items()))
