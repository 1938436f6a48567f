"""Where a shop would call that a scanner can make call: its requests, and foreign documents of its XML. It takes any request, on this
machine only, and writes each one down that is not the scanner's own question for what came."""

import http.server
import sys


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/get_"):
            with open(sys.argv[1], "a") as calls:
                calls.write(f"{self.command} {self.path}\n")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        # What came is judged by the file: here nothing ever came.
        self.wfile.write(b"{}")

    do_POST = do_PUT = do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
print(server.server_address[1], flush=True)
server.serve_forever()
