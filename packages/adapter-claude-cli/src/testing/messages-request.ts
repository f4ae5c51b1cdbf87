import type { ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";

/** A message of the conversation so far. */
interface Message {
  /** `user` or `assistant`. */
  readonly role: string;
  /** Its blocks; a text alone is one block. */
  readonly content: readonly { readonly type: string; readonly [field: string]: unknown }[];
}

/** The part of a request's body that its answer depends on; other fields stay in it. */
export interface MessagesRequestBody {
  /** The requested model. */
  readonly model: string;
  /** Maximum number of tokens of the answer. */
  readonly max_tokens: number;
  /** The conversation so far, oldest first. */
  readonly messages: readonly Message[];
  /** True for an answer as server-sent events. */
  readonly stream: boolean;
}

const blockSchema = z.looseObject({ type: z.string() });

const messageSchema = z.object({
  role: z.string(),
  content: z.union([z.string().transform((text) => [{ type: "text", text }]), z.array(blockSchema)]),
} satisfies ShapeOf<Message>);

/** The schema of {@link MessagesRequestBody}. */
export const requestBodySchema = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.number().int().positive(),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().default(false),
} satisfies ShapeOf<MessagesRequestBody>);

const textOf = (content: Message["content"]): string =>
  content.map((block) => (typeof block["text"] === "string" ? block["text"] : "")).join("\n");

const isToolResult = ({ content }: Message): boolean => content.some(({ type }) => type === "tool_result");

const isPrompt = (message: Message): boolean => message.role === "user" && !isToolResult(message);

/** Returns the last prompt, which is a user message without tool results. */
export function promptOf({ messages }: MessagesRequestBody): string {
  const prompt = messages.findLast(isPrompt);
  return prompt === undefined ? "" : textOf(prompt.content);
}

/** Returns the number of the model's answers since the last prompt. */
export function answersSincePrompt({ messages }: MessagesRequestBody): number {
  return messages.slice(messages.findLastIndex(isPrompt) + 1).filter(({ role }) => role === "assistant").length;
}

/** Returns the results of the tools since the last answer, as text. */
export function toolResultsOf({ messages }: MessagesRequestBody): readonly string[] {
  const results = messages.slice(messages.findLastIndex(({ role }) => role === "assistant") + 1);
  return results
    .flatMap(({ content }) => content)
    .filter(({ type }) => type === "tool_result")
    .map(({ content }) => (typeof content === "string" ? content : JSON.stringify(content)));
}
