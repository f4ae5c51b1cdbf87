import { conversationContract, webhookSourceContract } from "@agentbot/core/testing";
import { describe, test } from "vitest";
import { createToyChatProvider } from "./create-toy-chat-provider.js";
import { createToyChatServer } from "./toy-chat-server.js";
import { createToyWebhooks } from "./toy-webhooks.js";

const signingSecret = "a secret of the toy chat only";
const dispose = async (): Promise<void> => {};

describe("the toy chat", () => {
  const source = webhookSourceContract({
    lacks: { installationSecrets: "an app of the toy chat has one signing secret" },
    create: async () => {
      const { name, source } = createToyChatProvider({ server: createToyChatServer(), signingSecret });
      const webhooks = createToyWebhooks({ signingSecret });
      const request = (instruction: string) => webhooks.message({ id: "m1", text: `@agentbot ${instruction}` });
      return {
        subject: { source, name, request, chatter: () => webhooks.message({ id: "m2", text: "hello" }) },
        dispose,
      };
    },
  });
  for (const { name, run } of source) test(name, run);

  const conversation = conversationContract({
    create: async () => {
      const server = createToyChatServer();
      const { id } = server.say("general", "1", "@agentbot fix it");
      const { conversation } = createToyChatProvider({ server, signingSecret });
      const origin = {
        ...{ provider: "toychat", tenant: "T1", conversation: "general/1", message: id, pullRequest: null },
        url: "https://toychat.example/general/1",
      };
      const subject = {
        ...{ conversation, origin, goneOrigin: { ...origin, conversation: "gone/1", message: "m0" } },
        say: async (body: string) => server.say("general", "1", body).at,
        read: async () => server.messages.slice(1).map(({ text }) => text),
        failReading: () => server.failLists(),
      };
      return { subject, dispose };
    },
  });
  for (const { name, run } of conversation) test(name, run);
});
