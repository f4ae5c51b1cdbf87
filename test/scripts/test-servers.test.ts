import { fileURLToPath } from "node:url";
import { afterEach, expect, inject, test, vi } from "vitest";
import { createTinyWorkspace } from "./fixtures/tiny-workspace.js";

const setup = fileURLToPath(new URL("../servers/global-setup.ts", import.meta.url));
const conditions = ["agentbot-source", "node", "default"];

afterEach(() => {
  vi.unstubAllEnvs();
});

test("npm test counts a server that cannot be found as a failure and prints what to do", () => {
  const workspace = createTinyWorkspace();
  const config = {
    environments: { __vitest__: { resolve: { conditions, externalConditions: conditions } } },
    test: { include: ["packages/*/test/*.test.ts"], globalSetup: setup },
  };
  workspace.write("vitest.config.ts", `export default ${JSON.stringify(config)};`);
  workspace.write(
    "packages/core/test/a.test.ts",
    'import { test } from "vitest";\n\ntest("is never run", () => {});\n',
  );
  vi.stubEnv("REDIS_URL", "redis://:secret@127.0.0.1:1");
  vi.stubEnv("DATABASE_URL", inject("databaseUrl"));
  const { status, lines } = workspace.run("test.mjs");
  workspace.dispose();
  expect(lines.join("\n")).toMatch(/REDIS_URL is redis:\/\/:\*\*\*@127\.0\.0\.1:1: no Redis .* unset REDIS_URL/);
  expect(lines.join("\n")).not.toContain("secret");
  expect([lines.at(-1), status]).toEqual(["4 passed, 1 failed", 1]);
});
