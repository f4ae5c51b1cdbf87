import {
  type MessagesFault,
  type MessagesScript,
  type Turn,
  textTurn,
  toolTurn,
} from "@agentbot/adapter-claude-cli/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClaudeServer, patienceMs, startClaudeServer } from "./fixtures/claude-server.js";
import { describeWithClaude } from "./fixtures/real-claude.js";

const isFull = process.env["AGENTBOT_TEST_FULL"] === "1";
const always = Number.POSITIVE_INFINITY;
const look: Turn = toolTurn("Read", { file_path: "README.md" });
const mends = [
  look,
  toolTurn("Edit", { file_path: "README.md", old_string: "teh", new_string: "the" }),
  textTurn("Mended it."),
];
const costly = { ...look, usage: { inputTokens: 100_000, outputTokens: 1000 } };

/** A failure of a run, and its expected outcome. */
interface Case {
  readonly fault?: MessagesFault;
  /** @defaultValue a change is made */
  readonly script?: MessagesScript;
  /** `status reason`, as in the tasks table. */
  readonly end: string;
  /** @defaultValue 1 */
  readonly attempts?: number;
  /** The first line of the one comment. */
  readonly comment: string;
  /** Takes long: in the full run only. */
  readonly isLong?: boolean;
}

const failed = (words: string): string => `agentbot could not do this. ${words}`;
const badAccount = failed(
  "The agent's API refused the bot: its key is missing or wrong, or its account has no credit left; the bot's operator has to fix it.",
);
const outage = failed("The agent's API could not be reached, or gave no usable answer; try again later.");
const overBudget = failed("The agent reached its budget before it was done.");
const mended = "agentbot is done. [#";

const cases: Readonly<Record<string, Case>> = {
  "a key that is refused": { fault: { status: 401, times: always }, end: "failed agent_auth", comment: badAccount },
  "no credit": {
    fault: { status: 400, message: "Your credit balance is too low to access the Anthropic API.", times: always },
    end: "failed agent_auth",
    comment: badAccount,
  },
  "an unknown model": {
    fault: { status: 404, message: "model: none", times: always },
    end: "failed agent_misconfigured",
    comment: failed("The agent cannot work with its configuration; the bot's operator has to fix it."),
  },
  "too many requests": {
    fault: { status: 429, headers: { "retry-after": "3600" }, times: always },
    end: "failed agent_rate_limited",
    comment: failed("The agent's API kept answering that there were too many requests (429); try again later."),
  },
  "an overload to the end": {
    fault: { status: 529, times: always },
    end: "failed agent_overloaded",
    comment: failed("The agent's API was overloaded to the end (529); try again later."),
  },
  "an overload that passes": { fault: { status: 529, times: 2 }, end: "succeeded null", comment: mended },
  "a prompt too long": {
    fault: { status: 400, message: "prompt is too long: 250000 tokens > 200000 maximum", times: always },
    end: "failed agent_prompt_too_long",
    comment: failed("The request is longer than the agent's model can read."),
  },
  "a refusal": {
    script: [textTurn("I will not.", { stopReason: "refusal" })],
    end: "failed agent_refused",
    comment: failed("The agent's model refused the request."),
  },
  "an answer that never fits": {
    script: () => textTurn("words ".repeat(100), { stopReason: "max_tokens" }),
    end: "failed agent_answer_too_long",
    comment: failed("The agent's answer exceeded its model's limit; a smaller request may help."),
  },
  "its last turn": {
    script: () => look,
    end: "failed agent_max_turns",
    comment: failed("The agent reached its limit of turns before it was done."),
  },
  "a budget that is spent": {
    script: () => costly,
    end: "failed budget",
    comment: overBudget,
  },
  "a stream that is cut once": { fault: { cut: "mid-stream" }, end: "succeeded null", comment: mended },
  "streams that are cut to the end": {
    fault: { cut: "mid-stream", times: always },
    end: "failed agent_api",
    attempts: 2,
    comment: outage,
    isLong: true,
  },
  "an API that fails and recovers between two attempts": {
    fault: { status: 500, times: 5 },
    end: "succeeded null",
    attempts: 2,
    comment: mended,
    isLong: true,
  },
};

const wanted = Object.entries(cases).filter(([, { isLong = false }]) => isFull || !isLong);

describeWithClaude("with the real CLI, one comment shows how the task ended after", () => {
  let server: ClaudeServer;
  beforeAll(async () => {
    server = await startClaudeServer({
      script: mends,
      issueNumbers: [...wanted.keys(), wanted.length].map((index) => index + 1),
      variables: { TASK_BUDGET_USD: "1", TASK_MAX_ATTEMPTS: "2" },
      runner: { maxTurns: 8 },
    });
  }, patienceMs);
  afterAll(() => server.close());

  test.each(wanted.map(([name, one], index) => [name, index + 1, one] as const))(
    "%s",
    { timeout: patienceMs },
    async (_, issueNumber, { fault, script = mends, end, attempts = 1, comment }) => {
      const { api, local } = server;
      api.clearFaults();
      api.follow(script);
      if (fault !== undefined) api.fail(fault);
      const before = api.requests.length;
      const task = await server.ended(await server.ask(issueNumber, "@agentbot fix the typo"));

      expect(`${task.status} ${task.reason}`).toBe(end);
      expect(task.attempt).toBe(attempts);
      const comments = server.commentsOn(issueNumber).map(({ body }) => body.split("\n")[0]);
      expect(comments).toEqual([expect.stringContaining(comment)]);
      const isDone = task.status === "succeeded";
      expect(await local.findBranch(`agentbot/${task.id}`)).toEqual(isDone ? expect.any(String) : null);
      expect(local.github.pullRequests.filter(({ head }) => head.endsWith(task.id))).toHaveLength(isDone ? 1 : 0);
      const requests = api.requests.slice(before);
      expect(new Set(requests.map(({ method, path }) => `${method} ${path}`))).toEqual(
        new Set(["POST /v1/messages?beta=true"]),
      );
      if (task.reason === "budget") {
        const turnUsd = task.usage.costUsd / requests.length;
        expect(task.usage.costUsd - turnUsd).toBeLessThan(1);
        expect(task.usage.costUsd).toBeGreaterThanOrEqual(1);
        expect(task.usage.inputTokens).toBe(100_000 * requests.length);
      }
    },
  );

  test("an API that never answers, until the time is up", { timeout: patienceMs }, async () => {
    const slow = await startClaudeServer({ script: mends, variables: { TASK_TIMEOUT_SECONDS: "5" } });
    try {
      slow.api.fail({ hang: "before-answer", times: always });
      const task = await slow.ended(await slow.ask(1, "@agentbot fix the typo"));
      expect(task).toMatchObject({ status: "failed", reason: "agent_timed_out", attempt: 1 });
      expect(slow.commentsOn(1).map(({ body }) => body.split("\n")[0])).toEqual([
        failed("The agent reached its time limit before it was done."),
      ]);
    } finally {
      await slow.close();
    }
  });
});
