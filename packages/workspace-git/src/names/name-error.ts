import { AgentBotError } from "@agentbot/core";

/** The error for a name outside its grammar; the name is shown escaped and cut, since a stranger may have chosen it. */
export function nameError(what: string, name: string, rule: string): AgentBotError {
  const shown = JSON.stringify(name.slice(0, 80)).replace(/[^\x20-\x7e]/g, "?");
  return new AgentBotError("GIT_NAME_INVALID", `${what} ${shown} is not usable: ${rule}`);
}
