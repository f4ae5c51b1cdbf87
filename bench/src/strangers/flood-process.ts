// Strangers in a process of their own: they hold a number of connections that send what cannot be genuine, and connect again
// when they are cut.
import { once } from "node:events";
import { connect } from "node:net";
import { serveProgram } from "../webhooks/serve-program.js";

const { PORT = "0", CONNECTIONS = "8", KIND = "", SIGNATURE = "" } = process.env;
const almost = 25 * 1024 * 1024 - 1;
const signed = SIGNATURE === "" ? "" : `X-Hub-Signature-256: ${SIGNATURE}\r\n`;
const post = `POST /webhooks/github HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-GitHub-Event: issues\r\n${signed}`;
const get = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
const floods: Readonly<Record<string, { readonly head: string; readonly piece: Buffer; readonly mayEnd: number }>> = {
  chunks: {
    head: `${post}Transfer-Encoding: chunked\r\n\r\n`,
    piece: Buffer.from("1\r\nx\r\n".repeat(10_000)),
    mayEnd: Number.POSITIVE_INFINITY,
  },
  bodies: {
    head: `${post}Content-Length: ${almost + 1}\r\n\r\n`,
    piece: Buffer.alloc(256 * 1024, "x"),
    mayEnd: almost,
  },
  health: { head: "", piece: Buffer.from(get), mayEnd: Number.POSITIVE_INFINITY },
};
const flood = floods[KIND];
if (!flood) throw new Error(`There is no flood ${KIND}`);

let isOver = false;
/** Sends as fast as the server takes it, and then nothing, until the connection is cut. */
async function hold({ head, piece, mayEnd }: typeof flood & object): Promise<void> {
  while (!isOver) {
    const socket = connect({ host: "127.0.0.1", port: Number(PORT) });
    socket.on("error", () => {});
    const closed = once(socket, "close").catch(() => {});
    socket.write(head);
    let sent = 0;
    socket.resume();
    while (!socket.destroyed && sent < mayEnd) {
      if (KIND === "health") {
        socket.write(piece);
        await Promise.race([once(socket, "data").catch(() => {}), closed]);
        continue;
      }
      const part = piece.subarray(0, Math.min(piece.length, mayEnd - sent));
      sent += part.length;
      if (!socket.write(part)) await Promise.race([once(socket, "drain").catch(() => {}), closed]);
    }
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (let index = 0; index < Number(CONNECTIONS); index += 1) void hold(flood);
serveProgram(0, async () => {
  isOver = true;
});
