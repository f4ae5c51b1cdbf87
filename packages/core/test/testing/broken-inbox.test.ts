import { createHash } from "node:crypto";
import type { Inbox, InboxRequest } from "@agentbot/core";
import { createMemoryStore } from "@agentbot/core/memory";
import { freshId, inboxContract, taskStoreContract } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { casesThatMissIt } from "./support/broken-cases.js";

type Breaking = (inbox: Inbox) => Inbox["record"];

const withDraft = (request: InboxRequest, change: Partial<Extract<InboxRequest, { kind: "task" }>["draft"]>) =>
  request.kind === "task" || request.kind === "command"
    ? { ...request, draft: { ...request.draft, ...change } }
    : request;

/** Records what is refused as ignored, without a word of the fault. */
const swallowing: Breaking = (inbox) => (delivery, request) =>
  inbox
    .record(delivery, request)
    .catch(() => inbox.record({ ...delivery, dedupeKey: null }, { kind: "ignored", reason: "failed" }));

const broken: readonly { readonly fault: string; readonly about: RegExp; readonly breaking: Breaking }[] = [
  {
    fault: "an inbox that accepts duplicates",
    about: /inbox: (the same bytes|a known dedupe key|of [24]0 concurrent)/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record({ ...delivery, dedupeKey: null, bodySha256: freshId("hash") }, request),
  },
  {
    fault: "an inbox that swallows what it cannot store",
    about: /inbox: (a name that is longer|numbers that are no integers|an origin that is not)/,
    breaking: swallowing,
  },
  {
    fault: "an inbox that does not know dedupe keys",
    about: /inbox: (a known dedupe key|of 40 concurrent bodies|of 20 concurrent copies of each)/,
    breaking: (inbox) => (delivery, request) => inbox.record({ ...delivery, dedupeKey: null }, request),
  },
  {
    fault: "an inbox that takes two endpoints for one",
    about: /inbox: the same delivery at two endpoints/,
    breaking: (inbox) => (delivery, request) => inbox.record({ ...delivery, endpoint: "any" }, request),
  },
  {
    fault: "an inbox that trusts the provider's delivery id",
    about: /inbox: deliveries without a dedupe key/,
    breaking: (inbox) => (delivery, request) => {
      const bodySha256 = createHash("sha256")
        .update(delivery.externalId ?? "")
        .digest("hex");
      return inbox.record({ ...delivery, bodySha256 }, request);
    },
  },
  {
    fault: "an inbox that looks before it writes",
    about: /inbox: of 20 concurrent identical deliveries/,
    breaking: (inbox) => async (delivery, request) => {
      const { items } = await inbox.search({ externalId: delivery.externalId ?? "" });
      await new Promise((resolve) => setImmediate(resolve));
      if (items.length > 0) return await inbox.record(delivery, request);
      return await inbox.record({ ...delivery, dedupeKey: null, bodySha256: freshId("hash") }, request);
    },
  },
  {
    fault: "an inbox that records the end of a conversation and lets its tasks go on",
    about: /inbox: a conversation that is gone/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(delivery, request.kind === "closure" ? { kind: "ignored", reason: "conversation_gone" } : request),
  },
  {
    fault: "an inbox that gives an ignored delivery another reason",
    about: /inbox: an ignored delivery stays ignored/,
    breaking: (inbox) => async (delivery, request) => {
      const result = await inbox.record(delivery, request);
      const isRenamed = result.status === "ignored" && request.kind === "ignored";
      return isRenamed ? { ...result, reason: request.reason } : result;
    },
  },
  {
    fault: "an inbox that never collapses",
    about: /inbox: (a busy thread collapses|of 10 concurrent different labels)/,
    breaking: (inbox) => (delivery, request) => inbox.record(delivery, withDraft(request, { whenThreadBusy: "queue" })),
  },
  {
    fault: "an inbox that collapses every mention",
    about: /inbox: concurrent deliveries for one new thread/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(delivery, withDraft(request, { whenThreadBusy: "collapse" })),
  },
  {
    fault: "an inbox that makes a thread of each task",
    about:
      /(inbox: a task joins the thread|tasks: an earlier task of the thread|tasks: of many concurrent begins in one)/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(delivery, withDraft(request, { threadAliases: [freshId("thread")] })),
  },
  {
    fault: "an inbox that knows one of the aliases only",
    about: /inbox: a task joins the thread/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(
        delivery,
        request.kind === "task"
          ? withDraft(request, { threadAliases: request.draft.threadAliases.slice(0, 1) })
          : request,
      ),
  },
  {
    fault: "an inbox that shares threads between tenants",
    about: /inbox: the same alias in two tenants/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(
        delivery,
        request.kind === "task" ? withDraft(request, { origin: { ...request.draft.origin, tenant: "one" } }) : request,
      ),
  },
  {
    fault: "an inbox that goes on after a suspension",
    about: /inbox: (suspended ends|a request in a suspended|repositories_removed ends)/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(
        delivery,
        request.kind === "installation" ? { ...request, change: { ...request.change, kind: "created" } } : request,
      ),
  },
  {
    fault: "an inbox that makes a task of a command",
    about: /inbox: (a command about a thread|a command creates no task)/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(
        delivery,
        request.kind === "command" ? { kind: "task", tenant: request.tenant, draft: request.draft } : request,
      ),
  },
  {
    fault: "an inbox that never finds a command's thread",
    about: /inbox: (a command about a thread|a command is about the thread)/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(
        delivery,
        request.kind === "command" ? withDraft(request, { threadAliases: [freshId("thread")] }) : request,
      ),
  },
  {
    fault: "an inbox that records every copy of a command",
    about: /inbox: (the same command again|of 10 concurrent copies)/,
    breaking: (inbox) => (delivery, request) =>
      inbox.record(
        request.kind === "command" ? { ...delivery, dedupeKey: null, bodySha256: freshId("hash") } : delivery,
        request,
      ),
  },
  {
    fault: "an inbox that forgets the trace of a request",
    about: /inbox: an accepted delivery is stored/,
    breaking: (inbox) => (delivery, request) => inbox.record({ ...delivery, traceparent: null }, request),
  },
];

for (const { fault, about, breaking } of broken) {
  test(`the suites catch ${fault}`, async () => {
    const create = async () => {
      const store = createMemoryStore();
      const subject = { ...store, inbox: { ...store.inbox, record: breaking(store.inbox) } };
      return { subject, dispose: async () => {} };
    };
    const cases = [...inboxContract({ create }), ...taskStoreContract({ create })];
    expect(await casesThatMissIt(cases, about)).toEqual([]);
  });
}
