import type { RawWebhook } from "@agentbot/core";
import { signToyWebhook } from "./create-toy-chat-provider.js";

/** A person of the toy chat. */
export interface ToyPerson {
  readonly id: string;
  readonly login: string;
}

/** The person who uses the chat in tests. */
export const ada: ToyPerson = { id: "U2", login: "ada" };

/** Signed webhooks of the toy chat. */
export interface ToyWebhooks {
  /** A message in the thread `general/1`, or in another one. */
  message(content: { readonly id: string; readonly text: string; readonly thread?: string }): RawWebhook;
  /** The slash command `/agentbot <text>` in the same thread. */
  slash(text: string): RawWebhook;
  /** A button under a message of the bot, pressed. */
  button(value: string): RawWebhook;
}

/** Creates webhooks of one person in one team. */
export function createToyWebhooks({
  signingSecret,
  person = ada,
}: {
  readonly signingSecret: string;
  readonly person?: ToyPerson;
}): ToyWebhooks {
  let triggers = 0;
  const placeOf = (thread = "1") => ({
    ...{ team: "T1", channel: "general", thread, user: person.id, user_name: person.login },
    at: String(Date.now()),
  });
  const trigger = (): string => `trigger-${person.id}-${++triggers}`;
  const webhook = (fields: Record<string, string>): RawWebhook => {
    const body = new Uint8Array(Buffer.from(new URLSearchParams(fields).toString()));
    const timestamp = String(Date.now());
    const headers = new Headers({
      "content-type": "application/x-www-form-urlencoded",
      "x-toy-timestamp": timestamp,
      "x-toy-signature": signToyWebhook(timestamp, body, signingSecret),
    });
    return { method: "POST", url: "https://bot.example/webhooks/toychat", headers, body, installation: null };
  };
  return {
    message: ({ thread, ...content }) => webhook({ type: "message", ...content, ...placeOf(thread) }),
    slash: (text) => webhook({ type: "slash", trigger: trigger(), text, ...placeOf() }),
    // As Slack does: the whole event as JSON in one field.
    button: (value) =>
      webhook({ payload: JSON.stringify({ type: "button", trigger: trigger(), value, ...placeOf() }) }),
  };
}
