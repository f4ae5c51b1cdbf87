import { test } from "vitest";
import { expectProblem } from "../fixtures/expect-problem.js";
import { parseAnswer, sendBytes } from "../fixtures/raw-exchange.js";
import { wellFormedSignature } from "../fixtures/stream-body.js";
import { startTestServer } from "../fixtures/test-server.js";

test("a request whose body or head comes too slowly gets 408", async () => {
  const server = await startTestServer();
  try {
    const head = "POST /webhooks/github HTTP/1.1\r\nHost: a\r\n";
    const typed = `${head}Content-Type: application/json\r\nX-GitHub-Event: ping\r\nX-Hub-Signature-256: ${wellFormedSignature}\r\n`;
    const chunked = `${typed}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`;
    const declared = `${typed}Content-Length: 100\r\n\r\n{`;
    const answers = await Promise.all([chunked, declared, head].map((text) => sendBytes(server.port, text)));
    const codes = ["BODY_TIMED_OUT", "BODY_TIMED_OUT", "REQUEST_TIMED_OUT"];
    for (const [index, text] of answers.entries()) expectProblem(parseAnswer(text), 408, codes[index] ?? "");
  } finally {
    await server.stop();
  }
});
