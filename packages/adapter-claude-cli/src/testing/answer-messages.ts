import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { encodeEvent, eventsOf, messageOf, type Turn } from "./message-turn.js";
import { type ApiError, apiErrorOf, errorBody, type MessagesFault } from "./messages-fault.js";
import { answersSincePrompt, type MessagesRequestBody, requestBodySchema } from "./messages-request.js";

/** The model's answers: a function of the request, or a list that starts over with each prompt. */
export type MessagesScript = readonly Turn[] | ((request: MessagesRequestBody) => Turn);

/** The rules by which requests are answered. */
export interface AnswerRules {
  readonly apiKey: string;
  readonly models: readonly string[] | null;
  readonly script: MessagesScript;
}

/** The answer to a request, before a fault changes it. */
export type MessagesAnswer =
  | ApiError
  /** The list of the known models. */
  | { readonly models: readonly string[] }
  | { readonly turn: Turn; readonly request: MessagesRequestBody };

/** Answers as the API does: an error of the request first, else the script's turn. */
export function answerMessages(incoming: IncomingMessage, body: unknown, rules: AnswerRules): MessagesAnswer {
  const { method, url = "/", headers } = incoming;
  const isModels = /\/v1\/models\/?(?:\?|$)/.test(url);
  if (!isModels && !/\/v1\/messages\/?(?:\?|$)/.test(url)) return apiErrorOf(404);
  if (method !== (isModels ? "GET" : "POST")) return apiErrorOf(405);
  const key = headers["x-api-key"] ?? /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (key === undefined) return apiErrorOf(401, "x-api-key header is required");
  if (key !== rules.apiKey) return apiErrorOf(401);
  if (headers["anthropic-version"] === undefined) return apiErrorOf(400, "anthropic-version: header is required");
  if (isModels) return { models: rules.models ?? [] };
  const request = requestBodySchema.safeParse(body);
  if (!request.success) return apiErrorOf(400, z.prettifyError(request.error));
  const { model } = request.data;
  if (rules.models !== null && !rules.models.includes(model)) return apiErrorOf(404, `model: ${model}`);
  const turn = turnOf(rules.script, request.data);
  return turn === undefined
    ? apiErrorOf(400, "The script of this fake API has no more turns.")
    : { turn, request: request.data };
}

function turnOf(script: MessagesScript, request: MessagesRequestBody): Turn | undefined {
  return typeof script === "function" ? script(request) : script[answersSincePrompt(request)];
}

/** Writes an answer, changed by a fault, and returns the status that was sent, or null. */
export function writeAnswer(
  response: ServerResponse,
  answer: MessagesAnswer,
  fault: MessagesFault | null,
  requestId: string,
): number | null {
  if (fault !== null && "status" in fault) {
    return writeError(response, apiErrorOf(fault.status, fault.message), requestId, fault.headers);
  }
  const breach = fault === null ? null : "cut" in fault ? fault.cut : fault.hang;
  if (breach === "before-answer") {
    if (fault !== null && "cut" in fault) response.destroy();
    return null;
  }
  if ("status" in answer) return writeError(response, answer, requestId);
  if ("models" in answer) {
    const data = answer.models.map((id) => ({ type: "model", id, display_name: id }));
    response.writeHead(200, { "content-type": "application/json", "request-id": requestId });
    response.end(
      JSON.stringify({ data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }),
    );
    return 200;
  }
  const { turn, request } = answer;
  if (!request.stream && breach === null) {
    response.writeHead(200, { "content-type": "application/json", "request-id": requestId });
    response.end(JSON.stringify(messageOf(turn, request.model)));
    return 200;
  }
  const events = eventsOf(turn, request.model).map(encodeEvent);
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "request-id": requestId });
  if (breach === null) {
    response.end(events.join(""));
    return 200;
  }
  const whole = events.join("");
  const isCut = fault !== null && "cut" in fault;
  response.write(whole.slice(0, Math.ceil(whole.length / 2)), () => isCut && response.destroy());
  return 200;
}

function writeError(
  response: ServerResponse,
  error: ApiError,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): number {
  response.writeHead(error.status, { "content-type": "application/json", "request-id": requestId, ...headers });
  response.end(errorBody(error, requestId));
  return error.status;
}
