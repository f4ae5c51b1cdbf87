import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Origin, RawWebhook } from "@agentbot/core";
import { codeHostContract, conversationContract, webhookSourceContract } from "@agentbot/core/testing";
import { commitFiles } from "@agentbot/workspace-git/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createForgejoProvider } from "../src/create-forgejo-provider.js";
import {
  ada,
  bot,
  commentWebhook,
  hello,
  startFakeForgejo,
  token,
  webhookSecret,
} from "./fixtures/start-fake-forgejo.js";

async function startProvider() {
  const root = mkdtempSync(join(tmpdir(), "agentbot-forgejo-"));
  const forgejo = await startFakeForgejo({ root, files: { "docs/guide.md": "A guide\n" } });
  const provider = createForgejoProvider({ url: forgejo.url, name: bot.login, token, webhookSecret });
  const { codeHost, lifecycle } = provider;
  if (!codeHost || !lifecycle) throw new Error("Forgejo is a code host");
  const dispose = async (): Promise<void> => {
    await forgejo.close();
    rmSync(root, { recursive: true, force: true });
  };
  return { root, forgejo, ...provider, codeHost, lifecycle, dispose };
}

const rawWebhook = (webhook: ReturnType<typeof commentWebhook>): RawWebhook => ({
  method: "POST",
  url: "https://bot.example/webhooks/forgejo",
  headers: new Headers(webhook.headers),
  body: Buffer.from(webhook.body),
  installation: null,
});

const sourceOf = (vendor: "Forgejo" | "Gitea") => async () => {
  const url = "https://forgejo.example";
  const { source } = createForgejoProvider({ url, name: bot.login, token, webhookSecret });
  const subject = {
    ...{ source, name: "forgejo" },
    request: (instruction: string) => rawWebhook(commentWebhook(`@agentbot ${instruction}`, { vendor })),
    chatter: () => rawWebhook(commentWebhook("hello", { vendor })),
  };
  return { subject, dispose: async () => {} };
};

describe.each(["Forgejo", "Gitea"] as const)("the source, for webhooks of %s", (vendor) => {
  const lacks = { installationSecrets: "the operator's one secret signs the webhooks of all repositories" };
  for (const { name, run } of webhookSourceContract({ create: sourceOf(vendor), lacks })) test(name, run);
});

describe("the conversation", () => {
  const originOf = (repositoryId: number): Origin => ({
    ...{ provider: "forgejo", tenant: String(ada.id), conversation: `${repositoryId}#1`, message: "1" },
    ...{ pullRequest: null, url: "https://forgejo.example/ada/hello/issues/1" },
  });
  const create = async () => {
    const { forgejo, conversation, dispose } = await startProvider();
    const subject = {
      ...{ conversation, origin: originOf(hello.id), goneOrigin: originOf(404), failReading: forgejo.failLists },
      say: async (text: string) => forgejo.say(text),
      read: async () => forgejo.comments.map(({ body }) => body),
      show: (body: string) => body.replace(/<!--.*?-->/g, ""),
    };
    return { subject, dispose };
  };
  for (const { name, run } of conversationContract({ create })) test(name, run);
});

describe("the code host", () => {
  const actorOf = (id: number, login: string) => ({ provider: "forgejo", id: String(id), login });
  const create = async () => {
    const { root, forgejo, codeHost, dispose } = await startProvider();
    const branches = ["agentbot/1", "agentbot/2"] as const;
    const directory = join(root, `${hello.full_name}.git`);
    for (const branch of branches) await commitFiles(directory, { branch, files: { [branch]: "new\n" } });
    const place = { provider: "forgejo", tenant: String(ada.id), path: hello.full_name, defaultBranch: "main" };
    const subject = {
      ...{ codeHost, branches, file: { path: "docs/guide.md", text: "A guide\n" } },
      repository: { ...place, id: String(hello.id) },
      goneRepository: { ...place, id: "404" },
      people: {
        ...{ admin: actorOf(ada.id, ada.login), write: actorOf(8, "grace"), read: actorOf(9, "alan") },
        none: actorOf(10, "eve"),
      },
      async canReach(authorization: string) {
        const refs = `${forgejo.url}/${hello.full_name}.git/info/refs?service=git-upload-pack`;
        return (await fetch(refs, { headers: { authorization } })).ok;
      },
    };
    return { subject, dispose };
  };
  const lacks = { revocation: "Forgejo has no token for one repository and one run: git gets the account's" };
  for (const { name, run } of codeHostContract({ create, lacks })) test(name, run);
});

describe("the check of the account", () => {
  const { signal } = new AbortController();

  test("finds nothing wrong with the account's own token", async () => {
    const { lifecycle, dispose } = await startProvider();
    onTestFinished(dispose);
    expect(await lifecycle.check?.({ signal })).toEqual([]);
  });

  test.each([
    [{ token: "another-token" }, /401.*set FORGEJO_TOKEN to a token of the account agentbot/],
    [{ name: "another-bot" }, /The token is of the account agentbot: set FORGEJO_BOT to it/],
  ])("has an error for %j", async (wrong, message) => {
    const { forgejo, dispose } = await startProvider();
    onTestFinished(dispose);
    const { lifecycle } = createForgejoProvider({ url: forgejo.url, name: bot.login, token, webhookSecret, ...wrong });
    const problem = { part: "forgejo", severity: "error", message: expect.stringMatching(message) };
    expect(await lifecycle?.check?.({ signal })).toEqual([problem]);
  });
});

describe("a Forgejo whose answer", () => {
  const { signal } = new AbortController();
  const piece = Buffer.alloc(1024 * 1024, " ");

  async function checkAt(answer: (response: ServerResponse, url: string | undefined) => void) {
    const server = createServer((request, response) => answer(response, request.url)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { lifecycle } = createForgejoProvider({ url, name: bot.login, token, webhookSecret });
    return await lifecycle?.check?.({ signal }).catch((error: unknown) => error);
  }
  const unavailable = expect.objectContaining({ code: "PROVIDER_UNAVAILABLE" });

  test("breaks off is unavailable", async () => {
    expect(await checkAt((response) => response.write("{", () => response.destroy()))).toEqual(unavailable);
  });

  test("has no end is not read to its end", async () => {
    let pieces = 0;
    const answer = (response: ServerResponse): void => {
      const send = (): void => {
        for (; pieces < 300; pieces += 1) if (!response.write(piece)) return void response.once("drain", send);
        response.end();
      };
      send();
    };
    expect(await checkAt(answer)).toEqual(unavailable);
    expect(pieces).toBeLessThan(150);
  });

  test("redirects is not followed", async () => {
    const requests: (string | undefined)[] = [];
    await checkAt((response, url) => {
      requests.push(url);
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect(requests).toEqual(["/api/v1/user"]);
  });
});
