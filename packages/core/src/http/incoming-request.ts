import { randomUUID } from "node:crypto";
import { isIP, isIPv4 } from "node:net";

/** A body that was read, or why it was not. */
export type BodyResult =
  | { readonly status: "read"; readonly body: Uint8Array }
  | { readonly status: "too-large" }
  | { readonly status: "timed-out" }
  /** It came in pieces of a few bytes, which would take as long to read as a thousand times as many. */
  | { readonly status: "fragmented" }
  /** Its meter wanted its room for others. */
  | { readonly status: "given-up" }
  /** The client disconnected or broke the framing. */
  | { readonly status: "broken" };

/** Counts the bytes of a body as they arrive, and may end its reading for the good of other bodies. */
export interface BodyMeter {
  /** Counts bytes. Returns false if the body is to be given up. */
  add(bytes: number): boolean;
  /** Sets what ends the reading from outside, between two pieces. */
  onGivenUp(stop: () => void): void;
}

/** Maximum size of a body in bytes, and maximum time it may take to arrive in milliseconds. */
export interface BodyLimits {
  /** In bytes. */
  readonly maxBytes: number;
  /** In milliseconds. */
  readonly timeoutMs: number;
  /** @defaultValue none */
  readonly meter?: BodyMeter;
}

/** True for a body whose declared length is past the limit. */
export function isDeclaredTooLarge(headers: Headers, maxBytes: number): boolean {
  return Number(headers.get("content-length") ?? 0) > maxBytes;
}

/** The raw bytes of a request, which can be read once. */
export interface IncomingBody {
  /** True if other code has read from it already: its raw bytes are gone. */
  readonly isUsed: boolean;
  /** Reads the whole body; a body past a limit is a result, not an error. */
  read(limits: BodyLimits): Promise<BodyResult>;
}

/**
 * The parts of a request that a gateway reads. Creating a web-standard `Request` costs more than answering one, so a host
 * that has none passes its parts.
 */
export interface IncomingRequest {
  /** In upper case. */
  readonly method: string;
  /** Absolute, in the normal form of the URL standard. */
  readonly url: string;
  /** As they were received. */
  readonly headers: Headers;
  /** Not read yet. */
  readonly body: IncomingBody;
  /** Aborts when the client has disconnected. */
  readonly signal: AbortSignal;
}

const requestIdPattern = /^[\w.-]{8,128}$/;

/** The caller's `x-request-id` if it is well-formed, else a new one. */
export function requestIdOf(given: string | null): string {
  return given !== null && requestIdPattern.test(given) ? given : randomUUID();
}

const mappedPattern = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([\da-f]{1,4}):([\da-f]{1,4}))$/i;

/** An address without its zone; an IPv4 address in an IPv6 one as itself. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/s, "");
  const [, dotted, high, low] = mappedPattern.exec(bare) ?? [];
  if (dotted !== undefined && isIPv4(dotted)) return dotted;
  if (high === undefined || low === undefined) return bare;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((pair) => [pair >> 8, pair & 255]).join(".");
}

/**
 * The client that an address stands for, as limits count it: the address, or its /64 network where it is IPv6, since one
 * machine has all addresses of its own. Without an address, all clients are one.
 */
export function clientOf(remoteAddress: string | null): string {
  const address = plainAddress(remoteAddress ?? "unknown");
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::", 2);
  const groups = head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  // A tail of dotted digits has the room of two groups.
  const afterCount = after.length + (after.at(-1)?.includes(".") ? 1 : 0);
  const zeros = tail === undefined ? 0 : 8 - groups.length - afterCount;
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill("0"), ...after];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group || "0", 16).toString(16));
  return `${network.join(":")}::/64`;
}

/** The parts of a web-standard request. */
export function fromWebRequest(request: Request): IncomingRequest {
  const { method, url, headers } = request;
  return {
    ...{ method, url, headers },
    get signal() {
      return request.signal;
    },
    body: {
      isUsed: request.bodyUsed || request.body?.locked === true,
      async read(limits) {
        if (isDeclaredTooLarge(headers, limits.maxBytes)) return { status: "too-large" };
        return await readStream(request.body, limits);
      },
    },
  };
}

/** The error of a body's stream that came in pieces of a few bytes. */
export class FragmentedBodyError extends Error {
  override readonly name = "FragmentedBodyError";
}

/** Reads a stream (null: there is no body), holding at most `maxBytes` and waiting at most `timeoutMs`. */
async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  { maxBytes, timeoutMs, meter }: BodyLimits,
): Promise<BodyResult> {
  if (stream === null) return { status: "read", body: new Uint8Array() };

  const reader = stream.getReader();
  let ended = null as BodyResult | null;
  // Cancelling ends a pending read. A race against a deadline would keep every chunk as long as the deadline lives.
  const end = (result: BodyResult): void => {
    ended ??= result;
    reader.cancel().catch(() => {});
  };
  const timer = setTimeout(end, timeoutMs, { status: "timed-out" });
  meter?.onGivenUp(() => end({ status: "given-up" }));
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (ended !== null) return ended;
      if (done) return { status: "read", body: Buffer.concat(chunks, size) };
      size += value.byteLength;
      if (size > maxBytes) return { status: "too-large" };
      chunks.push(value);
      if (meter?.add(value.byteLength) === false) return { status: "given-up" };
    }
  } catch (error) {
    return ended ?? { status: error instanceof FragmentedBodyError ? "fragmented" : "broken" };
  } finally {
    clearTimeout(timer);
    // Harmless after the end of the body; the rest of any other body is not wanted.
    end({ status: "broken" });
  }
}
