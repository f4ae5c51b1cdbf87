import { fileURLToPath } from "node:url";
import { type FoundRenderer, findMarkdownRenderer, findTestServices } from "@agentbot/test-services";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A Redis for this run. Use a key prefix or queue name of your own, never flush it: others may use it too. */
    readonly redisUrl: string;
    /** A PostgreSQL for this run. Work in a database of your own, made with `CREATE DATABASE`. */
    readonly databaseUrl: string;
    /** The renderer of GitHub's Markdown, or what to install for it. */
    readonly markdownRenderer: FoundRenderer;
  }
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Finds or starts what tests share, once a run; they get it with `inject("redisUrl")` and by the other names above. Only
 * `npm test`, which sets AGENTBOT_TEST_INSTALL, may install what is missing.
 */
export async function setup(project: Pick<TestProject, "provide">): Promise<() => Promise<void>> {
  const options = {
    environment: process.env,
    install: process.env["AGENTBOT_TEST_INSTALL"] ? { directory: root } : null,
    onProgress: say,
  };
  const services = await findTestServices(options);
  const renderer = await findMarkdownRenderer(options);
  say(`Redis: ${services.origins.redis}`);
  say(`PostgreSQL: ${services.origins.postgres}`);
  say(`Markdown: ${renderer.origin}`);
  project.provide("markdownRenderer", renderer);
  project.provide("redisUrl", services.redisUrl);
  project.provide("databaseUrl", services.databaseUrl);
  return services.close;
}

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
