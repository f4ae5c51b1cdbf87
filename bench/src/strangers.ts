import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openPostgresDatabase } from "@agentbot/adapter-postgres";
import { runStatement } from "@agentbot/test-services";
import { Pool } from "pg";
import type { BenchmarkContext } from "./benchmark.js";
import { createTaskTable } from "./postgres-queue/insert-tasks.js";
import { quantile } from "./statistics.js";
import { openConnection } from "./webhooks/keep-alive-connection.js";
import { startProgram } from "./webhooks/program.js";
import { createSignedWebhooks, webhookSecret } from "./webhooks/signed-webhooks.js";

const wellFormed = `sha256=${"0".repeat(64)}`;
const floods = [
  ["nobody else", null],
  ["8 connections of 1-byte chunks, unsigned", { KIND: "chunks", CONNECTIONS: "8" }],
  ["8 connections of 1-byte chunks, wrongly signed", { KIND: "chunks", CONNECTIONS: "8", SIGNATURE: wellFormed }],
  ["40 bodies one byte short of 25 MB, unsigned", { KIND: "bodies", CONNECTIONS: "40" }],
  ["40 bodies one byte short of 25 MB, wrongly signed", { KIND: "bodies", CONNECTIONS: "40", SIGNATURE: wellFormed }],
  ["60 connections on /health, 50,000 tasks waiting", { KIND: "health", CONNECTIONS: "60" }],
] as const;
const waitingTasks = 50_000;
const durationMs = 6_000;
const pauseMs = 50;

/** How fast the real server answers signed webhooks beside strangers, all of whom have its own address, and what it holds. */
export async function run({ databaseUrl, print }: Pick<BenchmarkContext, "databaseUrl" | "print">): Promise<void> {
  const name = `strangers_${randomBytes(8).toString("hex")}`;
  await runStatement(databaseUrl, `CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const server = await startServer(url.href);
  try {
    for (const [what, flood] of floods) {
      if (flood?.KIND === "health") await plantTasks(url.href);
      const strangers = flood
        ? await startProgram("../strangers/flood-process", { PORT: server.port, ...flood })
        : null;
      const { answersMs, statuses, residentMb } = await askBeside(server);
      await strangers?.stop();
      const [p50, p99, max] = [0.5, 0.99, 1].map((share) => `${quantile(answersMs, share).toFixed(0)} ms`);
      const memory = `memory ${residentMb[0]} to ${Math.max(...residentMb)} MB`;
      print(`${what}: ${answersMs.length} webhooks, p50 ${p50}, p99 ${p99}, slowest ${max}; ${statuses}; ${memory}`);
    }
  } finally {
    await server.stop();
    await runStatement(databaseUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

interface MeasuredServer {
  readonly port: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** The built server as a gateway, with nothing but its database. */
async function startServer(databaseUrl: string): Promise<MeasuredServer> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const nowhere = "http://127.0.0.1:9";
  const main = fileURLToPath(new URL("../../examples/server/dist/main.js", import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: {
      ...{ PATH: process.env["PATH"] ?? "", HOME: tmpdir(), PORT: "0", HOST: "127.0.0.1" },
      ...{ AGENTBOT_ROLE: "gateway", DATABASE_URL: databaseUrl, GITHUB_URL: nowhere, GITHUB_API_URL: nowhere },
      AGENTBOT_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString("base64")}`,
      ...{ GITHUB_APP_ID: "1", GITHUB_WEBHOOK_SECRET: webhookSecret },
      GITHUB_PRIVATE_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { msg, port } = JSON.parse(line) as { msg?: string; port?: number };
      if (msg === "The server listens") resolve(String(port));
    });
    void ended.then(() => reject(new Error("The server ended by itself")));
  });
  return {
    ...{ port, child },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function askBeside({ port, child }: MeasuredServer) {
  const nextWebhook = createSignedWebhooks();
  const residentMb: number[] = [];
  const answersMs: number[] = [];
  const counts = new Map<number, number>();
  const endsAtMs = performance.now() + durationMs;
  while (performance.now() < endsAtMs) {
    const startedAtMs = performance.now();
    // A connection each: the connect is part of what a sender waits for.
    const connection = await openConnection(Number(port));
    const { status } = await connection.send(nextWebhook());
    connection.close();
    answersMs.push(performance.now() - startedAtMs);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    residentMb.push(residentMbOf(child.pid ?? 0));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  const statuses = [...counts].map(([status, count]) => `${count} of ${status}`).join(", ");
  return { answersMs, statuses, residentMb };
}

function residentMbOf(pid: number): number {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

async function plantTasks(connectionString: string): Promise<void> {
  const pool = new Pool({ connectionString });
  const table = createTaskTable(openPostgresDatabase({ pool }));
  for (let planted = 0; planted < waitingTasks; planted += 1000) await table.insertMany(1000);
  await pool.query("VACUUM (ANALYZE) tasks");
  await pool.end();
}
