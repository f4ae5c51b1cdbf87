import { AgentBotError } from "@agentbot/core";

/** Maximum size of a change, checked before its files are read. */
export interface ChangeLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

/** An error for a change past a limit. */
export function tooLarge(what: string): AgentBotError {
  return new AgentBotError("CHANGE_TOO_LARGE", `The agent's change is too large: ${what}; ask for a smaller one`);
}
