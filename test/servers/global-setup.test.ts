import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import type { TestProject } from "vitest/node";
import { setup } from "./global-setup.js";

beforeEach(() => {
  vi.stubEnv("REDIS_URL", inject("redisUrl"));
  vi.stubEnv("DATABASE_URL", inject("databaseUrl"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Sets a run up, and gives what its tests get and what is printed. */
async function setUp(): Promise<{ readonly provided: Record<string, unknown>; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  const provided: Record<string, unknown> = {};
  const project: Pick<TestProject, "provide"> = {
    provide: (key, value) => {
      provided[key] = value;
    },
  };
  const tearDown = await setup(project);
  await tearDown();
  return { provided, lines };
}

test("a run prints the source of each server in a line, and provides the servers to its tests", async () => {
  const { provided, lines } = await setUp();
  const markdownRenderer = inject("markdownRenderer");
  expect(provided).toEqual({ redisUrl: inject("redisUrl"), databaseUrl: inject("databaseUrl"), markdownRenderer });
  expect(lines).toEqual([
    `Redis: REDIS_URL (${inject("redisUrl")})\n`,
    `PostgreSQL: DATABASE_URL (${inject("databaseUrl")})\n`,
    `Markdown: ${markdownRenderer.origin}\n`,
  ]);
});

test("a run whose Redis does not answer is refused before any test", async () => {
  vi.stubEnv("REDIS_URL", "redis://:secret@127.0.0.1:1");
  await expect(setUp()).rejects.toThrow(/^REDIS_URL is redis:\/\/:\*\*\*@127\.0\.0\.1:1: no Redis answers there/);
});
