import type { AgentRunner } from "../../ports/agent-runner.js";
import type { ContractCase, ContractSubject } from "../contract.js";
import { contractCases } from "../contract-cases.js";
import { editingClauses } from "./editing-clauses.js";
import { failingClauses } from "./failing-clauses.js";
import { hangingClauses } from "./hanging-clauses.js";

/**
 * What the agent under the runner must be brought to do. It is given by the subject, since a contract can't tell a
 * program how to behave:
 *
 * - `edits`: writes `contract.txt` with `edited by the agent` into its working directory by one tool call, says
 *   something, and succeeds. It has used tokens and money.
 * - `fails`: starts, and ends with any expected failure that is not an abort or a time limit.
 * - `hangs`: appends to `heartbeat.txt` in its working directory every few milliseconds, it and, if it can start
 *   processes, a child of its own, and never ends.
 */
export type AgentRunnerScenario = "edits" | "fails" | "hangs";

/** How {@link agentRunnerContract} gets its subjects. */
export interface AgentRunnerContractOptions {
  /** Makes a runner whose agent plays the scenario; called once for each case. */
  readonly create: (scenario: AgentRunnerScenario) => Promise<ContractSubject<AgentRunner>>;
  /** Capabilities it lacks, each with the reason: `resume`, `budget`, `launch`. */
  readonly lacks?: Readonly<Record<string, string>>;
}

/** What every {@link AgentRunner} promises. */
export function agentRunnerContract({ create, lacks = {} }: AgentRunnerContractOptions): readonly ContractCase[] {
  const playing = (scenario: AgentRunnerScenario) => ({ create: () => create(scenario), lacks });
  return [
    ...contractCases("agent runner", playing("edits"), editingClauses),
    ...contractCases("agent runner", playing("fails"), failingClauses),
    ...contractCases("agent runner", playing("hangs"), hangingClauses),
  ];
}
