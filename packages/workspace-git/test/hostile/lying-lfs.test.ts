import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { newTaskId } from "@agentbot/core/adapter";
import { workspaceRequest } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { createSubject, neverAborted } from "../fixtures/create-subject.js";

/** The requested objects. */
interface Batch {
  readonly objects: readonly { readonly oid: string; readonly size: number }[];
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Publishes a large file to a host whose Git LFS answers requests for uploads like this. */
async function publishTo(answer: (response: ServerResponse, batch: Batch) => void) {
  const url = await listen(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    answer(response, JSON.parse(Buffer.concat(pieces).toString()));
  });
  const lying: typeof fetch = (address, init) =>
    fetch(String(address).endsWith("/objects/batch") ? url : address, init);
  const { workspaces, remote, dispose } = await createSubject({ fetch: lying });
  onTestFinished(dispose);
  await remote.seed("main", { ".gitattributes": "*.png filter=lfs -text\n" });
  const taskId = newTaskId();
  const { workspace } = await workspaces.prepare(workspaceRequest(remote, { taskId }), neverAborted);
  await writeFile(join(workspace.directory, "new.png"), "an image");
  const result = await workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  const branch = `agentbot/${taskId}`;
  const publication = { branch, commit: result.commit, credential: remote.credential };
  const failure: unknown = await workspace.publish(publication, neverAborted).then(
    () => null,
    (error: unknown) => error,
  );
  return { failure, head: await remote.headOf(branch), token: remote.token };
}

const failed = (why: string, isOutage = false) =>
  expect.objectContaining({ code: "GIT_FAILED", isOutage, message: `Requesting an upload to Git LFS failed: ${why}` });

test("an answer without an end is not read to its end", async () => {
  const piece = Buffer.alloc(1024 * 1024, " ");
  let pieces = 0;
  const { failure } = await publishTo((response) => {
    pieces = 0;
    const send = (): void => {
      while (pieces < 256) {
        pieces += 1;
        if (!response.write(piece)) return void response.once("drain", send);
      }
      response.end();
    };
    send();
  });
  expect(failure).toEqual(failed("the answer is longer than 4194304 bytes"));
  expect(pieces).toBeLessThan(64);
});

test.each<[string, (batch: Batch) => readonly unknown[]]>([
  ["no object", () => []],
  ["another object", ({ objects }) => objects.map(({ size }) => ({ oid: "0".repeat(64), size }))],
])("an answer with %s never publishes a pointer to nothing", async (_, objectsOf) => {
  const { failure, head } = await publishTo((response, batch) => {
    response.end(JSON.stringify({ objects: objectsOf(batch) }));
  });
  expect(failure).toEqual(failed("the answer lacks a requested object"));
  expect(head).toBeNull();
});

test("a redirect to another host gets no credential, and is not an outage", async () => {
  const received: IncomingMessage[] = [];
  const elsewhere = await listen((request, response) => {
    received.push(request);
    response.end("{}");
  });
  const { failure } = await publishTo((response) => response.writeHead(307, { location: elsewhere }).end());
  expect(failure).toEqual(failed("the server answered 307, and its redirects are not followed"));
  expect(received).toEqual([]);
});

test("an answer that breaks off is an outage of the server", async () => {
  const { failure } = await publishTo((response) => response.write('{"objects":[', () => response.destroy()));
  expect(failure).toEqual(failed("the server could not be reached", true));
});

test.each<[string, object, string]>([
  ["a password in its address", { href: "https://user:pass-word-1@127.0.0.1:9/" }, "an address that is not usable"],
  [
    "a header that cannot be sent",
    { href: "https://127.0.0.1:9/", header: { "x-a": "pass-word-1\nb" } },
    "not that of",
  ],
])("an upload with %s is refused without its words, and is not an outage", async (_, upload, words) => {
  const { failure } = await publishTo((response, { objects }) => {
    response.end(JSON.stringify({ objects: objects.map((object) => ({ ...object, actions: { upload } })) }));
  });
  expect(failure).toMatchObject({ code: "GIT_FAILED", isOutage: false, message: expect.stringContaining(words) });
  expect(String((failure as Error).cause)).not.toContain("pass-word-1");
});

test.each([429, 503])(
  "an object that is answered with %s is tried again later, and published by nothing until then",
  async (code) => {
    const { failure, head } = await publishTo((response, { objects }) => {
      const refused = objects.map(({ oid, size }) => ({ oid, size, error: { code, message: "busy" } }));
      response.end(JSON.stringify({ objects: refused }));
    });
    expect(failure).toMatchObject({ code: "GIT_FAILED", isRetryable: true, isOutage: true });
    expect(head).toBeNull();
  },
);
