// TLS in front of a shop on this machine: passes everything on as it came, with the client's address added.
// usage: node tls.mjs KEY CERT SHOP_ADDRESS [PORT]
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";

const [key, cert, shop, port = "443"] = process.argv.slice(2);
const [host, shopPort] = shop.split(":");

const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, outgoing) => {
  const headers = { ...incoming.headers, "x-forwarded-for": incoming.socket.remoteAddress, "x-forwarded-proto": "https" };
  const onward = request({ host, port: shopPort, method: incoming.method, path: incoming.url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
});

server.listen(Number(port), "127.0.0.1", () => console.log("listening"));
