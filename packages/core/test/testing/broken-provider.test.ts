import type { CodeHost, Conversation, VerifiedEvent, WebhookSource } from "@agentbot/core";
import {
  codeHostContract,
  conversationContract,
  createFakeProvider,
  webhookSourceContract,
} from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { casesThatMissIt } from "./support/broken-cases.js";

const dispose = async (): Promise<void> => {};

describe("the webhook source suite", () => {
  const missed = (about: RegExp, breaking: (source: WebhookSource) => Partial<WebhookSource>) => {
    const create = async () => {
      const { name, source, webhook } = createFakeProvider();
      const request = (instruction: string, installation?: Parameters<typeof webhook>[1]) =>
        webhook({ text: `@agentbot ${instruction}` }, installation);
      const broken = { ...source, ...breaking(source) };
      return { subject: { source: broken, name, request, chatter: () => webhook({ text: "hi" }) }, dispose };
    };
    return casesThatMissIt(webhookSourceContract({ create }), about);
  };

  test("catches a source that takes any signature", async () => {
    const breaking = () => ({
      verify: async ({ body, installation }: Parameters<WebhookSource["verify"]>[0]) =>
        ({ event: "message", externalId: null, body, installation }) as VerifiedEvent,
    });
    expect(await missed(/one byte is different|without headers|own secret/, breaking)).toEqual([]);
  });

  test("catches a source that takes the App's secret everywhere", async () => {
    const breaking = ({ verify }: WebhookSource) => ({
      verify: async (webhook: Parameters<WebhookSource["verify"]>[0]) => verify({ ...webhook, installation: null }),
    });
    expect(await missed(/own secret/, breaking)).toEqual([]);
  });

  test("catches one that throws at junk, forgets commands or answers to anything", async () => {
    const throwing = ({ interpret }: WebhookSource) => ({
      interpret: (event: VerifiedEvent, payload: unknown) => {
        if (typeof payload !== "object") throw new TypeError("no object");
        return interpret(event, payload);
      },
    });
    expect(await missed(/something else/, throwing)).toEqual([]);
    const forgetful = ({ interpret }: WebhookSource) => ({
      interpret: (event: VerifiedEvent, payload: unknown) => {
        const { kind, ...rest } = interpret(event, payload);
        return kind === "command" ? { kind: "ignored" as const, reason: "no_mention" } : Object.assign(rest, { kind });
      },
    });
    expect(await missed(/command/, forgetful as (source: WebhookSource) => Partial<WebhookSource>)).toEqual([]);
  });
});

describe("the conversation suite", () => {
  const missed = (about: RegExp, breaking: (conversation: Conversation) => Partial<Conversation>) => {
    const create = async () => {
      const { conversation, webhook, source } = createFakeProvider();
      const event = await source.verify(webhook({}));
      const asked = event && source.interpret(event, JSON.parse(Buffer.from(event.body).toString()));
      if (asked?.kind !== "task") throw new Error("the fake asks for a task");
      const { origin } = asked.draft;
      const subject = {
        conversation: { ...conversation, ...breaking(conversation) },
        origin,
        goneOrigin: { ...origin, conversation: "octocat/hello#0" },
        say: async (body: string) => conversation.say(origin.conversation, body),
        read: async () => conversation.messages.map(({ body }) => body),
      };
      return { subject, dispose };
    };
    return casesThatMissIt(conversationContract({ create }), about);
  };

  test("catches a conversation that finds by nothing, or newest first", async () => {
    const everything = ({ findStatus }: Conversation) => ({
      findStatus: (request: Parameters<Conversation["findStatus"]>[0]) => findStatus({ ...request, marker: "" }),
    });
    expect(await missed(/its marker alone/, everything)).toEqual([]);
    const reversed = ({ findStatus }: Conversation) => ({
      findStatus: async (request: Parameters<Conversation["findStatus"]>[0]) =>
        [...(await findStatus(request))].reverse(),
    });
    expect(await missed(/oldest first/, reversed)).toEqual([]);
  });

  test("catches one that posts instead of editing, loses its marker or writes too late", async () => {
    const posting = ({ postStatus }: Conversation) => ({
      updateStatus: async (request: Parameters<Conversation["updateStatus"]>[0]) => void (await postStatus(request)),
    });
    expect(await missed(/edits one message/, posting)).toEqual([]);
    const cutting = ({ postStatus }: Conversation) => ({
      postStatus: (request: Parameters<Conversation["postStatus"]>[0]) =>
        postStatus({ ...request, marker: "", body: request.body.slice(0, 1000) }),
    });
    expect(await missed(/too long/, cutting)).toEqual([]);
    const deaf = ({ postStatus }: Conversation) => ({
      postStatus: (request: Parameters<Conversation["postStatus"]>[0]) =>
        postStatus({ ...request, signal: new AbortController().signal }),
    });
    expect(await missed(/aborted/, deaf)).toEqual([]);
  });
});

describe("the code host suite", () => {
  const missed = (about: RegExp, breaking: (codeHost: CodeHost) => Partial<CodeHost>) => {
    const create = async () => {
      const fake = createFakeProvider({
        permissions: { "2": "write" },
        defaultPermission: "none",
        files: { "a/b": "c" },
      });
      const subject = {
        codeHost: { ...fake.codeHost, ...breaking(fake.codeHost) },
        repository: fake.repository,
        goneRepository: { ...fake.repository, id: "gone" },
        people: { write: { id: "2", login: "bob" }, none: { id: "4", login: "dan" } },
        file: { path: "a/b", text: "c" },
        branches: ["agentbot/1", "agentbot/2"] as const,
        canReach: async (authorization: string) => fake.codeHost.liveCredentials.includes(authorization),
      };
      return { subject, dispose };
    };
    return casesThatMissIt(codeHostContract({ create }), about);
  };

  test("catches credentials that live on, or are shared", async () => {
    const immortal = ({ credentials }: CodeHost) => ({
      credentials: async (...request: Parameters<CodeHost["credentials"]>) => ({
        ...(await credentials(...request)),
        revoke: async () => {},
      }),
    });
    expect(await missed(/ends when it is revoked/, immortal)).toEqual([]);
    const shared = ({ credentials }: CodeHost) => {
      let first: ReturnType<CodeHost["credentials"]> | null = null;
      return {
        credentials: (...request: Parameters<CodeHost["credentials"]>) => {
          first ??= credentials(...request);
          return first;
        },
      };
    };
    expect(await missed(/of its own/, shared)).toEqual([]);
  });

  test("catches people known by login, and pull requests opened twice", async () => {
    const byLogin = ({ permission }: CodeHost) => ({
      permission: (...[repository, actor, signal]: Parameters<CodeHost["permission"]>) =>
        permission(repository, actor.login === "bob" ? { ...actor, id: "2" } : actor, signal),
    });
    expect(await missed(/somebody else's/, byLogin)).toEqual([]);
    const blind = () => ({ findPullRequest: async () => null });
    expect(await missed(/opens a pull request once/, blind)).toEqual([]);
  });
});
