import { AgentBotError } from "@agentbot/core";

/** The error for a change past a limit. */
export function tooLarge(what: string): AgentBotError {
  return new AgentBotError("CHANGE_TOO_LARGE", `the agent's change is too large: ${what}; ask for a smaller one`);
}
