import { createHash } from "node:crypto";

/** Everything agentbot notifies goes over one channel, so that one connection hears it all. */
export const noticeChannel = "agentbot";

/** PostgreSQL refuses a payload of 8000 bytes. */
const maxBytes = 7900;
const topicBytes = 22;

/** A name of any length and alphabet as a topic of 22 plain characters. */
export function topicOf(name: string): string {
  return createHash("sha256").update(name).digest("base64url").slice(0, topicBytes);
}

/** Who sent it, so that a sender does not hear itself, and what about: one word each. */
export function noticeMessage(sender: string, topics: readonly string[]): string {
  return [sender, ...topics].join(" ");
}

/** As many messages as these topics need. */
export function noticeMessages(sender: string, topics: readonly string[]): readonly string[] {
  const topicsOfOne = Math.floor((maxBytes - sender.length) / (topicBytes + 1));
  const messages: string[] = [];
  for (let start = 0; start < topics.length; start += topicsOfOne) {
    messages.push(noticeMessage(sender, topics.slice(start, start + topicsOfOne)));
  }
  return messages;
}

/** Reads a message; whatever else somebody notified on the channel is read as topics nobody knows. */
export function readNotice(message: string): { readonly sender: string; readonly topics: readonly string[] } {
  const [sender = "", ...topics] = message.split(" ");
  return { sender, topics };
}
