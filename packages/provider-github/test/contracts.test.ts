import type { Installation } from "@agentbot/core";
import { codeHostContract, conversationContract, webhookSourceContract } from "@agentbot/core/testing";
import { describe, test } from "vitest";
import { signWebhook } from "../src/testing/index.js";
import {
  actorOf,
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
        say: async (body: string) => github.addComment({ ...place, body, user: hubot }).createdAt,
        read: async () => github.comments.map(({ body }) => body),
        show: (body: string) => body.replace(/<!--.*?-->/gs, ""),
        failReading: () => github.fail({ method: "GET", path: /\/comments$/, status: 503, times: 100 }),
      };
      return { subject, dispose: () => github.close() };
    },
  });
  for (const { name, run } of conversationCases) test(name, run);

  const codeHostCases = codeHostContract({
    create: async () => {
      const roles = ["admin", "maintain", "write", "triage", "read", "none"] as const;
      const people = roles.map((login, index) => ({ id: 100 + index, login }));
      const collaborators = Object.fromEntries(roles.filter((role) => role !== "none").map((role) => [role, role]));
      const github = await startHello({
        repositories: [{ ...hello, collaborators }],
        users: [octocat, ...people],
        gitHandler: (_, response) => void response.end(),
      });
      const subject = {
        codeHost: providerOf(github).codeHost,
        repository,
        goneRepository: { ...repository, id: "5", path: "octocat/gone" },
        people: Object.fromEntries(people.map((person) => [person.login, actorOf(person)])),
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
