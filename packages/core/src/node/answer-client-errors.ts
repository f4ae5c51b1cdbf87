import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import { requestIdOf } from "../http/incoming-request.js";
import { type Problem, problemResponse, toWebResponse } from "../http/outgoing-response.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import type { Logger } from "../ports/logger.js";
import type { ShapeOf } from "../task/shape-of.js";
import { malformedRequest } from "./bridge-problems.js";
import type { NodeServerLike, NodeSocketLike } from "./node-types.js";
import { toNodeHandler } from "./to-node-handler.js";

/** Options of {@link answerClientErrors}. */
export interface AnswerClientErrorsOptions {
  /** Logs each answered error at `debug`; never the bytes that were sent. @defaultValue silent */
  readonly logger?: Logger;
}

const optionsSchema = z.strictObject({
  server: portSchema<NodeServerLike>("a server of node:http", ["on"]),
  logger: loggerSchema.optional(),
} satisfies ShapeOf<AnswerClientErrorsOptions & { readonly server: NodeServerLike }>);

/** How long a connection is read after its last response, in milliseconds. */
const lingerMs = 1000;

const expectationFailed: Problem = {
  status: 417,
  code: "EXPECTATION_FAILED",
  title: "Expectation failed",
  detail: "This server meets no expectation but 100-continue.",
};

/** Problems by the code of Node's error; every other error is a malformed request. */
const problems: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: "HEADERS_TOO_LARGE",
    title: "Headers too large",
    detail: "The request line and headers are larger than this server reads.",
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: "BODY_TOO_LARGE",
    title: "Body too large",
    detail: "The chunk extensions of the body are larger than this server reads.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: "REQUEST_TIMED_OUT",
    title: "Request timed out",
    detail: "The request took too long to arrive.",
  },
};

/**
 * Answers bytes that never become a request as every other error is answered, where Node would send an empty body and no
 * request id: headers that are too large (431) or never end (408), malformed bytes (400), an `Expect` that cannot be met
 * (417).
 *
 * @example
 * const server = createServer({ requireHostHeader: false }, toNodeHandler(gateway));
 * answerClientErrors(server, { logger });
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function answerClientErrors(server: NodeServerLike, options: AnswerClientErrorsOptions = {}): void {
  const settings = parseOptions("answerClientErrors", optionsSchema, { ...options, server });
  const logger = settings.logger ?? createSilentLogger();

  server.on("clientError", (error, socket) => {
    const errorCode = "code" in error ? String(error.code) : null;
    if (errorCode === "ECONNRESET" || !canAnswer(socket)) return void socket.destroy();
    const problem = problems[errorCode ?? ""] ?? malformedRequest("The request is malformed.");
    const requestId = randomUUID();
    // Never the error itself: it holds the bytes that were sent.
    const { remoteAddress = null } = socket;
    const { status, code } = problem;
    logger.debug({ requestId, remoteAddress, status, code, errorCode }, "A malformed request was answered");
    endWithProblem(socket, problem, requestId);
  });

  const refuse = async (request: Request): Promise<Response> =>
    toWebResponse(
      problemResponse(expectationFailed).with("x-request-id", requestIdOf(request.headers.get("x-request-id"))),
    );
  server.on("checkExpectation", toNodeHandler({ fetch: refuse }, { logger }));
}

/** Bytes written during a response are taken for that response: its request must be the one that broke. */
function canAnswer({ writable, _httpMessage: current }: NodeSocketLike): boolean {
  return writable && (!current || !(current.headersSent || current.req.complete));
}

/** Ends a connection with a problem that its client gets to read. */
function endWithProblem(socket: NodeSocketLike, problem: Problem, requestId: string): void {
  // Bytes that still arrive are read, since a reset could overtake the response (RFC 9112 §9.6).
  socket.removeAllListeners("data");
  socket.on("data", () => {});
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.on("close", () => clearTimeout(timer));
  socket.end(responseText(problem, requestId));
}

function responseText(problem: Problem, requestId: string): string {
  const { status, headers, body } = problemResponse(problem);
  const text = String(body);
  const fields = {
    ...headers,
    "x-request-id": requestId,
    date: new Date().toUTCString(),
    connection: "close",
    "content-length": String(Buffer.byteLength(text)),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines.join("")}\r\n${text}`;
}
