import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { eventually } from "@agentbot/core/testing";
import { startFakeGitHub, webhookRequest } from "@agentbot/provider-github/testing";
import { findFreePort } from "@agentbot/test-services";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startLocalHosts } from "../../examples/minimal/test/fixtures/start-local-hosts.js";
import { createUserProject, firstCodeOf, root, type UserProject } from "./fixtures/packed-packages.js";

/** They install hundreds of megabytes from the registry. */
const isFull = process.env["AGENTBOT_TEST_FULL"] === "1";
const next = { next: "16.4.6", react: "19.3.0", "react-dom": "19.3.0" };
const secret = "a secret of this test only";
const readme = readFileSync(join(root, "README.md"), "utf8");
const botOfReadme = firstCodeOf(readme);

describe.runIf(isFull)("installed from tarballs by a package manager, the bot of the README", () => {
  const directory = mkdtempSync(join(tmpdir(), "agentbot-installers-"));
  let packed: UserProject;
  let github: Awaited<ReturnType<typeof startFakeGitHub>>;
  let localHosts: Awaited<ReturnType<typeof startLocalHosts>>;

  beforeAll(async () => {
    packed = createUserProject();
    mkdirSync(join(directory, "bin"));
    symlinkSync(join(root, "examples/demo/agent/scripted-agent.mjs"), join(directory, "bin/claude"));
    github = await startFakeGitHub({ app: { id: 12345, slug: "agentbot" }, repositories: [] });
    localHosts = await startLocalHosts(github);
  });
  afterAll(async () => {
    await Promise.all([github.close(), localHosts.close()]);
    packed.dispose();
    rmSync(directory, { recursive: true, force: true });
  });

  const withoutSecrets = () => ({
    PATH: [join(directory, "bin"), dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
    HOME: directory,
    NEXT_TELEMETRY_DISABLED: "1",
  });
  const execute = (cwd: string, program: string, ...words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, words, { cwd, env: withoutSecrets(), encoding: "utf8" });
    expect([status, status === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
    return stdout.trim();
  };
  /** Makes a project whose dependencies are the tarballs, and others. */
  const makeProject = (name: string, others: Readonly<Record<string, string>> = {}): string => {
    const wanted = new Set(["core", "adapter-claude-cli", "provider-github", "workspace-git"]);
    const ours = packed.packages.filter(({ folder }) => wanted.has(folder));
    const tarballs = Object.fromEntries(ours.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]));
    const project = join(directory, name);
    mkdirSync(project);
    const manifest = { private: true, type: "module", dependencies: { ...tarballs, ...others } };
    writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
    return project;
  };
  /** Runs a bot until it answers a signed webhook; it ends with the test. */
  const answerWebhook = async (cwd: string, port: number, path: string, ...command: readonly string[]) => {
    const [program = "", ...words] = command;
    const env = {
      ...withoutSecrets(),
      ...localHosts.environment,
      NODE_OPTIONS: localHosts.nodeOptions.join(" "),
      PORT: String(port),
      ANTHROPIC_API_KEY: localHosts.apiKey,
      GITHUB_APP_ID: "12345",
      GITHUB_PRIVATE_KEY: github.app.privateKey,
      GITHUB_WEBHOOK_SECRET: secret,
    };
    const bot: ChildProcess = spawn(program, words, { cwd, env, stdio: "ignore" });
    const ended = once(bot, "exit");
    onTestFinished(async () => {
      bot.kill("SIGKILL");
      await ended;
    });
    const url = `http://127.0.0.1:${port}${path}`;
    await eventually("the bot to be ready", async () => {
      expect(bot.exitCode).toBe(null);
      return (await fetch(`${url}/readyz`).catch(() => null))?.ok || null;
    });
    const ping = webhookRequest({ event: "ping", payload: { zen: "Keep it logically awesome." }, secret });
    const response = await fetch(`${url}/webhooks/github`, ping);
    expect([response.status, await response.json()]).toEqual([200, { status: "ignored", reason: "ping" }]);
    return response;
  };
  const writeBot = (project: string, code = botOfReadme, file = "bot.js"): string => {
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    writeFileSync(join(project, file), ts.transpileModule(code, { compilerOptions }).outputText);
    return file;
  };

  test("runs where pnpm lets each package see its own dependencies only", async () => {
    const project = makeProject("pnpm");
    execute(project, "npx", "-y", "pnpm@10", "install", "--config.strict-peer-dependencies=true");
    await answerWebhook(project, await findFreePort(), "", process.execPath, writeBot(project));
  });

  test.each([22, 24])("runs on Node %d", async (major) => {
    const project = makeProject(`node-${major}`);
    execute(project, "npm", "install", "--no-audit", "--no-fund");
    const node = execute(project, "npx", "-y", "-p", `node@${major}`, "node", "-p", "process.execPath");
    expect(execute(project, node, "--version")).toMatch(`v${major}.`);
    await answerWebhook(project, await findFreePort(), "", node, writeBot(project));
  });

  test("runs inside Express, Fastify and Hono, as their examples show", async () => {
    const folders = ["express", "fastify", "hono"] as const;
    const servers = folders.map((folder) => {
      const { dependencies } = JSON.parse(readFileSync(join(root, "examples", folder, "package.json"), "utf8"));
      return Object.entries(dependencies as Record<string, string>).filter(([name]) => !name.startsWith("@agentbot/"));
    });
    const project = makeProject("servers", Object.fromEntries(servers.flat()));
    execute(project, "npm", "install", "--no-audit", "--no-fund");
    for (const folder of folders) {
      const code = readFileSync(join(root, "examples", folder, "src/bot.ts"), "utf8");
      const file = writeBot(project, code, `${folder}.js`);
      await answerWebhook(project, await findFreePort(), "", process.execPath, file);
    }
  });

  test("is built by Next.js without secrets, and answers there below a path from one worker", async () => {
    const types = { "@types/node": "20.19.43", "@types/react": "19.3.0", typescript: "5.9.3" };
    const project = makeProject("next", { ...next, ...types });
    execute(project, "npm", "install", "--no-audit", "--no-fund");
    const compose = botOfReadme
      .slice(0, botOfReadme.indexOf("await bot.start()"))
      .replace(/^(?=const \{ PATH)/m, "export function compose() {\n")
      .replace("createBot({", 'createBot({\n  mountPath: "/bot",');
    const files = [...readme.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)];
    expect(files.map(([, path]) => path)).toEqual(["agentbot.ts", "app/bot/[...path]/route.ts", "instrumentation.ts"]);
    mkdirSync(join(project, "app/bot/[...path]"), { recursive: true });
    writeFileSync(join(project, "compose.ts"), `${compose}return bot;\n}\n`);
    for (const [, path = "", code = ""] of files) {
      const composed = code
        .replace('createBot({ …, mountPath: "/bot" })', "compose()")
        .replace("{ type Bot, createBot }", "type { Bot }");
      const isOwn = path === "agentbot.ts";
      writeFileSync(join(project, path), isOwn ? `import { compose } from "./compose";\n${composed}` : code);
    }
    const layout =
      "export default ({ children }: { children: React.ReactNode }) => <html><body>{children}</body></html>;";
    writeFileSync(join(project, "app/layout.tsx"), layout);
    const cli = "node_modules/next/dist/bin/next";
    execute(project, process.execPath, cli, "build");
    const port = await findFreePort();
    const start = [process.execPath, cli, "start", "-p", String(port), "--keepAliveTimeout", "75000"];
    const { headers } = await answerWebhook(project, port, "/bot", ...start);
    expect(headers.get("keep-alive")).toBe("timeout=75");
  });
});
