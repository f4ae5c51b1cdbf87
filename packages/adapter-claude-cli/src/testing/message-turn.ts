/** A piece of a scripted answer. */
export type TurnBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly name: string; readonly input: Readonly<Record<string, unknown>> };

/** Why the model stopped, in the API's words. */
export type StopReason = "end_turn" | "tool_use" | "max_tokens" | "refusal";

/** What one answer used, in tokens. */
export interface TurnUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** One scripted answer of the model. */
export interface Turn {
  readonly blocks: readonly TurnBlock[];
  /** @defaultValue `tool_use` where a tool is used, else `end_turn` */
  readonly stopReason?: StopReason;
  /** @defaultValue 1000 in, 100 out */
  readonly usage?: TurnUsage;
}

/** The model says this, and its turn is over. */
export function says(text: string, more: Omit<Turn, "blocks"> = {}): Turn {
  return { blocks: [{ type: "text", text }], ...more };
}

/** The model uses a tool of the CLI, such as `Edit`, perhaps after some words. */
export function uses(name: string, input: Readonly<Record<string, unknown>>, words?: string): Turn {
  const call = { type: "tool_use", name, input } as const;
  return { blocks: words === undefined ? [call] : [{ type: "text", text: words }, call] };
}

/** Why an answer stopped. */
export function stopReasonOf({ blocks, stopReason }: Turn): StopReason {
  return stopReason ?? (blocks.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn");
}
