import { Agent, request } from "node:http";
import type { SignedWebhook } from "@agentbot/provider-github/testing";

/** The answer of a gateway; `status` is null if there was none. */
export interface WebhookAnswer {
  readonly status: number | null;
  readonly body: { readonly status?: string; readonly taskId?: string; readonly code?: string };
  readonly retryAfter: string | null;
  readonly tookMs: number;
  /** By `performance.now()`. */
  readonly sentAtMs: number;
}

/** The connections of one sender. */
export function createConnections(maxSockets = 64): Agent {
  return new Agent({ keepAlive: true, maxSockets });
}

/** The limit of an answer, in milliseconds: more than GitHub's 10 s, for a slow machine. */
const timeoutMs = 120_000;

/** Sends one webhook once. Never rejects: a connection that broke is an answer without a status. */
export function postWebhook(url: string, webhook: SignedWebhook, agent: Agent): Promise<WebhookAnswer> {
  const sentAtMs = performance.now();
  const answer = (status: number | null, text: string, retryAfter: string | null): WebhookAnswer => ({
    status,
    body: parse(text),
    retryAfter,
    tookMs: performance.now() - sentAtMs,
    sentAtMs,
  });
  return new Promise((resolve) => {
    const { method, headers, body } = webhook;
    const sending = request(`${url}/webhooks/github`, {
      ...{ method, agent, timeout: timeoutMs },
      headers: { ...headers, "content-length": body.byteLength },
    });
    const fail = (): void => resolve(answer(null, "", null));
    sending.on("timeout", () => sending.destroy());
    sending.on("error", fail);
    sending.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("close", fail);
      response.on("end", () =>
        resolve(
          answer(
            response.statusCode ?? null,
            Buffer.concat(chunks).toString(),
            response.headers["retry-after"] ?? null,
          ),
        ),
      );
    });
    sending.end(body);
  });
}

function parse(text: string): WebhookAnswer["body"] {
  try {
    return JSON.parse(text) as WebhookAnswer["body"];
  } catch {
    return {};
  }
}
