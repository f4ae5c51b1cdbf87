import { fileURLToPath } from "node:url";
import { findTestServices } from "@agentbot/test-services";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A Redis for this run. Use a key prefix or queue name of your own, never flush it: others may use it too. */
    readonly redisUrl: string;
    /** A PostgreSQL for this run. Work in a database of your own, made with `CREATE DATABASE`. */
    readonly databaseUrl: string;
  }
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Finds or starts what tests share, once a run; they get it with `inject("redisUrl")` and `inject("databaseUrl")`. Only
 * `npm test`, which sets AGENTBOT_TEST_INSTALL, may install what is missing.
 */
export async function setup(project: Pick<TestProject, "provide">): Promise<() => Promise<void>> {
  const services = await findTestServices({
    environment: process.env,
    install: process.env["AGENTBOT_TEST_INSTALL"] ? { directory: root } : null,
    onProgress: say,
  });
  say(`Redis: ${services.origins.redis}`);
  say(`PostgreSQL: ${services.origins.postgres}`);
  project.provide("redisUrl", services.redisUrl);
  project.provide("databaseUrl", services.databaseUrl);
  return services.close;
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
