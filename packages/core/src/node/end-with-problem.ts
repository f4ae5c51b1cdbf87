import { STATUS_CODES } from "node:http";
import { knownText } from "../http/known-text.js";
import { type Problem, problemResponse } from "../http/responses.js";
import type { NodeSocketLike } from "./node-server-like.js";

/** How long a connection is read on after its last answer, in milliseconds. */
const lingerMs = 1000;

/** Ends a connection with a problem that its client gets to read. */
export function endWithProblem(socket: NodeSocketLike, problem: Problem, requestId: string): void {
  // What still comes is no request any more, and is read since a reset could overtake the answer (RFC 9112 §9.6).
  socket.removeAllListeners("data");
  socket.on("data", () => {});
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.on("close", () => clearTimeout(timer));
  socket.end(answerText(problem, requestId));
}

function answerText(problem: Problem, requestId: string): string {
  const response = problemResponse(problem);
  const body = knownText(response) ?? "";
  response.headers.set("x-request-id", requestId);
  response.headers.set("date", new Date().toUTCString());
  response.headers.set("connection", "close");
  response.headers.set("content-length", String(Buffer.byteLength(body)));
  const lines = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Error"}\r\n${lines}\r\n${body}`;
}
