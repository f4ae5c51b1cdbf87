import type { AgentFailureReason } from "@agentbot/core";

/** The expected outcome of a recording of the real CLI. */
export interface Recording {
  readonly name: string;
  readonly reason: AgentFailureReason | null;
  readonly isRetryable?: boolean;
  readonly session: string | null;
  readonly model: string | null;
  readonly turns: number;
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Words of the summary. */
  readonly words: string;
}

const opus = "claude-opus-5-5";
const sonnet45 = "claude-sonnet-4-5-20250929";

type Figures = readonly [turns: number, costUsd: number, inputTokens: number, outputTokens: number];

function recording(
  name: string,
  reason: AgentFailureReason | null,
  session: string | null,
  model: string | null,
  [turns, costUsd, inputTokens, outputTokens]: Figures,
  words: string,
  isRetryable = false,
): Recording {
  return { name, reason, session, model, turns, costUsd, inputTokens, outputTokens, words, isRetryable };
}

/** Every recording in `transcripts/`, in the order of the alphabet. */
export const recordings: readonly Recording[] = [
  recording("api400credit", "agent_auth", "31119b78-465b-4a22-bf34-4ff9d6993bbe", opus, [1, 0, 0, 0], "Credit balance"),
  recording(
    "api401",
    "agent_auth",
    "e89e1564-ab59-44c0-b791-57bfd6537e49",
    opus,
    [1, 0, 0, 0],
    "Invalid API key · Fix external API key",
  ),
  recording(
    "api429",
    "agent_rate_limited",
    "53a77b52-eca1-4197-a318-e6bcf5def7d2",
    opus,
    [1, 0, 0, 0],
    "API Error: Request rejected (429) · Numb",
  ),
  recording(
    "api529",
    "agent_overloaded",
    "5a157df4-e057-4a4b-a849-2dbdef4d3a1f",
    opus,
    [1, 0, 0, 0],
    "API Error: Repeated 529 Overloaded error",
  ),
  recording("badresume", "agent_session_unknown", null, null, [0, 0, 0, 0], "No conversation found with session ID: 0"),
  recording(
    "cutoff",
    "agent_api",
    "22d43cc9-318d-4065-b9e8-d355f85b962c",
    opus,
    [1, 0.00964, 2400, 2],
    "API Error: Connection to the API was los",
    true,
  ),
  recording("flaky529", null, "70f0e89f-c2c8-45ea-a88e-ee9a7f9b23a3", opus, [1, 0.0058, 1200, 50], "ok after retries"),
  recording(
    "maxbudget",
    "budget",
    "2cb01d0f-17a7-4093-8ceb-121296763655",
    opus,
    [1, 1.2000000000000002, 200000, 20000],
    "Reached maximum budget ($0.5)",
  ),
  recording(
    "maxturns",
    "agent_max_turns",
    "c5240a9f-43f3-4862-a747-247466f84d57",
    opus,
    [3, 0.0116, 2400, 100],
    "Reached maximum number of turns (2)",
  ),
  recording("mcp", null, "6684f79f-3cf8-43f3-9cd4-251bbdc73124", opus, [2, 0.0116, 2400, 100], "mcp done"),
  recording(
    "mcpfail",
    null,
    "8fce01ad-0239-4417-ad75-5b80162ff0a3",
    opus,
    [1, 0.0058, 1200, 50],
    "Hello from the fake model.",
  ),
  recording(
    "missingprompt",
    "agent_misconfigured",
    null,
    null,
    [0, 0, 0, 0],
    "Error: Input must be provided either thr",
  ),
  recording(
    "noperm-deny",
    null,
    "32670736-ffee-4f38-9fcc-87014eab78a1",
    opus,
    [2, 0.0116, 2400, 100],
    "I was not permitted to run that command.",
  ),
  recording(
    "old112-success",
    null,
    "652b6aa6-413a-46e9-935b-ee3a2ae3c5c3",
    "claude-sonnet-4-6",
    [3, 0.0135, 3600, 180],
    "Done. I created hello.txt and listed the",
  ),
  recording(
    "old76-maxturns",
    "agent_max_turns",
    "e257a846-ca08-4d36-8dc0-3f0b163f16b0",
    sonnet45,
    [2, 0.013049999999999999, 1200, 50],
    "turns",
  ),
  recording(
    "old76-success",
    null,
    "94edb5ea-958f-4b3d-946a-77e93a81dff0",
    sonnet45,
    [3, 0.022199999999999998, 3600, 180],
    "Done. I created hello.txt and listed the",
  ),
  recording(
    "partial",
    null,
    "39ec992e-1730-4d5f-a7c8-3f977c765d64",
    opus,
    [3, 0.018, 3600, 180],
    "Done. I created hello.txt and listed the",
  ),
  recording(
    "refused",
    "agent_api",
    "16385eda-cf23-45ea-b025-670eb7b04b55",
    opus,
    [1, 0, 0, 0],
    "API Error: Connection refused — a firewa",
    true,
  ),
  recording(
    "resume-ok",
    null,
    "11111111-1111-4111-8111-111111111111",
    opus,
    [1, 0.0116, 1200, 50],
    "Hello from the fake model.",
  ),
  recording(
    "sigint-bash",
    "agent_interrupted",
    "a4dabcbd-427b-4271-85d5-4861bbd9577b",
    opus,
    [3, 0.0058, 1200, 50],
    "aborted_tools",
    true,
  ),
  recording(
    "sigterm-hang",
    "agent_interrupted",
    "21e541d3-c92b-4610-8c1c-6d98ab38f6c0",
    opus,
    [0, 0, 0, 0],
    "code 143",
    true,
  ),
  recording(
    "stdinprompt",
    null,
    "aeb7ab28-dc5e-43c8-9a22-8fa6c5b4e1c6",
    opus,
    [1, 0.0058, 1200, 50],
    "Hello from the fake model.",
  ),
  recording(
    "success",
    null,
    "db50ecfc-f11e-4436-a371-fdbe115cc7f5",
    opus,
    [3, 0.018, 3600, 180],
    "Done. I created hello.txt and listed the",
  ),
  recording(
    "toolong",
    "agent_prompt_too_long",
    "c67d5190-56b0-4b4c-9779-c3e594051638",
    opus,
    [1, 0, 0, 0],
    "Prompt is too long · the request is ~250",
  ),
  recording("unknownflag", "agent_misconfigured", null, null, [0, 0, 0, 0], "error: unknown option '--no-such-flag'"),
];
