"""Prints what came back: how many answers of which kind, and which routes never gave a good one."""

import json
import sys

told = json.load(open(sys.argv[1]))
good = lambda answers: sum(number for status, number in answers.items() if status.startswith("2"))
everything = sum(told["all"].values())
for route, answers in sorted(told["routes"].items()):
    listed = ", ".join(f"{number} x {status}" for status, number in sorted(answers.items()))
    print(f"{route}: {listed}")
share = lambda answers: f"{good(answers)} of {sum(answers.values())} are 2xx ({100 * good(answers) / sum(answers.values()):.1f} %)"
print(f"answers: {share(told['all'])}; to requests that are meant to be valid: {share(told['valid'])}")
never = [route for route, answers in told["routes"].items() if not good(answers)]
if never:
    print(f"error: never answered with 2xx: {', '.join(never)}")
    sys.exit(1)
if everything < 2000:
    print("error: fewer than 2000 answers")
    sys.exit(1)
