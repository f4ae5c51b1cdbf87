import { type BodyLimits, type BodyResult, readStream } from "./read-body.js";

/** The raw bytes of a request, which can be read once. */
export interface IncomingBody {
  /** Somebody has read of it already: its raw bytes are gone. */
  readonly isUsed: boolean;
  read(limits: BodyLimits): Promise<BodyResult>;
}

/**
 * What a gateway reads of a request. A web-standard `Request` costs more to make than all of this to answer, so a host that
 * has none gives its parts.
 */
export interface IncomingRequest {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: IncomingBody;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
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
      read: (limits) => readStream(request.body, headers.get("content-length"), limits),
    },
  };
}
