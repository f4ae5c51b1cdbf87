import { randomUUID } from "node:crypto";
import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import { requestIdOf } from "../gateway/request-id.js";
import { type Problem, problemResponse } from "../http/responses.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import type { Logger } from "../ports/logger.js";
import { clientProblem } from "./client-problem.js";
import { endWithProblem } from "./end-with-problem.js";
import type { NodeServerLike, NodeSocketLike } from "./node-server-like.js";
import { toNodeHandler } from "./to-node-handler.js";

/** Options of {@link answerClientErrors}. */
export interface AnswerClientErrorsOptions {
  /** Is told at `debug` of what was answered; never what was sent. @defaultValue silent */
  readonly logger?: Logger;
}

const optionsSchema = z.strictObject({
  server: portSchema<NodeServerLike>("a server of node:http", ["on"]),
  logger: loggerSchema.optional(),
});

const expectationFailed: Problem = {
  status: 417,
  code: "EXPECTATION_FAILED",
  title: "Expectation failed",
  detail: "This server meets no expectation but 100-continue.",
};

/**
 * Answers what never becomes a request the way every other error is answered, where Node would send an empty body and no
 * request id: headers that are too large (431) or never end (408), bytes that are no request (400), an `Expect` that
 * nobody can meet (417).
 *
 * @example
 * const server = createServer({ requireHostHeader: false }, toNodeHandler(gateway));
 * answerClientErrors(server, { logger });
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function answerClientErrors(server: NodeServerLike, options: AnswerClientErrorsOptions = {}): void {
  const logger =
    parseOptions("answerClientErrors", optionsSchema, { ...options, server }).logger ?? createSilentLogger();

  server.on("clientError", (error, socket) => {
    const errorCode = "code" in error ? String(error.code) : null;
    if (errorCode === "ECONNRESET" || !canAnswer(socket)) return void socket.destroy();
    const problem = clientProblem(errorCode);
    const requestId = randomUUID();
    // Never the error itself: it holds the bytes that were sent.
    const { remoteAddress = null } = socket;
    const { status, code } = problem;
    logger.debug({ requestId, remoteAddress, status, code, errorCode }, "What is no request was answered");
    endWithProblem(socket, problem, requestId);
  });

  const refuse = async (request: Request): Promise<Response> => {
    const response = problemResponse(expectationFailed);
    response.headers.set("x-request-id", requestIdOf(request.headers.get("x-request-id")));
    return response;
  };
  server.on("checkExpectation", toNodeHandler({ fetch: refuse }, { logger }));
}

/** Whatever is written while an answer is under way is taken for that answer: its request must be the one that broke. */
function canAnswer({ writable, _httpMessage: underWay }: NodeSocketLike): boolean {
  return writable && (!underWay || !(underWay.headersSent || underWay.req.complete));
}
