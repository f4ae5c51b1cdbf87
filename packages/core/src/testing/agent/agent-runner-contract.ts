import type { AgentRunner } from "../../ports/agent-runner.js";
import type { ContractCase, ContractSubject } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { editingClauses } from "./editing-clauses.js";
import { failingClauses } from "./failing-clauses.js";
import { hangingClauses } from "./hanging-clauses.js";
import { launchingClauses } from "./launching-clauses.js";

/**
 * The behaviour of the agent under the runner, which the subject arranges:
 *
 * - `edits`: writes `contract.txt` with `edited by the agent` into its working directory by one tool call, emits
 *   a message, and succeeds. It has used tokens and money.
 * - `fails`: starts, and ends with any expected failure that is not an abort or a time limit.
 * - `hangs`: appends to `heartbeat.txt` in its working directory every few milliseconds, it and, if it can start
 *   processes, a child of its own, and never ends.
 */
export type AgentRunnerScenario = "edits" | "fails" | "hangs";

/** Options of {@link agentRunnerContract}. */
export interface AgentRunnerContractOptions {
  /** Creates a runner whose agent plays the scenario; called once for each case. */
  readonly create: (scenario: AgentRunnerScenario) => Promise<ContractSubject<AgentRunner>>;
  /** Capabilities it lacks, each with the reason: `resume`, `budget`, `launch`, `mcpServers`, `endpoint`. */
  readonly lacks?: Readonly<Record<string, string>>;
}

/** The contract of the port {@link AgentRunner}. */
export function agentRunnerContract({ create, lacks = {} }: AgentRunnerContractOptions): readonly ContractCase[] {
  const playing = (scenario: AgentRunnerScenario) => ({ create: () => create(scenario), lacks });
  const all = [...editingClauses, ...launchingClauses, ...failingClauses, ...hangingClauses];
  const cases = (scenario: AgentRunnerScenario, clauses: readonly ContractClause<AgentRunner>[]) =>
    contractCases("agent runner", playing(scenario), clauses, all);
  return [
    ...cases("edits", [...editingClauses, ...launchingClauses]),
    ...cases("fails", failingClauses),
    ...cases("hangs", hangingClauses),
  ];
}
