import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { inPidNamespace } from "@agentbot/test-services";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { commentPayload } from "../fixtures/github-payloads.js";
import { nowhere, type ServerProcess, startServerProcess } from "../fixtures/server-process.js";
import { streamBody } from "../fixtures/stream-body.js";
import { privateKey } from "../fixtures/test-server.js";

const container = (await inPidNamespace()) ?? undefined;
const directory = mkdtempSync(join(tmpdir(), "agentbot-life-"));
const secret = "a secret of this test only";
const github = { GITHUB_APP_ID: "1", GITHUB_PRIVATE_KEY: privateKey, GITHUB_WEBHOOK_SECRET: secret };
const started = new Set<ServerProcess>();
const start = (
  variables: Readonly<Record<string, string>> = {},
  command?: readonly string[],
  through?: readonly string[],
): ServerProcess => {
  const server = startServerProcess({ DATA_DIR: join(directory, "data"), ...github, ...variables }, command, through);
  started.add(server);
  return server;
};
const stop = async ({ child, ended }: ServerProcess): Promise<number | null> => {
  child.kill("SIGTERM");
  return (await ended).code;
};
const deliver = async (url: string, payload: object) => {
  const response = await fetch(`${url}/webhooks/github`, webhookRequest({ event: "issue_comment", payload, secret }));
  return (await response.json()) as { status: string; taskId: string };
};

afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill("SIGKILL");
    await ended;
  }
  started.clear();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a server process", () => {
  test("logs its real port, drains on SIGTERM and ends with 0, and starts again where it was", async () => {
    const first = start();
    const { url, port } = await first.listening;
    expect(url).toBe(`http://127.0.0.1:${port}`);
    const payload = commentPayload("@agentbot fix it");
    const { status, taskId } = await deliver(url, payload);
    expect(status).toBe("accepted");
    expect(await stop(first)).toBe(0);
    expect(first.logs().at(-1)).toMatchObject({ msg: "The server has stopped" });

    const second = start();
    const again = await second.listening;
    expect(await deliver(again.url, payload)).toEqual({ status: "duplicate", taskId });
    expect(await stop(second)).toBe(0);
  });

  test("that gets a signal while it starts ends with 0 too", async () => {
    const data = join(directory, "early");
    const server = start({ DATA_DIR: data });
    const { code, stderr } = await new Promise<void>((resolve) => {
      // It has begun to make its data directory, and is not done.
      const timer = setInterval(() => {
        if (!existsSync(join(data, "encryption-keys"))) return;
        clearInterval(timer);
        resolve();
      }, 2);
    }).then(() => {
      server.child.kill("SIGTERM");
      return server.ended;
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(server.logs().at(-1)).toMatchObject({ msg: "The server has stopped" });
  });

  test("keeps what it acknowledged, and its key, through SIGKILL", async () => {
    const first = start();
    const { url } = await first.listening;
    const keys = join(directory, "data", "encryption-keys");
    expect(statSync(keys).mode & 0o777).toBe(0o600);
    const key = readFileSync(keys, "utf8");
    const payload = commentPayload("@agentbot fix it");
    const { taskId } = await deliver(url, payload);
    first.child.kill("SIGKILL");
    expect((await first.ended).signal).toBe("SIGKILL");

    const second = start();
    expect(await deliver((await second.listening).url, payload)).toEqual({ status: "duplicate", taskId });
    expect(readFileSync(keys, "utf8")).toBe(key);
    expect(await stop(second)).toBe(0);
  });

  test("refuses a data directory that another has open, and leaves the other in peace", async () => {
    const holder = start();
    const { url } = await holder.listening;
    const { code, stderr } = await start().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`- Process ${holder.child.pid} has the data directory .* open`));
    expect(stderr).not.toMatch(/^\s+at /m);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test.runIf(container)(
    "in a container of its own refuses the data directory of another's, and no webhook is lost",
    async () => {
      const variables = { DATA_DIR: join(directory, "shared") };
      const first = start(variables, undefined, container);
      const { url } = await first.listening;
      const second = start(variables, undefined, container);
      let isRefused = false;
      const refusal = second.ended.finally(() => {
        isRefused = true;
      });
      const acknowledged: { readonly payload: object; readonly taskId: string }[] = [];
      while (!isRefused || acknowledged.length < 20) {
        const payload = commentPayload("@agentbot fix it");
        const { status, taskId } = await deliver(url, payload);
        expect(status).toBe("accepted");
        acknowledged.push({ payload, taskId });
      }
      const { code, stderr } = await refusal;
      expect([code, stderr]).toEqual([1, expect.stringMatching(/- Process \d+ has the data directory .* open/)]);
      first.child.kill("SIGKILL");
      await first.ended;

      const third = start(variables, undefined, container);
      const again = await third.listening;
      for (const { payload, taskId } of acknowledged) {
        expect(await deliver(again.url, payload)).toEqual({ status: "duplicate", taskId });
      }
    },
  );

  test("is not held up by clients that hang, and a second signal ends it at once", async () => {
    const patient = start();
    const { port } = await patient.listening;
    const half =
      "POST /webhooks/github HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    for (const words of ["", "POST /web", half]) {
      const socket = connect({ port, host: "127.0.0.1" }).on("error", () => {});
      await once(socket, "connect");
      socket.write(words);
    }
    expect(await stop(patient)).toBe(0);

    const hurried = start();
    const { port: secondPort } = await hurried.listening;
    const socket = connect({ port: secondPort, host: "127.0.0.1" }).on("error", () => {});
    await once(socket, "connect");
    socket.write(half);
    hurried.child.kill("SIGTERM");
    await hurried.said("Stopping; a second signal ends at once");
    hurried.child.kill("SIGTERM");
    expect((await hurried.ended).code).toBe(1);
  });

  test.runIf(process.platform === "linux")("answers a stream of 1 GB without holding it in memory", async () => {
    const server = start();
    const { url } = await server.listening;
    const peakKilobytes = (): number => {
      const status = readFileSync(`/proc/${server.child.pid}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
    };
    expect(await streamBody(url, 26 * 1024 * 1024)).toMatchObject({ status: 413 });
    const before = peakKilobytes();
    expect(await streamBody(url, 1000 * 1024 * 1024)).toMatchObject({ status: 413 });
    // Node 24 leaves a few hundred megabytes of read bytes about before it collects them.
    expect(peakKilobytes() - before).toBeLessThan(500 * 1024);
  });

  test("is started by npm run server too", async () => {
    const script = fileURLToPath(new URL("../../../../scripts/server.mjs", import.meta.url));
    const server = start({ DATA_DIR: join(directory, "by-script") }, [script]);
    const { url } = await server.listening;
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(await stop(server)).toBe(0);
  });
});

describe("what a server process logs", () => {
  test("is JSON that follows a delivery by its ids, and holds no secret", async () => {
    const apiKey = "sk-ant-canary-0123456789abcdef";
    const agent = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: nowhere };
    const server = start({ LOG_LEVEL: "trace", ...agent, DATA_DIR: join(directory, "logs") });
    const { url } = await server.listening;
    const { taskId } = await deliver(url, commentPayload("@agentbot fix it"));
    await fetch(`${url}/webhooks/github?secret=${secret.replaceAll(" ", "+")}`, { method: "POST", body: secret });
    await fetch(`${url}/webhooks/github`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer ghs_canarycanarycanarycanarycanarycanary" },
      body: "{}",
    });
    expect(await stop(server)).toBe(0);
    const { stdout, stderr } = await server.ended;
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toHaveLength(server.logs().length);
    expect(server.logs().find((line) => line["taskId"] === taskId)).toMatchObject({
      requestId: expect.any(String),
      deliveryId: expect.any(String),
      status: "accepted",
    });
    for (const canary of [secret, apiKey, "canarycanary", privateKey.split("\n")[1] ?? ""]) {
      expect(stdout).not.toContain(canary);
    }
  });
});
