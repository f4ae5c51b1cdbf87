import { AgentBotError } from "@agentbot/core";
import { readText } from "@agentbot/core/adapter";
import { z } from "zod";
import type { GitRemote } from "./git/git-client.js";
import { printableAnswer } from "./git/git-failure.js";

/** The content of a large file by its SHA-256 and its size in bytes, as a pointer names it. */
export interface LfsObject {
  readonly oid: string;
  readonly size: number;
}

/** The server's answer about one object. `refused` has its words, as one printable line. */
export type LfsVerdict =
  | { readonly status: "present" }
  | { readonly status: "wanted"; readonly upload: LfsAction; readonly verify: LfsAction | undefined }
  | { readonly status: "refused"; readonly answer: string };

type LfsAction = z.output<typeof action>;

/** The Git LFS server of one repository. */
export interface LfsServer {
  /** Where objects are requested; a repository may name another place in its `.lfsconfig`. */
  readonly url: string;
  /**
   * Requests the uploads of objects and returns a verdict for each of them, by oid. Throws AgentBotError `PUSH_REFUSED` for a server
   * that takes none, e.g. for want of Git LFS or of quota, `GIT_AUTHENTICATION_FAILED` and `GIT_FAILED`.
   */
  requestUploads(objects: readonly LfsObject[]): Promise<ReadonlyMap<string, LfsVerdict>>;
  /** Uploads the content of a wanted object. Throws AgentBotError `GIT_FAILED`. */
  upload(object: LfsObject, verdict: LfsVerdict, content: Uint8Array): Promise<void>;
}

/** Options of {@link createLfsServer}. */
export interface LfsServerOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly remote: GitRemote;
  readonly allowHttp: boolean;
  /** Maximum duration of one request, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const mediaType = "application/vnd.git-lfs+json";
/** Maximum duration of a request for uploads, in milliseconds: it carries no content. */
const batchTimeoutMs = 30_000;
/** Maximum number of objects in one request: the number that git-lfs sends, to which servers are used. */
const maxObjects = 100;
/** Maximum size of an answer, in bytes: a hundred objects with signed addresses take some hundred thousand. */
const maxAnswerBytes = 4 * 1024 * 1024;

const headers = z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/));
const action = z.object({ href: z.url(), header: headers.nullish() });
const batchAnswer = z.object({
  objects: z.array(
    z.object({
      oid: z.string(),
      actions: z.object({ upload: action.optional(), verify: action.optional() }).nullish(),
      error: z.object({ code: z.int().catch(0), message: z.string().default("") }).nullish(),
    }),
  ),
});

/**
 * Speaks the batch API of Git LFS (git-lfs docs/api/batch.md) with the repository's own server. Its address is derived from
 * the remote's URL and from nothing in the repository, so that a stranger's `.lfsconfig` never receives the credential.
 */
export function createLfsServer(options: LfsServerOptions): LfsServer {
  const { remote, allowHttp } = options;
  const url = `${remote.url.replace(/\.git$/, "")}.git/info/lfs`;

  const requestSome = async (objects: readonly LfsObject[]): Promise<readonly [string, LfsVerdict][]> => {
    const doing = "Requesting an upload to Git LFS";
    const limits = { ...options, timeoutMs: Math.min(options.timeoutMs, batchTimeoutMs) };
    const answer = await send(limits, doing, `${url}/objects/batch`, {
      method: "POST",
      headers: { accept: mediaType, "content-type": mediaType, authorization: remote.authorization },
      body: JSON.stringify({ operation: "upload", transfers: ["basic"], objects }),
    });
    if (!answer.isOk) throw batchFailure(doing, answer, remote);
    const parsed = batchAnswer.safeParse(answer.body);
    if (!parsed.success) throw lfsFailure(doing, "the answer is not that of a Git LFS server");
    const answered = new Set(parsed.data.objects.map(({ oid }) => oid));
    // Its pointer would be published, and its content nowhere.
    if (!objects.every(({ oid }) => answered.has(oid))) throw lfsFailure(doing, "the answer lacks a requested object");
    const busy = parsed.data.objects.find(({ error }) => error && isPassing(error.code));
    if (busy) throw lfsFailure(doing, `the server answered ${busy.error?.code} for an object`, true);
    return parsed.data.objects.map(({ oid, actions, error }) => {
      if (error)
        return [
          oid,
          {
            status: "refused",
            answer: printableAnswer([error.message || "No reason was given"], remote.authorization),
          },
        ];
      if (!actions?.upload) return [oid, { status: "present" }];
      return [oid, { status: "wanted", upload: actions.upload, verify: actions.verify }];
    });
  };

  const perform = async (doing: string, { href, header }: LfsAction, init: RequestInit): Promise<void> => {
    const { protocol, username, password } = new URL(href);
    const isUsable = protocol === "https:" || (allowHttp && protocol === "http:");
    if (!isUsable || username !== "" || password !== "")
      throw lfsFailure(doing, "the server named an address that is not usable");
    const { isOk, status } = await send(options, doing, href, {
      ...init,
      headers: { ...init.headers, ...sendable(header ?? {}) },
    });
    // The server's storage: its answers are for programs.
    if (!isOk) throw lfsFailure(doing, `the server answered ${status}`, isPassing(status) || status >= 500);
  };

  return {
    url,
    async requestUploads(objects) {
      const verdicts: (readonly [string, LfsVerdict])[] = [];
      for (let index = 0; index < objects.length; index += maxObjects) {
        verdicts.push(...(await requestSome(objects.slice(index, index + maxObjects))));
      }
      return new Map(verdicts);
    },
    async upload({ oid, size }, verdict, content) {
      if (verdict.status !== "wanted") return;
      const headers = { "content-type": "application/octet-stream" };
      await perform("Uploading to Git LFS", verdict.upload, { method: "PUT", headers, body: content });
      if (!verdict.verify) return;
      const verifying = { accept: mediaType, "content-type": mediaType };
      const body = JSON.stringify({ oid, size });
      await perform("Verifying an upload to Git LFS", verdict.verify, { method: "POST", headers: verifying, body });
    },
  };
}

/** Headers that describe one connection are the client's own. */
function sendable(header: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(header).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(
    entries.filter(([name]) => !/^(?:host|connection|content-length|transfer-encoding)$/.test(name)),
  );
}

/** The server's answer; `body` is undefined where it is not JSON. */
interface LfsAnswer {
  readonly isOk: boolean;
  readonly status: number;
  readonly body: unknown;
}

async function send(
  { fetch, timeoutMs, signal }: LfsServerOptions,
  doing: string,
  url: string,
  init: RequestInit,
): Promise<LfsAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    // A redirect would carry the credential to another host.
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.any([signal, timeout]) });
    const body = parseJson(await readText(response, maxAnswerBytes));
    return { isOk: response.ok, status: response.status, body };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof RangeError) throw lfsFailure(doing, `the answer is longer than ${maxAnswerBytes} bytes`);
    throw lfsFailure(doing, "the server could not be reached", true, cause);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Statuses of a server that may take the same request later. */
const isPassing = (status: number): boolean =>
  status === 408 || status === 429 || (status >= 500 && ![501, 507, 509].includes(status));

function batchFailure(doing: string, { status, body }: LfsAnswer, { authorization }: GitRemote): AgentBotError {
  if (isPassing(status)) return lfsFailure(doing, `the server answered ${status}`, true);
  // Neither final nor an outage: the next attempt reads the repository's address again.
  if (status < 400) return lfsFailure(doing, `the server answered ${status}, and its redirects are not followed`);
  if (status === 401) return new AgentBotError("GIT_AUTHENTICATION_FAILED", `${doing} failed: the server answered 401`);
  const { message } = z.object({ message: z.string().min(1) }).safeParse(body).data ?? { message: null };
  const answer = printableAnswer([`Git LFS: ${message ?? `the server answered ${status}`}`], authorization);
  return new AgentBotError("PUSH_REFUSED", `${doing} was refused: ${answer}`, { details: { answer } });
}

function lfsFailure(doing: string, why: string, isOutage = false, cause?: unknown): AgentBotError {
  const details = { kind: "network" };
  return new AgentBotError("GIT_FAILED", `${doing} failed: ${why}`, { details, isOutage, ...(cause ? { cause } : {}) });
}
