import {
  codeHostContract,
  conversationContract,
  createFakeProvider,
  webhookSourceContract,
} from "@agentbot/core/testing";
import { describe, test } from "vitest";

const dispose = async (): Promise<void> => {};

describe("createFakeProvider", () => {
  const source = webhookSourceContract({
    create: async () => {
      const { name, source, webhook } = createFakeProvider();
      const request = (instruction: string, installation?: Parameters<typeof webhook>[1]) =>
        webhook({ text: `@agentbot ${instruction}` }, installation);
      return { subject: { source, name, request, chatter: () => webhook({ text: "hello" }) }, dispose };
    },
  });
  for (const { name, run } of source) test(name, run);

  const conversation = conversationContract({
    create: async () => {
      const { conversation, repository } = createFakeProvider();
      const origin = {
        provider: "acme",
        tenant: repository.tenant,
        conversation: "octocat/hello#7",
        message: "1",
        pullRequest: null,
        url: "https://acme.example/7",
      };
      const subject = {
        conversation,
        origin,
        goneOrigin: { ...origin, conversation: "octocat/hello#0" },
        say: async (body: string) => conversation.say(origin.conversation, body),
        read: async () => conversation.messages.map(({ body }) => body),
        failReading: () => conversation.failReading(),
      };
      return { subject, dispose };
    },
  });
  for (const { name, run } of conversation) test(name, run);

  const codeHost = codeHostContract({
    create: async () => {
      const { codeHost, repository } = createFakeProvider({
        permissions: { "1": "admin", "2": "write", "3": "read" },
        defaultPermission: "none",
        files: { ".github/agentbot.yml": "enabled: true\n" },
      });
      const subject = {
        codeHost,
        repository,
        goneRepository: { ...repository, id: "gone" },
        people: {
          admin: { provider: "acme", id: "1", login: "ada" },
          write: { provider: "acme", id: "2", login: "bob" },
          read: { provider: "acme", id: "3", login: "cai" },
          none: { provider: "acme", id: "4", login: "dan" },
        },
        file: { path: ".github/agentbot.yml", text: "enabled: true\n" },
        branches: ["agentbot/1", "agentbot/2"] as const,
        canReach: async (authorization: string) => codeHost.liveCredentials.includes(authorization),
      };
      return { subject, dispose };
    },
  });
  for (const { name, run } of codeHost) test(name, run);
});
