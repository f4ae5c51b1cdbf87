import type { AgentFailureReason } from "../../task/agent-outcome.js";

const explanations: Readonly<Record<AgentFailureReason, string>> = {
  agent_auth:
    "The agent's API did not accept the bot's key, or its account has no credit left; whoever runs the bot has to see to it.",
  agent_rate_limited: "The agent's API kept answering that there were too many requests (429); try again later.",
  agent_overloaded: "The agent's API was overloaded to the end (529); try again later.",
  agent_api: "The agent's API could not be reached, or gave no usable answer; try again later.",
  agent_prompt_too_long: "The request is longer than the agent's model can read.",
  agent_answer_too_long:
    "The agent's model wanted to write more in one answer than it may; a smaller request may help.",
  agent_refused: "The agent's model refused the request.",
  agent_max_turns: "The agent reached its limit of turns before it was done.",
  budget: "The agent reached its budget before it was done.",
  agent_timed_out: "The agent reached its time limit before it was done.",
  agent_session_unknown: "The conversation could not be resumed.",
  agent_misconfigured: "The agent cannot work with its configuration; whoever runs the bot has to see to it.",
  agent_interrupted: "The agent broke off before it had a result.",
  agent_aborted: "The agent was stopped.",
  agent_failed: "The agent ended with an error of its own.",
};

/** One plain sentence for why an agent's run failed. */
export function explainFailure(reason: AgentFailureReason): string {
  return explanations[reason];
}
