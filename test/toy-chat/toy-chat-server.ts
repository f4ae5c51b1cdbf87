/** A button under a message; pressing it sends its value to the app. */
export interface ToyButton {
  readonly label: string;
  readonly value: string;
}

/** A message of the toy chat. */
export interface ToyMessage {
  readonly id: string;
  readonly channel: string;
  readonly thread: string;
  readonly userId: string;
  readonly at: Date;
  /** BBCode. */
  readonly text: string;
  readonly buttons: readonly ToyButton[];
  /** Hidden from people and set by apps only, like Slack's message metadata. */
  readonly metadata: string | null;
}

/** An answer of the toy chat's API. */
export type ToyResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: "not_found" | "unavailable" };

/** The text, buttons and metadata of a message. */
export type ToyContent = Pick<ToyMessage, "text" | "buttons" | "metadata">;

/** A chat in memory: channels whose name begins with `gone` do not exist. */
export interface ToyChatServer {
  /** The account that the app writes as. */
  readonly botId: string;
  readonly messages: readonly ToyMessage[];
  readonly reactions: readonly string[];
  /** The maximum length of a text. */
  readonly maxTextLength: number;
  /** A person writes a message. */
  say(channel: string, thread: string, text: string): ToyMessage;
  /** Makes later calls of `list` fail. */
  failLists(): void;
  post(channel: string, thread: string, content: ToyContent): ToyResult<ToyMessage>;
  edit(id: string, content: ToyContent): ToyResult<ToyMessage>;
  remove(id: string): ToyResult<null>;
  list(channel: string, thread: string): ToyResult<readonly ToyMessage[]>;
  react(messageId: string): ToyResult<null>;
}

/** Creates a chat without messages. */
export function createToyChatServer(): ToyChatServer {
  const botId = "B1";
  const maxTextLength = 3000;
  const messages: ToyMessage[] = [];
  const reactions: string[] = [];
  let lastId = 0;
  let areListsDown = false;

  const notFound = { ok: false, error: "not_found" } as const;
  const add = (channel: string, thread: string, userId: string, content: ToyContent): ToyMessage => {
    lastId += 1;
    const message = { id: `m${lastId}`, channel, thread, userId, at: new Date(), ...content };
    messages.push(message);
    return message;
  };
  const isTooLong = ({ text }: ToyContent): boolean => text.length > maxTextLength;

  return {
    ...{ botId, messages, reactions, maxTextLength },
    say: (channel, thread, text) => add(channel, thread, "U2", { text, buttons: [], metadata: null }),
    failLists() {
      areListsDown = true;
    },
    post(channel, thread, content) {
      if (channel.startsWith("gone") || isTooLong(content)) return notFound;
      return { ok: true, value: add(channel, thread, botId, content) };
    },
    edit(id, content) {
      const index = messages.findIndex((message) => message.id === id && message.userId === botId);
      const message = messages[index];
      if (!message || isTooLong(content)) return notFound;
      const edited = { ...message, ...content };
      messages[index] = edited;
      return { ok: true, value: edited };
    },
    remove(id) {
      const index = messages.findIndex((message) => message.id === id && message.userId === botId);
      if (index === -1) return notFound;
      messages.splice(index, 1);
      return { ok: true, value: null };
    },
    list(channel, thread) {
      if (areListsDown) return { ok: false, error: "unavailable" };
      const found = messages.filter((message) => message.channel === channel && message.thread === thread);
      return { ok: true, value: found };
    },
    react(messageId) {
      if (!messages.some(({ id }) => id === messageId)) return notFound;
      if (!reactions.includes(messageId)) reactions.push(messageId);
      return { ok: true, value: null };
    },
  };
}
