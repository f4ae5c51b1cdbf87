import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import type { AgentJob, AgentRunner } from "../../src/ports/agent-runner.js";
import type { LaunchRequest } from "../../src/ports/launch.js";
import type { AgentOutcome } from "../../src/task/agent-outcome.js";
import { type AgentRunnerScenario, agentRunnerContract } from "../../src/testing/agent/agent-runner-contract.js";
import { agentOutcomeFixture } from "../../src/testing/checkpoint-fixture.js";
import { createScenarioRunner } from "./scripted-agent.js";
import { casesThatMissIt } from "./support/broken-cases.js";

/** A runner that breaks the contract in one way. */
type Breakage = (honest: AgentRunner) => Partial<AgentRunner>;

const changing =
  (change: (outcome: AgentOutcome) => Partial<AgentOutcome>): Breakage =>
  (honest) => ({
    async run(job, context) {
      const outcome = await honest.run(job, context);
      return { ...outcome, ...change(outcome) };
    },
  });

const broken: readonly (readonly [string, AgentRunnerScenario, Breakage])[] = [
  ["has a name that fits no label", "edits", () => ({ name: "Claude Code" })],
  ["succeeds with a reason", "edits", changing(() => ({ reason: "agent_failed" }))],
  ["forgets its session", "edits", changing(() => ({ sessionId: null }))],
  ["starts a new session each time", "edits", changing(() => ({ sessionId: crypto.randomUUID() }))],
  ["reports no usage", "edits", changing(({ usage }) => ({ usage: { ...usage, inputTokens: 0 } }))],
  ["counts half turns", "edits", changing(() => ({ turns: 0.5 }))],
  ["adds a field of its own", "edits", changing(() => ({ exitCode: 0 }) as Partial<AgentOutcome>)],
  [
    "emits nothing",
    "edits",
    (honest) => ({ run: (job, context) => honest.run(job, { ...context, onEvent: () => {} }) }),
  ],
  [
    "fails when the session is gone",
    "edits",
    (honest) => ({
      async run(job, context) {
        const outcome = await honest.run(job, context);
        if (job.sessionId === null) return outcome;
        return { ...outcome, status: "failed", reason: "agent_session_unknown" };
      },
    }),
  ],
  [
    "spends without a budget",
    "edits",
    (honest) => ({ run: (job, context) => honest.run({ ...job, budgetUsd: 1 }, context) }),
  ],
  ["throws expected failures", "fails", () => ({ run: () => Promise.reject(new Error("the model is gone")) })],
  ["fails without a summary", "fails", changing(() => ({ summary: "" }))],
  ["reports an abort as a failure of the agent", "hangs", changing(() => ({ reason: "agent_failed" }))],
  [
    "leaves something behind",
    "hangs",
    (honest) => ({
      async run(job, context) {
        const outcome = await honest.run(job, context);
        const survivor = setInterval(() => {
          appendFile(join(job.directory, "heartbeat.txt"), ".").catch(() => clearInterval(survivor));
        }, 10);
        return outcome;
      },
    }),
  ],
];

describe("the contract of agent runners catches a runner that", () => {
  test.each(broken)("%s", async (_, scenario, breakage) => {
    const elsewhere = new Error("another scenario");
    const cases = agentRunnerContract({
      create: async (played) => {
        if (played !== scenario) throw elsewhere;
        const honest = createScenarioRunner(played);
        return { subject: { ...honest, ...breakage(honest) }, dispose: async () => {} };
      },
    });
    const verdicts = await Promise.allSettled(cases.map(({ run }) => run()));
    const complaints = verdicts.filter((verdict) => verdict.status === "rejected" && verdict.reason !== elsewhere);
    expect(complaints).not.toEqual([]);
  });
});

describe("the contract of agent runners, for a runner that starts a program,", () => {
  /** Passes the prompt to its program on standard input, and all else in its environment. */
  const launching = (change: (request: LaunchRequest, job: AgentJob) => Partial<LaunchRequest>): AgentRunner => ({
    name: "launching",
    credential: "held",
    async run(job, { signal, launch }) {
      const { prompt: stdin, ...rest } = job;
      const environment = { JOB: JSON.stringify(rest) };
      const request = { program: process.execPath, arguments: ["-e", ""], environment, stdin, signal };
      const { startError } = await launch({ ...request, ...change(request, job) });
      if (startError) throw new AgentBotError("AGENT_UNAVAILABLE", startError.message);
      return agentOutcomeFixture();
    },
  });
  const about = /by the context's launch|reach the program|among the program's words|reaches the program/;
  const missed = (subject: AgentRunner) =>
    casesThatMissIt(agentRunnerContract({ create: async () => ({ subject, dispose: async () => {} }) }), about);

  test("accepts one that passes everything on", async () => {
    expect(await missed(launching(() => ({})))).toHaveLength(5);
  });

  test.each<[string, AgentRunner, number]>([
    ["drops the job", launching(() => ({ environment: {} })), 2],
    ["shows the prompt", launching((_, { prompt }) => ({ arguments: ["-e", "", "--", prompt] })), 4],
    ["shows the key", launching((_, { endpoint }) => ({ arguments: ["-e", "", "--", endpoint?.apiKey ?? ""] })), 4],
    ["starts no program", { ...launching(() => ({})), run: async () => agentOutcomeFixture() }, 0],
  ])("catches one that %s", async (_, runner, passingCount) => {
    expect(await missed(runner)).toHaveLength(passingCount);
  });
});

test("a capability that is lacking stays in the list, with the reason", () => {
  const names = agentRunnerContract({
    create: async (scenario) => ({ subject: createScenarioRunner(scenario), dispose: async () => {} }),
    lacks: { resume: "it has no sessions" },
  }).map(({ name }) => name);
  expect(names.filter((name) => name.includes("it has no sessions"))).toHaveLength(1);
});
