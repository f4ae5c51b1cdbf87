import { randomUUID } from "node:crypto";

/** A piece of a scripted answer. */
export type TurnBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly name: string; readonly input: Readonly<Record<string, unknown>> };

/** The API's stop reason. */
export type StopReason = "end_turn" | "tool_use" | "max_tokens" | "refusal";

/** The tokens of one answer. */
export interface TurnUsage {
  /** Tokens of the prompt. */
  readonly inputTokens: number;
  /** Tokens of the answer. */
  readonly outputTokens: number;
}

/** One scripted answer of the model. */
export interface Turn {
  /** The blocks of the answer, in order. */
  readonly blocks: readonly TurnBlock[];
  /** @defaultValue `tool_use` where a tool is used, else `end_turn` */
  readonly stopReason?: StopReason;
  /** @defaultValue 1000 in, 100 out */
  readonly usage?: TurnUsage;
}

/** A turn of text. */
export function textTurn(text: string, more: Omit<Turn, "blocks"> = {}): Turn {
  return { blocks: [{ type: "text", text }], ...more };
}

/** A turn that uses a tool of the CLI, such as `Edit`, optionally after some text. */
export function toolTurn(name: string, input: Readonly<Record<string, unknown>>, words?: string): Turn {
  const call = { type: "tool_use", name, input } as const;
  return { blocks: words === undefined ? [call] : [{ type: "text", text: words }, call] };
}

function stopReasonOf({ blocks, stopReason }: Turn): StopReason {
  return stopReason ?? (blocks.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn");
}

/** One server-sent event: its name and its data. */
export type StreamEvent = Readonly<{ type: string } & Record<string, unknown>>;

const plainUsage: TurnUsage = { inputTokens: 1000, outputTokens: 100 };

/** Length of a piece of a streamed text or tool input, in characters. */
const pieceLength = 400;

/** Returns the answer to a request without a stream. */
export function messageOf(turn: Turn, model: string): Readonly<Record<string, unknown>> {
  const { inputTokens, outputTokens } = turn.usage ?? plainUsage;
  return {
    ...emptyMessage(model, inputTokens),
    content: turn.blocks.map((block) => (block.type === "tool_use" ? { ...block, id: toolUseId() } : block)),
    stop_reason: stopReasonOf(turn),
    usage: usageOf(inputTokens, outputTokens),
  };
}

/** Returns the events of a streamed answer, in order (platform.claude.com/docs/en/build-with-claude/streaming). */
export function eventsOf(turn: Turn, model: string): readonly StreamEvent[] {
  const { inputTokens, outputTokens } = turn.usage ?? plainUsage;
  return [
    { type: "message_start", message: emptyMessage(model, inputTokens) },
    ...turn.blocks.flatMap(eventsOfBlock),
    {
      type: "message_delta",
      delta: { stop_reason: stopReasonOf(turn), stop_sequence: null },
      usage: { output_tokens: outputTokens },
    },
    { type: "message_stop" },
  ];
}

/** Returns an event as it is sent. */
export function encodeEvent(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function emptyMessage(model: string, inputTokens: number): Readonly<Record<string, unknown>> {
  return {
    id: `msg_${randomUUID().replaceAll("-", "")}`,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: usageOf(inputTokens, 1),
  };
}

function usageOf(inputTokens: number, outputTokens: number): Readonly<Record<string, number>> {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
}

function eventsOfBlock(block: TurnBlock, index: number): readonly StreamEvent[] {
  const isText = block.type === "text";
  const start = isText
    ? { type: "text", text: "" }
    : { type: "tool_use", id: toolUseId(), name: block.name, input: {} };
  const deltas = pieces(isText ? block.text : JSON.stringify(block.input)).map((piece) =>
    isText ? { type: "text_delta", text: piece } : { type: "input_json_delta", partial_json: piece },
  );
  return [
    { type: "content_block_start", index, content_block: start },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}

function pieces(text: string): readonly string[] {
  const cut: string[] = [];
  for (let start = 0; start < text.length; start += pieceLength) cut.push(text.slice(start, start + pieceLength));
  return cut;
}

function toolUseId(): string {
  return `toolu_${randomUUID().replaceAll("-", "")}`;
}
