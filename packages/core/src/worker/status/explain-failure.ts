import type { AgentFailureReason } from "../../task/agent-outcome.js";

const explanations: Readonly<Record<AgentFailureReason, string>> = {
  agent_auth: "The agent's API refused its key (401); whoever runs the bot has to renew it.",
  agent_rate_limited: "The agent's API kept answering that there were too many requests (429); try again later.",
  agent_overloaded: "The agent's API was overloaded to the end (529); try again later.",
  agent_api: "The agent's API could not be used.",
  agent_prompt_too_long: "The request is longer than the agent's model can read.",
  agent_refused: "The agent's model refused the request.",
  agent_max_turns: "The agent reached its limit of turns before it was done.",
  budget: "The run reached its budget before it was done.",
  agent_timed_out: "The run reached its time limit before it was done.",
  agent_session_unknown: "The conversation could not be resumed.",
  agent_misconfigured: "The agent could not be started with its configuration.",
  agent_interrupted: "The agent ended before it had a result.",
  agent_aborted: "The run was stopped.",
  agent_failed: "The agent failed.",
};

/** One plain sentence for why an agent's run failed. */
export function explainFailure(reason: AgentFailureReason): string {
  return explanations[reason];
}
