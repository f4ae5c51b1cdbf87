import { existsSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { type BotOptions, createBot } from "../../src/bot/create-bot.js";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createGateway } from "../../src/gateway/create-gateway.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { SetupProblem } from "../../src/ports/setup-problem.js";
import { createNoSandbox } from "../../src/sandbox/create-no-sandbox.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { eventually } from "../../src/testing/eventually.js";
import { createWorker } from "../../src/worker/create-worker.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { createRecordingLogger } from "../worker/fixtures/recording-logger.js";

const error = (part: string, message: string): SetupProblem => ({ part, severity: "error", message });
const warning = (part: string, message: string): SetupProblem => ({ part, severity: "warning", message });
const unaborted = { signal: new AbortController().signal };

/** The problems that each part finds; an error is thrown. */
interface Findings {
  readonly agent?: readonly SetupProblem[];
  readonly workspaces?: readonly SetupProblem[] | Error;
  readonly provider?: readonly SetupProblem[] | "nothing, for ever";
}

async function composeOptions(findings: Findings, overrides: Partial<BotOptions> = {}): Promise<BotOptions> {
  const { store, queue, agent, workspaces, provider } = await createBench();
  const lifecycle = {
    check: async () => {
      if (findings.provider === "nothing, for ever") return await new Promise<never>(() => {});
      return findings.provider ?? [];
    },
  };
  const check = async () => {
    if (findings.workspaces instanceof Error) throw findings.workspaces;
    return findings.workspaces ?? [];
  };
  return {
    ...{ store, queue, sandbox: createNoSandbox() },
    providers: [{ ...provider, lifecycle }],
    agent: { ...agent, check: async () => findings.agent ?? [] },
    workspaces: { ...workspaces, check },
    ...overrides,
  };
}

async function composeBot(findings: Findings, overrides: Partial<BotOptions> = {}) {
  const bot = createBot(await composeOptions(findings, { shutdownGraceMs: 0, ...overrides }));
  onTestFinished(() => bot.stop());
  return bot;
}

describe("the check of a bot", () => {
  test("finds nothing where every part is well, or has no check", async () => {
    expect(await (await composeBot({})).check(unaborted)).toEqual([]);
    const { store, queue, agent, workspaces, provider } = await createBench();
    const plain = createBot({ store, queue, agent, workspaces, providers: [provider], sandbox: createNoSandbox() });
    expect(await plain.check(unaborted)).toEqual([]);
    await plain.stop();
  });

  test("returns the problems of all parts at once, errors first", async () => {
    const bot = await composeBot(
      {
        provider: [warning("fake", "It lacks an event."), error("fake", "Its key is refused.")],
        agent: [error("scripted", "It is missing.")],
        workspaces: [warning("git", "It is old.")],
      },
      { health: { checks: { cache: () => Promise.reject(new Error("It is down.")), none: null } } },
    );
    expect(await bot.check(unaborted)).toEqual([
      error("fake", "Its key is refused."),
      error("scripted", "It is missing."),
      warning("fake", "It lacks an event."),
      warning("cache", "It could not be checked: It is down."),
      warning("git", "It is old."),
    ]);
  });

  test("has a warning for a part that throws, and for one that does not answer in five seconds", async () => {
    const clock = createManualClock();
    const ping = () => Promise.reject(new AgentBotError("STORE_UNAVAILABLE", "It is down."));
    const bot = await composeBot(
      { provider: "nothing, for ever", workspaces: new Error("Out of space.") },
      { clock, store: { ...createMemoryStore(), health: { ping } } },
    );
    const checking = bot.check(unaborted);
    await eventually("the provider alone to be awaited", () => (clock.sleeperCount === 1 ? true : null));
    await clock.advance(5000);
    expect(await checking).toEqual([
      warning("acme", "It could not be checked: It took longer than 5000 ms"),
      warning("store", "It could not be checked: It is down."),
      warning("workspaces", "It could not be checked: Out of space."),
    ]);
  });

  test("shows no secret that a part quotes, one bounded line of it, and a defective part as one", async () => {
    const quoted = `The key sk-ant-${"a1".repeat(20)} is refused\nby https://user:pass-word@cache`;
    const bot = await composeBot(
      { agent: [error("scripted", quoted)], workspaces: new Error("x".repeat(50_000_000)) },
      { health: { checks: { cache: () => Promise.reject(new Error(quoted)) } } },
    );
    const { providers, ...options } = await composeOptions({});
    const nothing = { check: async () => JSON.parse("null") as [] };
    const defective = createBot({ ...options, providers: providers.map((each) => ({ ...each, lifecycle: nothing })) });
    onTestFinished(() => defective.stop());
    const shown = "The key [redacted] is refused by https://user:[redacted]@cache";
    expect(await bot.check(unaborted)).toEqual([
      error("scripted", shown),
      warning("cache", `It could not be checked: ${shown}`),
      warning("workspaces", expect.stringMatching(/^It could not be checked: x{974}…$/)),
    ]);
    expect(await defective.check(unaborted)).toEqual([warning("acme", expect.stringMatching(/^It could not be/))]);
  });

  test("starts programs of the agent in an empty directory, which is removed", async () => {
    const lines: string[] = [];
    const { agent, ...options } = await composeOptions({});
    const bot = createBot({
      ...options,
      agent: {
        ...agent,
        async check({ launch, signal }) {
          const command = { program: "/bin/sh", arguments: ["-c", "pwd; ls -A | wc -l"], environment: {} };
          await launch({ ...command, signal, onLine: (line) => void lines.push(line.trim()) });
          return [];
        },
      },
    });
    onTestFinished(() => bot.stop());
    expect(await bot.check(unaborted)).toEqual([]);
    expect([lines[1], existsSync(lines[0] ?? "")]).toEqual(["0", false]);
  });

  test("has warnings alone about the agent where no sandbox can start, since no agent is started then", async () => {
    const check = async () => ({ status: "unavailable", reason: "bwrap is missing" }) as const;
    const sandbox = { ...createNoSandbox(), name: "bwrap", check };
    const bot = await composeBot({ agent: [error("scripted", "It is missing.")] }, { sandbox });
    expect(await bot.check(unaborted)).toEqual([
      warning("sandbox", "The sandbox bwrap cannot start, and no task is claimed until it can: bwrap is missing"),
      warning("scripted", "It is missing."),
    ]);
  });

  test("is that of each half where they are apart", async () => {
    const found = { provider: [error("fake", "Refused.")], agent: [error("scripted", "Missing.")] };
    const { store, queue, providers, agent, sandbox, workspaces } = await composeOptions(found);
    const gateway = createGateway({ store, queue, providers });
    const worker = createWorker({ store, queue, providers, agent, sandbox, workspaces });
    expect(await gateway.check(unaborted)).toEqual(found.provider);
    expect(await worker.check(unaborted)).toEqual([...found.provider, ...found.agent]);
    await Promise.all([gateway.close(), worker.stop()]);
  });
});

describe("the start of a bot", () => {
  test("is refused with every error, one line each, and each warning is a line of the log", async () => {
    const logger = createRecordingLogger();
    const bot = await composeBot(
      {
        provider: [error("fake", "Its key is refused."), warning("fake", "It lacks an event.")],
        agent: [error("scripted", "It is missing.")],
      },
      { logger },
    );
    const refusal = await bot.start().catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({
      code: "CONFIGURATION_INVALID",
      message: "The bot cannot start:\n  - fake: Its key is refused.\n  - scripted: It is missing.",
    });
    expect(logger.lines).toEqual([{ level: "warn", facts: { part: "fake" }, message: "It lacks an event." }]);
    expect(bot.worker.readiness()).toBe("the sandbox has not been checked yet");
  });

  test("goes on after warnings", async () => {
    const bot = await composeBot({ provider: [warning("fake", "It cannot be reached.")] });
    await bot.start();
    await eventually("it to be ready", () => (bot.worker.readiness() === null ? true : null));
  });

  test("that is stopped during the check starts nothing and throws nothing", async () => {
    const bot = await composeBot({ provider: "nothing, for ever" });
    const starting = bot.start();
    await bot.stop();
    await starting;
    expect(bot.worker.readiness()).toBe("the worker is stopping");
  });
});
