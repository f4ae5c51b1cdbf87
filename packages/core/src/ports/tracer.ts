/** The attributes of a span, named as in OpenTelemetry's semantic conventions. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** The role of a span: answering a request, working on a message, or a step inside. */
export type SpanKind = "server" | "consumer" | "internal";

/** A span that is about to begin. */
export interface SpanStart {
  /** Low in number, such as `stage admit`. */
  readonly name: string;
  /** The role of this process in it. */
  readonly kind: SpanKind;
  /**
   * The W3C trace context it continues. Of a `server`, only where no span is active already; of a `consumer`, null begins a
   * new trace; an `internal` one belongs to the active span and needs none.
   */
  readonly parent?: string | null;
  /** Facts about it. @defaultValue none */
  readonly attributes?: SpanAttributes;
}

/** A piece of work that is being traced. */
export interface Span {
  /** Its W3C trace context, to be continued elsewhere; null when nothing is traced. */
  readonly traceparent: string | null;
  /** Adds attributes that were unknown at the start. */
  setAttributes(attributes: SpanAttributes): void;
  /** Marks it as failed; `type` is of few values, such as an error's code. */
  fail(type: string): void;
}

/** Where traces go. */
export interface Tracer {
  /** Runs the work inside a span, which ends when it settles and has failed if it throws. */
  trace<Result>(start: SpanStart, work: (span: Span) => Promise<Result>): Promise<Result>;
}
