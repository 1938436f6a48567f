"""Reads wapiti's reports and fails on any finding above informational. One kind is excused, and only after it was tried here.

Lack of anti CSRF token: the forms carry none on purpose. Whether a request comes from our own page is told by the browser itself
(Sec-Fetch-Site, Origin), and the session's cookie is SameSite=Lax. Wapiti looks for a hidden field and knows nothing else, so that
each form it names is sent here once more as from another site, and has to be refused.
"""

import collections
import json
import os
import sys

import httpx

shop, calls, reports = sys.argv[1], sys.argv[2], sys.argv[3:]
tried = {}


def refused_from_elsewhere(finding):
    path = finding["path"]
    if path not in tried:
        sent = [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.test"}]
        tried[path] = all(httpx.post(shop + path, headers=headers, data={"a": "b"}).status_code == 403 for headers in sent)
    return finding["module"] == "csrf" and finding["method"] == "POST" and tried[path]


def pages(told):
    """The addresses that the crawl got a page from, without what was asked for."""
    requests = [page["request"] for page in told["infos"]["crawled_pages"]]
    return {request["url"].removeprefix(shop).split("?")[0] for request in requests if request["status_code"] == 200}


failed = False
for report in reports:
    told = json.load(open(report))
    excused, informational, bad = collections.Counter(), collections.Counter(), []
    for kind in ("vulnerabilities", "anomalies", "additionals"):
        for name, findings in told[kind].items():
            for finding in findings:
                if kind == "additionals" or finding["level"] == 0:
                    informational[name] += 1
                elif refused_from_elsewhere(finding):
                    excused[name] += 1
                else:
                    bad.append((name, finding))
    print(f"{os.path.basename(report)}: {told['infos']['crawled_pages_nbr']} pages and forms; above informational {len(bad)}, "
          f"excused {dict(excused)}, informational {dict(informational)}")
    for name, finding in bad:
        failed = True
        print(f"  {name}: {finding['method']} {finding['path']} {finding['parameter'] or ''} ({finding['module']}): {finding['info']}")
# A scan that was not signed in, or not to the end, says nothing about what customers see.
own = {page for page in pages(told) if page.startswith(("/account/", "/servers", "/orders"))}
print(f"the customer's own pages: {', '.join(sorted(own))}")
still = httpx.get(f"{shop}/account/data", headers={"Cookie": os.environ["COOKIES"]}).status_code == 200
if not own or not still:
    failed = True
    print("error: the second scan was not signed in from beginning to end")
print(f"forms that were sent as from another site and refused: {sum(tried.values())} of {len(tried)}")
if os.path.exists(calls) and (came := open(calls).read()):
    failed = True
    print(f"the shop was made to call:\n{came}")
sys.exit(failed)
