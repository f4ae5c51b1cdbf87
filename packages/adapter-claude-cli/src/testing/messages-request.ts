import { z } from "zod";

const blockSchema = z.looseObject({ type: z.string() });

/** A message of the conversation so far; its content may be text alone. */
const messageSchema = z.object({
  role: z.string(),
  content: z.union([z.string().transform((text) => [{ type: "text", text }]), z.array(blockSchema)]),
});

/** The part of a request's body that its answer depends on. */
export const requestBodySchema = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.number().int().positive(),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().default(false),
});

/** The body of a request. */
export type MessagesRequestBody = z.output<typeof requestBodySchema>;

type Message = z.output<typeof messageSchema>;

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
