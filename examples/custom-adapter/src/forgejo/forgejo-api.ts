import { AgentBotError } from "@agentbot/core";
import { readText } from "@agentbot/core/adapter";
import { z } from "zod";

/** One request. */
export interface ForgejoRequest<Schema extends z.ZodType> {
  readonly signal: AbortSignal;
  /** The form of its answer, as far as that is used: JSON, or a text where `isText` is set. */
  readonly schema: Schema;
  readonly isText?: true;
  readonly body?: object;
}

/** Requests of the REST API (`/api/swagger` of every Forgejo). Every error is an AgentBotError `PROVIDER_…`. */
export type ForgejoApi = <Schema extends z.ZodType>(
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  request: ForgejoRequest<Schema>,
) => Promise<z.output<Schema>>;

/** Options of {@link createForgejoApi}. */
export interface ForgejoApiOptions {
  readonly url: string;
  readonly token: string;
}

/** Maximum duration of a request, in milliseconds. */
const timeoutMs = 15_000;
/** Maximum size of an answer, in bytes. */
const maxAnswerBytes = 40 * 1024 * 1024;

/** The API as the account of the token. */
export function createForgejoApi({ url, token }: ForgejoApiOptions): ForgejoApi {
  return async (method, path, { signal, schema, isText, body }) => {
    signal.throwIfAborted();
    const send = async () => {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `token ${token}`, "content-type": "application/json" },
        // Followed, a POST would become a GET, whose success is another one.
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return { response, text: await readText(response, maxAnswerBytes) };
    };
    const { response, text } = await send().catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new AgentBotError("PROVIDER_UNAVAILABLE", `Forgejo cannot be reached at ${url}`, { cause });
    });
    if (!response.ok) throw refusal(response, `${method} ${path}`, text);
    const { success, data } = schema.safeParse(isText ? text : parseJson(text));
    if (success) return data;
    const message = `Forgejo's answer to ${method} ${path} is not what its API documents: check FORGEJO_URL`;
    throw new AgentBotError("PROVIDER_UNAVAILABLE", message);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal({ status, headers }: Response, request: string, text: string): AgentBotError {
  const message = `Forgejo answered ${status} to ${request}`;
  // An issue that was deleted takes its requests with it.
  const isGone = status === 404 && /\/issues\/\d+\/comments$/.test(request);
  const details = { status, answer: text.slice(0, 300), ...(isGone ? { reason: "conversation_gone" } : {}) };
  if (status === 401) return new AgentBotError("PROVIDER_AUTHENTICATION_FAILED", message, { details });
  if (status < 500 && status !== 429) return new AgentBotError("PROVIDER_REJECTED", message, { details });
  const retryAfterMs = Number(headers.get("retry-after") ?? 10) * 1000;
  return new AgentBotError("PROVIDER_UNAVAILABLE", message, { details, retryAfterMs });
}

/** Resolves to null where Forgejo answered with one of these statuses. */
export function nullIf<Value>(request: Promise<Value>, ...statuses: readonly number[]): Promise<Value | null> {
  return request.catch((error: unknown) => {
    const isExpected = AgentBotError.isInstance(error) && statuses.includes(Number(error.details["status"]));
    if (isExpected) return null;
    throw error;
  });
}

const repositoryAnswer = z.object({ id: z.int(), full_name: z.string(), default_branch: z.string() });

/** Returns the repository of an id as it is now: paths can be renamed and used again. */
export async function readRepository(api: ForgejoApi, id: string, signal: AbortSignal) {
  const { full_name: path, default_branch: defaultBranch } = await api("GET", `/repositories/${id}`, {
    signal,
    schema: repositoryAnswer,
  });
  return { path, defaultBranch };
}

/** The name of the thread of an issue or a pull request, which share their numbers. */
export function threadAlias(repositoryId: number | string, number: number): string {
  return `forgejo:${repositoryId}:issue:${number}`;
}
