import assert from "node:assert/strict";
import { AgentBotError } from "../errors/agentbot-error.js";
import type { ErrorCode } from "../errors/error-codes.js";

/** Asserts that the work ends with an {@link AgentBotError} of this code. */
export async function rejectsWithCode(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(AgentBotError.hasCode(error, code), `expected an AgentBotError ${code}, got ${String(error)}`);
    return true;
  });
}
