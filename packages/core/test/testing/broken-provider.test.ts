import type { CodeHost, Conversation, VerifiedEvent, WebhookSource } from "@agentbot/core";
import {
  codeHostContract,
  conversationContract,
  createFakeProvider,
  interpretWebhook,
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
      verify: async () => ({ event: "message", externalId: null }),
    });
    expect(await missed(/one byte is different|without headers|own secret/, breaking)).toEqual([]);
  });

  test("catches a source that takes the App's secret everywhere", async () => {
    const breaking = ({ verify }: WebhookSource) => ({
      verify: async (webhook: Parameters<WebhookSource["verify"]>[0]) => verify({ ...webhook, installation: null }),
    });
    expect(await missed(/own secret/, breaking)).toEqual([]);
  });

  test("catches one that throws for junk, or interprets no commands", async () => {
    const throwing = ({ interpret }: WebhookSource) => ({
      interpret: (event: VerifiedEvent, payload: unknown) => {
        if (typeof payload !== "object") throw new TypeError("no object");
        return interpret(event, payload);
      },
    });
    expect(await missed(/payload that is something else/, throwing)).toEqual([]);
    const forgetful = ({ interpret }: WebhookSource) => ({
      interpret: (event: VerifiedEvent, payload: unknown) => {
        const { kind, ...rest } = interpret(event, payload);
        return kind === "command" ? { kind: "ignored" as const, reason: "no_mention" } : Object.assign(rest, { kind });
      },
    });
    expect(
      await missed(/interprets a command/, forgetful as (source: WebhookSource) => Partial<WebhookSource>),
    ).toEqual([]);
  });

  test("catches one that returns the body, decodes badly or replies without a media type", async () => {
    const leaking = ({ verify }: WebhookSource) => ({
      verify: async (webhook: Parameters<WebhookSource["verify"]>[0]) => {
        const verified = await verify(webhook);
        return verified && { ...verified, body: webhook.body };
      },
    });
    expect(await missed(/nothing of its body/, leaking)).toEqual([]);
    const throwing = () => ({
      decode: ({ body }: VerifiedEvent) => ({
        status: "decoded" as const,
        payload: JSON.parse(Buffer.from(body).toString()),
      }),
    });
    expect(await missed(/decodes its own webhooks/, throwing)).toEqual([]);
    const untyped = () => ({ reply: () => ({ contentType: "", body: "" }) });
    expect(await missed(/media type for every verdict/, untyped)).toEqual([]);
    const foreign = ({ interpret }: WebhookSource) => ({
      interpret: (event: VerifiedEvent, payload: unknown) => {
        const result = interpret(event, payload);
        if (result.kind !== "task") return result;
        return { ...result, draft: { ...result.draft, actor: { ...result.draft.actor, provider: "other" } } };
      },
    });
    expect(await missed(/as a whole task/, foreign)).toEqual([]);
  });
});

describe("the conversation suite", () => {
  type Posting = Parameters<Conversation["postStatus"]>;
  type Finding = Parameters<Conversation["findStatus"]>;
  type Reading = Parameters<Conversation["history"]>;

  const missed = (about: RegExp, breaking: (conversation: Conversation) => Partial<Conversation>) => {
    const create = async () => {
      const { conversation, webhook, source } = createFakeProvider();
      const task = await interpretWebhook(source, webhook({}));
      if (task.kind !== "task") throw new Error("the fake webhook requests a task");
      const { origin } = task.draft;
      const subject = {
        conversation: { ...conversation, ...breaking(conversation) },
        origin,
        goneOrigin: { ...origin, conversation: "octocat/hello#0" },
        say: async (body: string) => conversation.say(origin.conversation, body),
        read: async () => conversation.messages.map(({ body }) => body),
        failReading: () => conversation.failReading(),
      };
      return { subject, dispose };
    };
    return casesThatMissIt(conversationContract({ create }), about);
  };
  const otherTask = "0190a1b2-0000-7000-8000-000000000009";

  test("catches a conversation that finds every status message, or lists the newest first", async () => {
    const everything = ({ findStatus, postStatus }: Conversation) => ({
      findStatus: (request: Finding[0], options: Finding[1]) => findStatus({ ...request, taskId: otherTask }, options),
      postStatus: (request: Posting[0], options: Posting[1]) => postStatus({ ...request, taskId: otherTask }, options),
    });
    expect(await missed(/by its task alone/, everything)).toEqual([]);
    const reversed = ({ findStatus }: Conversation) => ({
      findStatus: async (...request: Finding) => [...(await findStatus(...request))].reverse(),
    });
    expect(await missed(/oldest first and removes/, reversed)).toEqual([]);
  });

  test("catches one that posts instead of editing, loses its mark or writes too late", async () => {
    const posting = ({ postStatus }: Conversation) => ({
      updateStatus: async (...request: Parameters<Conversation["updateStatus"]>) => void (await postStatus(...request)),
    });
    expect(await missed(/edits one message/, posting)).toEqual([]);
    const forgetful = ({ postStatus }: Conversation) => ({
      postStatus: (request: Posting[0], options: Posting[1]) =>
        postStatus(request.view.summaryMarkdown ? { ...request, taskId: otherTask } : request, options),
    });
    expect(await missed(/longer than the provider's limit/, forgetful)).toEqual([]);
    const deaf = ({ postStatus }: Conversation) => ({
      postStatus: (request: Posting[0]) => postStatus(request, { signal: new AbortController().signal }),
    });
    expect(await missed(/writes nothing once/, deaf)).toEqual([]);
  });

  test("catches one that shows the task's mark, or leaves out parts of the view", async () => {
    const marking = ({ postStatus }: Conversation) => ({
      postStatus: ({ view, ...request }: Posting[0], options: Posting[1]) =>
        postStatus({ ...request, view: { ...view, headline: `${view.headline} (${request.taskId})` } }, options),
    });
    const linkless = ({ postStatus }: Conversation) => ({
      postStatus: ({ view, ...request }: Posting[0], options: Posting[1]) =>
        postStatus({ ...request, view: { ...view, links: [] } }, options),
    });
    for (const breaking of [marking, linkless]) expect(await missed(/hides the task's mark/, breaking)).toEqual([]);
  });

  test("catches a history that is unbounded, has no end, throws or repeats the bot's own status", async () => {
    const unbounded = ({ history }: Conversation) => ({
      history: (request: Reading[0], options: Reading[1]) => history({ ...request, maxCharacters: 1e9 }, options),
    });
    expect(await missed(/keeps the newest|stays within the limit/, unbounded)).toEqual([]);
    const endless = ({ history }: Conversation) => ({
      history: (request: Reading[0], options: Reading[1]) => history({ ...request, until: new Date(8e15) }, options),
    });
    expect(await missed(/written at its end/, endless)).toEqual([]);
    const throwing = ({ history }: Conversation) => ({
      history: async (...request: Reading) => {
        const found = await history(...request);
        if (found.unreadable.length > 0) throw new Error("messages");
        return found;
      },
    });
    expect(await missed(/cannot be read/, throwing)).toEqual([]);
    const talkative = ({ history, findStatus }: Conversation) => ({
      history: async (request: Reading[0], options: Reading[1]) => {
        const found = await history(request, options);
        const own = await findStatus({ ...request, taskId: "0190a1b2-0000-7000-8000-000000000007" }, options);
        const text = "A sentence of the bot";
        const spans = own.map(() => ({ source: "message", authorId: "1", permission: null, text }));
        return { ...found, spans: [...found.spans, ...spans] };
      },
    });
    expect(await missed(/own status messages out/, talkative)).toEqual([]);
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
        people: {
          write: { provider: "acme", id: "2", login: "bob" },
          none: { provider: "acme", id: "4", login: "dan" },
        },
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
    expect(await missed(/ends a credential that is revoked/, immortal)).toEqual([]);
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

  test("catches accounts identified by login or by id alone, and pull requests that are not found", async () => {
    const byLogin = ({ permission }: CodeHost) => ({
      permission: (...[repository, actor, options]: Parameters<CodeHost["permission"]>) =>
        permission(repository, actor.login === "bob" ? { ...actor, id: "2" } : actor, options),
    });
    expect(await missed(/former login/, byLogin)).toEqual([]);
    const byId = ({ permission }: CodeHost) => ({
      permission: (...[repository, actor, options]: Parameters<CodeHost["permission"]>) =>
        permission(repository, { ...actor, provider: repository.provider }, options),
    });
    expect(await missed(/of another provider/, byId)).toEqual([]);
    const blind = () => ({ findPullRequest: async () => null });
    expect(await missed(/opens a pull request once/, blind)).toEqual([]);
  });
});
