import type { Installation } from "@agentbot/core";
import { codeHostContract, conversationContract, webhookSourceContract } from "@agentbot/core/testing";
import { describe, test } from "vitest";
import { signWebhook } from "../src/testing/index.js";
import {
  hello,
  hubot,
  octocat,
  originAt,
  providerOf,
  repository,
  startHello,
  webhookSecret,
} from "./fixtures/hello-world.js";
import { payloads, source, webhook } from "./fixtures/webhooks.js";

describe("createGitHubProvider", () => {
  const signed = (body: string, installation?: Installation) => {
    const text = JSON.stringify(payloads.issueComment({ body }, installation ? { installation: undefined } : {}));
    const signature = signWebhook(text, installation?.webhookSecret ?? webhookSecret);
    const headers = { "x-hub-signature-256": signature, "x-github-event": "issue_comment", "x-github-delivery": "1-2" };
    return webhook(text, headers, installation ?? null);
  };
  const sourceCases = webhookSourceContract({
    create: async () => ({
      subject: {
        source,
        name: "github",
        request: (instruction, installation) => signed(`@agentbot ${instruction}`, installation),
        chatter: () => signed("hello"),
      },
      dispose: async () => {},
    }),
  });
  for (const { name, run } of sourceCases) test(name, run);

  const conversationCases = conversationContract({
    create: async () => {
      const github = await startHello();
      const place = { repository: "octocat/hello-world", issueNumber: 7 };
      const { conversation } = providerOf(github);
      const subject = {
        conversation,
        origin: originAt(7),
        goneOrigin: originAt(404),
        say: async (body: string) => void github.addComment({ ...place, body, user: hubot }),
        read: async () => github.comments.map(({ body }) => body),
      };
      return { subject, dispose: () => github.close() };
    },
  });
  for (const { name, run } of conversationCases) test(name, run);

  const codeHostCases = codeHostContract({
    create: async () => {
      const people = ["admin", "maintain", "write", "triage", "read", "none"].map((login, index) => ({
        id: 100 + index,
        login,
      }));
      const collaborators = {
        admin: "admin",
        maintain: "maintain",
        write: "write",
        triage: "triage",
        read: "read",
      } as const;
      const github = await startHello({
        repositories: [{ ...hello, collaborators }],
        users: [octocat, ...people],
        gitHandler: (_, response) => void response.end(),
      });
      const subject = {
        codeHost: providerOf(github).codeHost,
        repository,
        goneRepository: { ...repository, id: "5", name: "gone" },
        people: Object.fromEntries(people.map(({ id, login }) => [login, { id: String(id), login }])),
        file: { path: ".github/agentbot.yml", text: "enabled: true\n" },
        branches: ["agentbot/1", "agentbot/2"] as const,
        canReach: async (authorization: string) => {
          const address = `${github.url}/octocat/hello-world.git/info/refs?service=git-receive-pack`;
          return (await fetch(address, { headers: { authorization } })).ok;
        },
      };
      return { subject, dispose: () => github.close() };
    },
  });
  for (const { name, run } of codeHostCases) test(name, run);
});
