import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "@agentbot/core/adapter";
import { answerMessages, type MessagesScript, writeAnswer } from "./answer-messages.js";
import { createMessagesFaults, type MessagesFault } from "./messages-fault.js";

/** Options of {@link startMessagesApi}. */
export interface MessagesApiOptions {
  /** The model's answers. */
  readonly script: MessagesScript;
  /** The only accepted key. @defaultValue a new one, in the form of the real ones */
  readonly apiKey?: string;
  /** The known models; any other is answered with 404. @defaultValue all */
  readonly models?: readonly string[];
  /** @defaultValue 0: a free port */
  readonly port?: number;
}

/** A request that the API received, with the status of its answer. */
export interface MessagesApiRequest {
  /** In upper case. */
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; null if it is malformed. */
  readonly body: unknown;
  /** Null if the connection was cut, or nothing was answered. */
  readonly status: number | null;
}

/** A Messages API on this machine. */
export interface MessagesApi {
  /** For `ANTHROPIC_BASE_URL`, or the runner's `baseUrl`. */
  readonly url: string;
  /** The one key that is accepted. */
  readonly apiKey: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly MessagesApiRequest[];
  /** Makes the next requests fail; faults apply in the order they were added. */
  fail(fault: MessagesFault): void;
  /** Removes the faults that have not happened. */
  clearFaults(): void;
  /** Replaces the script. */
  follow(script: MessagesScript): void;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on a free port of the loopback that answers `POST /v1/messages` as the Anthropic API does, from a
 * script: streamed or whole answers, its errors, and connections that break. `GET /v1/models` lists the models. For tests and demos of any client
 * of the API, the real CLI among them.
 *
 * @example
 * const api = await startMessagesApi({ script: [toolTurn("Write", { file_path, content }), textTurn("Done.")] });
 * createClaudeRunner({ program: "claude", apiKey: api.apiKey, baseUrl: api.url, … });
 */
export async function startMessagesApi(options: MessagesApiOptions): Promise<MessagesApi> {
  const { models = null, port = 0 } = options;
  const apiKey = options.apiKey ?? `sk-ant-api03-${randomUUID()}`;
  const requests: MessagesApiRequest[] = [];
  const faults = createMessagesFaults();
  let { script } = options;

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readJson(incoming);
    const { method = "GET", url: path = "/" } = incoming;
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const answer = answerMessages(incoming, body, { apiKey, models, script });
    const fault = "models" in answer ? null : faults.take();
    const status = writeAnswer(response, answer, fault, `req_${randomUUID()}`);
    requests.push({ method, path, headers, body, status });
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
    requests,
    fail: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    follow: (next) => {
      script = next;
    },
    close: once(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    ),
  };
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array));
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return null;
  }
}
