/** The id of the session in which the lines below are said. */
export const session = "5a157df4-e057-4a4b-a849-2dbdef4d3a1f";

/** The first line of a run. */
export function init(overrides: object = {}): object {
  return {
    type: "system",
    subtype: "init",
    session_id: session,
    model: "model-1",
    permissionMode: "acceptEdits",
    tools: [],
    mcp_servers: [],
    ...overrides,
  };
}

/** A text of the model. */
export function says(text: string, overrides: object = {}): object {
  const usage = { input_tokens: 10, output_tokens: 2 };
  return {
    type: "assistant",
    session_id: session,
    message: { id: "msg_1", model: "model-1", content: [{ type: "text", text }], usage },
    ...overrides,
  };
}

/** The last line of a run that went well. */
export function result(overrides: object = {}): object {
  return {
    type: "result",
    subtype: "success",
    is_error: false,
    session_id: session,
    num_turns: 1,
    total_cost_usd: 0.5,
    usage: { input_tokens: 100, output_tokens: 20 },
    result: "All done.",
    ...overrides,
  };
}
