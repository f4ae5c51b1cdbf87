import { AgentBotError } from "../../errors/agentbot-error.js";
import type { ErrorCode } from "../../errors/error-codes.js";
import { agentFailureReasonOf } from "../run/agent-interrupted.js";
import { explainFailure } from "./explain-failure.js";

const internal = "An error inside the bot; its log has the details.";

/** What people in the thread can do something about; every other code is the operator's, whose log says more. */
const explanations: Readonly<Partial<Record<ErrorCode, string>>> = {
  ATTEMPTS_EXHAUSTED: "It was given up after several attempts that never reached an end.",
  GIT_NAME_INVALID: "The repository or the branch has a name that cannot be worked with.",
  GIT_FAILED: "The repository could not be read or written with git.",
  GIT_AUTHENTICATION_FAILED: "The git server refused the bot's access to the repository.",
  BRANCH_CONFLICT: "The branch for the change exists with somebody else's commits; it is never overwritten.",
  PULL_REQUEST_CONFLICT: "Somebody else has opened a pull request for the bot's branch; it is never taken over.",
  CHANGE_HOLDS_SECRET: "The change holds a secret of the bot, so nothing of it was published.",
  CHANGE_TOO_LARGE: "The change is larger than the bot may publish.",
  AGENT_UNAVAILABLE: "The agent cannot be started on the bot's machine.",
  PROVIDER_REJECTED: "The provider refused what the bot wanted to do.",
  PROVIDER_UNAVAILABLE: "The provider could not be reached.",
  PROVIDER_AUTHENTICATION_FAILED: "The provider refused the bot's access.",
};

/** One plain sentence for why a run failed, without anything of the machine it ran on: the thread may be public. */
export function explainError(error: unknown): string {
  const agentReason = agentFailureReasonOf(error);
  if (agentReason) return explainFailure(agentReason);
  return (AgentBotError.isInstance(error) ? explanations[error.code] : null) ?? internal;
}
