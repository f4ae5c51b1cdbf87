import { notPermitted } from "../access/create-permission-policy.js";
import { AgentBotError } from "../errors/agentbot-error.js";
import type { ErrorCode } from "../errors/error-codes.js";
import { type AgentFailureReason, type AgentOutcome, agentFailureReasonSchema } from "../task/agent-outcome.js";

/** The reason of a task that ended with a question: in which repository? A path in the thread is the answer. */
export const repositoryUnknown = "repository_unknown";

const agentFailures: Readonly<Record<AgentFailureReason, string>> = {
  agent_auth:
    "The agent's API refused the bot: its key is missing or wrong, or its account has no credit left; the bot's operator has to fix it.",
  agent_rate_limited: "The agent's API kept answering that there were too many requests (429); try again later.",
  agent_overloaded: "The agent's API was overloaded to the end (529); try again later.",
  agent_api: "The agent's API could not be reached, or gave no usable answer; try again later.",
  agent_prompt_too_long: "The request is longer than the agent's model can read.",
  agent_answer_too_long: "The agent's answer exceeded its model's limit; a smaller request may help.",
  agent_refused: "The agent's model refused the request.",
  agent_max_turns: "The agent reached its limit of turns before it was done.",
  budget: "The agent reached its budget before it was done.",
  agent_timed_out: "The agent reached its time limit before it was done.",
  agent_session_unknown: "The agent's earlier session could not be resumed.",
  agent_misconfigured: "The agent cannot work with its configuration; the bot's operator has to fix it.",
  agent_interrupted: "The agent was interrupted before it had a result.",
  agent_aborted: "The agent was stopped.",
  agent_failed: "The agent ended with an error of its own.",
};

/** Causes that people in the thread can act on; the others are for the operator, in the log. */
const errors: Readonly<Partial<Record<ErrorCode, string>>> = {
  ATTEMPTS_EXHAUSTED: "It was given up after several attempts that never reached an end.",
  GIT_NAME_INVALID: "The repository or the branch has a name that cannot be worked with.",
  GIT_FAILED: "The repository could not be read or written with git.",
  GIT_AUTHENTICATION_FAILED: "The git server refused the bot's access to the repository.",
  REPOSITORY_EMPTY: "The repository has no commits yet: push a first one, then retry.",
  BRANCH_MISSING: "The branch to work on does not exist any more.",
  PUSH_REFUSED:
    "The code host refused the bot's branch: a rule of the repository or a permission of the bot forbids it.",
  BRANCH_CONFLICT: "The branch for the change already has commits of another author; it is never overwritten.",
  PULL_REQUEST_CONFLICT: "A pull request of another author exists for the bot's branch; it is never taken over.",
  CHANGE_HOLDS_SECRET: "The change contains a secret of the bot, so nothing of it was published.",
  CHANGE_TOO_LARGE: "The change is larger than the bot may publish.",
  CHANGE_NOT_COMMITTED: "The agent has worked, but its change could not be committed, so nothing of it was published.",
  AGENT_UNAVAILABLE: "The agent cannot be started on the bot's machine.",
  STORE_UNAVAILABLE: "The bot's database could not be reached.",
  PROVIDER_REJECTED: "The provider refused the bot's request.",
  PROVIDER_UNAVAILABLE: "The provider could not be reached, or limits the bot's requests for now.",
  PROVIDER_AUTHENTICATION_FAILED: "The provider refused the bot's access.",
};

/** Ends of a task by an event, a person or a rule. */
const endings = {
  stopped: "It was stopped.",
  withdrawn: "The message that requested it was deleted.",
  [notPermitted]: "It was requested without write permission in the repository.",
  [repositoryUnknown]: "The question in which repository to work is still open.",
  repository_not_configured: "No repository can be chosen from here; the bot's operator has to configure one.",
  repository_removed: "The bot's access to the repository was removed.",
  installation_suspended: "The bot was suspended here.",
  installation_deleted: "The bot was uninstalled here.",
  pull_request_gone: "The pull request does not exist any more.",
  conversation_gone: "The conversation in which it was requested does not exist any more.",
  permission_missing: "The bot lacks a permission at the provider.",
  fork_unsupported: "Pull requests from forks cannot be worked on yet.",
} as const;

const sentences: ReadonlyMap<string, string> = new Map([
  ...Object.entries(agentFailures),
  ...Object.entries(errors).map(([code, sentence]) => [code.toLowerCase(), sentence] as const),
  ...Object.entries(endings),
]);

/** Returns one plain sentence for a stored reason; null for one of an operator's own policy, resolver or stop. */
export function explainReason(reason: string): string | null {
  const [kind = ""] = reason.split(":");
  return sentences.get(kind) ?? null;
}

/** Returns the reason to store for an error; a missing permission is named behind a colon. */
export function reasonOf(error: unknown): string {
  if (!AgentBotError.isInstance(error)) return "internal_error";
  const permissions = missingPermissions(error);
  if (permissions !== null) return `permission_missing:${permissions.replaceAll(" or ", "|").replaceAll(" ", "")}`;
  return agentFailureReasonOf(error) ?? error.code.toLowerCase();
}

/** Returns true for a provider's refusal since the conversation does not exist any more. */
export function isConversationGone(error: unknown): boolean {
  return AgentBotError.hasCode(error, "PROVIDER_REJECTED") && error.details["reason"] === "conversation_gone";
}

/** The permissions that a provider's refusal names; null for every other error. */
function missingPermissions(error: unknown): string | null {
  if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED") || error.details["reason"] !== "permission_missing")
    return null;
  return String(error.details["permissions"]);
}

/** Returns one plain sentence for the end of a task that the bot itself cannot work on, or is not to. */
export function explainEnd(reason: keyof typeof endings): string {
  return endings[reason];
}

/** The error of an agent's run that failed and may succeed if it is repeated; it keeps the agent's own reason. */
export function agentInterrupted({ reason, turns }: AgentOutcome): AgentBotError {
  const agentReason = reason ?? "agent_interrupted";
  return new AgentBotError("AGENT_INTERRUPTED", `The agent's run failed (${agentReason}) and may be tried again`, {
    details: { reason: agentReason, turns },
  });
}

/** The agent's own reason in an error of {@link agentInterrupted}; null for every other error. */
function agentFailureReasonOf(error: unknown): AgentFailureReason | null {
  if (!AgentBotError.hasCode(error, "AGENT_INTERRUPTED")) return null;
  return agentFailureReasonSchema.safeParse(error.details["reason"]).data ?? null;
}

/** Returns one plain sentence for why an agent's run failed. */
export function explainFailure(reason: AgentFailureReason): string {
  return agentFailures[reason];
}

/**
 * Returns one plain sentence for why a run failed, without any detail of the machine: the thread may be public.
 *
 * @param redact - returns a text without secrets: a sentence may hold a server's own words
 */
export function explainError(error: unknown, redact: (text: string) => string): string {
  const agentReason = agentFailureReasonOf(error);
  if (agentReason) return explainFailure(agentReason);
  const internal = "An internal error of the bot; its log has the details.";
  if (!AgentBotError.isInstance(error)) return internal;
  const permissions = missingPermissions(error);
  if (permissions !== null) {
    return `The bot lacks the permission ${permissions} at the provider; its owner there has to grant it, then retry.`;
  }
  const sentence = errors[error.code] ?? internal;
  const { answer } = error.details;
  if (typeof answer !== "string" || answer === "") return sentence;
  const words = redact(answer);
  return error.code === "PUSH_REFUSED"
    ? `The code host refused the bot's branch: ${words} Change what it names, then retry.`
    : `${sentence.replace(/\.$/, ":")} ${words}`;
}
