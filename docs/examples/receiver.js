// A receiver of signed requests: SECRET=whsec_… node receiver.js [PORT]
const { createHmac, timingSafeEqual } = require("node:crypto");
const { createServer } = require("node:http");

// Tells whether whoever has the key sent this body (a Buffer) within the last five minutes.
function verify(key, headers, body) {
  const sent = headers["webhook-timestamp"] ?? "";
  if (!/^\d+$/.test(sent) || Math.abs(Date.now() / 1000 - Number(sent)) > 300) return false;
  const mac = createHmac("sha256", key).update(`${headers["webhook-id"]}.${sent}.`).update(body);
  const want = Buffer.from("v1," + mac.digest("base64"));
  return (headers["webhook-signature"] ?? "").split(" ").some((text) => {
    const got = Buffer.from(text);
    return got.length === want.length && timingSafeEqual(got, want);
  });
}

const key = Buffer.from((process.env.SECRET ?? "").replace(/^whsec_/, ""), "base64");
if (key.length < 24) throw new Error("SECRET is not whsec_ and base64");

const server = createServer((request, response) => {
  const chunks = [];
  let size = 0;
  request.on("data", (chunk) => {
    size += chunk.length;
    if (size <= 1 << 20) chunks.push(chunk);
  });
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    if (size > 1 << 20) return response.writeHead(400).end();
    if (!verify(key, request.headers, body)) return response.writeHead(401).end();
    // Do here, or better later, what the event asks for; once for each webhook-id.
    console.log(`${request.headers["webhook-id"]}: ${body}`);
    response.writeHead(204).end();
  });
});
server.listen(Number(process.argv[2] ?? 8000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
