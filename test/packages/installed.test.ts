import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { runProcess } from "@agentbot/core/process";
import { eventually } from "@agentbot/core/testing";
import { startFakeGitHub } from "@agentbot/provider-github/testing";
import { findFreePort } from "@agentbot/test-services";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, describe, expect, inject, test } from "vitest";
import { startLocalHosts } from "../../examples/minimal/test/fixtures/start-local-hosts.js";
import { createDatabase } from "../../packages/adapter-postgres/test/fixtures/create-database.js";
import { createUserProject, firstCodeOf, linkDependency, root } from "./fixtures/packed-packages.js";

const project = createUserProject();
afterAll(() => project.dispose());

/** Packages that the READMEs install beside ours, and the types of Node that every TypeScript project has. */
linkDependency(project.directory, "adapter-postgres", "pg");
for (const types of ["@types/node", "@types/pg"]) linkDependency(project.directory, "adapter-postgres", types);

const database = await createDatabase();
const botOfReadme = firstCodeOf(readFileSync(join(root, "README.md"), "utf8"));
const github = await startFakeGitHub({ app: { id: 12345, slug: "agentbot" }, repositories: [] });
afterAll(() => github.close());
const localHosts = await startLocalHosts(github);
afterAll(() => localHosts.close());
const programs = join(project.directory, "bin");
mkdirSync(programs);
symlinkSync(join(root, "examples/demo/agent/scripted-agent.mjs"), join(programs, "claude"));
const keyOfAnotherApp = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
}).privateKey;
const environment = {
  ...localHosts.environment,
  PATH: [programs, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
  ANTHROPIC_API_KEY: localHosts.apiKey,
  GITHUB_APP_ID: "12345",
  GITHUB_PRIVATE_KEY: github.app.privateKey,
  GITHUB_WEBHOOK_SECRET: "a secret of this test only",
  REDIS_URL: inject("redisUrl"),
  DATABASE_URL: database.url,
  AGENTBOT_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString("base64")}`,
};

function run(file: string, ...nodeOptions: readonly string[]) {
  const options = { cwd: project.directory, env: environment, encoding: "utf8", timeout: 240_000 } as const;
  return spawnSync(process.execPath, [...nodeOptions, file], options);
}

describe("installed from their tarballs, the packages", () => {
  test.each([
    ["nodenext", { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }],
    ["bundler", { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }],
  ])("have types that compile under %s, with those of every library checked", (name, resolution) => {
    const imports = project.packages.flatMap(({ specifiers }) => specifiers);
    const everything = imports.map((specifier, index) => `export * as part${index} from "${specifier}";\n`).join("");
    const files = [
      project.write(`${name}/everything.ts`, everything),
      project.write(`${name}/bot.ts`, botOfReadme),
      ...project.packages.map(({ folder, read }) =>
        project.write(`${name}/${folder}.ts`, firstCodeOf(read("README.md"))),
      ),
    ];
    const program = ts.createProgram(files, {
      ...resolution,
      ...{ target: ts.ScriptTarget.ES2022, lib: ["lib.es2023.d.ts"], types: ["node"] },
      ...{ strict: true, exactOptionalPropertyTypes: true, noPropertyAccessFromIndexSignature: true },
      ...{ skipLibCheck: false, noEmit: true },
      typeRoots: [join(project.directory, "node_modules/@types")],
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText, file }) => {
      return `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(problems).toEqual([]);
  });

  test.each(project.packages)("run the code in the README of packages/$folder", ({ folder, read }) => {
    const file = project.writeModule(`readme/${folder}.js`, firstCodeOf(read("README.md")));
    const { status, stderr } = run(file);
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("run the bot of the README, which logs, answers and stops on SIGTERM", async () => {
    const file = project.write("bot.mjs", botOfReadme);
    const port = await findFreePort();
    const env = { ...environment, PORT: String(port) };
    const bot = spawn(process.execPath, [...localHosts.nodeOptions, file], {
      cwd: project.directory,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(bot, "exit");
    const said: string[] = [];
    for (const stream of [bot.stdout, bot.stderr]) stream.on("data", (chunk) => said.push(String(chunk)));
    await eventually("the bot to be ready", async () => {
      expect([bot.exitCode, ...said]).toEqual([null, ...said]);
      return (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok || null;
    });
    bot.kill("SIGTERM");
    expect([await ended, said.join("")]).toEqual([[0, null], expect.stringContaining('"msg":"Ready"')]);
    expect(said.join("")).not.toContain("RSA PRIVATE KEY");
  });

  test.each([
    ["ANTHROPIC_API_KEY", "createClaudeRunner: apiKey: must not be empty"],
    ["GITHUB_APP_ID", "createGitHubProvider: appId: must be the App's numeric id"],
    ["GITHUB_WEBHOOK_SECRET", "createGitHubProvider: webhookSecret: must not be empty"],
  ])("refuse to run that bot without %s, by name", (missing, message) => {
    const file = project.write("bot.mjs", botOfReadme);
    const env = { ...environment, [missing]: "" };
    const { status, stderr } = spawnSync(process.execPath, [file], { cwd: project.directory, env, encoding: "utf8" });
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  test.each([
    ["an App key of another App", { GITHUB_PRIVATE_KEY: keyOfAnotherApp }, "github: GitHub answered 401"],
    [
      "no program of the agent",
      { PATH: dirname(process.execPath) },
      "claude: claude can't be started (ENOENT). Install",
    ],
    ["a port that is no number", { PORT: "80a" }, "options.port should be"],
  ])("refuse to start that bot with %s, in one line", async (_, variables, sentence) => {
    const { exitCode, stderrTail } = await runProcess({
      ...{ program: process.execPath, directory: project.directory, signal: new AbortController().signal },
      arguments: [...localHosts.nodeOptions, project.write("bot.mjs", botOfReadme)],
      environment: { ...environment, ...variables },
      onLine: () => {},
    });
    expect([exitCode, stderrTail]).toEqual([1, expect.stringContaining(sentence)]);
    expect(stderrTail.split(sentence)).toHaveLength(2);
  });

  test("have stacks with the names and the lines of the sources", () => {
    const code = `import { createGateway } from "@agentbot/core"; createGateway({});`;
    const { stderr } = run(project.write("stack.js", code), "--enable-source-maps");
    expect(stderr).toMatch(/^AgentBotError: createGateway: /m);
    expect(stderr).toMatch(/node_modules\/@agentbot\/core\/src\/errors\/parse-options\.ts:\d+/);
    expect(stderr).not.toMatch(/_AgentBotError/);
  });
});

describe.each(project.packages)("bundled by esbuild, packages/$folder", ({ folder, specifiers }) => {
  test("is one file that runs alone, without the packages that are optional", async () => {
    const names = specifiers.map((specifier, index) => `import * as part${index} from "${specifier}";\n`);
    const uses = specifiers.map((_, index) => `Object.keys(part${index}).length`);
    const error = `import { AgentBotError } from "@agentbot/core";\n`;
    const check = `console.log(${uses.join(" + ")} > 0, new AgentBotError("GIT_FAILED", "x").stack.split("\\n")[0]);\n`;
    const entry = project.write(`bundles/${folder}.js`, [error, ...names, check].join(""));
    const outfile = join(project.directory, `bundles/out/${folder}.mjs`);
    const { warnings } = await build({
      ...{ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", logLevel: "silent" },
      // esbuild's own program cannot be in a bundle; some CommonJS packages call `require`.
      external: ["esbuild"],
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    });
    expect(warnings.map(({ text }) => text).filter((text) => !isOptionalImport(text))).toEqual([]);
    const { status, stdout, stderr } = run(outfile);
    expect([status, stdout, stderr]).toEqual([0, "true AgentBotError: x\n", ""]);
  });
});

function isOptionalImport(warning: string): boolean {
  return /Could not resolve|will be treated as external|Import "default"/.test(warning);
}
